/** JSON with a line for each member. */

import { Code } from "./code.js";
import { html } from "./html.js";
import { useLoaded } from "./loading.js";
import { ENTRY } from "./texts.js";

/**
 * @param {string} text
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
 */
function indentedBeside(text, signal) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./json_worker.js", import.meta.url), { type: "module" });
    worker.onmessage = (event) => {
      worker.terminate();
      resolve(event.data);
    };
    worker.onerror = (event) => {
      worker.terminate();
      reject(new Error(event.message || ENTRY.noWorker));
    };
    signal.addEventListener("abort", () => worker.terminate());
    worker.postMessage(text);
  });
}

/**
 * @param {{text: string, label: string}} props
 * @returns {unknown}
 */
export function IndentedJson({ text, label }) {
  const { value, error, busy } = useLoaded((signal) => indentedBeside(text, signal), [text]);
  if (error) return html`<p class="error" role="alert">${error.message}</p>`;
  if (value === undefined || busy) return html`<p class="dim notice">${ENTRY.loading}</p>`;
  return html`<${Code} text=${value} label=${label} language="json" />`;
}
