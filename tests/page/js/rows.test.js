import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { MAX_PAGES, PAGE, Rows } from "../../../src/harlake/page/rows.js";

const TOTAL = 1_000_000;

/** A service that answers when it is told to. */
function service() {
  /** @type {{start: number, signal: AbortSignal, answer: () => Promise<void>}[]} */
  const asked = [];
  const ask = (/** @type {string} */ _path, /** @type {any} */ params, /** @type {any} */ { signal } = {}) =>
    new Promise((resolve, reject) => {
      const start = Number(Object.fromEntries(params)["start"]);
      signal.addEventListener("abort", () => reject(new Error("aborted")));
      const id = Array.from({ length: Math.min(PAGE, TOTAL - start) }, (_, index) => `id ${start + index}`);
      asked.push({
        start,
        signal,
        answer: async () => {
          resolve({ start, total: TOTAL, columns: { id } });
          await pause(0);
        },
      });
    });
  return { asked, ask };
}

/** @param {import("../../../src/harlake/page/rows.js").Question["params"]} [params] */
function question(params = []) {
  return { session: "s", params, sort: "", fields: ["id"] };
}

test("what is visible is asked once, however often it is wanted", async () => {
  const { asked, ask } = service();
  const rows = new Rows(() => {}, ask);
  rows.reset(question());
  for (let frame = 0; frame < 10; frame++) rows.want(0, 40);
  assert.deepEqual(
    asked.map(({ start }) => start),
    [0],
  );
  await asked[0]?.answer();
  assert.equal(rows.value(39, "id"), "id 39");
  assert.equal(rows.total, TOTAL);
  rows.want(0, 40);
  assert.equal(asked.length, 1);
});

test("what nobody waits for any longer is aborted, and never more than two are under way", async () => {
  const { asked, ask } = service();
  const rows = new Rows(() => {}, ask);
  rows.reset(question());
  rows.want(0, 40);
  await asked[0]?.answer();
  for (let first = 0; first < TOTAL; first += 50_000) rows.want(first, first + 40);
  await pause(80);
  assert.ok(asked.length <= 5, "one that is passed by while another is under way is not asked");
  assert.ok(asked.filter(({ signal }) => !signal.aborted).length <= 3);
  await asked.findLast(({ start }) => start === 950_000)?.answer();
  assert.equal(rows.value(950_000, "id"), "id 950000");
});

test("few pages are kept, those looked at last", async () => {
  const { asked, ask } = service();
  const rows = new Rows(() => {}, ask);
  rows.reset(question());
  for (let page = 0; page < MAX_PAGES + 20; page++) {
    rows.want(page * PAGE, page * PAGE + 40);
    await asked.at(-1)?.answer();
  }
  assert.ok(rows.pages.size <= MAX_PAGES);
  assert.equal(rows.has(0), false);
  assert.equal(rows.has((MAX_PAGES + 19) * PAGE), true);
});

test("another question ends the one before; its rows stay until there are others", async () => {
  const { asked, ask } = service();
  const rows = new Rows(() => {}, ask);
  rows.reset(question());
  rows.want(0, 40);
  await asked[0]?.answer();
  rows.want(500, 540);
  rows.reset(question([["status", "404"]]));
  assert.equal(asked[1]?.signal.aborted, true);
  assert.equal(rows.has(0), true);
  rows.want(0, 40);
  await asked.at(-1)?.answer();
  assert.equal(rows.isAnswered, true);
  assert.equal(rows.has(500), false);
});

test("an error is told, and not asked for again and again", async () => {
  let count = 0;
  const rows = new Rows(
    () => {},
    async () => {
      count++;
      throw new Error("refused");
    },
  );
  rows.reset(question());
  rows.want(0, 40);
  await pause(1);
  rows.want(0, 40);
  await pause(1);
  assert.equal(count, 1);
  assert.match(String(rows.error), /refused/);
});
