/** How many entries have which value, and switches that put it into the filter. */
import { getJson } from "./api.js";
import { filterParams, has, toggle, words } from "./filter.js";
import { html, useState } from "./html.js";
import { useLoaded } from "./loading.js";
import { TABLE } from "./texts.js";
import { count } from "./units.js";

/** @typedef {import("./state.js").ViewState} ViewState */
/** @typedef {"status" | "type" | "method" | "host" | "page"} Facet */
/** @typedef {{value: string | null, count: number}} Value */
/** @typedef {Record<Facet, Value[]> & Record<string, any> & {total: number, failed: number}} Counts */

const FACETS = /** @type {const} */ (["status", "type", "method", "host", "page"]);
/** What the number of all values is called in the answer. @type {Record<Facet, string>} */
const NUMBERS = { status: "statuses", type: "types", method: "methods", host: "hosts", page: "pages" };
const FEW = 8;

/**
 * Returns what is counted under the filter. A facet that is filtered by is counted without its own filter: its other
 * values could not be chosen otherwise.
 * @param {Pick<ViewState, "session" | "filter" | "from" | "to">} state
 * @param {AbortSignal} signal
 * @returns {Promise<Counts>}
 */
export async function loadCounts(state, signal) {
  const path = `/api/sessions/${encodeURIComponent(state.session ?? "")}/facets`;
  const params = filterParams(state);
  const named = FACETS.filter((facet) => params.some(([name]) => name === facet));
  const withoutError = params.some(([name]) => name === "error");
  const [counts, failed, ...others] = await Promise.all([
    getJson(path, params, { signal }),
    withoutError ? getJson(path, [...params.filter(([name]) => name !== "error"), ["limit", "1"]], { signal }) : null,
    ...named.map((facet) =>
      getJson(
        path,
        params.filter(([name]) => name !== facet),
        { signal },
      ),
    ),
  ]);
  if (failed !== null) counts.failed = failed.failed;
  named.forEach((facet, index) => {
    for (const name of [facet, NUMBERS[facet]]) counts[name] = others[index][name];
  });
  return counts;
}

/**
 * @param {Pick<ViewState, "session" | "filter" | "from" | "to">} state
 * @returns {import("./loading.js").Loaded<Counts>}
 */
export function useCounts(state) {
  return useLoaded((signal) => loadCounts(state, signal), [state.session, state.filter, state.from, state.to]);
}

/**
 * @param {object} props
 * @param {string} props.filter
 * @param {Counts | undefined} props.counts
 * @param {boolean} props.busy
 * @param {(filter: string) => void} props.onFilter
 */
export function Facets({ filter, counts, busy, onFilter }) {
  const texts = TABLE.facets;
  return html`<aside class="facets" aria-label=${texts.title} aria-busy=${busy}>
    ${
      counts &&
      html`<ul class="facet">
          <${Toggle}
            name="error"
            value="true"
            label=${texts.failed}
            number=${counts.failed}
            filter=${filter}
            onFilter=${onFilter}
          />
        </ul>
        ${FACETS.map((facet) => html`<${Group} key=${facet} facet=${facet} counts=${counts} filter=${filter} onFilter=${onFilter} />`)}`
    }
  </aside>`;
}

/** @param {{facet: Facet, counts: Counts, filter: string, onFilter: (filter: string) => void}} props */
function Group({ facet, counts, filter, onFilter }) {
  const [isLong, setLong] = useState(false);
  const values = counts[facet];
  const of = counts[NUMBERS[facet]] ?? values.length;
  if (values.length === 0) return null;
  const shown = isLong ? values : values.slice(0, FEW);
  // What is filtered by is there to be switched off, though it is none of the frequent ones.
  const others = words(filter)
    .filter(({ name, value }) => name === facet && value !== "")
    .flatMap(({ value }) => value.split(","))
    .filter((value) => !shown.some((one) => one.value === value))
    .map((value) => ({ value, count: values.find((one) => one.value === value)?.count ?? null }));
  return html`<h3 id=${`facet-${facet}`}>${TABLE.facets[facet]}</h3>
    <ul class="facet" aria-labelledby=${`facet-${facet}`}>
      ${[...shown, ...others].map(
        (one) =>
          html`<${Toggle}
            key=${one.value}
            name=${facet}
            value=${one.value}
            label=${one.value ?? TABLE.facets.none}
            number=${one.count}
            filter=${filter}
            onFilter=${onFilter}
          />`,
      )}
    </ul>
    ${
      (of > shown.length || isLong) &&
      html`<p class="facet-more dim">
        <span>${TABLE.facets.more(shown.length, of)}</span>
        ${
          values.length > FEW &&
          html`<button
            type="button"
            class="quiet"
            aria-label=${`${TABLE.facets[facet]}: ${isLong ? TABLE.facets.less : TABLE.facets.all}`}
            onClick=${() => setLong(!isLong)}
          >
            ${isLong ? TABLE.facets.less : TABLE.facets.all}
          </button>`
        }
      </p>`
    }`;
}

/**
 * @param {object} props
 * @param {string} props.name
 * @param {string | null} props.value null cannot be filtered by
 * @param {string} props.label
 * @param {number | null} props.number
 * @param {string} props.filter
 * @param {(filter: string) => void} props.onFilter
 */
function Toggle({ name, value, label, number, filter, onFilter }) {
  const isOn = value !== null && has(filter, name, value);
  const isStatus = name === "status" && value !== null;
  const text = isStatus && value === "0" ? TABLE.noResponse : label;
  // A comma separates values: what has one cannot be chosen.
  const isFixed = value === null || value === "" || value.includes(",");
  return html`<li>
    <button
      type="button"
      class=${`facet-value${isStatus ? ` status-${value === "0" ? "failed" : `${value.charAt(0)}xx`}` : ""}`}
      aria-pressed=${isOn}
      disabled=${isFixed}
      title=${text}
      onClick=${() => value !== null && onFilter(toggle(filter, name, value))}
    >
      <span class="facet-check" aria-hidden="true">${isOn ? "✓" : ""}</span>
      <span class="facet-label">${text}</span>
      <span class="facet-count">${number === null ? "" : count(number)}</span>
    </button>
  </li>`;
}
