/** What a request carries: the parameters of its URL, and its body. */

import { BodyView } from "./body_view.js";
import { asText, objectOf, pairsOf } from "./entry_data.js";
import { Section } from "./entry_headers.js";
import { html } from "./html.js";
import { ENTRY } from "./texts.js";

/**
 * @param {{id: string, entry: any}} props
 * @returns {unknown}
 */
export function EntryPayload({ id, entry }) {
  const request = objectOf(entry.request);
  const query = queryOf(request);
  return html`
    ${query.length > 0 && html`<${Section} title=${ENTRY.query} pairs=${query} counted=${true} />`}
    ${
      request.postData || query.length === 0
        ? html`<${BodyView} id=${id} message="request" />`
        : html`<p class="dim notice">${ENTRY.noBody.request}</p>`
    }
  `;
}

/**
 * @param {Record<string, any>} request
 * @returns {import("./entry_data.js").Pair[]} what was captured of the query, else what the URL says
 */
export function queryOf(request) {
  const captured = pairsOf(request.queryString);
  if (captured.length > 0) return captured;
  const [address = ""] = asText(request.url).split("#");
  const query = address.split("?").slice(1).join("?");
  return [...new URLSearchParams(query)].map(([name, value]) => ({ name, value, more: {} }));
}
