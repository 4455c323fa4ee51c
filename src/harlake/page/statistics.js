/** Sums, percentiles and the most frequent of a session, or of what passes the filter. */
import { getJson } from "./api.js";
import { filterParams as filterParams, toggle } from "./filter.js";
import { FilterNote } from "./filter_note.js";
import { html } from "./html.js";
import { FRESH, link } from "./links.js";
import { useLoaded } from "./loading.js";
import { usePages } from "./pager.js";
import { setState, useViewState } from "./state.js";
import { STATISTICS } from "./texts_numbers.js";
import { TimeChart } from "./time_chart.js";
import { bytes, count, duration, moment } from "./units.js";

/** Lists by what they group, with the member that names a row, and the filter that selects it. */
const GROUPS = /** @type {const} */ ([
  ["hosts", "host", "host"],
  ["types", "type", "type"],
  ["statuses", "status", "status"],
  ["methods", "method", "method"],
  ["mimeTypes", "mimeType", "mime"],
]);
const PHASES = /** @type {const} */ (["time", "wait", "connect"]);
const PERCENTILES = /** @type {const} */ (["p50", "p90", "p99", "max"]);
const EXAMPLES = /** @type {const} */ (["slowest", "largest", "failures"]);

export function StatisticsView() {
  const state = useViewState();
  const params = filterParams(state);
  const loaded = useLoaded(
    (signal) => getJson(`/api/sessions/${state.session}/stats`, params, { signal }),
    [state.session, JSON.stringify(params)],
  );
  return html`<div class="around statistics" aria-busy=${loaded.busy}>
    <h1>${STATISTICS.title}</h1>
    <${FilterNote} />
    ${loaded.error && html`<p class="error" role="alert">${loaded.error.message}</p>`}
    ${!loaded.value && loaded.busy && html`<p class="dim">…</p>`}
    ${loaded.value && html`<${Numbers} stats=${loaded.value} />`}
  </div>`;
}

/** @param {{stats: any}} props */
function Numbers({ stats }) {
  const { zone } = useViewState();
  const span = Date.parse(stats.lastStarted) - Date.parse(stats.firstStarted);
  return html`<dl class="sums">
      ${[
        [STATISTICS.requests, count(stats.total)],
        [STATISTICS.failed, count(stats.errors)],
        [STATISTICS.content, bytes(stats.contentBytes)],
        [STATISTICS.transferred, bytes(stats.transferBytes)],
        [STATISTICS.sent, bytes(stats.requestBytes)],
        [STATISTICS.span, stats.firstStarted ? duration(span) : "–"],
      ].map(
        ([name, value]) =>
          html`<div key=${name}>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    ${stats.warnings.map((/** @type {string} */ warning) => html`<p class="dim">${warning}</p>`)}
    ${
      stats.total === 0
        ? html`<p>${STATISTICS.empty}</p>`
        : html`${
              stats.histogram.buckets.length > 0 &&
              html`<h2>${STATISTICS.overTime}</h2>
                <${TimeChart} histogram=${stats.histogram} />`
            }
            <${Times} stats=${stats} />
            <div class="groups">
              ${GROUPS.map(([list, name, filter]) => html`<${Group} key=${list} list=${list} name=${name} filter=${filter} stats=${stats} />`)}
            </div>
            ${EXAMPLES.map((list) => html`<${Examples} key=${list} title=${STATISTICS.lists[list]} entries=${stats[list]} />`)}
            <${Pages} pages=${stats.pages} zone=${zone} limited=${stats.limited.pages} />`
    }`;
}

/** @param {{stats: any}} props */
function Times({ stats }) {
  return html`<h2>${STATISTICS.times}</h2>
    <div class="scroll-x">
      <table class="list">
        <thead>
          <tr>
            <td></td>
            ${PERCENTILES.map((name) => html`<th scope="col" class="number">${STATISTICS.percentile[name]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${PHASES.map(
            (phase) =>
              html`<tr key=${phase}>
                <th scope="row">${STATISTICS.phases[phase]}</th>
                ${PERCENTILES.map((name) => html`<td class="number">${duration(stats[phase][name])}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

/** @param {{list: "hosts" | "types" | "statuses" | "methods" | "mimeTypes", name: string, filter: string, stats: any}} props */
function Group({ list, name, filter, stats }) {
  const { shown, pager } = usePages(/** @type {any[]} */ (stats[list]), 10, stats);
  const withTimes = list === "hosts";
  return html`<section aria-label=${STATISTICS.groups[list]}>
    <h2>${STATISTICS.groups[list]}</h2>
    <div class="scroll-x">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">${STATISTICS.groups[list]}</th>
            <th scope="col" class="number">${STATISTICS.count}</th>
            <th scope="col" class="number">${STATISTICS.errors}</th>
            <th scope="col" class="number">${STATISTICS.content}</th>
            ${
              withTimes &&
              html`<th scope="col" class="number">${STATISTICS.percentile.p50}</th>
                <th scope="col" class="number">${STATISTICS.percentile.p90}</th>`
            }
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (row) =>
              html`<tr key=${row[name]}>
                <th scope="row"><${Select} filter=${filter} value=${row[name]} /></th>
                <td class="number share">
                  <meter min="0" max=${stats.total} value=${row.count} aria-hidden="true"></meter
                  ><span>${count(row.count)}</span>
                </td>
                <td class="number ${row.errors > 0 ? "failed" : ""}">${count(row.errors)}</td>
                <td class="number">${bytes(row.contentBytes)}</td>
                ${
                  withTimes &&
                  html`<td class="number">${duration(row.time.p50)}</td>
                    <td class="number">${duration(row.time.p90)}</td>`
                }
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${pager}
    ${stats.limited[list] && html`<p class="dim">${STATISTICS.limited(stats.limited[list].listed, stats.limited[list].of)}</p>`}
  </section>`;
}

/** @param {{filter: string, value: string | null}} props */
function Select({ filter, value }) {
  const state = useViewState();
  if (value === null || value === "" || value === "other") return value || STATISTICS.none;
  const text = toggle(state.filter, filter, value);
  return html`<button
    type="button"
    class="quiet"
    aria-label=${STATISTICS.select(value)}
    title=${value}
    onClick=${() => setState({ filter: text })}
  >
    ${value}
  </button>`;
}

/** @param {{title: string, entries: any[]}} props */
function Examples({ title, entries }) {
  const state = useViewState();
  if (entries.length === 0) return null;
  return html`<section aria-label=${title}>
    <h2>${title}</h2>
    <div class="scroll-x">
      <table class="list">
        <tbody>
          ${entries.map(
            (entry) =>
              html`<tr key=${entry.id}>
                <td>${entry.method}</td>
                <td class=${entry.error || !entry.status || entry.status >= 400 ? "failed" : ""}>
                  ${entry.status ?? "–"}
                </td>
                <td class="number">${duration(entry.time)}</td>
                <td class="number">${bytes(entry.contentSize)}</td>
                <td class="url">
                  <a ...${link(state, { view: "entries", entry: entry.id })}>${entry.url}</a
                  >${entry.error && html` <span class="dim">${entry.error}</span>`}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** @param {{pages: any[], zone: "local" | "utc", limited: {listed: number, of: number} | undefined}} props */
function Pages({ pages, zone, limited }) {
  const state = useViewState();
  const { shown, pager } = usePages(pages, 10, pages);
  if (pages.length === 0) return null;
  return html`<section aria-label=${STATISTICS.pages}>
    <h2>${STATISTICS.pages}</h2>
    <div class="scroll-x">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">${STATISTICS.page}</th>
            <th scope="col">${STATISTICS.begins}</th>
            <th scope="col" class="number">${STATISTICS.count}</th>
            <th scope="col" class="number">${STATISTICS.onContentLoad}</th>
            <th scope="col" class="number">${STATISTICS.onLoad}</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (page) =>
              html`<tr key=${page.id}>
                <th scope="row">
                  <a ...${link(state, { ...FRESH, view: "entries", filter: toggle("", "page", page.id) })}
                    >${page.title || page.id}</a
                  >
                </th>
                <td>${moment(page.startedDateTime, zone)}</td>
                <td class="number">${count(page.entries)}</td>
                <td class="number">${duration(page.onContentLoad)}</td>
                <td class="number">${duration(page.onLoad)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${pager} ${limited && html`<p class="dim">${STATISTICS.limited(limited.listed, limited.of)}</p>`}
  </section>`;
}
