import assert from "node:assert/strict";
import { test } from "node:test";

import { searchParams } from "../../../src/harlake/page/search.js";
import { parts, tabOf } from "../../../src/harlake/page/search_hit.js";

test("what is searched takes the place of a text in the URL", () => {
  const filter = /** @type {[string, string][]} */ ([
    ["q", "x"],
    ["status", "5xx"],
  ]);
  assert.deepEqual(searchParams("a", "", filter), [
    ["q", "a"],
    ["case", "false"],
    ["status", "5xx"],
  ]);
  assert.deepEqual(searchParams("a", "yes", []), [["q", "a"]]);
});

test("the match is marked as it stands there", () => {
  assert.deepEqual(parts("say HELLO twice", "hello", false), ["say ", "HELLO", " twice"]);
  assert.deepEqual(parts("say HELLO, hello", "hello", true), ["say HELLO, ", "hello", ""]);
  assert.deepEqual(parts("İhello", "hello", false), ["İhello", "", ""]);
  assert.deepEqual(parts("nothing", "hello", false), ["nothing", "", ""]);
});

test("a hit opens the tab that shows it", () => {
  const places = [
    "response.content.text",
    "request.postData.text",
    "response.cookies[0].value",
    "request.headers[3].value",
  ];
  assert.deepEqual([...places, "_initiator.url"].map(tabOf), ["preview", "payload", "cookies", "headers", "raw"]);
});
