/** The waterfalls of two sessions, one above the other's rows, on axes of the same length. */
import { getJson } from "./api.js";
import { color, onColors } from "./colors.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { FRESH, link } from "./links.js";
import { useLoaded } from "./loading.js";
import { useViewState } from "./state.js";
import { PAGER } from "./texts_around.js";
import { COMPARE } from "./texts_numbers.js";

/** @typedef {{id: string, name: string}} Side */
/** @typedef {{id: string, startedDateTime: string | null, time: number | null, wait: number | null, status: number | null, url: string, error: string | null}} Row */
/** @typedef {{rows: Row[], total: number}} Page */

/** Rows of each side at a time, and the height of one in pixels. */
const [ROWS, HEIGHT] = [50, 24];

const FIELDS = "id,startedDateTime,time,wait,status,url,error";

/** @param {{a: Side, b: Side, filter: [string, string][]}} props */
export function CompareWaterfalls({ a, b, filter }) {
  const [start, setStart] = useState(0);
  const sides = [a, b].map((side) => useRows(side.id, start, filter));
  const pages = sides.map(({ value }) => value);
  const most = Math.max(...pages.map((page) => page?.total ?? 0));
  const span = Math.max(1, ...pages.map((page) => spanOf(page?.rows ?? [])));
  return html`<section aria-label=${COMPARE.waterfalls}>
    <h2>${COMPARE.waterfalls}</h2>
    <p class="dim">${COMPARE.axis(span)}</p>
    ${
      most > ROWS &&
      html`<div class="pager" role="group" aria-label=${PAGER.label}>
        <button type="button" disabled=${start === 0} onClick=${() => setStart(Math.max(0, start - ROWS))}>
          ${PAGER.back}
        </button>
        <span>${PAGER.range(start + 1, Math.min(most, start + ROWS), most)}</span>
        <button type="button" disabled=${start + ROWS >= most} onClick=${() => setStart(start + ROWS)}>
          ${PAGER.on}
        </button>
      </div>`
    }
    <div class="waterfalls">
      ${[a, b].map((side, index) => html`<${Waterfall} key=${index} side=${side} loaded=${sides[index]} span=${span} start=${start} />`)}
    </div>
  </section>`;
}

/**
 * @param {string} session
 * @param {number} start
 * @param {[string, string][]} filter
 */
function useRows(session, start, filter) {
  return useLoaded(
    async (signal) => {
      const page = [
        ["start", String(start)],
        ["limit", String(ROWS)],
        ["fields", FIELDS],
        ["sort", "startedDateTime"],
      ];
      const answer = await getJson(
        `/api/sessions/${session}/rows`,
        [...filter, .../** @type {[string, string][]} */ (page)],
        { signal },
      );
      return { rows: rowsOf(answer.columns), total: answer.total };
    },
    [session, start, JSON.stringify(filter)],
  );
}

/**
 * @param {Record<string, any[]>} columns
 * @returns {Row[]}
 */
export function rowsOf(columns) {
  const names = Object.keys(columns);
  const length = columns["id"]?.length ?? 0;
  return Array.from(
    { length },
    (_, row) => /** @type {any} */ (Object.fromEntries(names.map((name) => [name, columns[name]?.[row]]))),
  );
}

/**
 * Returns how long it is from the first beginning to the last end, in milliseconds.
 * @param {readonly Row[]} rows
 * @returns {number}
 */
export function spanOf(rows) {
  const begin = beginOf(rows);
  return rows.reduce((span, row) => Math.max(span, startOf(row) - begin + Math.max(0, row.time ?? 0) || 0), 0);
}

/** @param {readonly Row[]} rows */
function beginOf(rows) {
  return rows.reduce((least, row) => Math.min(least, startOf(row) || Infinity), Infinity);
}

/** @param {Row} row */
function startOf(row) {
  return row.startedDateTime === null ? NaN : Date.parse(row.startedDateTime);
}

/** @param {{side: Side, loaded: {value: Page | undefined, error: Error | null, busy: boolean}, span: number, start: number}} props */
function Waterfall({ side, loaded, span, start }) {
  const state = useViewState();
  const canvas = /** @type {{current: HTMLCanvasElement | null}} */ (useRef(null));
  const rows = loaded.value?.rows ?? [];
  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const paint = () => draw(element, rows, span);
    const observer = new ResizeObserver(paint);
    observer.observe(element);
    const unsubscribe = onColors(paint);
    return () => {
      observer.disconnect();
      unsubscribe();
    };
  }, [rows, span]);
  if (loaded.error) return html`<p class="error" role="alert">${loaded.error.message}</p>`;
  return html`<div class="waterfall-side" aria-busy=${loaded.busy}>
    <h3>${side.name}</h3>
    <p class="dim">${COMPARE.waterfall(loaded.value?.total ?? 0, start + 1)}</p>
    <div class="waterfall-rows">
      <ol start=${start + 1}>
        ${rows.map(
          (row) =>
            html`<li key=${row.id} class=${isFailed(row) ? "failed" : ""}>
              <a title=${row.url} ...${link(state, { ...FRESH, view: "entries", session: side.id, entry: row.id })}
                >${row.status ?? "–"} ${nameOf(row.url)}</a
              >
            </li>`,
        )}
      </ol>
      <canvas ref=${canvas} style=${{ height: `${rows.length * HEIGHT}px` }} aria-hidden="true"></canvas>
    </div>
  </div>`;
}

/** @param {Row} row */
function isFailed({ error, status }) {
  return Boolean(error) || !status || status >= 400;
}

/**
 * Returns the end of a URL, by which one tells requests apart.
 * @param {string} text
 * @returns {string}
 */
export function nameOf(text) {
  const [path = ""] = text.split(/[?#]/);
  const parts = path.split("/").filter(Boolean);
  return parts.length > 2 ? /** @type {string} */ (parts.at(-1)) : text;
}

/**
 * Draws a bar for each row: what was before the answer in one colour, the answer in another.
 * @param {HTMLCanvasElement} canvas
 * @param {readonly Row[]} rows
 * @param {number} span
 */
function draw(canvas, rows, span) {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const [width, height] = [canvas.clientWidth, rows.length * HEIGHT];
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  context.scale(devicePixelRatio, devicePixelRatio);
  const begin = beginOf(rows);
  const [wait, receive, error] = [color("--phase-wait"), color("--phase-receive"), color("--error")];
  rows.forEach((row, index) => {
    const start = startOf(row);
    if (Number.isNaN(start)) return;
    const time = Math.max(0, row.time ?? 0);
    const left = ((start - begin) / span) * width;
    const length = Math.max(1.5, (time / span) * width);
    const waited = Math.min(length, (Math.max(0, row.wait ?? 0) / span) * width);
    context.fillStyle = isFailed(row) ? error : receive;
    context.fillRect(left, index * HEIGHT + 4, length, HEIGHT - 8);
    if (isFailed(row)) return;
    context.fillStyle = wait;
    context.fillRect(left, index * HEIGHT + 4, waited, HEIGHT - 8);
  });
}
