/** Bodies that the browser shows by itself: images, fonts, sound, pages in a sandbox. */

import { url } from "./api.js";
import { html, useEffect, useState } from "./html.js";
import { useLoaded } from "./loading.js";
import { ENTRY } from "./texts.js";

/** @typedef {import("./body.js").Body} Body */

/**
 * @param {Body} body
 * @returns {string} where it is answered with headers that let nothing of it run or load
 */
function previewOf(body) {
  return url(`/api/entries/${encodeURIComponent(body.id)}/preview`, [["body", body.message]]);
}

/**
 * @param {{body: Body, safely?: boolean}} props safely: it is not a raster image, so it could do more than show itself
 * @returns {unknown}
 */
export function Picture({ body, safely = false }) {
  const [size, setSize] = useState("");
  const [failed, setFailed] = useState(false);
  const source = safely ? previewOf(body) : url(body.path);
  useEffect(() => {
    setFailed(false);
    setSize("");
  }, [source]);
  const onLoad = (/** @type {{target: HTMLImageElement}} */ { target }) =>
    setSize(`${target.naturalWidth} × ${target.naturalHeight}`);
  if (failed) return html`<p class="error" role="alert">${ENTRY.noPicture}</p>`;
  return html`
    <figure class="picture">
      <img src=${source} alt=${ENTRY.picture} onLoad=${onLoad} onError=${() => setFailed(true)} />
      <figcaption class="dim">${size}</figcaption>
    </figure>
  `;
}

/**
 * @param {{body: Body}} props
 * @returns {unknown}
 */
export function SandboxedPage({ body }) {
  return html`
    <p class="dim small">${ENTRY.sandboxed}</p>
    <iframe class="page-preview" sandbox="" src=${previewOf(body)} title=${ENTRY.page}></iframe>
  `;
}

/**
 * @param {{body: Body}} props
 * @returns {unknown}
 */
export function Media({ body }) {
  const source = url(body.path);
  if (body.essence.startsWith("audio/")) return html`<audio class="media" controls src=${source}></audio>`;
  return html`<video class="media" controls src=${source}></video>`;
}

/**
 * @param {{body: Body}} props
 * @returns {unknown}
 */
export function Font({ body }) {
  const family = `captured-${body.id}`;
  const { value, error } = useLoaded(async () => {
    const face = new FontFace(family, `url("${new URL(url(body.path), document.baseURI)}")`);
    await face.load();
    return face;
  }, [body.path]);
  useEffect(() => {
    if (!value) return undefined;
    document.fonts.add(value);
    return () => void document.fonts.delete(value);
  }, [value]);
  if (error) return html`<p class="error" role="alert">${ENTRY.noFont(error.message)}</p>`;
  if (!value) return html`<p class="dim notice">${ENTRY.loading}</p>`;
  return html`
    <div class="font" style=${{ fontFamily: `"${family}"` }}>
      ${[14, 20, 32, 48].map((size) => html`<p key=${size} style=${{ fontSize: `${size}px` }}>${ENTRY.fontSample}</p>`)}
    </div>
  `;
}
