/** The columns that the table can have: how wide they are, and what is in a cell. */
import { COLUMN_LABELS, TABLE } from "./texts.js";
import { bytes, count, duration, moment } from "./units.js";

/**
 * @typedef {object} Context what a cell's text depends on, besides its row
 * @property {"local" | "utc"} zone
 * @property {"absolute" | "relative"} times
 * @property {number} origin the time from which relative ones count, in milliseconds since 1970
 */
/**
 * @typedef {object} Column
 * @property {string} name of the API's field, or `waterfall`
 * @property {string} label
 * @property {string} width a track of a CSS grid
 * @property {boolean} isNumber whether it is at the right
 * @property {(value: any, context: Context) => string} text
 */

const plain = (/** @type {any} */ value) => (value === null || value === undefined ? "" : String(value));
const size = (/** @type {any} */ value) => (value === null || value < 0 ? "" : bytes(value));
const time = (/** @type {any} */ value) => (value === null || value < 0 ? "" : duration(value));
const truth = (/** @type {any} */ value) => (value ? "✓" : "");

/** @param {any} value @param {Context} context */
function started(value, { zone, times, origin }) {
  if (value === null || value === undefined) return "";
  const at = Date.parse(value);
  if (times === "relative") return `+${((at - origin) / 1000).toFixed(3)} s`;
  return `${moment(at, zone)}.${String(new Date(at).getUTCMilliseconds()).padStart(3, "0")}`;
}

/** @type {[name: string, width: string, isNumber: boolean, text: Column["text"]][]} */
const TABLE_OF_COLUMNS = [
  ["ordinal", "76px", true, (value) => count(value)],
  ["startedDateTime", "180px", false, started],
  ["method", "66px", false, plain],
  ["status", "66px", false, plain],
  ["url", "minmax(170px, 3fr)", false, (value) => plain(value).replace(/^https?:\/\//, "")],
  ["host", "170px", false, plain],
  ["path", "minmax(170px, 3fr)", false, plain],
  ["operation", "140px", false, plain],
  ["statusText", "110px", false, plain],
  ["httpVersion", "80px", false, plain],
  ["mimeType", "140px", false, plain],
  ["resourceType", "110px", false, plain],
  ["type", "86px", false, plain],
  ["pageref", "110px", false, plain],
  ["serverIPAddress", "120px", false, plain],
  ["connection", "90px", false, plain],
  ["error", "160px", false, plain],
  ["fromCache", "90px", false, truth],
  ["hasBody", "80px", false, truth],
  ["requestSize", "118px", true, size],
  ["responseSize", "124px", true, size],
  ["contentSize", "116px", true, size],
  ["transferSize", "110px", true, size],
  ["transferSizeFrom", "140px", false, plain],
  ["bytes", "112px", true, size],
  ["time", "76px", true, time],
  ["blocked", "76px", true, time],
  ["dns", "70px", true, time],
  ["connect", "76px", true, time],
  ["ssl", "70px", true, time],
  ["send", "70px", true, time],
  ["wait", "70px", true, time],
  ["receive", "76px", true, time],
  ["waterfall", "minmax(120px, 2fr)", false, () => ""],
];

/** @type {readonly Column[]} */
export const COLUMNS = TABLE_OF_COLUMNS.map(([name, width, isNumber, text]) => ({
  name,
  label: COLUMN_LABELS[name] ?? name,
  width,
  isNumber,
  text,
}));

export const WIDE = ["ordinal", "status", "method", "url", "type", "contentSize", "time", "waterfall"];
export const NARROW = ["status", "url", "time", "waterfall"];

/** What the table reads of each row, whatever is shown: the waterfall, and whether it failed. */
const ALWAYS = /** @type {const} */ ([
  ...["id", "startedDateTime", "time", "status", "error", "pageref"],
  ...["blocked", "dns", "connect", "ssl", "send", "wait", "receive"],
]);

/** Tracks where there is little room. @type {Readonly<Record<string, string>>} */
const NARROW_WIDTHS = { url: "minmax(120px, 2fr)", waterfall: "minmax(100px, 1fr)" };

/**
 * Returns the columns of these names, those that are unknown left out.
 * @param {readonly string[] | null} names null for the usual ones
 * @param {boolean} isNarrow
 * @returns {Column[]}
 */
export function columnsOf(names, isNarrow) {
  const shown = COLUMNS.filter(({ name }) => names?.includes(name));
  shown.sort((one, other) => (names ?? []).indexOf(one.name) - (names ?? []).indexOf(other.name));
  if (shown.length > 0) return shown;
  if (!isNarrow) return columnsOf(WIDE, false);
  return columnsOf(NARROW, true).map((column) => ({ ...column, width: NARROW_WIDTHS[column.name] ?? column.width }));
}

/**
 * Returns how wide the table is at least, in pixels; with less room than that it is scrolled sideways.
 * @param {readonly Column[]} columns
 * @returns {number}
 */
export function leastWidth(columns) {
  return columns.reduce((before, { width }) => before + Number(/\d+/.exec(width)?.[0] ?? 0), 0);
}

/**
 * Returns the fields to ask for.
 * @param {readonly Column[]} columns
 * @returns {string[]}
 */
export function fieldsOf(columns) {
  return [...new Set([...ALWAYS, ...columns.map(({ name }) => name)])].filter((name) => name !== "waterfall");
}

/**
 * Returns whether an entry failed, as the API's filter `error` has it.
 * @param {number | null | undefined} status
 * @param {string | null | undefined} error
 * @returns {boolean}
 */
export function hasFailed(status, error) {
  return Boolean(error) || !status || status < 100 || status >= 400;
}

/**
 * Returns what stands for a status, with a sign of failure that needs no colour.
 * @param {number | null | undefined} status
 * @param {string | null | undefined} error
 * @returns {string}
 */
export function statusText(status, error) {
  const text = status && status > 0 ? String(status) : TABLE.failed;
  return hasFailed(status, error) ? `✕ ${text}` : text;
}

/**
 * @param {number | null | undefined} status
 * @returns {string} the class of style that a status has
 */
export function statusStyle(status) {
  return status && status >= 100 && status < 600 ? `status-${Math.floor(status / 100)}xx` : "status-failed";
}
