/** What went over a WebSocket, or came as events of a stream, a page at a time. */

import { getJson } from "./api.js";
import { html, useState } from "./html.js";
import { useLoaded } from "./loading.js";
import { ENTRY } from "./texts.js";
import { count } from "./units.js";

const PAGE = 100;
/** Characters of a message that are seen before it is opened. */
const SHORT = 200;

/**
 * @typedef {object} Message
 * @property {string} type `send` or `receive`, or the name of an event
 * @property {string | null} time
 * @property {number | null} opcode
 * @property {string} data its beginning
 * @property {number} size of all of it, in bytes
 * @property {boolean} truncated
 */

/** @param {{id: string}} props */
export function EntryMessages({ id }) {
  const [place, setPlace] = useState({ id, start: 0 });
  const start = place.id === id ? place.start : 0;
  const { value, error, busy } = useLoaded(
    (signal) =>
      getJson(
        `/api/entries/${encodeURIComponent(id)}/messages`,
        [
          ["start", String(start)],
          ["limit", String(PAGE)],
        ],
        {
          signal,
        },
      ),
    [id, start],
  );
  if (error) return html`<p class="error notice" role="alert">${error.message}</p>`;
  if (!value) return html`<p class="dim notice">${ENTRY.loading}</p>`;
  if (value.total === 0) return html`<p class="dim notice">${ENTRY.messages.none}</p>`;
  const end = value.start + value.messages.length;
  /** @param {number} next */
  const go = (next) => setPlace({ id, start: next });
  return html`
    <div aria-busy=${busy}>
      <nav class="pieces" aria-label=${ENTRY.pieces}>
        <button type="button" class="small" disabled=${start === 0} onClick=${() => go(Math.max(0, start - PAGE))}>
          ${ENTRY.before}
        </button>
        <button type="button" class="small" disabled=${end >= value.total} onClick=${() => go(start + PAGE)}>
          ${ENTRY.next}
        </button>
        <span class="dim" role="status">${ENTRY.messages.range(value.start, end, value.total)}</span>
      </nav>
      <div class="scroll" tabindex="0" role="region" aria-label=${ENTRY.messages.caption}>
        <table class="facts messages">
          <thead>
            <tr>
              <th scope="col">${ENTRY.messages.type}</th>
              <th scope="col">${ENTRY.messages.time}</th>
              <th scope="col" class="number">${ENTRY.messages.size}</th>
              <th scope="col">${ENTRY.messages.data}</th>
            </tr>
          </thead>
          <tbody>
            ${value.messages.map(
              (/** @type {Message} */ message, /** @type {number} */ index) =>
                html`<${MessageRow} key=${value.start + index} message=${message} />`,
            )}
          </tbody>
        </table>
      </div>
    </div>
  `;
}

/** @param {{message: Message}} props */
function MessageRow({ message }) {
  const { type, time, opcode } = message;
  const direction = type === "send" || type === "receive" ? ENTRY.messages.direction[type] : type;
  return html`
    <tr class=${`message-${type}`}>
      <td>
        ${direction}
        ${opcode !== null && opcode !== 1 && html`<span class="dim"> ${ENTRY.messages.opcode(opcode)}</span>`}
      </td>
      <td title=${time}>${time?.slice(11, -1)}</td>
      <td class="number">${count(message.size)}</td>
      <td class="long"><${Data} message=${message} /></td>
    </tr>
  `;
}

/** @param {{message: Message}} props */
function Data({ message: { data, size, truncated } }) {
  if (data.length <= SHORT) return data;
  return html`
    <details>
      <summary>${data.slice(0, SHORT)}…</summary>
      ${data}${truncated && html`<span class="dim"> ${ENTRY.messages.cut(size)}</span>`}
    </details>
  `;
}
