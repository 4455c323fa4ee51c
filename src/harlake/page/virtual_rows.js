/** A list of rows of one height, of which only those are in the document that can be seen. */

import { html, useEffect, useRef, useState } from "./html.js";

/** Rows above and below what can be seen. */
const MARGIN = 8;

/**
 * @param {object} props
 * @param {number} props.count
 * @param {number} props.height of a row, in pixels
 * @param {(index: number) => unknown} props.row
 * @param {Record<string, unknown>} [props.attributes] of the list
 * @param {number} [props.shown] a row that is scrolled to when it changes
 * @param {string} [props.shownId] its id
 * @returns {unknown}
 */
export function VirtualRows({ count, height, row, attributes = {}, shown = -1, shownId }) {
  const list = /** @type {{current: HTMLElement | null}} */ (useRef(null));
  const [view, setView] = useState({ top: 0, size: 400 });

  const look = () => {
    const element = list.current;
    if (element) setView({ top: element.scrollTop, size: element.clientHeight });
  };
  useEffect(() => {
    if (!list.current) return undefined;
    const observer = new ResizeObserver(look);
    observer.observe(list.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = list.current;
    if (!element || shown < 0) return;
    const top = shown * height;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + height > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + height - element.clientHeight;
    }
  }, [shown]);

  const first = Math.max(0, Math.min(Math.floor(view.top / height), count) - MARGIN);
  const last = Math.min(count, Math.ceil((view.top + view.size) / height) + MARGIN);
  const rows = [];
  for (let index = first; index < last; index += 1) rows.push(row(index));
  const active = shown >= first && shown < last ? shownId : undefined;
  return html`
    <div class="rows-list" aria-activedescendant=${active} ref=${list} onScroll=${look} tabindex="0" ...${attributes}>
      <div class="rows-space" role="presentation" style=${{ height: `${count * height}px` }}>
        <div class="rows-shown" role="presentation" style=${{ transform: `translateY(${first * height}px)` }}>
          ${rows}
        </div>
      </div>
    </div>
  `;
}
