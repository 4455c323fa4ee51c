/** A session in the list, with its files, and what renames, removes and extends it. */
import { send } from "./api.js";
import { CaptureList } from "./captures.js";
import { Confirm, focus, useAction } from "./confirm.js";
import { html, useState } from "./html.js";
import { FRESH, link } from "./links.js";
import { useViewState } from "./state.js";
import { SESSIONS } from "./texts_around.js";
import { count, moment } from "./units.js";
import { ChooseFiles } from "./upload.js";

/** @typedef {import("./sessions.js").Session} Session */

/** @param {{session: Session, size: import("./sessions.js").Size | undefined, onChange: () => void}} props */
export function SessionRow({ session, size, onChange }) {
  const state = useViewState();
  const { id, name } = session;
  const [mode, setMode] = useState(/** @type {"" | "rename" | "remove" | "files"} */ (""));
  const { error, act } = useAction(onChange, () => setMode(""));
  return html`<tbody>
    <tr>
      <th scope="row">
        ${
          mode === "rename"
            ? html`<${Rename}
                name=${name}
                onCancel=${() => setMode("")}
                onName=${(/** @type {string} */ next) => act(() => send("PATCH", `/api/sessions/${id}`, { name: next }))}
              />`
            : html`<a ...${link(state, { ...FRESH, view: "entries", session: id })}>${name}</a>`
        }
      </th>
      <td data-label=${SESSIONS.created}>${moment(session.createdAt, state.zone)}</td>
      <td class="number" data-label=${SESSIONS.entries}>${count(session.entryCount)}</td>
      <td class="number" data-label=${SESSIONS.files}>
        <button
          type="button"
          class="quiet"
          aria-expanded=${mode === "files"}
          onClick=${() => setMode(mode === "files" ? "" : "files")}
        >
          ${count(session.captureCount)} ${mode === "files" ? "▾" : "▸"}<span class="visually-hidden">
            ${SESSIONS.filesOf(name)}</span
          >
        </button>
      </td>
      <td class="number" data-label=${SESSIONS.size}>${size ? SESSIONS.total(size.bytes, size.more) : "–"}</td>
      <td class="actions">
        <${ChooseFiles} class="quiet" label=${SESSIONS.addFiles} session=${{ id, name }} />
        <a class="quiet" ...${link(state, { ...FRESH, view: "compare", session: id })}>${SESSIONS.compare}</a>
        <button type="button" class="quiet" aria-label="${SESSIONS.rename} ${name}" onClick=${() => setMode("rename")}>
          ${SESSIONS.rename}
        </button>
        <button type="button" class="quiet" aria-label="${SESSIONS.remove} ${name}" onClick=${() => setMode("remove")}>
          ${SESSIONS.remove}
        </button>
      </td>
    </tr>
    ${
      (error || mode === "remove" || mode === "files") &&
      html`<tr class="below">
        <td colspan="6">
          ${error && html`<p class="error" role="alert">${error}</p>`}
          ${
            mode === "remove" &&
            html`<${Confirm}
              text=${SESSIONS.confirm(name, session.captureCount, session.entryCount)}
              onCancel=${() => setMode("")}
              onConfirm=${() => act(() => send("DELETE", `/api/sessions/${id}`))}
            />`
          }
          ${mode === "files" && html`<${CaptureList} session=${id} onChange=${onChange} />`}
        </td>
      </tr>`
    }
  </tbody>`;
}

/** @param {{name: string, onName: (name: string) => void, onCancel: () => void}} props */
function Rename({ name, onName, onCancel }) {
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    onName(/** @type {HTMLInputElement} */ (form.elements.namedItem("name")).value);
  };
  return html`<form
    class="inline"
    onSubmit=${submit}
    onKeyDown=${(/** @type {KeyboardEvent} */ { key }) => key === "Escape" && onCancel()}
  >
    <input name="name" defaultValue=${name} required maxlength="1024" aria-label=${SESSIONS.newName} ref=${focus} />
    <button type="submit">${SESSIONS.save}</button>
    <button type="button" class="quiet" onClick=${onCancel}>${SESSIONS.cancel}</button>
  </form>`;
}
