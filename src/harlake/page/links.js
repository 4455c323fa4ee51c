/** Links to other states of the page, which open in another tab like any link. */
import { ROOT, setState, toUrl } from "./state.js";

/** @typedef {import("./state.js").ViewState} ViewState */

/**
 * Returns the attributes of a link to what a state would be with some members changed.
 * @param {Readonly<ViewState>} state
 * @param {Partial<ViewState>} patch
 * @returns {{href: string, onClick: (event: MouseEvent) => void}}
 */
export function link(state, patch) {
  return {
    href: toUrl({ ...state, ...patch }, ROOT),
    onClick(event) {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      setState(patch);
    },
  };
}

/** What a session is shown with, when it is opened: nothing of the one before. @type {Partial<ViewState>} */
export const FRESH = { other: null, filter: "", sort: "", entry: null, tab: "", from: null, to: null };
