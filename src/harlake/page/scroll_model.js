/**
 * Where in a list of any length the table is, however high an element may be.
 *
 * Browsers clamp the height of an element: Firefox above 17 million pixels to nothing. So the spacer that the scroll bar
 * belongs to is at most MAX_HEIGHT high. What moves it by little (wheel, touch, keys) moves the list by the same pixels;
 * what moves it by more than a screen is the thumb, one pixel of which is thousands, and moves it in proportion. The
 * two drift apart, until the spacer is put where it belongs: when it rests, or when it is at an end and the list is not.
 */

export const MAX_HEIGHT = 8_000_000;

/** How many screens at either end are in pixels of the list, so that the last of them can be scrolled to one by one. */
const END_SCREENS = 4;

export class ScrollModel {
  /** @param {number} rowHeight in pixels */
  constructor(rowHeight) {
    this.rowHeight = rowHeight;
    this.total = 0;
    /** Height that rows are visible in. */
    this.viewport = 0;
    /** Pixels of the list above the first one that is visible. */
    this.top = 0;
    this.scrollTop = 0;
  }

  /** Height of the spacer. */
  get height() {
    return Math.min(this.total * this.rowHeight, MAX_HEIGHT);
  }

  get maxTop() {
    return Math.max(0, this.total * this.rowHeight - this.viewport);
  }

  get maxScrollTop() {
    return Math.max(0, this.height - this.viewport);
  }

  /** The first row that is visible, and the one behind the last. */
  get visible() {
    const first = Math.floor(this.top / this.rowHeight);
    const end = Math.ceil((this.top + this.viewport) / this.rowHeight);
    return { first: Math.min(first, this.total), end: Math.min(end, this.total) };
  }

  /**
   * Sets the size of what is scrolled, and returns the scrollTop that the element must have.
   * @param {{total?: number, viewport?: number}} size
   * @returns {number}
   */
  resize({ total = this.total, viewport = this.viewport }) {
    this.total = total;
    this.viewport = viewport;
    return this.goTo(this.top);
  }

  /**
   * Takes note of what the element was scrolled to, and returns whether it must be put elsewhere at once.
   * @param {number} scrollTop
   * @returns {boolean}
   */
  scrolled(scrollTop) {
    const moved = scrollTop - this.scrollTop;
    this.scrollTop = scrollTop;
    if (this.maxScrollTop === this.maxTop) {
      this.top = this.clamp(scrollTop);
      return false;
    }
    const isThumb = Math.abs(moved) > 1.5 * this.viewport;
    this.top = this.clamp(isThumb ? (scrollTop / this.maxScrollTop) * this.maxTop : this.top + moved);
    const isAtEnd = scrollTop <= 0 || scrollTop >= this.maxScrollTop;
    return isAtEnd && this.top > 0 && this.top < this.maxTop;
  }

  /**
   * Goes to a place of the list, and returns the scrollTop that the element must have.
   * @param {number} top
   * @returns {number}
   */
  goTo(top) {
    this.top = this.clamp(top);
    this.scrollTop = this.anchor();
    return this.scrollTop;
  }

  /**
   * Goes to a row so that it is visible, moving as little as possible.
   * @param {number} row
   * @returns {number}
   */
  reveal(row) {
    const above = row * this.rowHeight;
    const below = above + this.rowHeight - this.viewport;
    return this.goTo(Math.max(Math.min(this.top, above), below));
  }

  /** Returns the scrollTop that belongs to where the list is. */
  anchor() {
    const { maxTop, maxScrollTop } = this;
    if (maxTop === maxScrollTop) return this.top;
    const inPixels = Math.min(END_SCREENS * this.viewport, maxScrollTop / 2);
    const proportional = (this.top / maxTop) * maxScrollTop;
    const fromStart = Math.max(proportional, Math.min(this.top, inPixels));
    return maxScrollTop - Math.max(maxScrollTop - fromStart, Math.min(maxTop - this.top, inPixels));
  }

  /** @param {number} top */
  clamp(top) {
    return Math.min(Math.max(top, 0), this.maxTop);
  }
}
