/** The table's visible rows: a few elements that are used again, for any row, and a canvas for the waterfall. */
import { ScrollModel } from "./scroll_model.js";
import { barOf, makeRow, writeCells } from "./table_row.js";
import { axisOf, drawWaterfall, palette } from "./waterfall.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./columns.js").Context} Context */
/** @typedef {import("./rows.js").Rows} Rows */
/** @typedef {import("./waterfall.js").Mark} Mark */
/** @typedef {{viewport: HTMLElement, header: HTMLElement, spacer: HTMLElement, layer: HTMLElement, canvas: HTMLCanvasElement}} Elements */
/** @typedef {{columns: readonly Column[], context: Context, cursor: number, entry: string | null, isTimed: boolean, marks: readonly Mark[]}} Look */
/** @typedef {import("./table_row.js").RowElement} RowElement */

export const ROW_HEIGHT = 24;
/** Milliseconds without scrolling after which the scroll bar is put where the list is. */
const REST = 150;

export class TableBody {
  /**
   * @param {Elements} elements
   * @param {Rows} rows
   * @param {(first: number, end: number) => void} onVisible
   */
  constructor(elements, rows, onVisible) {
    this.elements = elements;
    this.rows = rows;
    this.onVisible = onVisible;
    this.model = new ScrollModel(ROW_HEIGHT);
    /** @type {Look} */
    this.look = {
      columns: [],
      context: { zone: "utc", times: "absolute", origin: 0 },
      cursor: 0,
      entry: null,
      isTimed: true,
      marks: [],
    };
    /** @type {RowElement[]} */
    this.pool = [];
    this.frame = 0;
    /** Of what rows show: what has not changed since is not written again. */
    this.version = 0;
    this.colors = palette();
    /** Where the waterfall is, and how high: to ask while scrolling would lay out everything again. */
    this.place = { left: 0, width: 0, height: 0 };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.rest = undefined;
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(elements.viewport);
    this.onScroll = () => this.scrolled();
    elements.viewport.addEventListener("scroll", this.onScroll, { passive: true });
  }

  close() {
    this.observer.disconnect();
    this.elements.viewport.removeEventListener("scroll", this.onScroll);
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
  }

  /** @param {Look} look */
  show(look) {
    if (look.columns !== this.look.columns) this.clear();
    this.look = look;
    this.resize();
  }

  /** Draws once, however often this is called until the next frame. */
  schedule() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.resize());
  }

  /** The colours of the page have become others. */
  recolor() {
    this.colors = palette();
    this.schedule();
  }

  resize() {
    const { viewport, header, spacer, layer } = this.elements;
    this.version++;
    const height = Math.max(viewport.clientHeight - header.offsetHeight, ROW_HEIGHT);
    if (this.model.total !== this.rows.total || this.model.viewport !== height) {
      const scrollTop = this.model.resize({ total: this.rows.total, viewport: height });
      spacer.style.height = `${this.model.height}px`;
      layer.style.height = `${Math.min(height, this.model.height)}px`;
      layer.style.top = `${header.offsetHeight}px`;
      this.scrollTo(scrollTop);
    }
    this.measure();
    this.draw();
  }

  /** Puts the canvas over the cells of the waterfall. */
  measure() {
    const { canvas, header, layer } = this.elements;
    const at = this.look.columns.findIndex(({ name }) => name === "waterfall");
    const cell = /** @type {HTMLElement | undefined} */ (header.firstElementChild?.children[at]);
    canvas.hidden = cell === undefined;
    this.place = { left: cell?.offsetLeft ?? 0, width: cell?.offsetWidth ?? 0, height: layer.clientHeight };
    const [width, height] = [this.place.width, this.place.height].map((size) => Math.round(size * devicePixelRatio));
    if (canvas.width === width && canvas.height === height && canvas.style.left === `${this.place.left}px`) return;
    [canvas.width, canvas.height] = [width ?? 0, height ?? 0];
    Object.assign(canvas.style, {
      left: `${this.place.left}px`,
      width: `${this.place.width}px`,
      height: `${this.place.height}px`,
    });
  }

  scrolled() {
    if (this.elements.viewport.scrollTop !== this.model.scrollTop) {
      if (this.model.scrolled(this.elements.viewport.scrollTop)) this.scrollTo(this.model.anchor());
      clearTimeout(this.rest);
      this.rest = setTimeout(() => this.settle(), REST);
    }
    this.draw();
  }

  /** Puts the scroll bar where it belongs, unless it was moved since, of which the event has yet to come. */
  settle() {
    if (this.elements.viewport.scrollTop === this.model.scrollTop) this.scrollTo(this.model.anchor());
  }

  /** @param {number} scrollTop */
  scrollTo(scrollTop) {
    if (Math.abs(this.elements.viewport.scrollTop - scrollTop) >= 1) this.elements.viewport.scrollTop = scrollTop;
    // Browsers round it.
    this.model.scrollTop = this.elements.viewport.scrollTop;
  }

  /** Goes to a row, which is the first one that is visible then. @param {number} row */
  goTo(row) {
    this.scrollTo(this.model.goTo(row * ROW_HEIGHT));
    this.draw();
  }

  /** Makes a row visible. @param {number} row */
  reveal(row) {
    this.scrollTo(this.model.reveal(row));
    this.draw();
  }

  /** How many whole rows are visible. */
  get screen() {
    return Math.max(1, Math.floor(this.model.viewport / ROW_HEIGHT) - 1);
  }

  clear() {
    for (const row of this.pool) row.remove();
    this.pool = [];
  }

  draw() {
    const { first, end } = this.model.visible;
    this.rows.want(first, Math.max(end, first + 1));
    while (this.pool.length < end - first) this.pool.push(this.addRow());
    // Behind the largest screen there was: those that are not needed are hidden.
    for (const [index, row] of this.pool.entries()) {
      const number = first + ((((index - first) % this.pool.length) + this.pool.length) % this.pool.length);
      this.drawRow(row, number, number < end);
    }
    this.nameActive(first, end);
    this.drawBars(first, end);
    this.onVisible(first, end);
  }

  /**
   * Tells assistive technology which row has the cursor, while there is an element for it.
   * @param {number} first
   * @param {number} end
   */
  nameActive(first, end) {
    const { viewport } = this.elements;
    const { cursor } = this.look;
    const active = cursor >= first && cursor < end ? `row-${cursor}` : null;
    if (viewport.getAttribute("aria-activedescendant") === active) return;
    if (active === null) viewport.removeAttribute("aria-activedescendant");
    else viewport.setAttribute("aria-activedescendant", active);
  }

  addRow() {
    const row = makeRow(this.look.columns);
    this.elements.layer.insertBefore(row, this.elements.canvas);
    return row;
  }

  /**
   * @param {RowElement} row
   * @param {number} number
   * @param {boolean} isVisible
   */
  drawRow(row, number, isVisible) {
    row.hidden = !isVisible;
    if (!isVisible) {
      row.number = -1;
      row.removeAttribute("id");
      return;
    }
    row.style.transform = `translateY(${Math.round(number * ROW_HEIGHT - this.model.top)}px)`;
    if (row.number === number && row.version === this.version) return;
    row.version = this.version;
    const { cursor, entry } = this.look;
    const isThere = this.rows.has(number);
    if (row.number !== number) {
      row.number = number;
      row.id = `row-${number}`;
      row.setAttribute("aria-rowindex", String(number + 2));
    }
    const isOpen = isThere && this.rows.value(number, "id") === entry;
    const names = ["row", number % 2 === 1 ? "odd" : "even"];
    if (!isThere) names.push("absent");
    if (isOpen) names.push("open");
    if (number === cursor) names.push("cursor");
    row.className = names.join(" ");
    row.setAttribute("aria-selected", String(isOpen));
    writeCells(row, number, this.rows, this.look);
  }

  /**
   * @param {number} first
   * @param {number} end
   */
  drawBars(first, end) {
    const context = this.elements.canvas.getContext("2d");
    const { width, height } = this.place;
    if (context === null || width === 0) return;
    const { isTimed, marks } = this.look;
    const bars = Array.from({ length: end - first }, (_, index) => barOf(this.rows, first + index));
    const axis = axisOf(bars, isTimed);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    const offset = first * ROW_HEIGHT - this.model.top;
    drawWaterfall(context, { colors: this.colors, bars, axis, marks, width, height, offset, rowHeight: ROW_HEIGHT });
  }
}
