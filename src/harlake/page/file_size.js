/** How large a file will be that has not been made: exactly, where it is stored as it goes out, else as well as can be. */
import { url } from "./api.js";
import { canFill, isPlain } from "./export_url.js";

/** @typedef {{bytes: number, kind: "exactly" | "atMost" | "about"} | null} FileSize null: only its rows are known */

/** Bytes of a table that are looked at. */
const SAMPLE = 65_536;

/**
 * @param {string} session
 * @param {import("./export_url.js").Export} chosen
 * @param {readonly (readonly [string, string])[]} params of that export
 * @param {readonly (readonly [string, string])[]} filter
 * @param {number} rows that pass it
 * @param {AbortSignal} signal
 * @returns {Promise<FileSize>}
 */
export async function fileSize(session, chosen, params, filter, rows, signal) {
  if (chosen.form === "csv") {
    // Without secrets, it is about as long, and would be read as a whole before its first byte.
    const captured = params.filter(([name]) => name !== "redact");
    return tableSize(url(`/api/har/export/${session}`, captured), rows, signal);
  }
  if (!canFill(chosen.form)) return null; // no entries as they are stored
  const bytes = await harSize(url(`/api/har/export/${session}`, isPlain(chosen) ? params : filter), signal);
  return bytes === null ? null : { bytes, kind: isPlain(chosen) ? "exactly" : "atMost" };
}

/**
 * @param {string} address of a HAR as it is stored
 * @param {AbortSignal} signal
 * @returns {Promise<number | null>}
 */
async function harSize(address, signal) {
  // Asked for a range, a browser asks for no compression, and the service knows the length.
  const answer = await fetch(address, { method: "HEAD", headers: { range: "bytes=0-0" }, signal });
  const range = answer.headers.get("content-range");
  if (range !== null) return Number(range.split("/")[1]);
  const length = answer.headers.get("content-length");
  return answer.ok && length !== null ? Number(length) : null;
}

/**
 * @param {string} address of a CSV
 * @param {number} rows
 * @param {AbortSignal} signal
 * @returns {Promise<FileSize>}
 */
async function tableSize(address, rows, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok || answer.body === null) return null;
  const reader = answer.body.getReader();
  let seen = 0;
  let ends = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { bytes: seen, kind: "exactly" };
      seen += value.length;
      for (const byte of value) if (byte === 10) ends++;
      if (seen >= SAMPLE) return { bytes: Math.round((seen / ends) * (rows + 1)), kind: "about" };
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
