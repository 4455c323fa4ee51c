/**
 * The filter box's text: the API's vocabulary, `status=5xx host=*.a.com word "two words"`.
 *
 * Words are separated by space. A word that is no `name=value` is a text in the URL, `q`. Quotes keep spaces and equals
 * signs in a value, `\"` and `\\` in quotes stand for themselves. What the values mean is the API's business.
 */
import { TABLE } from "./texts_table.js";

/** @typedef {import("./state.js").ViewState} ViewState */
/**
 * @typedef {object} Word
 * @property {string} name of the filter; `q` for a text without a name
 * @property {string} value without quotes
 * @property {number} start offset in the text
 * @property {number} valueStart offset of the value, or of its quote
 * @property {number} end
 * @property {boolean} named whether the name is in the text
 * @property {boolean} open whether a quote is not closed
 */
/** @typedef {"list" | "each" | "one"} Values several with commas between them; several, each in a word of its own; one */

/** What the API takes, and how many values of each. @type {Readonly<Record<string, Values>>} */
export const FILTERS = Object.freeze({
  method: "list",
  status: "list",
  host: "list",
  path: "each",
  url: "each",
  "url~": "each",
  q: "each",
  mime: "list",
  type: "list",
  page: "list",
  from: "one",
  to: "one",
  min_time: "one",
  max_time: "one",
  min_size: "one",
  max_size: "one",
  error: "one",
  has_body: "one",
});

const NAME = /^([A-Za-z_]\w*~?)=/;

/**
 * Cuts a text into its words; any text has some reading.
 * @param {string} text
 * @returns {Word[]}
 */
export function words(text) {
  /** @type {Word[]} */
  const found = [];
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/.test(text.charAt(at))) at++;
    if (at === text.length) return found;
    const start = at;
    // A name is short: looking for it in a slice keeps this linear.
    const name = NAME.exec(text.slice(start, start + 40))?.[1];
    const valueStart = name === undefined ? start : start + name.length + 1;
    const { value, end, open } = text.charAt(valueStart) === '"' ? quoted(text, valueStart) : bare(text, valueStart);
    found.push({ name: name ?? "q", value, start, valueStart, end, named: name !== undefined, open });
    at = end;
  }
}

/**
 * @param {string} text
 * @param {number} from
 */
function bare(text, from) {
  let end = from;
  while (end < text.length && !/\s/.test(text.charAt(end))) end++;
  return { value: text.slice(from, end), end, open: false };
}

/**
 * @param {string} text
 * @param {number} from offset of the quote
 */
function quoted(text, from) {
  let value = "";
  let at = from + 1;
  for (; at < text.length && text.charAt(at) !== '"'; at++) {
    if (text.charAt(at) === "\\" && /["\\]/.test(text.charAt(at + 1))) at++;
    value += text.charAt(at);
  }
  return { value, end: Math.min(at + 1, text.length), open: at >= text.length };
}

/**
 * Returns the API's parameters, or what is wrong with the text and where.
 * @param {string} text
 * @returns {{params: [string, string][]} | {error: string, at: number}}
 */
export function parseFilter(text) {
  /** @type {Set<string>} */
  const single = new Set();
  for (const word of words(text)) {
    if (word.open) return { error: TABLE.filter.openQuote, at: word.valueStart };
    const values = FILTERS[word.name];
    if (values === undefined) {
      return { error: TABLE.filter.unknown(word.name), at: word.start };
    }
    if (word.value === "") return { error: TABLE.filter.noValue(word.name), at: word.valueStart };
    if (values !== "one") continue;
    if (single.has(word.name)) return { error: TABLE.filter.twice(word.name), at: word.start };
    single.add(word.name);
  }
  return { params: words(text).map(({ name, value }) => [name, value]) };
}

/**
 * Returns the text that stands for parameters.
 * @param {readonly (readonly [string, string])[]} params
 * @returns {string}
 */
export function formatFilter(params) {
  return params.map(([name, value]) => format(name, value)).join(" ");
}

/**
 * @param {string} name
 * @param {string} value
 */
function format(name, value) {
  const isBare = value !== "" && !/\s|^"/.test(value) && (name !== "q" || !NAME.test(value));
  const text = isBare ? value : `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
  return name === "q" ? text : `${name}=${text}`;
}

/**
 * Returns whether a text selects by this value, `!` before it included.
 * @param {string} text
 * @param {string} name
 * @param {string} value
 * @returns {boolean}
 */
export function has(text, name, value) {
  return words(text).some((word) => word.name === name && valuesOf(word).includes(value));
}

/**
 * Adds a value to a text, or takes it away if it is there; the rest of the text stays.
 * @param {string} text
 * @param {string} name
 * @param {string} value
 * @returns {string}
 */
export function toggle(text, name, value) {
  const of = words(text).filter((word) => word.name === name);
  const holder = of.find((word) => valuesOf(word).includes(value));
  if (holder !== undefined) {
    const rest = valuesOf(holder).filter((one) => one !== value);
    return replace(text, holder, rest.length > 0 ? format(name, rest.join(",")) : "");
  }
  const first = of[0];
  if (first === undefined || FILTERS[name] === "each") return `${text.trim()} ${format(name, value)}`.trim();
  const values = FILTERS[name] === "one" ? [value] : [...valuesOf(first), value];
  return replace(text, first, format(name, values.join(",")));
}

/** @param {Word} word */
function valuesOf({ name, value }) {
  return FILTERS[name] === "list" ? value.split(",") : [value];
}

/**
 * @param {string} text
 * @param {Word} word
 * @param {string} other
 */
function replace(text, word, other) {
  return [text.slice(0, word.start).trim(), other, text.slice(word.end).trim()].filter(Boolean).join(" ");
}

/**
 * Returns the parameters of what is shown: its filter, and the time that is zoomed to.
 *
 * A text that is wrong becomes parameters as well, so that the API refuses them: it is never taken for no filter.
 * @param {Pick<ViewState, "filter" | "from" | "to">} state
 * @returns {[string, string][]}
 */
export function filterParams({ filter, from, to }) {
  /** @type {[string, string][]} */
  const params = words(filter)
    .map(({ name, value }) => /** @type {[string, string]} */ ([name, value]))
    .filter(([name]) => !(name === "from" && from !== null) && !(name === "to" && to !== null));
  if (from !== null) params.push(["from", from]);
  if (to !== null) params.push(["to", to]);
  return params;
}
