/** The imports that are running, in the bar at the top. */
import { useAction } from "./confirm.js";
import { html } from "./html.js";
import { cancelImport, useImports } from "./running_imports.js";
import { useViewState } from "./state.js";
import { IMPORTS, UPLOAD } from "./texts_around.js";
import { bytes, moment } from "./units.js";
import { ChooseFiles } from "./upload.js";

/** @typedef {import("./running_imports.js").RunningImport} RunningImport */

/** The button that imports, and what is being imported. */
export function RunningImports() {
  const imports = useImports();
  return html`${imports.length > 0 && html`<${List} imports=${imports} />`}<${ChooseFiles} />`;
}

/** @param {{imports: readonly RunningImport[]}} props */
function List({ imports }) {
  return html`<details class="imports">
    <summary>${IMPORTS.running(imports.length)}</summary>
    <ul aria-label=${IMPORTS.title}>
      ${imports.map((one) => html`<${Running} key=${one.id} running=${one} />`)}
    </ul>
  </details>`;
}

/** @param {{running: RunningImport}} props */
function Running({ running: { id, name: given, received, total, entries, startedAt } }) {
  const { zone } = useViewState();
  const { error, act } = useAction();
  const name = given ?? IMPORTS.unnamed;
  return html`<li>
    <div class="upload-head">
      <b>${name}</b>
      <button
        type="button"
        class="quiet"
        aria-label=${IMPORTS.cancel(name)}
        onClick=${() => act(() => cancelImport(id))}
      >
        ${UPLOAD.cancel}
      </button>
    </div>
    ${total !== null && html`<progress max=${total || 1} value=${received} aria-label=${name}></progress>`}
    <p class="dim">
      ${total === null ? bytes(received) : UPLOAD.progress(received, total, 0)},${" "}
      ${IMPORTS.since(entries, moment(startedAt, zone, false))}
    </p>
    ${error && html`<p class="error" role="alert">${error}</p>`}
  </li>`;
}
