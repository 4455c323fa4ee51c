/** The panel of one entry: what it is, and its parts in tabs. */

import { EntryCookies } from "./entry_cookies.js";
import { EntryCopy } from "./entry_copy.js";
import { asNumber, asText, loadEntry, objectOf, pairsOf, statusClass } from "./entry_data.js";
import { EntryHeaders } from "./entry_headers.js";
import { EntryInitiator } from "./entry_initiator.js";
import { EntryMessages } from "./entry_messages.js";
import { EntryPayload } from "./entry_payload.js";
import { EntryRaw } from "./entry_raw.js";
import { EntryTimings } from "./entry_timings.js";
import { BodyView } from "./body_view.js";
import { html, useRef } from "./html.js";
import { useLoaded } from "./loading.js";
import { ENTRY } from "./texts.js";
import { duration } from "./units.js";

/** @typedef {keyof typeof ENTRY.tab} Tab */

/** Tabs that need no more of an entry than its id: they are loaded beside it. */
const BY_ID = new Set(["preview", "raw", "messages"]);

const TABS = /** @type {Tab[]} */ (Object.keys(ENTRY.tab));

/**
 * @param {object} props
 * @param {string} props.id
 * @param {string} props.tab "" for the first
 * @param {(tab: string) => void} props.onTab
 * @param {() => void} props.onClose
 */
export function EntryPanel({ id, tab, onTab, onClose }) {
  const { value, error, busy } = useLoaded((signal) => loadEntry(id, signal), [id]);
  const shown = TABS.find((one) => one === tab) ?? "headers";
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) onClose();
  };
  return html`
    <section class="entry" aria-label=${ENTRY.panel} aria-busy=${busy} onKeyDown=${onKeyDown}>
      <header class="entry-head">
        <div class="entry-title">
          ${value ? html`<${Title} entry=${value.entry} />` : html`<span class="dim">${error ? id : ENTRY.loading}</span>`}
        </div>
        <button type="button" class="quiet" aria-label=${ENTRY.close} title=${ENTRY.close} onClick=${onClose}>✕</button>
        ${value && html`<${EntryCopy} id=${value.id} entry=${value.entry} />`}
      </header>
      <${Tabs} shown=${shown} entry=${value?.entry} onTab=${onTab} />
      <div class="entry-part" id="entry-part" role="tabpanel" aria-labelledby=${`tab-${shown}`} tabindex="0">
        ${error && html`<p class="error notice" role="alert">${error.message}</p>`}
        ${
          BY_ID.has(shown)
            ? !error && html`<${Part} tab=${shown} id=${id} />`
            : value && html`<${Part} tab=${shown} id=${value.id} entry=${value.entry} />`
        }
      </div>
    </section>
  `;
}

/** @param {{entry: any}} props */
function Title({ entry }) {
  const request = objectOf(entry.request);
  const response = objectOf(entry.response);
  const status = asNumber(response.status);
  return html`
    <b>${asText(request.method)}</b>${" "}
    <span class=${statusClass(response.status)}>
      ${status ? `${status} ${asText(response.statusText)}` : asText(response._error) || ENTRY.noResponse}
    </span>
    <span class="dim">${duration(asNumber(entry.time))}</span>
    <h2 class="entry-url" title=${asText(request.url)}>${asText(request.url)}</h2>
  `;
}

/** @param {{shown: Tab, entry: any, onTab: (tab: string) => void}} props */
function Tabs({ shown, entry, onTab }) {
  const list = /** @type {{current: HTMLElement | null}} */ (useRef(null));
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const at = TABS.indexOf(shown);
    /** @type {Record<string, number>} */
    const targets = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const next = TABS.at(target % TABS.length) ?? shown;
    onTab(next);
    /** @type {HTMLElement | null | undefined} */ (list.current?.querySelector(`#tab-${next}`))?.focus();
  };
  return html`
    <div class="tabs" role="tablist" aria-label=${ENTRY.tabs} ref=${list} onKeyDown=${onKeyDown}>
      ${TABS.map((tab) => {
        const count = entry ? countOf(tab, entry) : 0;
        return html`
          <button
            type="button"
            key=${tab}
            id=${`tab-${tab}`}
            role="tab"
            aria-selected=${tab === shown}
            aria-controls="entry-part"
            tabindex=${tab === shown ? 0 : -1}
            onClick=${() => onTab(tab)}
          >
            ${ENTRY.tab[tab]}${count > 0 && html` <span class="dim">${count}</span>`}
          </button>
        `;
      })}
    </div>
  `;
}

/** @param {{tab: Tab, id: string, entry?: any}} props */
function Part({ tab, id, entry }) {
  if (tab === "cookies") return html`<${EntryCookies} entry=${entry} />`;
  if (tab === "payload") return html`<${EntryPayload} id=${id} entry=${entry} />`;
  if (tab === "preview") return html`<${BodyView} id=${id} message="response" />`;
  if (tab === "raw") return html`<${EntryRaw} id=${id} />`;
  if (tab === "timings") return html`<${EntryTimings} entry=${entry} />`;
  if (tab === "initiator") return html`<${EntryInitiator} id=${id} entry=${entry} />`;
  if (tab === "messages") return html`<${EntryMessages} id=${id} />`;
  return html`<${EntryHeaders} entry=${entry} />`;
}

/**
 * @param {Tab} tab
 * @param {any} entry
 * @returns {number} how much is in a tab, 0 where that is not told
 */
function countOf(tab, entry) {
  const [request, response] = [objectOf(entry.request), objectOf(entry.response)];
  if (tab === "cookies") return pairsOf(request.cookies).length + pairsOf(response.cookies).length;
  return 0;
}
