/** The table: a grid of any number of rows, its header, its keys, and the strip of failures beside its scroll bar. */
import { FailureStrip } from "./failure_strip.js";
import { html, useEffect, useLayoutEffect, useRef } from "./html.js";
import { leastWidth } from "./columns.js";
import { onColors } from "./colors.js";
import { TableBody } from "./table_body.js";
import { TABLE } from "./texts.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./table_body.js").Look} Look */

/**
 * @param {object} props
 * @param {import("./rows.js").Rows} props.rows
 * @param {Look} props.look
 * @param {string} props.sort
 * @param {(sort: string) => void} props.onSort
 * @param {(row: number) => void} props.onCursor
 * @param {(row: number) => void} props.onOpen
 * @param {() => void} props.onClose
 * @param {(first: number, end: number) => void} props.onVisible
 * @param {(body: TableBody | null) => void} props.onBody
 * @param {import("./failure_strip.js").Failures | undefined} props.failures
 */
export function Table(props) {
  const { rows, look, sort, onSort, onCursor, onOpen, onBody, failures } = props;
  const [viewport, header, spacer, layer, canvas] = [
    useRef(null),
    useRef(null),
    useRef(null),
    useRef(null),
    useRef(null),
  ];
  const body = /** @type {{current: TableBody | null}} */ (useRef(null));
  const latest = useRef(props);
  latest.current = props;
  useLayoutEffect(() => {
    const elements = /** @type {any} */ ({
      viewport: viewport.current,
      header: header.current,
      spacer: spacer.current,
      layer: layer.current,
      canvas: canvas.current,
    });
    const made = new TableBody(elements, rows, (first, end) => latest.current.onVisible(first, end));
    body.current = made;
    onBody(made);
    const stop = onColors(() => made.recolor());
    return () => {
      stop();
      made.close();
      onBody(null);
    };
  }, [rows]);
  useLayoutEffect(() => body.current?.show(look), [look]);
  useEffect(() => {
    const element = /** @type {HTMLElement | null} */ (/** @type {any} */ (viewport.current));
    if (element !== null && document.activeElement === document.body) element.focus({ preventScroll: true });
  }, []);

  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const { cursor } = latest.current.look;
    const screen = body.current?.screen ?? 1;
    const last = rows.total - 1;
    /** @type {Record<string, number>} */
    const targets = {
      ArrowDown: cursor + 1,
      ArrowUp: cursor - 1,
      PageDown: cursor + screen,
      PageUp: cursor - screen,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target !== undefined) onCursor(Math.max(0, Math.min(target, last)));
    else if (event.key === "Enter" || event.key === " ") onOpen(cursor);
    else if (event.key === "Escape") latest.current.onClose();
    else return;
    event.preventDefault();
  };

  /** @param {MouseEvent} event */
  const onClick = (event) => {
    const row = /** @type {any} */ (/** @type {Element} */ (event.target).closest("[role=row]"));
    // What is being selected is not clicked.
    if (row?.number >= 0 && getSelection()?.isCollapsed !== false) onOpen(row.number);
  };

  const { columns } = look;
  return html`<div class="table">
    <div
      class="grid"
      role="grid"
      tabindex="0"
      ref=${viewport}
      aria-label=${TABLE.grid}
      aria-rowcount=${rows.total + 1}
      aria-colcount=${columns.length}
      aria-busy=${!rows.isAnswered && rows.error === null}
      style=${{ "--tracks": columns.map(({ width }) => width).join(" "), "--least": `${leastWidth(columns)}px` }}
      onKeyDown=${onKeyDown}
    >
      <div class="grid-head" role="rowgroup" ref=${header}>
        <div class="header-row" role="row" aria-rowindex="1">
          ${columns.map((column, index) => html`<${HeaderCell} key=${column.name} column=${column} index=${index} sort=${sort} onSort=${onSort} />`)}
        </div>
      </div>
      <div class="spacer" role="rowgroup" ref=${spacer}>
        <div class="layer" role="presentation" ref=${layer} onClick=${onClick}>
          <canvas class="bars" ref=${canvas} aria-hidden="true"></canvas>
        </div>
      </div>
    </div>
    <${FailureStrip} failures=${failures} onGo=${(/** @type {number} */ row) => body.current?.goTo(row)} />
  </div>`;
}

/**
 * @param {object} props
 * @param {Column} props.column
 * @param {number} props.index
 * @param {string} props.sort
 * @param {(sort: string) => void} props.onSort
 */
function HeaderCell({ column, index, sort, onSort }) {
  const { name, label, isNumber } = column;
  // The waterfall is in the order of time, which is the stored one in nearly all captures.
  const by = name === "waterfall" ? "startedDateTime" : name;
  const direction = sort === by ? "ascending" : sort === `-${by}` ? "descending" : undefined;
  const next = direction === "ascending" ? `-${by}` : direction === "descending" ? "" : by;
  const sign = direction === "ascending" ? "▲" : direction === "descending" ? "▼" : "";
  return html`<div
    class=${`cell head${isNumber ? " number" : ""}`}
    role="columnheader"
    aria-colindex=${index + 1}
    aria-sort=${direction ?? "none"}
  >
    <button type="button" title=${label} onClick=${() => onSort(next)}>
      <span>${label}</span>${sign !== "" && html`<span aria-hidden="true">${` ${sign}`}</span>`}
    </button>
  </div>`;
}
