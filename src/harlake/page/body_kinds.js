/** In which ways a body can be shown. */

/** @typedef {"tree" | "indented" | "text" | "hex" | "page" | "image" | "picture" | "font" | "media"} Way */

const RASTER = /^image\/(png|jpe?g|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon)$/;
const FONT = /^(font\/.+|application\/(x-)?font-.+|application\/vnd\.ms-fontobject)$/;
const TEXT =
  /^(text\/.+|application\/((x-)?javascript|ecmascript|xml|x-www-form-urlencoded|graphql|x-ndjson|.+\+xml))$/;
const JSON_TYPE = /^(application|text)\/((.+\+)?json|json5|jsonp?|manifest)$/;

/**
 * @param {string} essence the media type
 * @param {Uint8Array} first the beginning of the body
 * @returns {Way[]} the best first
 */
export function waysOf(essence, first) {
  if (JSON_TYPE.test(essence)) return ["tree", "indented", "text", "hex"];
  if (essence === "text/html" || essence === "application/xhtml+xml") return ["page", "text", "hex"];
  if (essence === "image/svg+xml") return ["picture", "text", "hex"];
  if (RASTER.test(essence)) return ["image", "hex"];
  if (FONT.test(essence)) return ["font", "hex"];
  if (/^(audio|video)\//.test(essence)) return ["media", "hex"];
  if (TEXT.test(essence)) return looksLikeJson(first) ? ["text", "tree", "indented", "hex"] : ["text", "hex"];
  if (looksLikeText(first)) return looksLikeJson(first) ? ["tree", "indented", "text", "hex"] : ["text", "hex"];
  return ["hex", "text"];
}

/**
 * @param {string} essence
 * @param {Way} way
 * @returns {"json" | ""} the language of a text
 */
export function languageOf(essence, way) {
  return way === "indented" || JSON_TYPE.test(essence) ? "json" : "";
}

/**
 * @param {Uint8Array} first
 * @returns {boolean}
 */
function looksLikeJson(first) {
  const begin = first.find((byte) => byte > 32);
  return begin === 0x7b || begin === 0x5b;
}

/**
 * @param {Uint8Array} first
 * @returns {boolean} whether there is no control character that texts do not have
 */
function looksLikeText(first) {
  return !first.subarray(0, 1024).some((byte) => byte < 9 || (byte > 13 && byte < 27) || byte === 127);
}
