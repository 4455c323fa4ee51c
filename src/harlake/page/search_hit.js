/** A place where a text was found. */
import { html } from "./html.js";
import { link } from "./links.js";
import { useViewState } from "./state.js";
import { SEARCH } from "./texts_around.js";

/**
 * @typedef {object} Hit
 * @property {string} entry
 * @property {number} ordinal
 * @property {string | null} method
 * @property {string} url
 * @property {number | null} status
 * @property {string} where the path of the string in the entry
 * @property {number} offset
 * @property {number} count of matches in it
 * @property {string} snippet
 */

/** @param {{hit: Hit}} props */
export function SearchHit({ hit }) {
  const state = useViewState();
  const [before, match, after] = parts(hit.snippet, state.text, state.exact === "yes");
  return html`<li class="hit">
    <div class="hit-head">
      <a ...${link(state, { view: "entries", entry: hit.entry, tab: tabOf(hit.where) })}>${hit.method} ${hit.url}</a>
      <span class="dim"
        >${hit.status ?? "–"} <code>${hit.where}</code>${hit.count > 1 && ` ${SEARCH.times(hit.count)}`}</span
      >
    </div>
    <code class="snippet">${before}<mark>${match}</mark>${after}</code>
  </li>`;
}

/**
 * Returns what is before the text in a snippet, the text as it is there, and what is after.
 * @param {string} snippet
 * @param {string} text
 * @param {boolean} isExact whether upper and lower case differ
 * @returns {[string, string, string]}
 */
export function parts(snippet, text, isExact) {
  // The match has up to 60 characters before it. In another case it may have another length: then nothing is marked.
  const at = isExact ? snippet.indexOf(text) : snippet.toLowerCase().indexOf(text.toLowerCase());
  if (at < 0 || (!isExact && snippet.toLowerCase().length !== snippet.length)) return [snippet, "", ""];
  return [snippet.slice(0, at), snippet.slice(at, at + text.length), snippet.slice(at + text.length)];
}

/**
 * Returns the tab of an entry that shows a place in it.
 * @param {string} where
 * @returns {string}
 */
export function tabOf(where) {
  if (where.startsWith("response.content")) return "preview";
  if (where.startsWith("request.postData") || where.startsWith("request.queryString")) return "payload";
  if (/^(request|response)\.cookies/.test(where)) return "cookies";
  if (/^(request|response)\.headers|^request\.url/.test(where)) return "headers";
  return "raw";
}
