/** Bytes as a table: offset, 16 bytes in hexadecimal, and what they are in ASCII. */

import { html } from "./html.js";
import { ENTRY } from "./texts.js";
import { VirtualRows } from "./virtual_rows.js";

const WIDTH = 16;
const HEIGHT = 18;

/**
 * @param {Uint8Array} bytes
 * @param {number} offset of the first of them in the whole
 * @param {number} row
 * @returns {{offset: string, hex: string, ascii: string}}
 */
export function hexRow(bytes, offset, row) {
  const part = [...bytes.subarray(row * WIDTH, (row + 1) * WIDTH)];
  const hex = part.map((byte, index) => (index === 8 ? " " : "") + byte.toString(16).padStart(2, "0"));
  return {
    offset: (offset + row * WIDTH).toString(16).padStart(8, "0"),
    hex: hex.join(" "),
    ascii: part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·")).join(""),
  };
}

/**
 * @param {{bytes: Uint8Array, offset: number}} props
 * @returns {unknown}
 */
export function Hex({ bytes, offset }) {
  const row = (/** @type {number} */ index) => {
    const parts = hexRow(bytes, offset, index);
    return html`
      <div class="hex-row" key=${index} role="listitem">
        <span class="hex-offset">${parts.offset}</span>
        <span class="hex-bytes">${parts.hex}</span>
        <span class="hex-ascii">${parts.ascii}</span>
      </div>
    `;
  };
  return html`
    <${VirtualRows}
      count=${Math.ceil(bytes.length / WIDTH)}
      height=${HEIGHT}
      row=${row}
      attributes=${{ class: "rows-list hex", role: "list", "aria-label": ENTRY.hex }}
    />
  `;
}
