/** What is too large to be held as a whole: one piece of it at a time, with buttons to the others. */

import { REST, readBytes } from "./body.js";
import { html, useState } from "./html.js";
import { useLoaded } from "./loading.js";
import { ENTRY } from "./texts.js";

/**
 * @param {object} props
 * @param {{path: string, size: number, first: Uint8Array}} props.body
 * @param {number} props.length of a piece
 * @param {(bytes: Uint8Array, start: number, length: number) => unknown} props.show the piece, and up to 3 bytes behind it
 * @returns {unknown}
 */
export function Pieces({ body, length, show }) {
  const [place, setPlace] = useState({ path: body.path, piece: 0 });
  const piece = place.path === body.path ? place.piece : 0;
  const count = Math.max(1, Math.ceil(body.size / length));
  const start = piece * length;
  const end = Math.min(start + length, body.size);
  const { value, error, busy } = useLoaded(
    async (signal) => ({
      start,
      bytes: await readBytes(body, start, Math.min(end + REST, body.size), signal),
    }),
    [body, start],
  );
  /** @param {number} next */
  const go = (next) => setPlace({ path: body.path, piece: Math.max(0, Math.min(next, count - 1)) });
  return html`
    ${
      count > 1 &&
      html`
        <nav class="pieces" aria-label=${ENTRY.pieces}>
          <button type="button" class="small" disabled=${piece === 0} onClick=${() => go(0)}>${ENTRY.first}</button>
          <button type="button" class="small" disabled=${piece === 0} onClick=${() => go(piece - 1)}>
            ${ENTRY.before}
          </button>
          <input
            type="range"
            min="0"
            max=${count - 1}
            value=${piece}
            aria-label=${ENTRY.place}
            aria-valuetext=${ENTRY.range(start, end, body.size)}
            onChange=${(/** @type {{target: HTMLInputElement}} */ event) => go(Number(event.target.value))}
          />
          <button type="button" class="small" disabled=${piece === count - 1} onClick=${() => go(piece + 1)}>
            ${ENTRY.next}
          </button>
          <button type="button" class="small" disabled=${piece === count - 1} onClick=${() => go(count - 1)}>
            ${ENTRY.last}
          </button>
          <span class="dim" role="status">${ENTRY.range(start, end, body.size)}</span>
        </nav>
      `
    }
    ${error && html`<p class="error" role="alert">${error.message}</p>`}
    ${
      value &&
      !error &&
      html`
        <div class="piece" aria-busy=${busy}>
          ${show(value.bytes, value.start, Math.min(length, body.size - value.start))}
        </div>
      `
    }
  `;
}
