/** The cookies that a request sent, and those that its response set. */

import { asText, objectOf, pairsOf } from "./entry_data.js";
import { html } from "./html.js";
import { ENTRY } from "./texts.js";

const ATTRIBUTES = /** @type {const} */ (["domain", "path", "expires", "httpOnly", "secure", "sameSite"]);

/**
 * @param {{entry: any}} props
 * @returns {unknown}
 */
export function EntryCookies({ entry }) {
  return html`
    <${Cookies} title=${ENTRY.responseCookies} list=${objectOf(entry.response).cookies} />
    <${Cookies} title=${ENTRY.requestCookies} list=${objectOf(entry.request).cookies} />
  `;
}

/**
 * @param {{title: string, list: unknown}} props
 * @returns {unknown}
 */
function Cookies({ title, list }) {
  const cookies = pairsOf(list);
  const shown = ATTRIBUTES.filter((name) => cookies.some(({ more }) => said(more[name]) !== ""));
  return html`
    <details class="section" open>
      <summary>${title} <span class="dim">${cookies.length}</span></summary>
      ${
        cookies.length === 0
          ? html`<p class="dim">${ENTRY.none}</p>`
          : html`
              <div class="scroll" tabindex="0" role="region" aria-label=${title}>
                <table class="facts">
                  <thead>
                    <tr>
                      <th scope="col">${ENTRY.name}</th>
                      <th scope="col">${ENTRY.value}</th>
                      ${shown.map((name) => html`<th scope="col" key=${name}>${ENTRY.cookie[name]}</th>`)}
                    </tr>
                  </thead>
                  <tbody>
                    ${cookies.map(
                      ({ name, value, more }, index) => html`
                        <tr key=${index}>
                          <th scope="row">${name}</th>
                          <td class="long">${value}</td>
                          ${shown.map((attribute) => html`<td key=${attribute}>${said(more[attribute])}</td>`)}
                        </tr>
                      `,
                    )}
                  </tbody>
                </table>
              </div>
            `
      }
    </details>
  `;
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function said(value) {
  if (value === true) return ENTRY.yes;
  return value === false ? "" : asText(value);
}
