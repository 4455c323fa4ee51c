import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const PAGE = new URL("../../../src/harlake/page/", import.meta.url);

/**
 * Adds what a module imports before it runs, and what that imports.
 * @param {URL} module
 * @param {Set<string>} found
 */
async function walk(module, found) {
  if (found.has(module.href)) return;
  found.add(module.href);
  const text = await readFile(module, "utf8");
  for (const [, from] of text.matchAll(/^(?:import|(?:import|export|\})[^;"]*\sfrom) "(\.{1,2}\/[^"]+)"/gm)) {
    await walk(new URL(from ?? "", module), found);
  }
}

test("the document names all modules that it needs, so that none is waited for to ask for the next", async () => {
  /** @type {Set<string>} */
  const needed = new Set();
  await walk(new URL("main.js", PAGE), needed);
  const document = await readFile(new URL("index.html", PAGE), "utf8");
  const named = [...document.matchAll(/<link rel="modulepreload" href="page\/([^"]+)"/g)].map(([, name]) => name);
  const expected = [...needed].map((href) => href.slice(PAGE.href.length)).filter((name) => name !== "main.js");
  assert.deepEqual(named.sort(), expected.sort());
});
