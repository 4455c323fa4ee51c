/** Which columns the table has. */
import { COLUMNS } from "./columns.js";
import { html, useRef } from "./html.js";
import { TABLE } from "./texts.js";

/** @param {{shown: readonly string[], onColumns: (names: string[] | null) => void}} props */
export function ColumnsChooser({ shown, onColumns }) {
  const dialog = /** @type {{current: HTMLDialogElement | null}} */ (useRef(null));
  /** @param {string} name */
  const change = (name) => {
    if (!shown.includes(name)) {
      // Where it stands in the list of all, among those that are shown.
      const all = COLUMNS.map((column) => column.name);
      const behind = shown.findIndex((one) => all.indexOf(one) > all.indexOf(name));
      onColumns(behind < 0 ? [...shown, name] : [...shown.slice(0, behind), name, ...shown.slice(behind)]);
    } else if (shown.length > 1) onColumns(shown.filter((one) => one !== name));
  };
  return html`<button type="button" class="quiet" aria-haspopup="dialog" onClick=${() => dialog.current?.showModal()}>
      ${TABLE.columns.title}
    </button>
    <dialog ref=${dialog} class="columns" aria-labelledby="columns-title">
      <h2 id="columns-title">${TABLE.columns.title}</h2>
      <div class="columns-list">
        ${COLUMNS.map(
          ({ name, label }) =>
            html`<label key=${name}>
              <input
                type="checkbox"
                checked=${shown.includes(name)}
                disabled=${shown.length === 1 && shown[0] === name}
                onChange=${() => change(name)}
              />
              ${label === "#" ? "# (ordinal)" : label}
            </label>`,
        )}
      </div>
      <form method="dialog">
        <button type="button" onClick=${() => onColumns(null)}>${TABLE.columns.usual}</button>
        <button class="primary">${TABLE.columns.close}</button>
      </form>
    </dialog>`;
}
