/**
 * Text with line numbers, folding and search. The editor is loaded when the first body is opened. It is in a shadow root:
 * there its styles are allowed by the strict policy of the page, and long lines are fast.
 */

import { html, useEffect, useRef } from "./html.js";

/** @type {Promise<typeof import("./vendor/codemirror.js")> | null} */
let loading = null;

/** Loads the editor, unless it is here: at the latest when a text is to be shown. */
export function loadEditor() {
  loading ??= import("./vendor/codemirror.js");
  return loading;
}

/**
 * @param {object} props
 * @param {string} props.text
 * @param {string} props.label
 * @param {"json" | ""} [props.language]
 * @returns {unknown}
 */
export function Code({ text, label, language = "" }) {
  const host = /** @type {{current: HTMLElement | null}} */ (useRef(null));
  useEffect(() => {
    let ended = false;
    /** @type {{destroy(): void} | null} */
    let view = null;
    loadEditor().then((editor) => {
      if (ended || !host.current) return;
      const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
      view = editor.show(root, text, { label, language });
      host.current.dataset.ready = "true";
    });
    return () => {
      ended = true;
      view?.destroy();
      if (host.current) delete host.current.dataset.ready;
    };
  }, [text, label, language]);
  return html`<div class="code" ref=${host}></div>`;
}
