/** What is above the entries: the filter, how many pass it, and how they are shown. */
import { ColumnsChooser } from "./columns_chooser.js";
import { FilterBox } from "./filter_box.js";
import { html } from "./html.js";
import { setState } from "./state.js";
import { TABLE } from "./texts.js";

/** @typedef {import("./state.js").ViewState} ViewState */

/**
 * @param {object} props
 * @param {Readonly<ViewState>} props.state
 * @param {string} props.total
 * @param {import("./completion.js").Values} props.values
 * @param {string | null} props.refused
 * @param {readonly import("./columns.js").Column[]} props.columns
 * @param {boolean} props.isPanelOpen
 * @param {() => void} props.onPanel
 */
export function EntriesBar({ state, total, values, refused, columns, isPanelOpen, onPanel }) {
  const change = (/** @type {Partial<ViewState>} */ patch) => setState(patch, { replace: true });
  return html`<div class="bar">
    <button type="button" class="quiet facets-button" aria-expanded=${isPanelOpen} onClick=${onPanel}>
      ${TABLE.panel}
    </button>
    <${FilterBox}
      session=${state.session ?? ""}
      filter=${state.filter}
      values=${values}
      refused=${refused}
      onFilter=${(/** @type {string} */ filter) => change({ filter })}
    />
    <span class="total" role="status">${total}</span>
    <div class="bar-end">
      <${Choice}
        label=${TABLE.timesLabel}
        names=${TABLE.times}
        value=${state.times}
        onChange=${(/** @type {any} */ times) => change({ times })}
      />
      <${Choice}
        label=${TABLE.zoneLabel}
        names=${TABLE.zone}
        value=${state.zone}
        onChange=${(/** @type {any} */ zone) => change({ zone })}
      />
      <${ColumnsChooser}
        shown=${columns.map(({ name }) => name)}
        onColumns=${(/** @type {string[] | null} */ names) => change({ columns: names })}
      />
    </div>
  </div>`;
}

/** @param {{label: string, names: Record<string, string>, value: string, onChange: (name: string) => void}} props */
function Choice({ label, names, value, onChange }) {
  return html`<select
    aria-label=${label}
    value=${value}
    onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.value)}
  >
    ${Object.entries(names).map(([name, text]) => html`<option key=${name} value=${name}>${text}</option>`)}
  </select>`;
}
