/**
 * The waterfall: a bar for each visible row, on one canvas. Phases differ in height and pattern as well as in colour.
 *
 * In the order of time, the axis is what the visible rows span; in others, which have no common time, bars begin at 0.
 */
import { color } from "./colors.js";
import { TABLE } from "./texts.js";
import { duration } from "./units.js";

/** @typedef {keyof typeof TABLE.waterfall.phases} Phase */
/** @typedef {{start: number, time: number, phases: Record<Phase, number>, failed: boolean, page: string | null}} Bar */
/** @typedef {{from: number, span: number, isTimed: boolean}} Axis */
/** @typedef {{at: number, kind: "page" | "content" | "load"}} Mark */

export const PHASES = /** @type {const} */ (["blocked", "dns", "connect", "ssl", "send", "wait", "receive"]);

/** Heights as shares of a row; with the patterns, what tells phases apart without colours. @type {Record<Phase, number>} */
const HEIGHT = { blocked: 0.12, dns: 0.34, connect: 0.34, ssl: 0.34, send: 0.55, wait: 0.55, receive: 0.72 };

/** Colours of phases and marks. @typedef {Record<Phase | "bg" | "fg" | "accent" | "error", string>} Palette */

/**
 * Returns the colours that the page has now. To ask for one costs more than to draw all bars: they are kept until they change.
 * @returns {Palette}
 */
export function palette() {
  const names = [
    ...PHASES.map((phase) => [phase, `--phase-${phase}`]),
    ...["bg", "fg", "accent", "error"].map((name) => [name, `--${name}`]),
  ];
  return /** @type {Palette} */ (Object.fromEntries(names.map(([name, property]) => [name, color(property ?? "")])));
}

/**
 * Returns an axis on which all bars fit.
 * @param {readonly (Bar | null)[]} bars
 * @param {boolean} isTimed whether they are in the order of time
 * @returns {Axis}
 */
export function axisOf(bars, isTimed) {
  let from = Infinity;
  let to = -Infinity;
  for (const bar of bars) {
    if (bar === null || (isTimed && !Number.isFinite(bar.start))) continue;
    const start = isTimed ? bar.start : 0;
    from = Math.min(from, start);
    to = Math.max(to, start + bar.time);
  }
  return from <= to ? { from, span: Math.max(to - from, 1), isTimed } : { from: 0, span: 1, isTimed };
}

/**
 * Returns where phases are in a bar, one after the other; TLS is the last part of connecting.
 * @param {Bar} bar
 * @returns {{phase: Phase, at: number, length: number}[]}
 */
export function segments({ phases, time }) {
  /** @type {{phase: Phase, at: number, length: number}[]} */
  const found = [];
  let at = 0;
  for (const phase of PHASES) {
    const length = phases[phase];
    if (!(length > 0)) continue;
    if (phase === "ssl") {
      // Within connecting, unless a program did not count it there.
      const isWithin = phases.connect >= length;
      found.push({ phase, at: isWithin ? at - length : at, length });
      if (!isWithin) at += length;
      continue;
    }
    found.push({ phase, at, length });
    at += length;
  }
  if (found.length === 0 && time > 0) found.push({ phase: "wait", at: 0, length: time });
  return found;
}

/**
 * Returns what a bar says, for those who do not see it and for those who point at it.
 * @param {Bar} bar
 * @param {number | null} origin when the first entry started, null if bars have no common time
 * @returns {string}
 */
export function barText(bar, origin) {
  const parts = segments(bar).map(({ phase, length }) => `${TABLE.waterfall.phases[phase]} ${duration(length)}`);
  const start =
    origin !== null && Number.isFinite(bar.start) ? `${TABLE.waterfall.starts} +${duration(bar.start - origin)}, ` : "";
  return `${start}${duration(bar.time)} ${TABLE.waterfall.total}${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {object} drawn
 * @param {Palette} drawn.colors
 * @param {readonly (Bar | null)[]} drawn.bars
 * @param {Axis} drawn.axis
 * @param {readonly Mark[]} drawn.marks
 * @param {number} drawn.width
 * @param {number} drawn.height
 * @param {number} drawn.offset of the first bar, in pixels
 * @param {number} drawn.rowHeight
 */
export function drawWaterfall(context, { colors, bars, axis, marks, width, height, offset, rowHeight }) {
  context.clearRect(0, 0, width, height);
  const inner = width - 16;
  const scale = inner / axis.span;
  drawMarks(context, colors, marks, { axis, inner, scale, height });
  bars.forEach((bar, index) => {
    if (bar === null || (axis.isTimed && !Number.isFinite(bar.start))) return;
    const y = offset + index * rowHeight;
    const x = axis.isTimed ? (bar.start - axis.from) * scale : 0;
    let end = x;
    for (const { phase, at, length } of segments(bar)) {
      const from = x + at * scale;
      const to = Math.max(from + length * scale, from + 1.5);
      drawPhase(context, colors, phase, from, y, to - from, rowHeight);
      end = Math.max(end, to);
    }
    if (bar.failed) {
      context.fillStyle = colors.error;
      context.font = "bold 11px sans-serif";
      context.fillText("✕", end + 3, y + rowHeight / 2 + 4);
    }
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Palette} colors
 * @param {readonly Mark[]} marks
 * @param {{axis: Axis, inner: number, scale: number, height: number}} place
 */
function drawMarks(context, colors, marks, { axis, inner, scale, height }) {
  for (const { at, kind } of marks) {
    const x = Math.round((at - axis.from) * scale) + 0.5;
    if (!axis.isTimed || x < 0 || x > inner) continue;
    context.strokeStyle = kind === "page" ? colors.fg : kind === "content" ? colors.accent : colors.error;
    context.setLineDash(kind === "page" ? [] : kind === "content" ? [5, 3] : [1, 3]);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
  }
  context.setLineDash([]);
}

/**
 * Draws one phase; the legend does so as well.
 * @param {CanvasRenderingContext2D} context
 * @param {Palette} colors
 * @param {Phase} phase
 * @param {number} x
 * @param {number} y of the row
 * @param {number} width
 * @param {number} rowHeight
 */
export function drawPhase(context, colors, phase, x, y, width, rowHeight) {
  const height = Math.round(rowHeight * HEIGHT[phase]);
  const top = Math.round(y + (rowHeight - height) / 2);
  context.fillStyle = colors[phase];
  context.fillRect(x, top, width, height);
  context.fillStyle = colors.bg;
  if (phase === "wait" && width > 4) {
    context.fillRect(x + 1, top + 3, width - 2, height - 6);
  } else if (phase === "ssl" || phase === "send") {
    for (let at = 2; at < width - 1; at += 4) context.fillRect(x + at, top, 1.5, height);
  } else if (phase === "dns") {
    for (let at = 2; at < width - 1; at += 4) context.fillRect(x + at, top + height / 2 - 1, 2, 2);
  }
}
