/** A long list in pages, of which only one is in the document. */
import { html, useEffect, useState } from "./html.js";
import { PAGER } from "./texts_around.js";

/**
 * Returns a page of a list, and what leads to the others; nothing where all of it fits.
 * @template T
 * @param {readonly T[]} items
 * @param {number} [size]
 * @param {unknown} [list] what the list is of: another one begins with its first page
 * @returns {{shown: readonly T[], pager: unknown}}
 */
export function usePages(items, size = 100, list = null) {
  const [page, setPage] = useState(0);
  useEffect(() => setPage(0), [list]);
  const last = Math.max(0, Math.ceil(items.length / size) - 1);
  const current = Math.min(page, last);
  const from = current * size;
  const shown = items.slice(from, from + size);
  const pager =
    last === 0
      ? null
      : html`<div class="pager" role="group" aria-label=${PAGER.label}>
          <button type="button" disabled=${current === 0} onClick=${() => setPage(current - 1)}>${PAGER.back}</button>
          <span>${PAGER.range(from + 1, from + shown.length, items.length)}</span>
          <button type="button" disabled=${current === last} onClick=${() => setPage(current + 1)}>${PAGER.on}</button>
        </div>`;
  return { shown, pager };
}
