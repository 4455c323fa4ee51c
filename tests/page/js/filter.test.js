import assert from "node:assert/strict";
import { test } from "node:test";

import {
  filterParams as filterParams,
  FILTERS,
  formatFilter,
  has,
  parseFilter,
  toggle,
} from "../../../src/harlake/page/filter.js";

/** The same numbers in each run. @param {number} seed */
function random(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("the vocabulary, words and quotes", () => {
  assert.deepEqual(parseFilter('status=5xx,404 host=*.a.com  word "two words" path="/a b" url~=^x=1'), {
    params: [
      ["status", "5xx,404"],
      ["host", "*.a.com"],
      ["q", "word"],
      ["q", "two words"],
      ["path", "/a b"],
      ["url~", "^x=1"],
    ],
  });
  assert.deepEqual(parseFilter("/search?a=1"), { params: [["q", "/search?a=1"]] });
  assert.deepEqual(parseFilter("  "), { params: [] });
});

test("errors name the place", () => {
  assert.deepEqual(pick(parseFilter("status=200 stats=1")), 11);
  assert.deepEqual(pick(parseFilter('a "b c')), 2);
  assert.deepEqual(pick(parseFilter("a status=")), 9);
  assert.deepEqual(pick(parseFilter("min_time=1 min_time=2")), 11);
});

/** @param {ReturnType<typeof parseFilter>} parsed */
function pick(parsed) {
  return "error" in parsed ? parsed.at : null;
}

test("what is formatted is parsed as it was", () => {
  const draw = random(7);
  const alphabet = [...'ab =",\\!*~é\t/?']; // whatever has a meaning, and some that has none
  const names = Object.keys(FILTERS).filter((name) => FILTERS[name] !== "one");
  for (let run = 0; run < 300; run++) {
    const params = Array.from({ length: draw(5) }, () => {
      const value = Array.from({ length: 1 + draw(8) }, () => alphabet[draw(alphabet.length)]).join("");
      return /** @type {[string, string]} */ ([names[draw(names.length)], value]);
    });
    assert.deepEqual(parseFilter(formatFilter(params)), { params });
  }
});

test("any text can be parsed, and each error is at a place in it", () => {
  const draw = random(11);
  const alphabet = [...'q=" \\status'];
  for (let run = 0; run < 500; run++) {
    const text = Array.from({ length: draw(20) }, () => alphabet[draw(alphabet.length)]).join("");
    const parsed = parseFilter(text);
    if ("error" in parsed) assert.ok(parsed.at >= 0 && parsed.at <= text.length, text);
  }
});

test("toggling twice changes nothing, and leaves the rest", () => {
  assert.equal(toggle("word status=200", "status", "5xx"), "word status=200,5xx");
  assert.equal(toggle("word status=200,5xx", "status", "200"), "word status=5xx");
  assert.equal(toggle("word status=5xx x", "status", "5xx"), "word x");
  assert.equal(toggle("error=false", "error", "true"), "error=true");
  assert.equal(toggle("path=/a", "path", "/b"), "path=/a path=/b");
  assert.equal(toggle('"a b"', "page", "p 1"), '"a b" page="p 1"');
  for (const text of ["", "word", 'host=a "b c"', "host=x,y word"]) {
    assert.equal(has(toggle(text, "host", "z"), "host", "z"), true);
    assert.equal(toggle(toggle(text, "host", "z"), "host", "z"), text);
  }
});

test("a zoom takes the place of the filter's times, and what is wrong goes to the API", () => {
  const state = { filter: "from=2020 stats=1 word", from: "2021-01-01T00:00:00Z", to: null };
  assert.deepEqual(filterParams(state), [
    ["stats", "1"],
    ["q", "word"],
    ["from", "2021-01-01T00:00:00Z"],
  ]);
});
