/** The page as a target for files, and the question where they go. */
import { droppedFiles, hasFiles } from "./dropped_files.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { getState } from "./state.js";
import { UPLOAD } from "./texts_around.js";
import { offerFiles, onOffer, setOffer } from "./upload_offer.js";
import { addFiles } from "./upload_queue.js";
import { UploadsPanel } from "./uploads_panel.js";

/** @typedef {import("./html.js").Children} Children */

/**
 * Takes files that are dropped anywhere in it.
 * @param {{children?: Children}} props
 */
export function DropTarget({ children }) {
  // Events come for each element that is dragged over: the first one in, and the last one out count.
  const depth = useRef(0);
  const [isOver, setOver] = useState(false);
  /** @param {number} by */
  const move = (by) => {
    depth.current = Math.max(0, depth.current + by);
    setOver(depth.current > 0);
  };
  /** @type {Record<string, (event: DragEvent) => void>} */
  const handlers = {
    onDragEnter: (event) => event.dataTransfer && hasFiles(event.dataTransfer) && move(1),
    onDragLeave: (event) => event.dataTransfer && hasFiles(event.dataTransfer) && move(-1),
    onDragOver: (event) => event.dataTransfer && hasFiles(event.dataTransfer) && event.preventDefault(),
    onDrop: (event) => {
      if (!event.dataTransfer || !hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      depth.current = 0;
      setOver(false);
      droppedFiles(event.dataTransfer).then((files) => offerFiles(files, sessionShown()));
    },
  };
  return html`<div class="drop-target" ...${handlers}>
    ${children} ${isOver && html`<div class="drop-over" aria-hidden="true"><p>${UPLOAD.drop}</p></div>`}
    <${WhereTo} />
    <${UploadsPanel} />
  </div>`;
}

/**
 * A button that chooses files.
 * @param {{label?: string, session?: {id: string, name: string} | null, class?: string}} props session: where they go
 */
export function ChooseFiles({ label = UPLOAD.choose, session = null, class: name = "" }) {
  const input = /** @type {{current: HTMLInputElement | null}} */ (useRef(null));
  const chosen = () => {
    const element = input.current;
    if (!element?.files) return;
    offerFiles(element.files, session ?? sessionShown(), { into: session !== null });
    element.value = ""; // so that the same file can be chosen again
  };
  return html`<button type="button" class=${name} onClick=${() => input.current?.click()}>${label}</button
    ><input ref=${input} type="file" multiple hidden aria-label=${label} onChange=${chosen} />`;
}

/** @returns {{id: string, name: null} | null} */
function sessionShown() {
  const { session, view } = getState();
  return session === null || view === "compare" ? null : { id: session, name: null };
}

function WhereTo() {
  const [offer, set] = useState(/** @type {import("./upload_offer.js").Offer | null} */ (null));
  const dialog = /** @type {{current: HTMLDialogElement | null}} */ (useRef(null));
  useEffect(() => onOffer(set), []);
  useEffect(() => {
    if (offer) dialog.current?.showModal();
  }, [offer]);
  if (offer === null) return null;
  const { files, session } = offer;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  /** @param {import("./upload_queue.js").Target} target */
  const start = (target) => {
    setOffer(null);
    addFiles(files, target);
  };
  const fresh = { id: null, name: null };
  return html`<dialog ref=${dialog} class="dialog" aria-labelledby="where-to" onClose=${() => setOffer(null)}>
    <h2 id="where-to">${UPLOAD.where}</h2>
    <p class="dim">${UPLOAD.offered(files.length, size)}</p>
    <div class="choices">
      ${
        session &&
        html`<button type="button" onClick=${() => start({ id: session.id, name: null, isShared: true })}>
          ${session.name === null ? UPLOAD.here : UPLOAD.into(session.name)}
        </button>`
      }
      ${
        files.length > 1 &&
        html`<button type="button" onClick=${() => start({ ...fresh, isShared: false })}>${UPLOAD.each}</button>`
      }
      <button type="button" onClick=${() => start({ ...fresh, isShared: true })}>
        ${files.length > 1 ? UPLOAD.one : UPLOAD.fresh}
      </button>
      <button type="button" class="quiet" onClick=${() => setOffer(null)}>${UPLOAD.cancel}</button>
    </div>
  </dialog>`;
}
