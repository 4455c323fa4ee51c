/** What the filter box suggests where the caret is: names, and values that the session has. */
import { FILTERS, words } from "./filter.js";

/** @typedef {{text: string, note: string, from: number, to: number}} Suggestion what takes the place of text from… to */
/** @typedef {Record<string, readonly {value: string | null, count: number}[]>} Values */

const MOST = 12;

/** Values that the API has words for. @type {Readonly<Record<string, readonly string[]>>} */
const FIXED = {
  method: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"],
  status: ["2xx", "3xx", "4xx", "5xx", "0"],
  type: ["document", "stylesheet", "script", "image", "font", "media", "xhr", "fetch", "websocket", "eventsource"],
  mime: ["application/json", "text/html", "text/css", "image/*", "font/*", "video/*"],
  error: ["true", "false"],
  has_body: ["true", "false"],
};

/**
 * Returns the name and the beginning of the value that the caret is in, null if it is in no value.
 * @param {string} text
 * @param {number} caret
 * @returns {{name: string, typed: string, from: number, to: number} | null}
 */
export function valueAt(text, caret) {
  const word = words(text).find(({ named, valueStart, end }) => named && valueStart <= caret && caret <= end);
  if (word === undefined || text.charAt(word.valueStart) === '"') return null;
  const before = text.slice(word.valueStart, caret);
  const comma = FILTERS[word.name] === "list" ? before.lastIndexOf(",") + 1 : 0;
  const rest = text.slice(caret, word.end);
  const length = FILTERS[word.name] === "list" && rest.includes(",") ? rest.indexOf(",") : rest.length;
  return { name: word.name, typed: before.slice(comma), from: word.valueStart + comma, to: caret + length };
}

/**
 * @param {string} text
 * @param {number} caret
 * @param {Values} values of facets, the most frequent first
 * @returns {Suggestion[]}
 */
export function suggest(text, caret, values) {
  const place = valueAt(text, caret);
  if (place !== null) return suggestValues(place, values);
  const word = words(text).find(({ start, end }) => start < caret && caret <= end);
  if (word !== undefined && (word.named || text.charAt(word.start) === '"')) return [];
  const [from, to] = word === undefined ? [caret, caret] : [word.start, word.end];
  const typed = text.slice(from, caret).toLowerCase();
  return Object.keys(FILTERS)
    .filter((name) => name !== "q" && name.startsWith(typed) && (typed !== "" || !name.startsWith("m")))
    .map((name) => ({ text: `${name}=`, note: "", from, to }))
    .slice(0, MOST);
}

/**
 * @param {{name: string, typed: string, from: number, to: number}} place
 * @param {Values} values
 * @returns {Suggestion[]}
 */
function suggestValues({ name, typed, from, to }, values) {
  const sign = typed.startsWith("!") ? "!" : "";
  const wanted = typed.slice(sign.length).replaceAll("*", "").toLowerCase();
  const counted = (values[name] ?? []).flatMap(({ value, count }) =>
    value === null || /[\s,"]/.test(value) ? [] : [{ value, note: count.toLocaleString("en") }],
  );
  const known = new Set(counted.map(({ value }) => value));
  const fixed = (FIXED[name] ?? []).filter((value) => !known.has(value)).map((value) => ({ value, note: "" }));
  const all = name === "status" ? [...fixed, ...counted] : [...counted, ...fixed];
  return all
    .filter(({ value }) => value.toLowerCase().includes(wanted) && sign + value !== typed)
    .sort((one, other) => Number(other.value.startsWith(wanted)) - Number(one.value.startsWith(wanted)))
    .slice(0, MOST)
    .map(({ value, note }) => ({ text: sign + value, note, from, to }));
}
