import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { curlLine, exportParams, isPlain, quoted, USUAL } from "../../../src/harlake/page/export_url.js";

test("what is as it is anyway has no parameter", () => {
  assert.deepEqual(exportParams(USUAL, [["status", "5xx"]]), [["status", "5xx"]]);
});

test("each form has the parameters that go with it, and no others", () => {
  const chosen = /** @type {const} */ ({ ...USUAL, order: "time", bodies: "none", fill: true });
  assert.deepEqual(exportParams({ ...chosen, form: "ndjson" }, []), [
    ["format", "ndjson"],
    ["order", "time"],
    ["bodies", "none"],
    ["fill", "true"],
  ]);
  assert.deepEqual(exportParams({ ...chosen, form: "csv" }, []), [
    ["format", "csv"],
    ["order", "time"],
  ]);
  assert.deepEqual(exportParams({ ...chosen, form: "parquet", bodies: "true" }, []), [
    ["format", "parquet"],
    ["order", "time"],
    ["bodies", "true"],
  ]);
  assert.deepEqual(exportParams({ ...USUAL, form: "zip" }, []), [["max_part", "500MB"]]);
  assert.deepEqual(exportParams({ ...chosen, form: "openapi" }, []), [
    ["format", "openapi"],
    ["order", "time"],
  ]);
  assert.deepEqual(exportParams({ ...USUAL, form: "embed" }, []), [
    ["format", "playwright"],
    ["content", "embed"],
  ]);
});

test("only what is stored has a length before", () => {
  assert.ok(isPlain({ ...USUAL, order: "time" }));
  assert.ok(!isPlain({ ...USUAL, fill: true }));
  assert.ok(!isPlain({ ...USUAL, form: "csv" }));
});

test("a shell reads what was quoted", () => {
  for (const text of ["a", "", "it's", "a b", '$HOME `x` "q" \\', "ü*?[a]!#&;", "a\nb"]) {
    assert.equal(execFileSync("sh", ["-c", `printf %s ${quoted(text)}`], { encoding: "utf8" }), text);
  }
  assert.equal(curlLine("http://a/b?c=d&e='", true), "curl -OJ 'http://a/b?c=d&e='\\'''");
});
