/** An entry as the panel reads it. Members may be missing, or of any type: what is there was written by others. */

import { getJson } from "./api.js";

/** @typedef {{id: string, entry: any}} LoadedEntry its bodies and messages are left out */
/** @typedef {{name: string, value: string, more: Record<string, unknown>}} Pair */

/**
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<LoadedEntry>}
 */
export async function loadEntry(id, signal) {
  const entry = await getJson(`/api/entries/${encodeURIComponent(id)}`, [["bodies", "none"]], { signal });
  return { id, entry: objectOf(entry) };
}

/**
 * @param {unknown} value
 * @returns {Record<string, any>}
 */
export function objectOf(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/**
 * @param {unknown} value
 * @returns {string}
 */
export function asText(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * @param {unknown} value
 * @returns {number | null} null also for what is negative: HAR's way to say that something is unknown
 */
export function asNumber(value) {
  const number = typeof value === "string" && value.trim() ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : null;
}

/**
 * @param {unknown} list of headers, cookies or parameters: objects, pairs, or one object of names and values
 * @returns {Pair[]}
 */
export function pairsOf(list) {
  if (Array.isArray(list)) {
    return list.map((item) => {
      if (Array.isArray(item)) return { name: asText(item[0]), value: asText(item[1]), more: {} };
      if (typeof item !== "object" || item === null) return { name: asText(item), value: "", more: {} };
      const { name, value, ...more } = item;
      return { name: asText(name), value: asText(value), more };
    });
  }
  return Object.entries(objectOf(list)).map(([name, value]) => ({ name, value: asText(value), more: {} }));
}

/**
 * @param {unknown} status
 * @returns {string} the class of elements that show it
 */
export function statusClass(status) {
  const number = asNumber(status) ?? 0;
  return number >= 100 && number < 600 ? `status-${Math.floor(number / 100)}xx` : "status-none";
}
