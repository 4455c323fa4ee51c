/** Which entries a view is about, where it is not all of them, and the way back to all. */
import { html } from "./html.js";
import { setState, useViewState } from "./state.js";
import { FILTER_NOTE } from "./texts_around.js";
import { moment } from "./units.js";

export function FilterNote() {
  const { filter, from, to, zone } = useViewState();
  if (!filter && from === null && to === null) return null;
  return html`<p class="filter-note">
    <span class="dim">${FILTER_NOTE.only}</span>
    ${filter && html`<code>${filter}</code>`}
    ${from !== null && html`<span>${FILTER_NOTE.from} ${moment(from, zone)}</span>`}
    ${to !== null && html`<span>${FILTER_NOTE.to} ${moment(to, zone)}</span>`}
    <button type="button" class="quiet" onClick=${() => setState({ filter: "", from: null, to: null })}>
      ${FILTER_NOTE.all}
    </button>
  </p>`;
}
