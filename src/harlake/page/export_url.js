/** What is taken away, as the API's parameters, and as lines for a shell. */

/** @typedef {keyof typeof import("./texts_around.js").EXPORT.forms} Form */
/**
 * @typedef {object} Export
 * @property {Form} form
 * @property {"stored" | "time"} order
 * @property {string} bodies as the API takes it: "" for all of them in HAR and NDJSON, and none in Parquet
 * @property {boolean} fill for strict readers
 * @property {boolean} raw of CSV: texts that would be formulas stay as they are
 * @property {string} part the largest size of a part of a zip
 * @property {keyof typeof import("./texts_around.js").EXPORT.redactions} redact how far secrets are taken out, "" for not at all
 */
/** @typedef {[string, string][]} Params */

/** @type {Export} */
export const USUAL = { form: "har", order: "stored", bodies: "", fill: false, raw: false, part: "500MB", redact: "" };

/**
 * Returns the parameters of an export, without those that are as they are anyway.
 * @param {Export} chosen
 * @param {readonly (readonly [string, string])[]} filter
 * @returns {Params}
 */
export function exportParams(chosen, filter) {
  /** @type {Params} */
  const params = filter.map(([name, value]) => [name, value]);
  if (chosen.form === "embed") params.push(["format", "playwright"], ["content", "embed"]);
  else if (chosen.form !== "har" && chosen.form !== "zip") params.push(["format", chosen.form]);
  if (chosen.form === "zip") params.push(["max_part", chosen.part]);
  if (chosen.order !== "stored") params.push(["order", chosen.order]);
  if (bodiesOf(chosen.form).includes(chosen.bodies) && chosen.bodies) params.push(["bodies", chosen.bodies]);
  if (chosen.form === "csv" && chosen.raw) params.push(["csv_raw", "true"]);
  if (canFill(chosen.form) && chosen.fill) params.push(["fill", "true"]);
  if (chosen.redact) params.push(["redact", chosen.redact]);
  return params;
}

/**
 * Returns what may become of the bodies.
 * @param {Form} form
 * @returns {string[]}
 */
export function bodiesOf(form) {
  if (form === "csv" || form === "openapi") return [];
  return form === "parquet" ? ["", "true"] : ["", "text", "max:1MB", "max:100kB", "none"];
}

/**
 * @param {Form} form
 * @returns {boolean}
 */
export function canFill(form) {
  return ["har", "zip", "ndjson"].includes(form);
}

/**
 * Returns whether the file is the entries as they are stored, so that its length is known before.
 * @param {Export} chosen
 * @returns {boolean}
 */
export function isPlain(chosen) {
  return chosen.form === "har" && chosen.bodies === "" && !chosen.fill && !chosen.redact;
}

/**
 * Returns a text as one word of a POSIX shell.
 * @param {string} text
 * @returns {string}
 */
export function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Returns the line that does what the page does. What it gets is named by the service.
 * @param {string} address
 * @param {boolean} [toFile] whether the answer goes into a file
 * @returns {string}
 */
export function curlLine(address, toFile = false) {
  // In a query, a star is as good as its escape, and brackets would be curl's own: they are escaped already.
  return `curl ${toFile ? "-OJ " : ""}${quoted(address)}`;
}
