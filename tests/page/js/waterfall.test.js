import assert from "node:assert/strict";
import { test } from "node:test";

import { marks } from "../../../src/harlake/page/failure_strip.js";
import { locate } from "../../../src/harlake/page/locate.js";
import { stack } from "../../../src/harlake/page/overview.js";
import { marksOf } from "../../../src/harlake/page/surroundings.js";
import { axisOf, barText, segments } from "../../../src/harlake/page/waterfall.js";

const NONE = { blocked: -1, dns: -1, connect: -1, ssl: -1, send: -1, wait: -1, receive: -1 };

/** @param {number} start @param {number} time @param {Partial<typeof NONE>} [phases] */
function bar(start, time, phases = {}) {
  return { start, time, phases: { ...NONE, ...phases }, failed: false, page: null };
}

test("the axis spans what is visible, and begins at 0 where there is no common time", () => {
  const bars = [bar(1000, 500), null, bar(1200, 100), bar(NaN, 9999)];
  assert.deepEqual(axisOf(bars, true), { from: 1000, span: 500, isTimed: true });
  assert.deepEqual(axisOf(bars, false), { from: 0, span: 9999, isTimed: false });
  assert.equal(axisOf([], true).span, 1);
});

test("phases follow each other; TLS is within connecting, if it was counted there", () => {
  assert.deepEqual(segments(bar(0, 100, { blocked: 10, connect: 30, ssl: 20, wait: 40 })), [
    { phase: "blocked", at: 0, length: 10 },
    { phase: "connect", at: 10, length: 30 },
    { phase: "ssl", at: 20, length: 20 },
    { phase: "wait", at: 40, length: 40 },
  ]);
  assert.deepEqual(segments(bar(0, 100, { ssl: 20, wait: 40 }))[1], { phase: "wait", at: 20, length: 40 });
  assert.deepEqual(segments(bar(0, 70)), [{ phase: "wait", at: 0, length: 70 }]);
});

test("a bar is said in words", () => {
  assert.equal(
    barText(bar(1200, 50, { wait: 40, receive: 10 }), 1000),
    "starts +200 ms, 50 ms in all: wait 40 ms, receive 10 ms",
  );
});

test("few errors among many entries can be seen", () => {
  const [, twoHundreds = 0, , , errors = 0] = stack([0, 9999, 0, 0, 1, 0], 10_000, 50);
  assert.ok(twoHundreds > 49);
  assert.equal(errors, 1.5);
  assert.deepEqual(stack([0, 0, 0, 0, 0, 0], 0, 50), [0, 0, 0, 0, 0, 0]);
});

test("where failures are more than usual is marked", () => {
  const marked = marks({ total: 400, blocks: 4, totals: [100, 100, 100, 100], failed: [5, 5, 50, 0] });
  assert.deepEqual(
    marked.map((mark) => mark > 0),
    [false, false, true, false],
  );
  assert.deepEqual(marks({ total: 10, blocks: 1, totals: [10], failed: [0] }), [0]);
});

test("pages have marks, of what is known of them", () => {
  const startedDateTime = "2026-01-31T12:00:00.000Z";
  const at = Date.parse(startedDateTime);
  assert.deepEqual(marksOf([{ startedDateTime, onContentLoad: 5, onLoad: -1 }]), [
    { at, kind: "page" },
    { at: at + 5, kind: "content" },
  ]);
  assert.deepEqual(marksOf([{ startedDateTime: null, onContentLoad: null, onLoad: null }]), []);
});

test("a row is found by its entry's id", async () => {
  const ids = Array.from({ length: 1000 }, (_, index) => `c-${(index * 3).toString(16).padStart(8, "0")}`);
  const ask = async (/** @type {string} */ _path, /** @type {any} */ params) => ({
    columns: { id: ids.slice(Number(Object.fromEntries(params).start)).slice(0, 1) },
  });
  const { signal } = new AbortController();
  for (const row of [0, 1, 499, 999]) assert.equal(await locate("s", [], ids[row] ?? "", 1000, signal, ask), row);
  assert.equal(await locate("s", [], "c-00000001", 1000, signal, ask), -1);
  assert.equal(await locate("s", [], "d-00000003", 1000, signal, ask), -1);
});
