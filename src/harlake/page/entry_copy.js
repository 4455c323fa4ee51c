/** What can be copied of an entry: commands that send it again, its URL, a link to what is shown. */

import { ask, url } from "./api.js";
import { CopyButton } from "./copy.js";
import { asText, objectOf } from "./entry_data.js";
import { html } from "./html.js";
import { ENTRY } from "./texts.js";

const SCRIPTS = /** @type {const} */ (["curl", "fetch", "python", "powershell"]);

/** @param {{id: string, entry: any}} props */
export function EntryCopy({ id, entry }) {
  /** @param {string} format */
  const script = async (format) => {
    const answer = await ask(url(`/api/entries/${encodeURIComponent(id)}/curl`, [["format", format]]), {});
    return answer.text();
  };
  return html`
    <div class="entry-copy" role="group" aria-label=${ENTRY.copy}>
      <span class="dim" aria-hidden="true">${ENTRY.copy}</span>
      ${SCRIPTS.map(
        (format) => html`<${CopyButton} key=${format} label=${ENTRY.copyAs[format]} text=${() => script(format)} />`,
      )}
      <${CopyButton} label=${ENTRY.copyAs.url} text=${asText(objectOf(entry.request).url)} />
      <${CopyButton} label=${ENTRY.copyAs.link} text=${() => location.href} />
    </div>
  `;
}
