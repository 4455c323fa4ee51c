/** How many requests there were over time, and how many failed; a part of it can be selected. */
import { color, onColors } from "./colors.js";
import { html, useEffect, useRef } from "./html.js";
import { ROOT, setState, useViewState } from "./state.js";
import { STATISTICS } from "./texts_numbers.js";
import { count, moment } from "./units.js";
import uPlot from "./vendor/uplot.js";

/** @typedef {{start: string, count: number, errors: number}} Bucket */
/** @typedef {{intervalMs: number, buckets: readonly Bucket[]}} Histogram */

const HEIGHT = 200;

if (typeof document !== "undefined") {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = `${ROOT}page/vendor/uplot.css`;
  document.head.append(sheet);
}

/** @param {{histogram: Histogram}} props */
export function TimeChart({ histogram }) {
  const { zone } = useViewState();
  const place = /** @type {{current: HTMLElement | null}} */ (useRef(null));
  useEffect(() => (place.current ? draw(place.current, histogram, zone) : undefined), [histogram, zone]);
  return html`<figure class="time-chart">
    <div ref=${place} aria-hidden="true"></div>
    <figcaption class="dim">${STATISTICS.chartHelp} ${STATISTICS.perInterval(histogram.intervalMs)}</figcaption>
    <details>
      <summary>${STATISTICS.asTable}</summary>
      <${Intervals} histogram=${histogram} zone=${zone} />
    </details>
  </figure>`;
}

/** @param {{histogram: Histogram, zone: "local" | "utc"}} props */
function Intervals({ histogram, zone }) {
  return html`<table class="list">
    <thead>
      <tr>
        <th scope="col">${STATISTICS.begins}</th>
        <th scope="col" class="number">${STATISTICS.count}</th>
        <th scope="col" class="number">${STATISTICS.errors}</th>
      </tr>
    </thead>
    <tbody>
      ${histogram.buckets.map((bucket) => {
        const begin = Date.parse(bucket.start);
        const name = moment(bucket.start, zone);
        return html`<tr key=${bucket.start}>
          <th scope="row">
            <button
              type="button"
              class="quiet"
              aria-label=${STATISTICS.select(name)}
              onClick=${() => select(begin, begin + histogram.intervalMs)}
            >
              ${name}
            </button>
          </th>
          <td class="number">${count(bucket.count)}</td>
          <td class="number">${count(bucket.errors)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

/**
 * Shows only what began in a time.
 * @param {number} from milliseconds since 1970
 * @param {number} to
 */
function select(from, to) {
  setState({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
}

/**
 * @param {HTMLElement} place
 * @param {Histogram} histogram
 * @param {"local" | "utc"} zone
 * @returns {() => void} what takes it away again
 */
function draw(place, { intervalMs, buckets }, zone) {
  const interval = intervalMs / 1000;
  const starts = buckets.map(({ start }) => Date.parse(start) / 1000);
  const begin = starts[0] ?? 0;
  const end = (starts.at(-1) ?? 0) + interval;
  // Bars stand over their whole interval, so that their edges are the times on the axis.
  const paths = /** @type {any} */ (uPlot.paths.bars)({ size: [0.9, 100], align: 1 });
  const axis = {
    stroke: () => color("--dim"),
    grid: { stroke: () => color("--line"), width: 1 },
    ticks: { show: false },
  };
  /** @type {any} */
  const options = {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    scales: {
      x: { range: () => [begin, end] },
      y: {
        range: (/** @type {any} */ _, /** @type {any} */ __, /** @type {number} */ most) => [
          0,
          Math.max(1, most * 1.05),
        ],
      },
    },
    axes: [
      {
        ...axis,
        space: 90,
        values: (
          /** @type {any} */ _,
          /** @type {number[]} */ times,
          /** @type {any} */ __,
          /** @type {any} */ ___,
          /** @type {number} */ step,
        ) => times.map((time) => tick(time * 1000, step, zone)),
      },
      {
        ...axis,
        size: 60,
        incrs: INTEGERS,
        values: (/** @type {any} */ _, /** @type {number[]} */ values) => values.map(count),
      },
    ],
    series: [
      {},
      { label: STATISTICS.count, paths, fill: () => color("--accent"), width: 0, points: { show: false } },
      { label: STATISTICS.errors, paths, fill: () => color("--error"), width: 0, points: { show: false } },
    ],
    cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
    hooks: {
      setSelect: [
        (/** @type {any} */ plot) => {
          const { left, width } = plot.select;
          if (width < 2) return;
          select(...selection(plot.posToVal(left, "x"), plot.posToVal(left + width, "x")));
        },
      ],
    },
    ...(zone === "utc"
      ? { tzDate: (/** @type {number} */ time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC") }
      : {}),
  };
  const plot = new uPlot(options, [starts, buckets.map((one) => one.count), buckets.map((one) => one.errors)], place);
  const observer = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT }));
  observer.observe(place);
  const unsubscribe = onColors(() => plot.redraw(false, true));
  return () => {
    observer.disconnect();
    unsubscribe();
    plot.destroy();
  };
}

/**
 * Returns a time as the axis has it: as exact as its steps.
 * @param {number} time in milliseconds since 1970
 * @param {number} step in seconds
 * @param {"local" | "utc"} zone
 * @returns {string}
 */
export function tick(time, step, zone) {
  const text = moment(time, zone);
  if (step >= 86_400) return text.slice(0, 10);
  if (step >= 3600) return text.slice(5, 16);
  if (step >= 60) return text.slice(11, 16);
  return step >= 1 ? text.slice(11) : `${text.slice(11)}.${String(Math.round(time) % 1000).padStart(3, "0")}`;
}

/** Steps of the axis: there are no halves of requests. */
const INTEGERS = [1, 2, 5]
  .flatMap((step) => Array.from({ length: 10 }, (_, power) => step * 10 ** power))
  .sort((a, b) => a - b);

/**
 * Returns two times in whole milliseconds, which are not the same.
 * @param {number} from in seconds
 * @param {number} to
 * @returns {[number, number]}
 */
export function selection(from, to) {
  const begin = Math.floor(from * 1000);
  return [begin, Math.max(begin + 1, Math.ceil(to * 1000))];
}
