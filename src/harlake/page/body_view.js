/** A captured body, in one of the ways in which it can be shown. */

import { url } from "./api.js";
import { PIECE, WHOLE, decodePiece, openBody } from "./body.js";
import { languageOf, waysOf } from "./body_kinds.js";
import { Code, loadEditor } from "./code.js";
import { Hex } from "./hex.js";
import { html, useEffect, useMemo, useState } from "./html.js";
import { IndentedJson } from "./json_text.js";
import { JsonTree } from "./json_tree.js";
import { useLoaded } from "./loading.js";
import { Font, Media, Picture, SandboxedPage } from "./media.js";
import { Pieces } from "./pieces.js";
import { ENTRY } from "./texts.js";
import { bytes } from "./units.js";

/** @typedef {import("./body.js").Body} Body */
/** @typedef {import("./body_kinds.js").Way} Way */

/** Bytes of a table of bytes that are shown at once. */
const HEX_PIECE = 64 * 2 ** 10;

/**
 * @param {{id: string, message: import("./body.js").Message}} props
 * @returns {unknown}
 */
export function BodyView({ id, message }) {
  const { value: body, error, busy } = useLoaded((signal) => openBody(id, message, signal), [id, message]);
  const [choice, setChoice] = useState("");
  const [agreed, setAgreed] = useState("");
  // While the body comes, and while a person thinks about a large one.
  useEffect(() => void loadEditor(), []);

  if (error) return html`<p class="error" role="alert">${error.message}</p>`;
  if (body === undefined) return html`<p class="dim notice">${ENTRY.loading}</p>`;
  if (body === null) return html`<p class="dim notice">${ENTRY.noBody[message]}</p>`;
  const large = body.size > WHOLE;
  const ways = waysOf(body.essence, body.first).filter((way) => !large || (way !== "tree" && way !== "indented"));
  const way = ways.find((one) => one === choice) ?? ways[0];
  return html`
    <div class="body" aria-busy=${busy}>
      <div class="body-bar">
        <div role="group" aria-label=${ENTRY.ways} class="ways">
          ${ways.map(
            (one) => html`
              <button
                type="button"
                class="small"
                key=${one}
                aria-pressed=${one === way}
                onClick=${() => setChoice(one)}
              >
                ${ENTRY.way[one]}
              </button>
            `,
          )}
        </div>
        <span class="dim body-about">${bytes(body.size)}, ${body.type}</span>
        <a class="small" href=${url(body.path)} download>${ENTRY.save}</a>
      </div>
      ${body.warning && html`<p class="warn">${body.warning}</p>`}
      ${
        body.size === 0
          ? html`<p class="dim notice">${ENTRY.empty}</p>`
          : large && agreed !== body.path
            ? html`
                <p class="notice">
                  <button type="button" onClick=${() => setAgreed(body.path)}>${ENTRY.showLarge(body.size)}</button>
                </p>
              `
            : html`<${Shown} key=${`${body.path} ${way}`} body=${body} way=${way} />`
      }
    </div>
  `;
}

/**
 * @param {{body: Body, way: Way}} props
 * @returns {unknown}
 */
function Shown({ body, way }) {
  if (way === "image") return html`<${Picture} body=${body} />`;
  if (way === "picture") return html`<${Picture} body=${body} safely=${true} />`;
  if (way === "page") return html`<${SandboxedPage} body=${body} />`;
  if (way === "font") return html`<${Font} body=${body} />`;
  if (way === "media") return html`<${Media} body=${body} />`;
  if (way === "hex") {
    return html`
      <${Pieces}
        body=${body}
        length=${HEX_PIECE}
        show=${(/** @type {Uint8Array} */ data, /** @type {number} */ start, /** @type {number} */ length) =>
          html`<${Hex} bytes=${data.subarray(0, length)} offset=${start} />`}
      />
    `;
  }
  return html`
    <${Pieces}
      body=${body}
      length=${body.size > WHOLE ? PIECE : WHOLE}
      show=${(/** @type {Uint8Array} */ data, /** @type {number} */ start, /** @type {number} */ length) =>
        html`<${TextPiece} bytes=${data} begins=${start === 0} length=${length} body=${body} way=${way} />`}
    />
  `;
}

/**
 * @param {{bytes: Uint8Array, length: number, begins: boolean, body: Body, way: Way}} props
 * @returns {unknown}
 */
function TextPiece({ bytes: data, length, begins, body, way }) {
  const text = useMemo(() => decodePiece(data, length, begins), [data, length, begins]);
  const wrong = useMemo(() => (way === "tree" ? notJson(text) : ""), [text, way]);
  const label = ENTRY.body[body.message];
  if (way === "tree" && !wrong) return html`<${JsonTree} text=${text} />`;
  if (way === "indented") return html`<${IndentedJson} text=${text} label=${label} />`;
  return html`
    ${wrong && html`<p class="warn">${ENTRY.notJson(wrong)}</p>`}
    <${Code} text=${text} label=${label} language=${languageOf(body.essence, way)} />
  `;
}

/**
 * @param {string} text
 * @returns {string} why it is not JSON, "" if it is
 */
function notJson(text) {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
