/** The rows of a JSON tree: made of the text when somebody opens them, in groups of 100, so that few are held. */

import { kindAt, membersAt, skipSpace, endOfValue, stringAt } from "./json_scan.js";

/** @typedef {import("./json_scan.js").Kind} Kind */
/** @typedef {import("./json_scan.js").Members} Members */

/**
 * A value of the tree, or a group of an object's or array's members, which has no value of its own.
 * @typedef {object} Row
 * @property {number} depth
 * @property {string} label its key or index, or the first and last of a group
 * @property {string} path
 * @property {Kind | "group"} kind
 * @property {number} start
 * @property {number} end
 * @property {boolean} open
 * @property {number} count how many rows are in it; -1 where nobody has looked
 * @property {{members: Members, from: number, to: number, isObject: boolean} | null} group
 */

const GROUP = 100;
/** How much is open from the beginning. */
const FIRST_ROWS = 200;
const FIRST_DEPTH = 3;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * @param {Row} row
 * @returns {boolean}
 */
export function isContainer(row) {
  return row.kind === "object" || row.kind === "array" || row.kind === "group";
}

/**
 * @param {string} text
 * @returns {Row[]} the rows of a document, the first levels of them open
 */
export function firstRows(text) {
  const start = skipSpace(text, 0);
  const kind = kindAt(text, start);
  const end = endOfValue(text, start);
  /** @type {Row[]} */
  let rows = [{ depth: 0, label: "", path: "$", kind, start, end, open: false, count: -1, group: null }];
  for (let index = 0; index < rows.length && rows.length < FIRST_ROWS; index += 1) {
    const row = rows[index];
    if (!row || row.depth >= FIRST_DEPTH || row.kind === "group" || !isContainer(row)) continue;
    const opened = toggled(text, rows, index);
    if (index === 0 || opened.length <= FIRST_ROWS) rows = opened;
  }
  return rows;
}

/**
 * @param {string} text
 * @param {Row[]} rows
 * @param {number} index
 * @returns {Row[]} the rows with one of them opened or closed
 */
export function toggled(text, rows, index) {
  const row = rows[index];
  if (!row || !isContainer(row)) return rows;
  if (row.open) {
    let next = index + 1;
    while (depthOf(rows, next) > row.depth) next += 1;
    return [...rows.slice(0, index), { ...row, open: false }, ...rows.slice(next)];
  }
  const children = childrenOf(text, row);
  const count = row.group ? row.group.to - row.group.from : children.total;
  return [...rows.slice(0, index), { ...row, open: true, count }, ...children.rows, ...rows.slice(index + 1)];
}

/**
 * @param {Row[]} rows
 * @param {number} index
 * @returns {number} the row that has this one; the row itself if none has
 */
export function parentOf(rows, index) {
  let parent = index - 1;
  while (parent >= 0 && depthOf(rows, parent) >= depthOf(rows, index)) parent -= 1;
  return Math.max(parent, 0);
}

/**
 * @param {Row[]} rows
 * @param {number} index
 * @returns {number} -1 beyond the rows
 */
function depthOf(rows, index) {
  return rows[index]?.depth ?? -1;
}

/**
 * @param {string} text
 * @param {Row} row
 * @returns {{rows: Row[], total: number}}
 */
function childrenOf(text, row) {
  const members = row.group?.members ?? membersAt(text, row.start);
  const isObject = row.group?.isObject ?? row.kind === "object";
  const from = row.group?.from ?? 0;
  const to = row.group?.to ?? members.starts.length;
  let size = 1;
  while ((to - from) / size > GROUP) size *= GROUP;
  /** @type {Row[]} */
  const rows = [];
  for (let at = from; at < to; at += size) {
    rows.push(
      size === 1
        ? child(text, row, members, at, isObject)
        : group(row, members, { from: at, to: Math.min(at + size, to), isObject }),
    );
  }
  return { rows, total: to - from };
}

/**
 * @param {string} text
 * @param {Row} parent
 * @param {Members} members
 * @param {number} at
 * @param {boolean} isObject
 * @returns {Row}
 */
function child(text, parent, members, at, isObject) {
  const label = isObject ? stringAt(text, members.keys[at] ?? 0) : String(at);
  const start = members.starts[at] ?? 0;
  const end = members.ends[at] ?? start;
  const kind = kindAt(text, start);
  const path = parent.path + step(label, isObject);
  return { depth: parent.depth + 1, label, path, kind, start, end, open: false, count: -1, group: null };
}

/**
 * @param {Row} parent
 * @param {Members} members
 * @param {{from: number, to: number, isObject: boolean}} range
 * @returns {Row}
 */
function group(parent, members, range) {
  const { from, to } = range;
  return {
    depth: parent.depth + 1,
    label: `${from} … ${to - 1}`,
    path: parent.path,
    kind: "group",
    start: members.starts[from] ?? 0,
    end: members.ends[to - 1] ?? 0,
    open: false,
    count: to - from,
    group: { members, ...range },
  };
}

/**
 * @param {string} label
 * @param {boolean} isKey
 * @returns {string} what it adds to a JSON path
 */
function step(label, isKey) {
  if (!isKey) return `[${label}]`;
  return IDENTIFIER.test(label) ? `.${label}` : `[${JSON.stringify(label)}]`;
}
