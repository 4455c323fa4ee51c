/** What changes something on the service: a question first, and what went wrong. */
import { html, useState } from "./html.js";
import { SESSIONS } from "./texts_around.js";

/**
 * Returns what does something on the service, and why the last time failed.
 * @param {() => void} [onDone]
 * @param {() => void} [onEnd] whether it was done or not
 */
export function useAction(onDone = () => {}, onEnd = () => {}) {
  const [error, setError] = useState("");
  /** @param {() => Promise<unknown>} action */
  const act = async (action) => {
    setError("");
    try {
      await action();
      onDone();
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
    onEnd();
  };
  return { error, act };
}

/** @param {{text: string, onConfirm: () => void, onCancel: () => void}} props */
export function Confirm({ text, onConfirm, onCancel }) {
  return html`<div
    class="confirm"
    role="alertdialog"
    aria-label=${text}
    onKeyDown=${(/** @type {KeyboardEvent} */ { key }) => key === "Escape" && onCancel()}
  >
    <span>${text}</span>
    <button type="button" onClick=${onConfirm}>${SESSIONS.remove}</button>
    <button type="button" class="quiet" ref=${focus} onClick=${onCancel}>${SESSIONS.cancel}</button>
  </div>`;
}

/**
 * Puts the focus on what has just come.
 * @param {HTMLElement | null} element
 */
export function focus(element) {
  if (element && !element.dataset["focused"]) {
    element.dataset["focused"] = "yes";
    element.focus();
    if (element instanceof HTMLInputElement) element.select();
  }
}
