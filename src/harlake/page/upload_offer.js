/** Files that somebody has dropped or chosen, until it is said where they go. */
import { addFiles } from "./upload_queue.js";

/** @typedef {{files: File[], session: {id: string, name: string | null} | null}} Offer */

/** @type {Offer | null} */
let offered = null;
/** @type {Set<(offer: Offer | null) => void>} */
const listeners = new Set();

/**
 * Sends one file into a new session at once, and asks where to, where there is something to choose.
 * @param {Iterable<File>} files
 * @param {{id: string, name: string | null} | null} session that they may go into
 * @param {{into?: boolean}} [options] into: they go into that session, without a question
 */
export function offerFiles(files, session, { into = false } = {}) {
  const list = [...files];
  if (list.length === 0) return;
  if (session !== null && into) addFiles(list, { id: session.id, name: null, isShared: true });
  else if (session === null && list.length === 1) addFiles(list, { id: null, name: null, isShared: false });
  else setOffer({ files: list, session });
}

/** @param {Offer | null} offer */
export function setOffer(offer) {
  offered = offer;
  for (const listener of [...listeners]) listener(offered);
}

/**
 * Calls a function with what is offered, until what is returned is called.
 * @param {(offer: Offer | null) => void} listener
 * @returns {() => void}
 */
export function onOffer(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
