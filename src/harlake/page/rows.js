/**
 * The rows that the table has of a listing of any length: some pages, by number, in columns as they came.
 *
 * At most MAX_PAGES are kept, those asked for last. At most MAX_REQUESTS are under way; those that nobody waits for any
 * longer are aborted, which ends their question at the service. What is under way is not asked again.
 */
import { getJson } from "./api.js";

/** @typedef {{session: string, params: [string, string][], sort: string, fields: readonly string[]}} Question */
/** @typedef {{start: number, columns: Record<string, any[]>, length: number}} Page */

export const PAGE = 100;
export const MAX_PAGES = 40;
const MAX_REQUESTS = 2;
/** Milliseconds between requests while the scroll bar is dragged: each is aborted by the next. */
const PAUSE = 40;

export class Rows {
  /**
   * @param {() => void} onChange what is there has changed
   * @param {typeof getJson} [ask]
   */
  constructor(onChange, ask = getJson) {
    this.onChange = onChange;
    this.ask = ask;
    /** @type {Question | null} */
    this.question = null;
    /** Of the answer before, until there is one: what is shown does not vanish while a filter is typed. */
    this.total = 0;
    /** Whether the question has an answer yet. */
    this.isAnswered = false;
    /** @type {unknown} */
    this.error = null;
    /** @type {Map<number, Page>} by number of the page, the one wanted last at the end */
    this.pages = new Map();
    /** @type {Map<number, AbortController>} */
    this.underway = new Map();
    /** @type {number[]} pages that are wanted, the most urgent first */
    this.wanted = [];
    this.lastStart = -Infinity;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Asks another question; what was asked is aborted. @param {Question} question */
  reset(question) {
    this.abort();
    this.question = question;
    this.isAnswered = false;
    this.error = null;
    this.wanted = [];
    this.lastStart = -Infinity;
  }

  /** Ends all requests. */
  abort() {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const controller of this.underway.values()) controller.abort();
    this.underway.clear();
  }

  /**
   * Returns a field of a row, undefined if it has not come.
   * @param {number} number
   * @param {string} field
   * @returns {any}
   */
  value(number, field) {
    const page = this.pages.get(Math.floor(number / PAGE));
    return page?.columns[field]?.[number - page.start];
  }

  /** @param {number} number */
  has(number) {
    const page = this.pages.get(Math.floor(number / PAGE));
    return page !== undefined && number - page.start < page.length;
  }

  /**
   * Says which rows are visible: their pages, and then one on either side, come as soon as they can.
   * @param {number} first
   * @param {number} end
   */
  want(first, end) {
    const from = Math.floor(first / PAGE);
    const to = Math.floor(Math.max(end - 1, first) / PAGE);
    const last = this.isAnswered ? Math.floor(Math.max(this.total - 1, 0) / PAGE) : 0;
    const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    // A page ahead only where the screen comes near its end: most of what is looked at is never scrolled.
    if (end % PAGE > PAGE * 0.6) numbers.push(to + 1);
    if (first % PAGE < PAGE * 0.4 && from > 0) numbers.push(from - 1);
    this.wanted = numbers.filter((number) => number <= last);
    for (const number of this.wanted) {
      const page = this.pages.get(number);
      if (page === undefined) continue;
      this.pages.delete(number);
      this.pages.set(number, page);
    }
    this.start();
  }

  /** Starts what is wanted and neither there nor under way. */
  start() {
    if (this.error !== null || this.question === null) return;
    const missing = this.wanted.filter((number) => this.isMissing(number));
    if (missing.length === 0 || this.timer !== undefined) return;
    const wait = this.lastStart + PAUSE - performance.now();
    if (this.underway.size > 0 && wait > 0) {
      this.timer = setTimeout(() => {
        this.timer = undefined;
        this.start();
      }, wait);
      return;
    }
    for (const [number, controller] of this.underway) {
      if (this.wanted.includes(number)) continue;
      controller.abort();
      this.underway.delete(number);
    }
    for (const number of missing.slice(0, MAX_REQUESTS - this.underway.size)) void this.fetch(number, this.question);
  }

  /** @param {number} number */
  isMissing(number) {
    return !(this.isAnswered && this.pages.has(number)) && !this.underway.has(number);
  }

  /**
   * @param {number} number
   * @param {Question} question
   */
  async fetch(number, question) {
    const controller = new AbortController();
    this.underway.set(number, controller);
    this.lastStart = performance.now();
    const { session, params, sort, fields } = question;
    /** @type {[string, string][]} */
    const all = [...params, ["start", String(number * PAGE)], ["limit", String(PAGE)], ["fields", fields.join(",")]];
    if (sort !== "") all.push(["sort", sort]);
    try {
      const path = `/api/sessions/${encodeURIComponent(session)}/rows`;
      const answer = await this.ask(path, all, { signal: controller.signal });
      if (this.underway.get(number) === controller) this.keep(number, answer);
    } catch (error) {
      if (controller.signal.aborted) return;
      this.error = error;
    }
    if (this.underway.get(number) === controller) this.underway.delete(number);
    this.onChange();
    this.start();
  }

  /**
   * @param {number} number
   * @param {{start: number, total: number, columns: Record<string, any[]>}} answer
   */
  keep(number, { start, total, columns }) {
    if (!this.isAnswered) this.pages.clear();
    this.isAnswered = true;
    this.total = total;
    const length = columns["id"]?.length ?? 0;
    this.pages.set(number, { start, columns, length });
    for (const old of this.pages.keys()) {
      if (this.pages.size <= MAX_PAGES) break;
      if (!this.wanted.includes(old)) this.pages.delete(old);
    }
  }
}
