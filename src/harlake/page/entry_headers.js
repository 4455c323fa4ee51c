/** What an entry is, and its headers. */

import { asNumber, asText, objectOf, pairsOf } from "./entry_data.js";
import { html } from "./html.js";
import { ENTRY } from "./texts.js";
import { bytes } from "./units.js";

/** @typedef {import("./entry_data.js").Pair} Pair */

/**
 * @param {{entry: any}} props
 * @returns {unknown}
 */
export function EntryHeaders({ entry }) {
  const request = objectOf(entry.request);
  const response = objectOf(entry.response);
  return html`
    <${Section} title=${ENTRY.general} pairs=${generalOf(entry, request, response)} />
    <${Section} title=${ENTRY.responseHeaders} pairs=${pairsOf(response.headers)} counted=${true} />
    <${Section} title=${ENTRY.requestHeaders} pairs=${pairsOf(request.headers)} counted=${true} />
  `;
}

/**
 * @param {any} entry
 * @param {Record<string, any>} request
 * @param {Record<string, any>} response
 * @returns {Pair[]}
 */
function generalOf(entry, request, response) {
  const content = objectOf(response.content);
  const sized = (/** @type {unknown} */ size) => {
    const known = asNumber(size);
    return known === null ? "" : bytes(known);
  };
  /** @type {[string, string][]} */
  const facts = [
    [ENTRY.url, asText(request.url)],
    [ENTRY.method, asText(request.method)],
    [ENTRY.status, `${asText(response.status)} ${asText(response.statusText)}`.trim()],
    [ENTRY.failure, asText(response._error) || asText(response._failureText)],
    [ENTRY.version, asText(response.httpVersion) || asText(request.httpVersion)],
    [ENTRY.address, asText(entry.serverIPAddress)],
    [ENTRY.connection, asText(entry.connection)],
    [ENTRY.redirect, asText(response.redirectURL)],
    [ENTRY.mimeType, asText(content.mimeType)],
    [ENTRY.contentSize, sized(content.size)],
    [ENTRY.transferSize, sized(response._transferSize) || sized(response.bodySize)],
    [ENTRY.requestSize, sized(request.bodySize)],
    [ENTRY.resourceType, asText(entry._resourceType)],
    [ENTRY.priority, asText(entry._priority)],
    [ENTRY.cached, asText(entry._fromCache)],
    [ENTRY.pageref, asText(entry.pageref)],
    [ENTRY.started, asText(entry.startedDateTime)],
    [ENTRY.comment, asText(entry.comment)],
  ];
  return facts.filter(([, value]) => value !== "").map(([name, value]) => ({ name, value, more: {} }));
}

/**
 * @param {{title: string, pairs: Pair[], counted?: boolean}} props
 * @returns {unknown}
 */
export function Section({ title, pairs, counted = false }) {
  return html`
    <details class="section" open>
      <summary>${title}${counted && html` <span class="dim">${pairs.length}</span>`}</summary>
      <dl class="pairs">
        ${pairs.map(
          ({ name, value }, index) => html`
            <div key=${index}>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>
          `,
        )}
      </dl>
      ${pairs.length === 0 && html`<p class="dim">${ENTRY.none}</p>`}
    </details>
  `;
}
