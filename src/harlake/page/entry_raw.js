/** An entry as it was captured: its JSON, byte for byte. */

import { FIRST, PIECE, WHOLE, decodePiece, range, sizeOf } from "./body.js";
import { Code } from "./code.js";
import { html, useMemo, useState } from "./html.js";
import { IndentedJson } from "./json_text.js";
import { useLoaded } from "./loading.js";
import { Pieces } from "./pieces.js";
import { ENTRY } from "./texts.js";
import { bytes } from "./units.js";

/**
 * @param {{id: string}} props
 * @returns {unknown}
 */
export function EntryRaw({ id }) {
  const path = `/api/entries/${encodeURIComponent(id)}`;
  const [indent, setIndent] = useState(false);
  const { value, error, busy } = useLoaded(
    async (signal) => {
      const answer = await range(path, 0, FIRST, signal);
      const first = new Uint8Array(await answer.arrayBuffer());
      return { path, first, size: sizeOf(answer, first.length) };
    },
    [path],
  );
  if (error) return html`<p class="error" role="alert">${error.message}</p>`;
  if (!value) return html`<p class="dim notice">${ENTRY.loading}</p>`;
  const large = value.size > WHOLE;
  return html`
    <div class="body" aria-busy=${busy}>
      <div class="body-bar">
        <label
          ><input type="checkbox" checked=${indent && !large} disabled=${large} onChange=${() => setIndent(!indent)} />
          ${ENTRY.indent}</label
        >
        <span class="dim">${bytes(value.size)}</span>
      </div>
      <${Pieces}
        key=${value.path}
        body=${value}
        length=${large ? PIECE : WHOLE}
        show=${(/** @type {Uint8Array} */ data, /** @type {number} */ start, /** @type {number} */ length) =>
          html`<${RawPiece} bytes=${data} length=${length} begins=${start === 0} indent=${indent && !large} />`}
      />
    </div>
  `;
}

/**
 * @param {{bytes: Uint8Array, length: number, begins: boolean, indent: boolean}} props
 * @returns {unknown}
 */
function RawPiece({ bytes: data, length, begins, indent }) {
  const text = useMemo(() => decodePiece(data, length, begins), [data, length, begins]);
  return indent
    ? html`<${IndentedJson} text=${text} label=${ENTRY.raw} />`
    : html`<${Code} text=${text} label=${ENTRY.raw} language="json" />`;
}
