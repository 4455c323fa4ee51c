/**
 * Finds values in JSON text by following strings and brackets, without decoding anything: numbers keep all their digits,
 * equal keys stay, and depth does not matter. The text is taken for valid JSON; of any other, something is found as well.
 */

const QUOTE = 34;
const BACKSLASH = 92;

/** @typedef {"object" | "array" | "string" | "number" | "literal"} Kind */

/**
 * What is directly inside of an object or an array: for each member where its value begins and ends, and, in objects,
 * where its key begins.
 * @typedef {{keys: number[], starts: number[], ends: number[]}} Members
 */

/**
 * @param {string} text
 * @param {number} at
 * @returns {number} where what is no white space begins
 */
export function skipSpace(text, at) {
  for (let code = text.charCodeAt(at); code === 32 || (code >= 9 && code <= 13); code = text.charCodeAt(at)) at += 1;
  return at;
}

/**
 * @param {string} text
 * @param {number} at where the string's first quote is
 * @returns {number} the offset behind its last quote
 */
export function endOfString(text, at) {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH && end - 1 - escapes > at) escapes += 1;
    if (escapes % 2 === 0) return end + 1;
  }
  return text.length;
}

/**
 * @param {string} text
 * @param {number} at where the value begins
 * @returns {number} the offset behind it
 */
export function endOfValue(text, at) {
  if (text.charCodeAt(at) === QUOTE) return endOfString(text, at);
  let depth = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (character === "," || character === ":" || /\s/.test(character))) return at;
    at += 1;
  }
  return at;
}

/**
 * @param {string} text
 * @param {number} at where a value begins
 * @returns {Kind}
 */
export function kindAt(text, at) {
  const character = text.charAt(at);
  if (character === "{") return "object";
  if (character === "[") return "array";
  if (character === '"') return "string";
  return character === "-" || (character >= "0" && character <= "9") ? "number" : "literal";
}

/**
 * @param {string} text
 * @param {number} at where an object or an array begins
 * @returns {Members}
 */
export function membersAt(text, at) {
  const isObject = text[at] === "{";
  /** @type {Members} */
  const members = { keys: [], starts: [], ends: [] };
  at = skipSpace(text, at + 1);
  while (at < text.length && text[at] !== "}" && text[at] !== "]") {
    if (isObject) {
      members.keys.push(at);
      at = skipSpace(text, skipSpace(text, endOfString(text, at)) + 1);
    }
    const end = endOfValue(text, at);
    members.starts.push(at);
    members.ends.push(end);
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
    else if (end === members.starts.at(-1)) break;
  }
  return members;
}

/**
 * @param {string} text
 * @param {number} at where a string begins
 * @returns {string} what it says; as it is written where it is no JSON
 */
export function stringAt(text, at) {
  const raw = text.slice(at, endOfString(text, at));
  try {
    return String(JSON.parse(raw));
  } catch {
    return raw;
  }
}

/**
 * Write JSON with a line for each member; strings, numbers and the order of keys stay as they are.
 * @param {string} text
 * @param {number} [width] of the indentation
 * @returns {string}
 */
export function indented(text, width = 2) {
  /** @type {string[]} */
  const pieces = [];
  let depth = 0;
  let at = skipSpace(text, 0);
  const line = () => pieces.push("\n", " ".repeat(Math.min(depth, 100) * width));
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === "{" || character === "[") {
      const inside = skipSpace(text, at + 1);
      if (text[inside] === "}" || text[inside] === "]") {
        pieces.push(character, text.charAt(inside));
        at = inside + 1;
      } else {
        depth += 1;
        pieces.push(character);
        line();
        at = inside;
      }
    } else if (character === "}" || character === "]") {
      depth = Math.max(0, depth - 1);
      line();
      pieces.push(character);
      at += 1;
    } else if (character === ",") {
      pieces.push(",");
      line();
      at += 1;
    } else if (character === ":") {
      pieces.push(": ");
      at += 1;
    } else {
      const end = Math.max(at + 1, endOfValue(text, at));
      pieces.push(text.slice(at, end));
      at = end;
    }
    at = skipSpace(text, at);
  }
  return pieces.join("");
}
