/** JSON as a tree to open and close, whose values and paths can be copied. */

import { CopyButton } from "./copy.js";
import { html, useMemo, useState } from "./html.js";
import { firstRows, isContainer, parentOf, toggled } from "./json_rows.js";
import { ENTRY } from "./texts.js";
import { VirtualRows } from "./virtual_rows.js";

/** @typedef {import("./json_rows.js").Row} Row */

const HEIGHT = 20;
/** Of a value, as much as a line may show. */
const SHOWN = 300;

/**
 * @param {{text: string}} props
 * @returns {unknown}
 */
export function JsonTree({ text }) {
  const first = useMemo(() => firstRows(text), [text]);
  const [state, setState] = useState({ of: text, rows: first, selected: 0 });
  const { rows, selected } = state.of === text ? state : { rows: first, selected: 0 };

  /** @param {number} index */
  const select = (index) => setState({ of: text, rows, selected: Math.max(0, Math.min(index, rows.length - 1)) });
  /** @param {number} index */
  const toggle = (index) => setState({ of: text, rows: toggled(text, rows, index), selected: index });
  const row = rows[selected] ?? /** @type {Row} */ (first[0]);

  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const open = isContainer(row) && row.open;
    if (event.key === "ArrowDown") select(selected + 1);
    else if (event.key === "ArrowUp") select(selected - 1);
    else if (event.key === "Home") select(0);
    else if (event.key === "End") select(rows.length - 1);
    else if (event.key === "ArrowRight" && isContainer(row)) open ? select(selected + 1) : toggle(selected);
    else if (event.key === "ArrowLeft") open ? toggle(selected) : select(parentOf(rows, selected));
    else if (event.key === "Enter" || event.key === " ") toggle(selected);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const attributes = {
    role: "tree",
    class: "rows-list json-tree",
    "aria-label": ENTRY.tree,
    onKeyDown,
  };
  return html`
    <div class="json">
      <div class="json-path">
        <code title=${row.path}>${row.path}</code>
        <${CopyButton} label=${ENTRY.copyPath} text=${row.path} />
        <${CopyButton} label=${ENTRY.copyValue} text=${() => text.slice(row.start, row.end)} />
      </div>
      <${VirtualRows}
        count=${rows.length}
        height=${HEIGHT}
        shown=${selected}
        shownId=${`json-row-${selected}`}
        attributes=${attributes}
        row=${(/** @type {number} */ index) => html`
          <${TreeRow}
            key=${index}
            index=${index}
            row=${rows[index]}
            text=${text}
            selected=${index === selected}
            onSelect=${select}
            onToggle=${toggle}
          />
        `}
      />
    </div>
  `;
}

/**
 * @param {object} props
 * @param {number} props.index
 * @param {Row} props.row
 * @param {string} props.text
 * @param {boolean} props.selected
 * @param {(index: number) => void} props.onSelect
 * @param {(index: number) => void} props.onToggle
 * @returns {unknown}
 */
function TreeRow({ index, row, text, selected, onSelect, onToggle }) {
  const container = isContainer(row);
  return html`
    <div
      class=${selected ? "json-row selected" : "json-row"}
      id=${`json-row-${index}`}
      role="treeitem"
      aria-level=${row.depth + 1}
      aria-selected=${selected}
      aria-expanded=${container ? row.open : undefined}
      style=${{ paddingInlineStart: `${Math.min(row.depth, 40) * 14}px` }}
      onClick=${() => (container ? onToggle(index) : onSelect(index))}
    >
      <span class="json-mark" aria-hidden="true">${container ? (row.open ? "▾" : "▸") : ""}</span>
      ${row.label !== "" && html`<span class=${row.kind === "group" ? "json-key group" : "json-key"}>${row.label}</span>`}
      ${row.kind !== "group" && html`<span class=${`json-${row.kind}`}>${shownValue(text, row)}</span>`}
    </div>
  `;
}

/**
 * @param {string} text
 * @param {Row} row
 * @returns {string}
 */
function shownValue(text, row) {
  if (!row.open) {
    const value = text.slice(row.start, Math.min(row.end, row.start + SHOWN));
    return row.end - row.start > SHOWN ? `${value}…` : value;
  }
  return row.kind === "object" ? `{${row.count}}` : `[${row.count}]`;
}
