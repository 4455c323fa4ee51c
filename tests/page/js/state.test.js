import assert from "node:assert/strict";
import { test } from "node:test";
import { INITIAL, fromUrl, toUrl } from "../../../src/harlake/page/state.js";

/** @typedef {import("../../../src/harlake/page/state.js").ViewState} ViewState */

/**
 * @param {string} text
 * @param {string} [root]
 */
function read(text, root) {
  const { pathname, search } = new URL(text, "http://localhost");
  return fromUrl({ pathname, search }, root);
}

/** @type {[string, Partial<ViewState>][]} */
const STATES = [
  ["/", {}],
  ["/compare", { view: "compare" }],
  ["/compare?session=a&other=b&filter=status=5xx", { view: "compare", session: "a", other: "b", filter: "status=5xx" }],
  ["/s/a%2Fb", { view: "entries", session: "a/b" }],
  ["/s/a/statistics", { view: "statistics", session: "a" }],
  ["/s/a/problems", { view: "problems", session: "a" }],
  ["/s/a/search?filter=%22two+words%22", { view: "search", session: "a", filter: '"two words"' }],
  ["/s/a?columns=", { view: "entries", session: "a", columns: [] }],
  [
    "/s/a?filter=a+b&sort=-time&entry=e&tab=raw&from=2026-01-02T03:04:05Z&to=2027&zone=utc&times=relative&columns=url,time",
    {
      view: "entries",
      session: "a",
      filter: "a b",
      sort: "-time",
      entry: "e",
      tab: "raw",
      from: "2026-01-02T03:04:05Z",
      to: "2027",
      zone: "utc",
      times: "relative",
      columns: ["url", "time"],
    },
  ],
];

for (const [address, patch] of STATES) {
  test(`${address} is what it shows`, () => {
    assert.deepEqual(read(address), { ...INITIAL, ...patch });
    assert.deepEqual(read(toUrl({ ...INITIAL, ...patch })), { ...INITIAL, ...patch });
  });
  test(`${address} is the same below a proxy's path`, () => {
    const state = read(address);
    const below = toUrl(state, "/lake/");
    assert.ok(below.startsWith("/lake/"));
    assert.deepEqual(read(below, "/lake/"), state);
  });
}

test("any text survives", () => {
  for (const text of ["&", "=", "+", "%", "#", "?", "/", "é", "\u{1F600}", "a,b:c", "\n", "\0", "..", "%2C"]) {
    const state = { ...INITIAL, view: /** @type {const} */ ("entries"), session: "s", filter: text, entry: text };
    assert.deepEqual(read(toUrl(state)), state);
    assert.deepEqual(read(toUrl({ ...INITIAL, view: "entries", session: `x${text}` })).session, `x${text}`);
  }
});

test("what is no address of the page is as good as one", () => {
  for (const address of ["/s", "/s/", "/nowhere/at/all", "/s/%E0%A4%A", "/?zone=mars&times=never", "//s/a"]) {
    assert.ok(read(address).view);
  }
  assert.equal(read("/s/a/nowhere").view, "entries");
});
