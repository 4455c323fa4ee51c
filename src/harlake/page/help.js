/** The keys of the page, which `?` lists. */
import { html, useEffect, useRef } from "./html.js";
import { KEYS } from "./keys.js";
import { HELP } from "./texts_around.js";

/** The dialog; it is there all the time, and opened by its key. */
export function Help() {
  const dialog = /** @type {{current: HTMLDialogElement | null}} */ (useRef(null));
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const pressed = (event) => {
      if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      event.preventDefault();
      if (dialog.current?.open) dialog.current.close();
      else dialog.current?.showModal();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  return html`<dialog ref=${dialog} class="dialog help" aria-labelledby="help">
    <h2 id="help">${HELP.title}</h2>
    ${Object.entries(KEYS).map(
      ([place, keys]) =>
        html`<section key=${place}>
          <h3>${place}</h3>
          <dl>
            ${keys.map(
              ([names, what]) =>
                html`<div key=${what}>
                  <dt>${names.map((name) => html`<kbd key=${name}>${name}</kbd>`)}</dt>
                  <dd>${what}</dd>
                </div>`,
            )}
          </dl>
        </section>`,
    )}
    <form method="dialog"><button>${HELP.close}</button></form>
  </dialog>`;
}

/**
 * Returns whether a key is part of a text that is being written.
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["button", "checkbox", "radio", "submit"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
