/** The files of a session, a page at a time. */
import { getJson, send } from "./api.js";
import { Confirm, useAction } from "./confirm.js";
import { html, useState } from "./html.js";
import { useLoaded } from "./loading.js";
import { useViewState } from "./state.js";
import { IMPORTS, PAGER, SESSIONS } from "./texts_around.js";
import { bytes, moment } from "./units.js";

/**
 * @typedef {object} Capture
 * @property {string} id
 * @property {string | null} fileName
 * @property {string} createdAt
 * @property {number} uploadBytes
 * @property {number} harBytes
 * @property {number} storedBytes
 * @property {number} total
 * @property {number} entryCount
 */

/** @param {{session: string, onChange: () => void}} props */
export function CaptureList({ session, onChange }) {
  const { zone } = useViewState();
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const [changes, setChanges] = useState(0);
  const loaded = useLoaded(
    (signal) => getJson(`/api/sessions/${session}/captures`, cursor === null ? [] : [["cursor", cursor]], { signal }),
    [session, cursor, changes],
  );
  const changed = () => {
    setChanges(changes + 1);
    onChange();
  };
  if (loaded.error) return html`<p class="error" role="alert">${loaded.error.message}</p>`;
  if (!loaded.value) return html`<p class="dim">…</p>`;
  return html`<table class="list files">
      <thead>
        <tr>
          <th scope="col">${SESSIONS.file}</th>
          <th scope="col">${SESSIONS.created}</th>
          <th scope="col" class="number">${SESSIONS.entries}</th>
          <th scope="col" class="number">${SESSIONS.uploaded}</th>
          <th scope="col" class="number">${SESSIONS.har}</th>
          <th scope="col" class="number">${SESSIONS.stored}</th>
          <th scope="col">${SESSIONS.actions}</th>
        </tr>
      </thead>
      <tbody>
        ${loaded.value.captures.map((/** @type {Capture} */ capture) => html`<${CaptureRow} key=${capture.id} capture=${capture} zone=${zone} onChange=${changed} />`)}
      </tbody>
    </table>
    <div class="pager" role="group" aria-label=${SESSIONS.files}>
      ${cursor !== null && html`<button type="button" onClick=${() => setCursor(null)}>${PAGER.first}</button>`}
      ${loaded.value.next && html`<button type="button" onClick=${() => setCursor(loaded.value.next)}>${PAGER.on}</button>`}
    </div>`;
}

/** @param {{capture: Capture, zone: "local" | "utc", onChange: () => void}} props */
function CaptureRow({ capture, zone, onChange }) {
  const [isRemoving, setRemoving] = useState(false);
  const { error, act } = useAction(onChange, () => setRemoving(false));
  const name = capture.fileName ?? IMPORTS.unnamed;
  return html`<tr>
    <th scope="row">
      ${name} ${error && html`<p class="error" role="alert">${error}</p>`}
      ${
        isRemoving &&
        html`<${Confirm}
          text=${SESSIONS.confirmCapture(name)}
          onCancel=${() => setRemoving(false)}
          onConfirm=${() => act(() => send("DELETE", `/api/captures/${capture.id}`))}
        />`
      }
    </th>
    <td>${moment(capture.createdAt, zone)}</td>
    <td class="number">${SESSIONS.ofTotal(capture.entryCount, capture.total)}</td>
    <td class="number">${bytes(capture.uploadBytes)}</td>
    <td class="number">${bytes(capture.harBytes)}</td>
    <td class="number">${bytes(capture.storedBytes)}</td>
    <td>
      <button type="button" class="quiet" aria-label="${SESSIONS.remove} ${name}" onClick=${() => setRemoving(true)}>
        ${SESSIONS.remove}
      </button>
    </td>
  </tr>`;
}
