import assert from "node:assert/strict";
import { test } from "node:test";

import { nameOf, rowsOf, spanOf } from "../../../src/harlake/page/compare_waterfalls.js";

test("columns become rows", () => {
  assert.deepEqual(rowsOf({ id: ["a", "b"], time: [1, null] }), [
    { id: "a", time: 1 },
    { id: "b", time: null },
  ]);
  assert.deepEqual(rowsOf({}), []);
});

test("a span goes from the first beginning to the last end; what is unknown is no part of it", () => {
  /** @type {(started: string | null, time: number | null) => any} */
  const row = (startedDateTime, time) => ({ startedDateTime, time });
  assert.equal(spanOf([]), 0);
  assert.equal(
    spanOf([
      row("2026-01-01T00:00:01Z", 500),
      row("2026-01-01T00:00:00Z", -1),
      row(null, 9e9),
      row("2026-01-01T00:00:00.100Z", null),
    ]),
    1500,
  );
});

test("a request is called by the end of its URL", () => {
  assert.equal(nameOf("https://a.test/b/c.js?d#e"), "c.js");
  assert.equal(nameOf("https://a.test/"), "https://a.test/");
});
