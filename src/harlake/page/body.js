/** Captured bodies, read in ranges: none is held that is larger than a person can look at. */

import { ApiError, ask, url } from "./api.js";

/** Up to this size, a body is read as a whole. */
export const WHOLE = 5 * 2 ** 20;
/** Bytes of a larger text that are shown at once. */
export const PIECE = 2 ** 20;
/** Bytes that a character may have beyond the end of its piece. */
export const REST = 3;
/** What is read to begin with: the first piece of whatever it is. */
export const FIRST = PIECE + REST;

/** @typedef {"request" | "response"} Message */

/**
 * What is known of a body when it has been opened.
 * @typedef {object} Body
 * @property {string} id of its entry
 * @property {Message} message
 * @property {string} path
 * @property {number} size in bytes, decoded
 * @property {string} type its media type with parameters
 * @property {string} essence its media type without them
 * @property {string} warning what was not as it should be, or ""
 * @property {Uint8Array} first its beginning
 */

/**
 * @param {string} id
 * @param {Message} message
 * @param {AbortSignal} signal
 * @returns {Promise<Body | null>} null where none was captured
 */
export async function openBody(id, message, signal) {
  const path = `/api/entries/${encodeURIComponent(id)}/${message}-body`;
  const about = { id, message, path };
  try {
    const answer = await range(path, 0, FIRST, signal);
    const type = answer.headers.get("content-type") ?? "application/octet-stream";
    const first = new Uint8Array(await answer.arrayBuffer());
    return {
      ...about,
      size: sizeOf(answer, first.length),
      type,
      essence: type.replace(/;.*/s, "").trim().toLowerCase(),
      warning: answer.headers.get("x-harlake-warning") ?? "",
      first,
    };
  } catch (error) {
    if (error instanceof ApiError && error.status === 416) {
      // There is no first byte: the body is empty.
      return { ...about, size: 0, type: "text/plain", essence: "text/plain", warning: "", first: new Uint8Array() };
    }
    if (error instanceof ApiError && error.error === "No body") return null;
    throw error;
  }
}

/**
 * @param {{path: string, size: number, first: Uint8Array}} body
 * @param {number} start
 * @param {number} end
 * @param {AbortSignal} signal
 * @returns {Promise<Uint8Array>}
 */
export async function readBytes(body, start, end, signal) {
  if (end <= body.first.length) return body.first.subarray(start, end);
  const answer = await range(body.path, start, end, signal);
  return new Uint8Array(await answer.arrayBuffer());
}

/**
 * Decode a piece of a text that is cut anywhere: a character belongs to the piece that has its first byte.
 * @param {Uint8Array} bytes the piece, and up to 3 bytes that follow it
 * @param {number} length of the piece
 * @param {boolean} begins whether the piece is the beginning of the text
 * @returns {string}
 */
export function decodePiece(bytes, length, begins) {
  let start = 0;
  let end = Math.min(length, bytes.length);
  if (!begins) while (start < 3 && isContinuation(bytes[start] ?? 0)) start += 1;
  if (start >= end) return "";
  while (end < Math.min(length + 3, bytes.length) && isContinuation(bytes[end] ?? 0)) end += 1;
  return new TextDecoder("utf-8", { ignoreBOM: !begins }).decode(bytes.subarray(start, end));
}

/**
 * @param {number} byte
 * @returns {boolean}
 */
function isContinuation(byte) {
  return (byte & 0xc0) === 0x80;
}

/**
 * @param {string} path
 * @param {number} start
 * @param {number} end
 * @param {AbortSignal} signal
 * @returns {Promise<Response>}
 */
export function range(path, start, end, signal) {
  return ask(url(path), { headers: { range: `bytes=${start}-${end - 1}` }, signal });
}

/**
 * @param {Response} answer
 * @param {number} length of what came
 * @returns {number} of all
 */
export function sizeOf(answer, length) {
  const total = /\/(\d+)$/.exec(answer.headers.get("content-range") ?? "");
  return total ? Number(total[1]) : length;
}
