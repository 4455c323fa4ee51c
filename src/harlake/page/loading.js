/** What is loaded for a component: asked again when what it depends on changes, and no longer when nobody waits for it. */

import { useEffect, useState } from "./html.js";

/**
 * @template T
 * @typedef {{value: T | undefined, error: Error | null, busy: boolean}} Loaded
 */

/**
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {unknown[]} dependencies
 * @returns {Loaded<T>} while it is loaded, the value is what came before
 */
export function useLoaded(load, dependencies) {
  const [state, setState] = useState(/** @type {Loaded<T>} */ ({ value: undefined, error: null, busy: true }));
  useEffect(() => {
    const abort = new AbortController();
    setState((/** @type {Loaded<T>} */ before) => ({ ...before, busy: true }));
    load(abort.signal).then(
      (value) => !abort.signal.aborted && setState({ value, error: null, busy: false }),
      (error) => !abort.signal.aborted && setState({ value: undefined, error, busy: false }),
    );
    return () => abort.abort();
  }, dependencies);
  return state;
}
