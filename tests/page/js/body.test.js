import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePiece } from "../../../src/harlake/page/body.js";
import { waysOf } from "../../../src/harlake/page/body_kinds.js";
import { pairsOf } from "../../../src/harlake/page/entry_data.js";
import { initiatorOf } from "../../../src/harlake/page/entry_initiator.js";
import { queryOf } from "../../../src/harlake/page/entry_payload.js";
import { phasesOf } from "../../../src/harlake/page/entry_timings.js";
import { hexRow } from "../../../src/harlake/page/hex.js";

const encoder = new TextEncoder();

test("pieces of a text are the text, wherever they are cut", () => {
  const text = "\ufeffa é ツ 🦀 end\ufeff🦀🦀";
  const bytes = encoder.encode(text);
  for (let length = 1; length <= bytes.length + 1; length += 1) {
    const pieces = [];
    for (let start = 0; start < bytes.length; start += length) {
      const piece = bytes.subarray(start, start + length + 3);
      pieces.push(decodePiece(piece, Math.min(length, bytes.length - start), start === 0));
    }
    assert.equal(pieces.join(""), text.slice(1), `pieces of ${length} bytes`);
  }
});

test("a body is shown as what it is said to be, else as what it looks like", () => {
  const best = (/** @type {string} */ type, first = "") => waysOf(type, encoder.encode(first))[0];
  assert.equal(best("application/json"), "tree");
  assert.equal(best("application/vnd.api+json"), "tree");
  assert.equal(best("text/html"), "page");
  assert.equal(best("image/svg+xml"), "picture");
  assert.equal(best("image/png"), "image");
  assert.equal(best("font/woff2"), "font");
  assert.equal(best("video/mp4"), "media");
  assert.equal(best("text/css"), "text");
  assert.equal(best("application/octet-stream", ' {"a":1}'), "tree");
  assert.equal(best("application/octet-stream", "abc"), "text");
  assert.equal(best("application/octet-stream", "a\0b"), "hex");
});

test("names and values are read however they are listed", () => {
  const names = (/** @type {unknown} */ list) => pairsOf(list).map(({ name, value }) => [name, value]);
  assert.deepEqual(names([{ name: "a", value: 1 }, ["b", "2"], null, "c"]), [
    ["a", "1"],
    ["b", "2"],
    ["", ""],
    ["c", ""],
  ]);
  assert.deepEqual(names({ a: { b: 1 } }), [["a", '{"b":1}']]);
  assert.deepEqual(names(undefined), []);
});

test("a query that was not captured is that of the URL", () => {
  assert.deepEqual(
    queryOf({ url: "http://a/?x=1&y=%20?#z?w" }).map(({ name, value }) => [name, value]),
    [
      ["x", "1"],
      ["y", " ?"],
    ],
  );
  assert.deepEqual(queryOf({}), []);
});

test("phases follow each other, and TLS is a part of the connection", () => {
  const timings = { blocked: -1, dns: 2, connect: 30, ssl: 20, send: "1", wait: null, receive: 5 };
  assert.deepEqual(
    phasesOf(timings).map(({ name, start, duration }) => [name, start, duration]),
    [
      ["dns", 0, 2],
      ["connect", 2, 10],
      ["ssl", 12, 20],
      ["send", 32, 1],
      ["receive", 33, 5],
    ],
  );
  assert.deepEqual(phasesOf(null), []);
});

test("an initiator is a document, or a script that a stack names", () => {
  const parser = { _initiator: { type: "parser", url: "http://a/", lineNumber: 3 } };
  assert.deepEqual(initiatorOf(parser), { type: "parser", url: "http://a/", line: ":4", frames: [] });
  const frame = { functionName: "", url: "http://a/b.js", lineNumber: 0, columnNumber: 1 };
  const script = { _initiator: { type: "script", stack: { callFrames: [], parent: { callFrames: [frame] } } } };
  assert.equal(initiatorOf(script)?.url, "http://a/b.js");
  assert.equal(initiatorOf(script)?.frames[0]?.line, ":1:2");
  assert.equal(initiatorOf({ _initiator: { type: "other" } })?.url, "");
  assert.equal(initiatorOf({}), null);
  assert.equal(initiatorOf({ _initiator: [7] }), null);
});

test("bytes are written with their offset", () => {
  const row = hexRow(encoder.encode("0123456789abcdef\0A"), 32, 1);
  assert.deepEqual(row, { offset: "00000030", hex: "00 41", ascii: "·A" });
});
