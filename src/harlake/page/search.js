/** A text in whole entries, bodies included: hits are shown as they are found, and the search can be stopped. */
import { lines, url } from "./api.js";
import { filterParams as filterParams } from "./filter.js";
import { FilterNote } from "./filter_note.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { usePages } from "./pager.js";
import { SearchHit } from "./search_hit.js";
import { setState, useViewState } from "./state.js";
import { SEARCH } from "./texts_around.js";

/** Hits that are held: some MB. All of them are a file that can be downloaded. */
const LIMIT = 10_000;
/** Milliseconds between two times that hits are drawn. */
const PAUSE = 200;

/**
 * @typedef {object} Found
 * @property {import("./search_hit.js").Hit[]} hits
 * @property {number | null} searched entries, when it has come to its end
 * @property {"running" | "done" | "limited" | "stopped" | "cut" | "failed"} end
 * @property {string} error
 */

export function SearchView() {
  const state = useViewState();
  const { text, exact, session } = state;
  const params = searchParams(text, exact, filterParams(state));
  const path = `/api/sessions/${session}/search`;
  const { found, stop } = useSearch(path, params, text);
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    const form = /** @type {any} */ (event.currentTarget).elements;
    setState({ text: form.text.value, exact: form.exact.checked ? "yes" : "" });
  };
  return html`<div class="around search">
    <h1>${SEARCH.title}</h1>
    <form class="search-form" role="search" onSubmit=${submit}>
      <input
        type="search"
        name="text"
        value=${text}
        placeholder=${SEARCH.hint}
        aria-label=${SEARCH.text}
        maxlength="1000"
        required
        autofocus
      />
      <label class="check"
        ><input type="checkbox" name="exact" checked=${exact === "yes"} /> <span>${SEARCH.exact}</span></label
      >
      <button type="submit" class="primary">${SEARCH.search}</button>
      ${found?.end === "running" && html`<button type="button" onClick=${stop}>${SEARCH.stop}</button>`}
    </form>
    <${FilterNote} />
    ${found && html`<${Results} found=${found} file=${url(path, params)} text=${text} />`}
  </div>`;
}

/**
 * @param {string} text
 * @param {string} exact
 * @param {[string, string][]} filter
 * @returns {[string, string][]}
 */
export function searchParams(text, exact, filter) {
  // In a listing, q is a text in the URL; here, it is what is searched.
  const others = filter.filter(([name]) => name !== "q");
  return [["q", text], ...(exact === "yes" ? [] : [/** @type {[string, string]} */ (["case", "false"])]), ...others];
}

/** @param {{found: Found, file: string, text: string}} props */
function Results({ found, file, text }) {
  const { hits, end, searched, error } = found;
  const { shown, pager } = usePages(hits, 100, text);
  return html`<p class="search-status" aria-live="polite" aria-busy=${end === "running"}>
      ${SEARCH.found(hits.length, end !== "running" && end !== "stopped", end === "stopped")}${searched !== null && `, ${SEARCH.searched(searched)}`}
    </p>
    ${end === "failed" && html`<p class="error" role="alert">${error}</p>`}
    ${end === "cut" && html`<p class="error" role="alert">${SEARCH.cutOff}</p>`}
    ${end === "limited" && html`<p>${SEARCH.limited(hits.length)} <a href=${file} download="hits.ndjson">${SEARCH.all}</a></p>`}
    ${end === "done" && hits.length === 0 && html`<p>${SEARCH.none}</p>`}
    <ol class="hits">
      ${shown.map((hit) => html`<${SearchHit} key=${`${hit.entry} ${hit.where}`} hit=${hit} />`)}
    </ol>
    ${pager}`;
}

/**
 * Returns what has been found until now, and what ends the search.
 * @param {string} path
 * @param {[string, string][]} params
 * @param {string} text that is searched; nothing is for an empty one
 * @returns {{found: Found | null, stop: () => void}}
 */
function useSearch(path, params, text) {
  const [found, setFound] = useState(/** @type {Found | null} */ (null));
  const abort = /** @type {{current: AbortController | null}} */ (useRef(null));
  useEffect(() => {
    setFound(null);
    if (!text) return undefined;
    const controller = new AbortController();
    abort.current = controller;
    let isLeft = false;
    void search(path, params, controller.signal, (next) => !isLeft && setFound(next));
    return () => {
      isLeft = true;
      controller.abort();
    };
  }, [path, JSON.stringify(params)]);
  return { found, stop: () => abort.current?.abort() };
}

/**
 * @param {string} path
 * @param {[string, string][]} params
 * @param {AbortSignal} signal
 * @param {(found: Found) => void} show
 */
async function search(path, params, signal, show) {
  /** @type {Found} */
  const found = { hits: [], searched: null, end: "running", error: "" };
  let shownAt = 0;
  show({ ...found });
  try {
    for await (const line of lines(path, [...params, ["limit", String(LIMIT)]], { signal })) {
      if (line.done || line.limited) {
        found.end = line.limited ? "limited" : "done";
        found.searched = line.entries ?? null;
        break;
      }
      found.hits.push(line);
      if (Date.now() - shownAt > PAUSE) {
        shownAt = Date.now();
        show({ ...found });
      }
    }
    if (found.end === "running") found.end = "cut"; // the last line says that everything has been searched
  } catch (reason) {
    found.end = signal.aborted ? "stopped" : found.hits.length > 0 && !isAnswer(reason) ? "cut" : "failed";
    found.error = reason instanceof Error ? reason.message : String(reason);
  }
  show({ ...found });
}

/** @param {unknown} reason */
function isAnswer(reason) {
  return reason instanceof Error && reason.name === "ApiError";
}
