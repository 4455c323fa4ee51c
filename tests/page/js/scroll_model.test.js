import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_HEIGHT, ScrollModel } from "../../../src/harlake/page/scroll_model.js";

const ROW = 24;
const VIEWPORT = 600;

/** A table of so many rows, and the element that it is in. @param {number} total */
function table(total) {
  const model = new ScrollModel(ROW);
  const element = { scrollTop: model.resize({ total, viewport: VIEWPORT }) };
  const put = (/** @type {number} */ scrollTop) => {
    element.scrollTop = Math.round(scrollTop); // as browsers do
    model.scrollTop = element.scrollTop;
  };
  const scrollTo = (/** @type {number} */ scrollTop) => {
    element.scrollTop = Math.max(0, Math.min(scrollTop, model.maxScrollTop));
    if (model.scrolled(element.scrollTop)) put(model.anchor());
  };
  return { model, element, put, scrollTo, wheel: (/** @type {number} */ by) => scrollTo(element.scrollTop + by) };
}

test("a short list is scrolled as it is", () => {
  const { model, scrollTo } = table(1000);
  scrollTo(4321);
  assert.equal(model.top, 4321);
  assert.deepEqual(model.visible, { first: 180, end: 206 });
});

test("no element is higher than browsers allow, and a turn of the wheel moves as many pixels as everywhere", () => {
  const { model, wheel, scrollTo } = table(20_000_000);
  assert.equal(model.height, MAX_HEIGHT);
  for (const share of [0.1, 0.5, 0.9]) {
    scrollTo(model.maxScrollTop * share);
    const before = model.top;
    wheel(ROW);
    assert.equal(model.top, before + ROW);
    wheel(-3 * ROW);
    assert.equal(model.top, before - 2 * ROW);
  }
});

test("the thumb reaches every part, the first row and the last one", () => {
  const { model, scrollTo } = table(20_000_000);
  scrollTo(model.maxScrollTop / 2);
  assert.ok(Math.abs(model.visible.first - 10_000_000) < 20);
  scrollTo(model.maxScrollTop);
  assert.equal(model.visible.end, 20_000_000);
  scrollTo(0);
  assert.equal(model.visible.first, 0);
});

test("both ends are reached by the wheel alone, from where the thumb is nearly there", () => {
  const { model, put, scrollTo, wheel } = table(20_000_000);
  for (const [share, step] of [
    [0.0002, -100],
    [0.9998, 100],
  ]) {
    scrollTo(model.maxScrollTop * /** @type {number} */ (share));
    const goal = /** @type {number} */ (step) < 0 ? 0 : model.maxTop;
    for (let turns = 0; model.top !== goal; turns++) {
      assert.ok(turns < 5000, `it is stuck at ${model.top}`);
      wheel(/** @type {number} */ (step));
      if (turns % 10 === 0) put(model.anchor()); // it rests
    }
  }
});

test("where the scroll bar is put, the list stays", () => {
  for (const total of [10, 333_333, 333_334, 400_000, 20_000_000]) {
    const { model } = table(total);
    let before = -1;
    for (let step = 0; step <= 1000; step++) {
      const top = (model.maxTop * step) / 1000;
      const scrollTop = model.goTo(top);
      assert.equal(model.top, top);
      assert.ok(scrollTop >= before && scrollTop >= 0 && scrollTop <= model.maxScrollTop, `${total} ${top}`);
      before = scrollTop;
    }
  }
});

test("a row that is revealed is visible as a whole, and what is visible does not move", () => {
  const { model } = table(1_000_000);
  for (const row of [0, 999_999, 500_000, 500_001, 500_030, 499_990]) {
    model.reveal(row);
    assert.ok(row * ROW >= model.top && (row + 1) * ROW <= model.top + VIEWPORT, String(row));
  }
  const { top } = model;
  model.reveal(499_995);
  assert.equal(model.top, top);
});
