/** What components are written with: preact, its hooks, and htm. All modules import these from here. */
import htm from "./vendor/htm.js";
import { h, render } from "./vendor/preact.js";

export { render };
export {
  useCallback,
  useEffect,
  useErrorBoundary,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "./vendor/hooks.js";

/** @typedef {import("./vendor/preact.js").ComponentChildren} Children */

/**
 * Makes elements of a template: html`<b class=${name}>${text}</b>`. Texts are never taken for markup.
 * @type {(strings: TemplateStringsArray, ...values: any[]) => any}
 */
export const html = htm.bind(h);
