import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, count, duration, moment, ratio } from "../../../src/harlake/page/units.js";

test("sizes have three digits, and the units of the API", () => {
  assert.deepEqual([0, 999, 1000, 1_234, 999_499, 999_500, 5_000_000_000, -1, null].map(bytes), [
    "0 B",
    "999 B",
    "1 kB",
    "1.23 kB",
    "999 kB",
    "1 MB",
    "5 GB",
    "–",
    "–",
  ]);
});

test("times are as long as one reads them", () => {
  assert.deepEqual([0.011, 8.875, 999.4, 1234, 59_949, 60_000, 3_725_000, -1].map(duration), [
    "0.011 ms",
    "8.88 ms",
    "999 ms",
    "1.23 s",
    "59.9 s",
    "1 min 0 s",
    "1 h 2 min",
    "–",
  ]);
});

test("what is unknown is a dash", () => {
  assert.deepEqual([count(null), ratio(null), moment(null, "utc")], ["–", "–", "–"]);
  assert.equal(count(1_000_000), "1,000,000");
  assert.equal(ratio(11.25), "11.3×");
});

test("a moment is of the zone that is asked for; a text that is none stays", () => {
  assert.equal(moment("2026-01-31T12:00:00.000Z", "utc"), "2026-01-31 12:00:00");
  assert.equal(moment(0, "utc", false), "00:00:00");
  assert.equal(moment("yesterday", "utc"), "yesterday");
});
