/** What is shown, exported: as a file in every form, as a link, as lines for a shell. */
import { getJson, url } from "./api.js";
import { bodiesOf, canFill, curlLine, exportParams, USUAL } from "./export_url.js";
import { fileSize } from "./file_size.js";
import { filterParams as filterParams } from "./filter.js";
import { html, useRef, useState } from "./html.js";
import { useLoaded } from "./loading.js";
import { useViewState } from "./state.js";
import { EXPORT } from "./texts_around.js";

/** @typedef {import("./export_url.js").Export} Export */

/** The button, and the dialog that it opens. */
export function ExportDialog() {
  const [isOpen, setOpen] = useState(false);
  return html`<button type="button" aria-haspopup="dialog" onClick=${() => setOpen(true)}>${EXPORT.button}</button>
    ${isOpen && html`<${Dialog} onClose=${() => setOpen(false)} />`}`;
}

/** @param {{onClose: () => void}} props */
function Dialog({ onClose }) {
  const state = useViewState();
  const session = /** @type {string} */ (state.session);
  const [chosen, setChosen] = useState(/** @type {Export} */ (USUAL));
  const filter = filterParams(state);
  const params = exportParams(chosen, filter);
  const address = new URL(url(`/api/har/export/${session}`, params), location.href).href;
  const listing = state.sort ? [...filter, ["sort", state.sort]] : filter;
  const rows = new URL(
    url(`/api/sessions/${session}/entries`, /** @type {[string, string][]} */ (listing)),
    location.href,
  );
  return html`<dialog ref=${open} class="dialog export-dialog" aria-labelledby="export-dialog" onClose=${onClose}>
    <h2 id="export-dialog">${EXPORT.title}</h2>
    <${Choices}
      chosen=${chosen}
      onChoose=${(/** @type {Partial<Export>} */ patch) => setChosen({ ...chosen, ...patch })}
    />
    <${Size} session=${session} chosen=${chosen} params=${params} filter=${filter} />
    <p class="dialog-actions">
      <a class="button primary" href=${address} download>${EXPORT.download}</a>
      <button type="button" onClick=${onClose}>${EXPORT.close}</button>
    </p>
    <${Copied} label=${EXPORT.link} text=${location.href} />
    <${Copied} label=${EXPORT.exportLine} text=${curlLine(address, true)} />
    <${Copied} label=${EXPORT.listLine} text=${curlLine(rows.href)} />
  </dialog>`;
}

/** @param {HTMLDialogElement | null} dialog */
function open(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

/** @param {{chosen: Export, onChoose: (patch: Partial<Export>) => void}} props */
function Choices({ chosen, onChoose }) {
  const { form } = chosen;
  const bodies = bodiesOf(form);
  return html`<div class="form-grid">
    <${Select}
      label=${EXPORT.form}
      value=${form}
      options=${Object.entries(EXPORT.forms)}
      onSelect=${(/** @type {Export["form"]} */ next) => onChoose({ form: next, bodies: "" })}
    />
    <${Select}
      label=${EXPORT.order}
      value=${chosen.order}
      options=${Object.entries(EXPORT.orders)}
      onSelect=${(/** @type {Export["order"]} */ order) => onChoose({ order })}
    />
    <${Select}
      label=${EXPORT.redact}
      value=${chosen.redact}
      options=${Object.entries(EXPORT.redactions)}
      onSelect=${(/** @type {Export["redact"]} */ redact) => onChoose({ redact })}
    />
    ${
      bodies.length > 0 &&
      html`<${Select}
        label=${EXPORT.bodies}
        value=${chosen.bodies}
        options=${bodies.map((one) => [one, EXPORT.body(one, form)])}
        onSelect=${(/** @type {string} */ next) => onChoose({ bodies: next })}
      />`
    }
    ${
      form === "zip" &&
      html`<${Select}
        label=${EXPORT.part}
        value=${chosen.part}
        options=${["10MB", "100MB", "500MB", "2GB"].map((size) => [size, size.replace(/(\d)(\D)/, "$1 $2")])}
        onSelect=${(/** @type {string} */ part) => onChoose({ part })}
      />`
    }
    ${canFill(form) && html`<${Check} label=${EXPORT.fill} checked=${chosen.fill} onCheck=${(/** @type {boolean} */ fill) => onChoose({ fill })} />`}
    ${form === "csv" && html`<${Check} label=${EXPORT.raw} checked=${chosen.raw} onCheck=${(/** @type {boolean} */ raw) => onChoose({ raw })} />`}
  </div>`;
}

/** @param {{label: string, value: string, options: [string, string][], onSelect: (value: any) => void}} props */
function Select({ label, value, options, onSelect }) {
  return html`<label
    ><span>${label}</span>
    <select value=${value} onChange=${(/** @type {any} */ event) => onSelect(event.currentTarget.value)}>
      ${options.map(([name, text]) => html`<option key=${name} value=${name} selected=${name === value}>${text}</option>`)}
    </select></label
  >`;
}

/** @param {{label: string, checked: boolean, onCheck: (checked: boolean) => void}} props */
function Check({ label, checked, onCheck }) {
  return html`<label class="check"
    ><input
      type="checkbox"
      checked=${checked}
      onChange=${(/** @type {any} */ event) => onCheck(event.currentTarget.checked)}
    />
    <span>${label}</span></label
  >`;
}

/** @param {{session: string, chosen: Export, params: [string, string][], filter: [string, string][]}} props */
function Size({ session, chosen, params, filter }) {
  const total = useLoaded(
    async (signal) =>
      (await getJson(`/api/sessions/${session}/entries`, [...filter, ["limit", "1"]], { signal })).total,
    [session, JSON.stringify(filter)],
  );
  const size = useLoaded(
    async (signal) =>
      total.value === undefined ? undefined : fileSize(session, chosen, params, filter, total.value, signal),
    [total.value, JSON.stringify(params)],
  );
  if (total.error) return html`<p class="error" role="alert">${total.error.message}</p>`;
  const isCounting = total.value === undefined || size.busy || size.value === undefined;
  const known = size.value ? EXPORT[size.value.kind](size.value.bytes) : EXPORT.unknown;
  return html`<p class="file-size" aria-live="polite" aria-busy=${isCounting}>
    <b>${EXPORT.size}:</b>${" "}
    ${isCounting ? EXPORT.counting : known}${total.value !== undefined && html`<span class="dim">, ${EXPORT.what(total.value, filter.length > 0)}</span>`}
  </p>`;
}

/** @param {{label: string, text: string}} props */
function Copied({ label, text }) {
  const field = /** @type {{current: HTMLInputElement | null}} */ (useRef(null));
  const [copied, setCopied] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      field.current?.select(); // without leave to write, or over plain HTTP: it can be copied by hand
    }
  };
  return html`<div class="copied">
    <span>${label}</span>
    <div class="copied-line">
      <input ref=${field} readonly value=${text} aria-label=${label} />
      <button type="button" aria-label="${EXPORT.copy}: ${label}" onClick=${copy}>
        ${copied === text ? EXPORT.copied : EXPORT.copy}
      </button>
    </div>
  </div>`;
}
