/** Where failures are more frequent than they are in all, beside the scroll bar: a click goes there. */
import { color, onColors } from "./colors.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { TABLE } from "./texts.js";

/** @typedef {{total: number, blocks: number, totals: number[], failed: number[]}} Failures */

/**
 * Returns how much of each block is marked, from 0 to 1: its share of failures above that of all rows.
 * @param {Failures} failures
 * @returns {number[]}
 */
export function marks({ totals, failed }) {
  const sum = (/** @type {number[]} */ numbers) => numbers.reduce((before, number) => before + number, 0);
  const usual = sum(failed) / Math.max(sum(totals), 1);
  return totals.map((total, index) => {
    const share = (failed[index] ?? 0) / Math.max(total, 1);
    return share > usual ? Math.min(1, 0.35 + (share - usual) / Math.max(1 - usual, 1e-9)) : 0;
  });
}

/** @param {{failures: Failures | undefined, onGo: (row: number) => void}} props */
export function FailureStrip({ failures, onGo }) {
  const canvas = /** @type {{current: HTMLCanvasElement | null}} */ (useRef(null));
  const [, setDrawn] = useState(0);
  useEffect(() => onColors(() => setDrawn((/** @type {number} */ before) => before + 1)), []);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    element.width = 1;
    element.height = failures?.totals.length || 1;
    context.fillStyle = color("--error");
    if (failures === undefined) return;
    marks(failures).forEach((mark, index) => {
      context.globalAlpha = mark;
      if (mark > 0) context.fillRect(0, index, 1, 1);
    });
  });
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    if (failures === undefined || canvas.current === null) return;
    const box = canvas.current.getBoundingClientRect();
    onGo(Math.floor(((event.clientY - box.top) / box.height) * failures.total));
  };
  // It says what the facets say in numbers, so that who cannot see it misses nothing.
  return html`<canvas
    class="failure-strip"
    ref=${canvas}
    title=${TABLE.failures}
    aria-hidden="true"
    onClick=${onClick}
  ></canvas>`;
}
