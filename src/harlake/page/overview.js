/** The whole time at a glance: what is there, what failed, what is visible; to brush, to zoom, to go to. */
import { getJson } from "./api.js";
import { color, onColors } from "./colors.js";
import { filterParams } from "./filter.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { useLoaded } from "./loading.js";
import { TABLE } from "./texts.js";
import { moment } from "./units.js";

/** @typedef {import("./state.js").ViewState} ViewState */
/** @typedef {{from: string | null, to: string | null, bins: number, counts: Record<string, number[]>}} Timeline */
/** @typedef {{from: number, to: number}} Span milliseconds since 1970 */

const BINS = 600;
/** From the bottom to the top. */
const CLASSES = /** @type {const} */ (["1xx", "2xx", "3xx", "4xx", "5xx", "failed"]);
const ERRORS = new Set(["4xx", "5xx", "failed"]);

/**
 * Returns the parts of one bar in pixels, from the bottom. Errors can be seen however few they are.
 * @param {readonly number[]} counts by class
 * @param {number} most the largest sum of any bar
 * @param {number} height
 * @returns {number[]}
 */
export function stack(counts, most, height) {
  const sum = counts.reduce((before, count) => before + count, 0);
  // The square root: one entry is visible beside ten thousand.
  const whole = Math.sqrt(sum / Math.max(most, 1)) * height;
  return counts.map((count, index) => {
    const part = sum > 0 ? (count / sum) * whole : 0;
    return count > 0 && ERRORS.has(CLASSES[index] ?? "") ? Math.max(part, 1.5) : part;
  });
}

/**
 * @param {Pick<ViewState, "session" | "filter">} state
 * @param {string | null} from
 * @param {string | null} to
 * @returns {import("./loading.js").Loaded<Timeline>}
 */
export function useTimeline({ session, filter }, from, to, isAsked = true) {
  return useLoaded(
    async (signal) => {
      if (!isAsked) return undefined;
      const params = filterParams({ filter, from, to });
      params.push(["bins", String(BINS)]);
      return getJson(`/api/sessions/${encodeURIComponent(session ?? "")}/timeline`, params, { signal });
    },
    [session, filter, from, to, isAsked],
  );
}

/**
 * @param {object} props
 * @param {Timeline | undefined} props.whole
 * @param {Timeline | undefined} props.zoomed undefined if nothing is zoomed to
 * @param {ViewState} props.state
 * @param {Span | null} props.visible
 * @param {(from: string | null, to: string | null) => void} props.onZoom
 * @param {(time: number) => void} props.onGo
 */
export function Overview({ whole, zoomed, state, visible, onZoom, onGo }) {
  const all = spanOf(whole);
  if (whole === undefined || all === null) return html`<div class="overview"></div>`;
  // Bins are those of the entries that there are, which may begin later than what was asked for.
  const shown = zoomed === undefined ? null : (spanOf(zoomed) ?? zoomSpan(state, all));
  const span = shown ?? all;
  const texts = TABLE.overview;
  /** @param {Span} next */
  const zoom = (next) => {
    const [from, to] = [Math.max(next.from, all.from), Math.min(next.to, all.to + 1)];
    if (from <= all.from && to >= all.to) onZoom(null, null);
    else onZoom(iso(from), iso(Math.max(to, from + 1)));
  };
  const middle = (span.from + span.to) / 2;
  const half = (span.to - span.from) / 2;
  return html`<section class="overview" aria-label=${texts.region}>
    ${shown !== null && html`<${Strip} class="strip context" timeline=${whole} span=${all} visible=${zoomSpan(state, all)} state=${state} onBrush=${zoom} onGo=${onGo} />`}
    <${Strip}
      class="strip"
      timeline=${shown === null ? whole : zoomed}
      span=${span}
      visible=${visible}
      state=${state}
      onBrush=${zoom}
      onGo=${onGo}
    />
    <div class="overview-foot">
      <span>${moment(span.from, state.zone)}</span>
      <span class="overview-buttons">
        <button type="button" class="quiet" onClick=${() => zoom({ from: middle - half / 2, to: middle + half / 2 })}>
          ${texts.in}
        </button>
        <button
          type="button"
          class="quiet"
          disabled=${visible === null}
          onClick=${() => visible && zoom({ from: visible.from, to: visible.to + 1 })}
        >
          ${texts.visible}
        </button>
        ${
          (state.from !== null || state.to !== null) &&
          html`<button
              type="button"
              class="quiet"
              onClick=${() => zoom({ from: middle - half * 3, to: middle + half * 3 })}
            >
              ${texts.out}
            </button>
            <button type="button" class="quiet" onClick=${() => onZoom(null, null)}>${texts.whole}</button>`
        }
      </span>
      <span>${moment(span.to, state.zone)}</span>
    </div>
  </section>`;
}

/**
 * @param {object} props
 * @param {string} props.class
 * @param {Timeline} props.timeline
 * @param {Span} props.span
 * @param {Span | null} props.visible
 * @param {ViewState} props.state
 * @param {(span: Span) => void} props.onBrush
 * @param {(time: number) => void} props.onGo
 */
function Strip({ class: name, timeline, span, visible, state, onBrush, onGo }) {
  const canvas = /** @type {{current: HTMLCanvasElement | null}} */ (useRef(null));
  const [brush, setBrush] = useState(/** @type {Span | null} */ (null));
  const [, setDrawn] = useState(0);
  const again = () => setDrawn((/** @type {number} */ before) => before + 1);
  useEffect(() => onColors(again), []);
  useEffect(() => {
    const observer = new ResizeObserver(again);
    if (canvas.current) observer.observe(canvas.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (canvas.current) drawStrip(canvas.current, timeline);
  });
  /** @param {PointerEvent} event */
  const timeOf = (event) => {
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    return span.from + share * (span.to - span.from);
  };
  /** @param {PointerEvent} event */
  const onDown = (event) => {
    if (event.button !== 0) return;
    /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
    const at = timeOf(event);
    setBrush({ from: at, to: at });
  };
  /** @param {PointerEvent} event */
  const onUp = (event) => {
    if (brush === null) return;
    setBrush(null);
    const [from, to] = [brush.from, timeOf(event)];
    const width = /** @type {HTMLElement} */ (event.currentTarget).clientWidth;
    const pixels = (Math.abs(to - from) / (span.to - span.from)) * width;
    if (pixels < 4) onGo(from);
    else onBrush({ from: Math.min(from, to), to: Math.max(from, to) });
  };
  const marked =
    brush === null ? visible : { from: Math.min(brush.from, brush.to), to: Math.max(brush.from, brush.to) };
  const share = (/** @type {number} */ time) =>
    Math.max(0, Math.min(100, ((time - span.from) / (span.to - span.from)) * 100));
  const [entries, errors] = totals(timeline);
  const label = TABLE.overview.label(entries, errors, moment(span.from, state.zone), moment(span.to, state.zone));
  return html`<div
    class=${name}
    role="img"
    aria-label=${label}
    title=${TABLE.overview.help}
    onPointerDown=${onDown}
    onPointerMove=${(/** @type {PointerEvent} */ event) => brush && setBrush({ from: brush.from, to: timeOf(event) })}
    onPointerUp=${onUp}
    onPointerCancel=${() => setBrush(null)}
  >
    <canvas ref=${canvas}></canvas>
    ${
      marked &&
      html`<div
        class=${brush ? "brush" : "visible"}
        style=${{ left: `${share(marked.from)}%`, width: `max(2px, ${share(marked.to) - share(marked.from)}%)` }}
      ></div>`
    }
  </div>`;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Timeline} timeline
 */
function drawStrip(canvas, { counts, bins }) {
  const context = canvas.getContext("2d");
  const [width, height, ratio] = [canvas.clientWidth, canvas.clientHeight, devicePixelRatio];
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (context === null) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const bars = Array.from({ length: bins }, (_, bin) => CLASSES.map((name) => counts[name]?.[bin] ?? 0));
  const most = Math.max(...bars.map((bar) => bar.reduce((before, count) => before + count, 0)));
  const colors = CLASSES.map((name) => color(name === "failed" ? "--error" : `--status-${name}`));
  bars.forEach((bar, index) => {
    let y = height;
    stack(bar, most, height).forEach((part, of) => {
      if (part === 0) return;
      context.fillStyle = colors[of] ?? "";
      context.fillRect((index * width) / bins, y - part, Math.max(width / bins, 1), part);
      y -= part;
    });
  });
}

/** @param {Timeline} timeline @returns {[entries: number, errors: number]} */
function totals({ counts }) {
  const sum = (/** @type {string} */ name) => (counts[name] ?? []).reduce((before, count) => before + count, 0);
  const of = (/** @type {readonly string[]} */ names) => names.reduce((before, name) => before + sum(name), 0);
  return [of(CLASSES), of(CLASSES.filter((name) => ERRORS.has(name)))];
}

/** @param {Timeline | undefined} timeline @returns {Span | null} */
function spanOf(timeline) {
  if (!timeline?.from || !timeline.to) return null;
  const from = Date.parse(timeline.from);
  return { from, to: Math.max(Date.parse(timeline.to), from + 1) };
}

/** @param {ViewState} state @param {Span} all @returns {Span} */
function zoomSpan({ from, to }, all) {
  const start = from === null ? all.from : Date.parse(from);
  return { from: start, to: Math.max(to === null ? all.to : Date.parse(to), start + 1) };
}

/** @param {number} time */
function iso(time) {
  return new Date(time).toISOString();
}
