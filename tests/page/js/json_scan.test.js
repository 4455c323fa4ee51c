import assert from "node:assert/strict";
import { test } from "node:test";
import { firstRows, parentOf, toggled } from "../../../src/harlake/page/json_rows.js";
import { indented, kindAt, membersAt, skipSpace, stringAt } from "../../../src/harlake/page/json_scan.js";

/** Numbers that are drawn the same in each run. */
function random(seed = 1) {
  return () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
}

const STRINGS = ["", "a", '"', "\\", '\\"', "a b", "{", "]", ",", ":", "é", "\u2028", "\n", "\ud800", "1"];

/**
 * @param {() => number} draw
 * @param {number} depth
 * @returns {unknown}
 */
function anyValue(draw, depth) {
  const kind = Math.floor(draw() * (depth > 0 ? 7 : 5));
  const string = () => STRINGS[Math.floor(draw() * STRINGS.length)] ?? "";
  if (kind === 0) return string();
  if (kind === 1) return Math.round(draw() * 1e6) / 7;
  if (kind < 5) return [true, null, -3e-7][kind - 2];
  const items = Array.from({ length: Math.floor(draw() * 5) }, () => anyValue(draw, depth - 1));
  return kind === 5 ? items : Object.fromEntries(items.map((item, index) => [string() + index, item]));
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {unknown} a value as the scanner finds it
 */
function read(text, at) {
  const kind = kindAt(text, at);
  if (kind !== "object" && kind !== "array")
    return JSON.parse(/^("([^"\\]|\\.)*"|[^,\]}\s]+)/s.exec(text.slice(at))?.[0] ?? "");
  const { keys, starts, ends } = membersAt(text, at);
  for (const [index, end] of ends.entries()) JSON.parse(text.slice(starts[index], end));
  const values = starts.map((start) => read(text, start));
  if (kind === "array") return values;
  return Object.fromEntries(keys.map((key, index) => [stringAt(text, key), values[index]]));
}

test("whatever JSON there is is found, and written again as the same", () => {
  const draw = random();
  for (let run = 0; run < 500; run += 1) {
    const value = anyValue(draw, 4);
    for (const text of [
      JSON.stringify(value),
      JSON.stringify(value, null, "\t"),
      ` ${JSON.stringify(value, null, 3)}\r\n`,
    ]) {
      assert.deepEqual(read(text, skipSpace(text, 0)), value);
      assert.equal(indented(text), JSON.stringify(value, null, 2));
    }
  }
});

test("nothing is decoded: digits, equal keys and escapes stay", () => {
  const text = '{"a":12345678901234567890.10,"a":"\\u0061"}';
  assert.equal(indented(text), '{\n  "a": 12345678901234567890.10,\n  "a": "\\u0061"\n}');
});

test("depth does not matter, and neither does JSON that is cut off", () => {
  const deep = "[".repeat(100_000);
  assert.equal(indented(deep + "]".repeat(100_000)).length > 200_000, true);
  for (const text of [deep, '{"a', '{"a":', '{"a":[1,', "", "{]", '["', "[,,]", '{"a" 1}', "}}"]) {
    firstRows(text);
    indented(text);
  }
});

test("rows are those of the values that are open", () => {
  const text = '{"a":[1,{"b c":null}],"d":{}}';
  const rows = firstRows(text);
  assert.deepEqual(
    rows.map(({ path, kind, depth }) => [path, kind, depth]),
    [
      ["$", "object", 0],
      ["$.a", "array", 1],
      ["$.a[0]", "number", 2],
      ["$.a[1]", "object", 2],
      ['$.a[1]["b c"]', "literal", 3],
      ["$.d", "object", 1],
    ],
  );
  assert.equal(parentOf(rows, 4), 3);
  const closed = toggled(text, rows, 1);
  assert.deepEqual(
    closed.map(({ path }) => path),
    ["$", "$.a", "$.d"],
  );
  assert.deepEqual(
    toggled(text, toggled(text, closed, 1), 3).map(({ path }) => path),
    rows.map(({ path }) => path),
  );
});

test("many members come in groups, so that few rows are made", () => {
  const text = JSON.stringify(Array.from({ length: 25_001 }, (_, index) => index));
  let rows = firstRows(text);
  assert.deepEqual(
    rows.slice(1).map(({ label }) => label),
    ["0 … 9999", "10000 … 19999", "20000 … 25000"],
  );
  rows = toggled(text, rows, 3);
  assert.equal(rows.length, 4 + 51);
  rows = toggled(text, rows, rows.length - 1);
  assert.equal(rows.at(-1)?.path, "$[25000]");
});
