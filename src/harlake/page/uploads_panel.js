/** What has become of the files that this page sends: how far they are, what was left out, why one was refused. */
import { html, useEffect, useState } from "./html.js";
import { useImports } from "./running_imports.js";
import { getState, setState } from "./state.js";
import { UPLOAD } from "./texts_around.js";
import { cancelAll, cancelUpload, forgetEnded, getUploads, onUploads } from "./upload_queue.js";

/** @typedef {Readonly<import("./upload_queue.js").Upload>} Upload */

/** Files that are listed; of thousands, the others are counted. */
const SHOWN = 20;

const isOver = (/** @type {Upload} */ { state }) => state === "done" || state === "refused" || state === "cancelled";

/**
 * Returns the uploads, and renders again when one changes.
 * @returns {readonly Upload[]}
 */
export function useUploads() {
  const [, again] = useState(0);
  useEffect(() => onUploads(() => again((/** @type {number} */ times) => times + 1)), []);
  return getUploads();
}

/**
 * Returns how many files have been imported, and renders again when there is one more.
 * @returns {number}
 */
export function useImported() {
  const [imported, set] = useState(countImported);
  useEffect(() => onUploads(() => set(countImported())), []);
  return imported;
}

function countImported() {
  return getUploads().filter(({ state }) => state === "done").length;
}

export function UploadsPanel() {
  const uploads = useUploads();
  useOpened(uploads);
  if (uploads.length === 0) return null;
  const ended = uploads.filter(isOver).length;
  const listed = inView(uploads);
  return html`<section class="uploads" aria-label=${UPLOAD.title}>
    <header>
      <h2 aria-live="polite">${UPLOAD.summary(ended, uploads.length)}</h2>
      ${ended < uploads.length && html`<button type="button" class="quiet" onClick=${cancelAll}>${UPLOAD.cancelAll}</button>`}
      ${ended > 0 && html`<button type="button" class="quiet" onClick=${forgetEnded}>${UPLOAD.clear}</button>`}
    </header>
    <ul>
      ${listed.map((upload) => html`<${File} key=${upload.number} upload=${upload} />`)}
      ${uploads.length > listed.length && html`<li class="dim">${UPLOAD.more(uploads.length - listed.length)}</li>`}
    </ul>
  </section>`;
}

/**
 * Returns what is listed: what is on its way, what was refused, and as many others as there is room for.
 * @param {readonly Upload[]} uploads
 * @returns {Upload[]}
 */
function inView(uploads) {
  const running = uploads.filter(({ state }) => state === "sending" || state === "ended");
  const refused = uploads.filter(({ state }) => state === "refused");
  const others = uploads.filter(({ state }) => state === "done" || state === "waiting" || state === "cancelled");
  return [...running, ...refused, ...others].slice(0, SHOWN).sort((one, other) => one.number - other.number);
}

/**
 * Opens the new session of a file that came alone, for somebody who waits for it where nothing else is shown.
 * @param {readonly Upload[]} uploads
 */
function useOpened(uploads) {
  const [only] = uploads;
  const opens =
    uploads.length === 1 && only?.state === "done" && !only.target.isShared && only.answer.errors.length === 0;
  useEffect(() => {
    if (opens && getState().view === "sessions") setState({ view: "entries", session: only?.answer.sessionId });
  }, [opens]);
}

/** @param {{upload: Upload}} props */
function File({ upload }) {
  const { file, state, answer, error } = upload;
  return html`<li class="upload upload-${state}">
    <div class="upload-head">
      <b title=${file.name}>${file.name}</b>
      ${
        !isOver(upload) &&
        html`<button
          type="button"
          class="quiet"
          aria-label="${UPLOAD.cancel} ${file.name}"
          onClick=${() => cancelUpload(upload.number)}
        >
          ${UPLOAD.cancel}
        </button>`
      }
      ${
        state === "done" &&
        html`<button
          type="button"
          class="quiet"
          aria-label="${UPLOAD.open} ${file.name}"
          onClick=${() => setState({ view: "entries", session: answer.sessionId, entry: null })}
        >
          ${UPLOAD.open}
        </button>`
      }
    </div>
    ${(state === "sending" || state === "ended") && html`<${Progress} upload=${upload} />`}
    ${(state === "waiting" || state === "cancelled") && html`<p class="dim">${UPLOAD.state[state]}</p>`}
    ${state === "refused" && html`<p class="error" role="alert">${error?.message}${placeOf(error?.body)}</p>`}
    ${state === "done" && html`<${Imported} answer=${answer} />`}
  </li>`;
}

/** @param {{upload: Upload}} props */
function Progress({ upload: { file, state, sent, rate, isLost } }) {
  const imports = useImports();
  const running = imports.find(({ name, total }) => name === file.name && (total === null || total === file.size));
  const how = state === "ended" ? UPLOAD.state.ended : UPLOAD.progress(sent, file.size, rate);
  const label = isLost ? UPLOAD.lost : how;
  return html`<progress max=${file.size || 1} value=${sent} aria-label=${file.name}></progress>
    <p class="dim">${label}${running ? `, ${UPLOAD.entries(running.entries)}` : ""}</p>`;
}

/** @param {{answer: any}} props */
function Imported({ answer }) {
  return html`<p>${UPLOAD.imported(answer.imported, answer.total)}</p>
    ${
      answer.errors.length > 0 &&
      html`<ul class="left-out" tabindex="0">
        ${answer.errors.map((/** @type {any} */ one) => html`<li><code>${one.path}</code>: ${one.reason}${placeOf(one)}</li>`)}
      </ul>`
    }
    ${answer.warnings.map((/** @type {string} */ warning) => html`<p class="dim">${warning}</p>`)}`;
}

/**
 * @param {any} found an error with a place, or without
 * @returns {string}
 */
function placeOf(found) {
  return found?.line ? ` (${UPLOAD.place(found.line, found.column)})` : "";
}
