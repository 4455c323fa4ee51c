import assert from "node:assert/strict";
import { test } from "node:test";

import { suggest } from "../../../src/harlake/page/completion.js";

const VALUES = {
  host: [
    { value: "www.a.test", count: 7 },
    { value: "cdn.a.test", count: 3 },
    { value: null, count: 1 },
  ],
};

/** The texts that the first suggestion at the end makes, or all of them. @param {string} text */
function texts(text, caret = text.length) {
  return suggest(text, caret, VALUES).map(({ text: other, from, to }) => text.slice(0, from) + other + text.slice(to));
}

test("names are suggested by their beginning", () => {
  assert.deepEqual(texts("ho"), ["host="]);
  assert.deepEqual(texts("word st"), ["word status="]);
  assert.ok(texts("").includes("status="));
  assert.deepEqual(texts('"ho'), []);
});

test("values are those that the session has, and words of the API", () => {
  assert.deepEqual(texts("host="), ["host=www.a.test", "host=cdn.a.test"]);
  assert.deepEqual(texts("host=cdn"), ["host=cdn.a.test"]);
  assert.deepEqual(texts("host=!w"), ["host=!www.a.test"]);
  assert.deepEqual(texts("host=www.a.test,c x", 17), ["host=www.a.test,cdn.a.test x"]);
  assert.deepEqual(texts("status=5"), ["status=5xx"]);
  assert.deepEqual(texts("error="), ["error=true", "error=false"]);
});

test("whatever stands there, a suggestion is within the text", () => {
  for (const text of ["", " ", "=", "a=", "status=,", 'path="a b" ', "url~=x,y", "host=a,b,c"]) {
    for (let caret = 0; caret <= text.length; caret++) {
      for (const { from, to } of suggest(text, caret, VALUES)) assert.ok(0 <= from && from <= to && to <= text.length);
    }
  }
});
