/**
 * One file on its way to the service, until it is imported: when the connection breaks or the service starts again, it
 * goes on, a large file from where it had come to (https://tus.io/protocols/resumable-upload).
 *
 * A file is never read into memory here: XMLHttpRequest streams a slice of it from the disk, and tells how far it is.
 */
import { ApiError, ask, getJson, url } from "./api.js";

/**
 * @typedef {object} Watch
 * @property {AbortSignal} signal that ends it
 * @property {(sent: number) => void} progress told of the bytes that have gone
 * @property {(isLost: boolean) => void} lost told whether the service is waited for
 */
/** @typedef {{sessionId?: string, sessionName?: string}} Fields of the import's form */

/** Bytes from which on a file is not sent again as a whole. */
const LARGE = 16 * 1024 * 1024;

/** Milliseconds between two attempts, from the first on; and while an import is awaited. */
const WAITS = [500, 1000, 2000, 4000, 8000];
/** How often nothing may go though the service answers: then it is the file that cannot be read. */
const MOST_ATTEMPTS = 5;
/** Statuses that say nothing against the file: others are sending it, or the service is busy. */
const PASSING = new Set([409, 423, 429, 503]);

const TUS = { "tus-resumable": "1.0.0" };

/** The connection broke, or there was none. */
class LostError extends Error {}

/**
 * Sends a file, and returns the answer of its import. Throws ApiError, also when it is ended.
 * @param {File} file
 * @param {Fields} fields
 * @param {Watch} watch
 * @returns {Promise<any>}
 */
export async function sendFile(file, fields, watch) {
  if (file.size >= LARGE) {
    try {
      return await sendParts(file, fields, watch);
    } catch (error) {
      if (!(error instanceof ApiError) || !isElsewhere(error)) throw error;
    }
  }
  return sendWhole(file, fields, watch);
}

/**
 * Returns whether another node of a cluster has answered, which knows nothing of an upload; HEAD has no words for it.
 * @param {ApiError} error
 */
function isElsewhere({ status, error }) {
  return status === 404 && error !== "Session not found";
}

/**
 * @param {File} file
 * @param {Fields} fields
 * @param {Watch} watch
 */
async function sendWhole(file, { sessionId, sessionName }, watch) {
  /** @type {[string, string][]} */
  const params = [["name", file.name]];
  if (sessionId !== undefined) params.push(["session_id", sessionId]);
  else if (sessionName !== undefined) params.push(["session_name", sessionName]);
  const headers = { "content-type": "application/octet-stream", "idempotency-key": randomKey() };
  for (let attempt = 0; ; attempt++) {
    try {
      return await exchange("PUT", url("/api/har/import", params), headers, file, 0, watch);
    } catch (error) {
      if (!(error instanceof LostError) || attempt === MOST_ATTEMPTS) throw refusal(error);
      await service(watch, attempt);
    }
  }
}

/**
 * @param {File} file
 * @param {Fields} fields
 * @param {Watch} watch
 */
async function sendParts(file, fields, watch) {
  const metadata = Object.entries({ filename: file.name, ...fields }).map(
    ([name, value]) => `${name} ${base64(value)}`,
  );
  const headers = { ...TUS, "upload-length": String(file.size), "upload-metadata": metadata.join(",") };
  const begun = await ask(url("/api/uploads"), { method: "POST", headers, signal: watch.signal });
  const path = `/api/uploads/${(await begun.json()).id}`;
  try {
    return await finish(file, path, watch);
  } catch (error) {
    if (watch.signal.aborted) await ask(url(path), { method: "DELETE", headers: TUS }).catch(() => {}); // it expires
    throw error;
  }
}

/**
 * Sends what the service does not have, until there is an answer.
 * @param {File} file
 * @param {string} path
 * @param {Watch} watch
 */
async function finish(file, path, watch) {
  let [offset, attempt] = [0, 0];
  for (;;) {
    try {
      if (offset < file.size) {
        const headers = { ...TUS, "content-type": "application/offset+octet-stream", "upload-offset": String(offset) };
        await exchange("PATCH", url(path), headers, file.slice(offset), offset, watch);
        offset = file.size;
      }
      const { state, result } = await getJson(path, [], { signal: watch.signal });
      if (state === "done") return result;
      if (state === "importing") {
        await pause(WAITS[0] ?? 0, watch.signal);
        continue;
      }
    } catch (error) {
      const isPassing = error instanceof ApiError && PASSING.has(error.status) && error.error !== "Import cancelled";
      const isLost = error instanceof LostError || (error instanceof ApiError && error.status === 0);
      if (watch.signal.aborted || !(isPassing || isLost) || attempt >= MOST_ATTEMPTS) throw refusal(error);
    }
    const before = offset;
    offset = await service(watch, attempt, path);
    attempt = offset > before ? 0 : attempt + 1;
  }
}

/**
 * Waits for the service to answer, however long it takes, and returns how much of an upload it has.
 * @param {Watch} watch
 * @param {number} attempt how often nothing has gone
 * @param {string} [path] of the upload
 * @returns {Promise<number>}
 */
async function service({ signal, lost }, attempt, path) {
  lost(true);
  for (let count = attempt; ; count++) {
    await pause(WAITS[Math.min(count, WAITS.length - 1)] ?? 0, signal);
    try {
      const options = path === undefined ? { signal } : { method: "HEAD", headers: TUS, signal };
      const answer = await ask(url(path ?? "/api/health"), options);
      lost(false);
      return Number(answer.headers.get("upload-offset"));
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError) || (error.status !== 0 && !PASSING.has(error.status)))
        throw error;
    }
  }
}

/**
 * Sends bytes, and returns the JSON of the answer, null if it has none. Throws LostError and ApiError.
 * @param {string} method
 * @param {string} address
 * @param {Record<string, string>} headers
 * @param {Blob} body
 * @param {number} offset of the body in its file
 * @param {Watch} watch
 * @returns {Promise<any>}
 */
function exchange(method, address, headers, body, offset, { signal, progress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.upload.onprogress = (event) => progress(offset + event.loaded);
    request.upload.onload = () => progress(offset + body.size);
    request.onload = () => {
      const answer = parsed(request);
      if (request.status < 300) resolve(answer);
      else reject(new ApiError(request.status, answer ?? {}));
    };
    request.onerror = () => reject(new LostError());
    request.onabort = () => reject(new ApiError(0, { error: "Cancelled" }));
    request.onloadend = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    request.open(method, address);
    request.setRequestHeader("accept", "application/json");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
  });
}

/**
 * @param {XMLHttpRequest} request
 * @returns {any}
 */
function parsed({ status, responseText }) {
  try {
    return responseText ? JSON.parse(responseText) : null;
  } catch {
    return { error: `HTTP ${status}` }; // of a proxy
  }
}

/**
 * @param {unknown} error
 * @returns {unknown} what to tell of it
 */
function refusal(error) {
  return error instanceof LostError ? new ApiError(0, { error: "The connection was lost" }) : error;
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const end = () => (signal.aborted ? reject(new ApiError(0, { error: "Cancelled" })) : resolve());
    setTimeout(end, milliseconds);
    signal.addEventListener("abort", end, { once: true });
  });
}

/** @param {string} text */
function base64(text) {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}

/** A key that nobody else has: randomUUID is for https only. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
