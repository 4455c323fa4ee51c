import assert from "node:assert/strict";
import { test } from "node:test";

import { entryId } from "../../../src/harlake/page/problem_report.js";

test("the id of an entry is that of its capture, and the ordinal", () => {
  const capture = "ca1c7348-0912-4cf0-a0d5-8f4c7a3e91d2";
  assert.equal(entryId(capture, 0), "ca1c7348-0912-8cf0-a0d5-8f4c00000000");
  assert.equal(entryId(capture, 227_248), "ca1c7348-0912-8cf0-a0d5-8f4c000377b0");
});
