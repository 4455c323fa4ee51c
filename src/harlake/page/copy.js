/** Copying to the clipboard. */

import { html, useState } from "./html.js";
import { ENTRY } from "./texts.js";

/**
 * @param {string} text
 * @returns {Promise<void>}
 */
export async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Over HTTP, only the loopback address counts as secure, and has a clipboard.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string | (() => string | Promise<string>)} props.text
 * @returns {unknown}
 */
export function CopyButton({ label, text }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await copyText(typeof text === "string" ? text : await text());
      setSaid(ENTRY.copied);
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
    setTimeout(() => setSaid(""), 2000);
  };
  return html`
    <span class="copy">
      <button type="button" class="small" onClick=${copy}>${label}</button>
      <span role="status" class="copy-said">${said}</span>
    </span>
  `;
}
