/** One row of the table: its element, what stands in its cells, and its bar. */
import { hasFailed, statusStyle, statusText } from "./columns.js";
import { barText, PHASES } from "./waterfall.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./rows.js").Rows} Rows */
/** @typedef {import("./waterfall.js").Bar} Bar */
/** @typedef {HTMLElement & {number: number, version: number}} RowElement which row it is, and of what it was written */

/**
 * @param {readonly Column[]} columns
 * @returns {RowElement}
 */
export function makeRow(columns) {
  const row = /** @type {RowElement} */ (Object.assign(document.createElement("div"), { number: -1, version: -1 }));
  row.setAttribute("role", "row");
  row.className = "row";
  columns.forEach(({ name, isNumber }, index) => {
    const cell = document.createElement("div");
    cell.setAttribute("role", "gridcell");
    cell.setAttribute("aria-colindex", String(index + 1));
    cell.className = `cell cell-${name}${isNumber ? " number" : ""}`;
    if (name === "waterfall") cell.appendChild(document.createElement("span")).className = "visually-hidden";
    else cell.appendChild(document.createTextNode(""));
    row.appendChild(cell);
  });
  return row;
}

/**
 * @param {RowElement} row
 * @param {number} number
 * @param {Rows} rows
 * @param {import("./table_body.js").Look} look
 */
export function writeCells(row, number, rows, { columns, context, isTimed }) {
  const isThere = rows.has(number);
  const status = rows.value(number, "status");
  const error = rows.value(number, "error");
  columns.forEach((column, index) => {
    const cell = /** @type {HTMLElement} */ (row.children[index]);
    if (column.name === "waterfall") {
      const bar = barOf(rows, number);
      cell.title = bar ? barText(bar, isTimed ? context.origin : null) : "";
      /** @type {Element} */ (cell.firstElementChild).textContent = cell.title;
      return;
    }
    const value = isThere ? rows.value(number, column.name) : undefined;
    const isStatus = column.name === "status";
    const text = !isThere ? "" : isStatus ? statusText(status, error) : column.text(value, context);
    const node = /** @type {Text} */ (cell.firstChild);
    if (node.data !== text) node.data = text;
    if (isStatus) cell.className = `cell cell-status ${isThere ? statusStyle(status) : ""}`;
    else if (!column.isNumber && typeof value === "string" && text.length > 9) cell.title = value;
    else cell.removeAttribute("title");
  });
}

/**
 * @param {Rows} rows
 * @param {number} number
 * @returns {Bar | null} null if the row has not come
 */
export function barOf(rows, number) {
  if (!rows.has(number)) return null;
  const value = (/** @type {string} */ name) => rows.value(number, name);
  return {
    start: Date.parse(value("startedDateTime") ?? ""),
    time: Math.max(value("time") ?? 0, 0),
    phases: /** @type {Bar["phases"]} */ (Object.fromEntries(PHASES.map((phase) => [phase, value(phase) ?? -1]))),
    failed: hasFailed(value("status"), value("error")),
    page: value("pageref"),
  };
}
