/** The API, as the page asks it: answers, errors, and lines as they come. */
import { ROOT } from "./state.js";

/** @typedef {readonly (readonly [string, string])[]} Params names and values, a name as often as it has values */

/** What the API refuses, in its own words. */
export class ApiError extends Error {
  /**
   * @param {number} status 0 if there was no answer
   * @param {{error?: string, detail?: string}} body
   */
  constructor(status, body) {
    super([body.error, body.detail].filter(Boolean).join(": ") || `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.error = body.error ?? "";
    this.detail = body.detail ?? "";
    this.body = body;
  }
}

/** @type {Set<() => void>} */
const unauthorized = new Set();

/**
 * Calls a function whenever the API wants a token, until what is returned is called.
 * @param {() => void} listener
 * @returns {() => void}
 */
export function onUnauthorized(listener) {
  unauthorized.add(listener);
  return () => void unauthorized.delete(listener);
}

/**
 * Returns the URL of a path from the service's root.
 * @param {string} path
 * @param {Params} [params]
 * @returns {string}
 */
export function url(path, params = []) {
  const query = new URLSearchParams(params.map(([name, value]) => [name, value])).toString();
  return ROOT + path.replace(/^\//, "") + (query && `?${query}`);
}

/**
 * Returns the JSON of an answer. Throws ApiError.
 * @param {string} path
 * @param {Params} [params]
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export async function getJson(path, params = [], { signal } = {}) {
  return (await ask(url(path, params), { headers: { accept: "application/json" }, signal })).json();
}

/**
 * Sends JSON, and returns that of the answer, null if it has none. Throws ApiError.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export async function send(method, path, body, { signal } = {}) {
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await ask(url(path), { method, headers, body: text, signal });
  return answer.status === 204 ? null : answer.json();
}

/**
 * Yields the objects of an answer that has one a line, as they come. Leaving the loop ends the request. Throws ApiError.
 * @param {string} path
 * @param {Params} [params]
 * @param {{signal?: AbortSignal}} [options]
 * @returns {AsyncGenerator<any, void, void>}
 */
export async function* lines(path, params = [], { signal } = {}) {
  const answer = await ask(url(path, params), { headers: { accept: "application/x-ndjson" }, signal });
  if (answer.body === null) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    yield* objects(reader);
  } finally {
    reader.cancel().catch(() => {}); // it has failed, and said so
  }
}

/**
 * @param {{read: () => Promise<{done: boolean, value?: string}>}} reader
 * @returns {AsyncGenerator<any, void, void>}
 */
export async function* objects(reader) {
  /** @type {string[]} what has come of a line; joined once, however many pieces it comes in */
  let pieces = [];
  for (;;) {
    const { done, value = "" } = await reader.read();
    const [first = "", ...rest] = value.split("\n");
    pieces.push(first);
    for (const next of rest) {
      const line = pieces.join("");
      if (line) yield JSON.parse(line);
      pieces = [next];
    }
    if (done) break;
  }
  const last = pieces.join("");
  if (last) yield JSON.parse(last);
}

/**
 * @param {string} address
 * @param {RequestInit & {signal?: AbortSignal | undefined}} options
 * @returns {Promise<Response>}
 */
export async function ask(address, options) {
  let answer;
  try {
    answer = await fetch(address, { ...options, credentials: "same-origin", signal: options.signal ?? null });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, { error: "The service does not answer" });
  }
  if (answer.ok) return answer;
  if (answer.status === 401) for (const listener of [...unauthorized]) listener();
  throw new ApiError(answer.status, await errorBody(answer));
}

/**
 * @param {Response} answer
 * @returns {Promise<{error?: string, detail?: string}>}
 */
async function errorBody(answer) {
  try {
    return await answer.json();
  } catch {
    return { error: `HTTP ${answer.status}`, detail: answer.statusText }; // of a proxy
  }
}
