/**
 * Files on their way to the service: one after the other, each read by the browser as it is sent.
 *
 * A file is never read into memory here: XMLHttpRequest streams it from the disk, and tells how far it has come.
 */
import { ApiError, url } from "./api.js";

/** @typedef {"waiting" | "sending" | "ended" | "done" | "refused" | "cancelled"} UploadState ended: all is sent */
/** @typedef {{id: string | null, name: string | null, isShared: boolean}} Target the session; shared by files: made by the first */
/**
 * @typedef {object} Upload
 * @property {number} number
 * @property {File} file
 * @property {Target} target
 * @property {UploadState} state
 * @property {number} sent bytes
 * @property {number} rate bytes a second, in the last seconds
 * @property {number} startedAt milliseconds since 1970
 * @property {any} answer of the import
 * @property {ApiError | null} error why it was refused
 */

/** Milliseconds over which a rate is taken. */
const WINDOW = 3000;

/** @type {Upload[]} in the order in which they were added */
let uploads = [];
/** @type {{upload: Upload, request: XMLHttpRequest} | null} */
let running = null;
let last = 0;
/** Before this one, no upload is waiting. */
let begin = 0;

/** @type {Set<() => void>} */
const listeners = new Set();

/** @returns {readonly Readonly<Upload>[]} */
export function getUploads() {
  return uploads;
}

/**
 * Calls a function whenever an upload has changed, until what is returned is called.
 * @param {() => void} listener
 * @returns {() => void}
 */
export function onUploads(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/**
 * Sends files, after those that are on their way.
 * @param {Iterable<File>} files
 * @param {Target} target
 */
export function addFiles(files, target) {
  const added = [...files].map((file) => ({
    number: ++last,
    file,
    target: target.isShared ? target : { ...target },
    state: /** @type {UploadState} */ ("waiting"),
    sent: 0,
    rate: 0,
    startedAt: 0,
    answer: null,
    error: null,
  }));
  uploads = [...uploads, ...added];
  next();
}

/**
 * Stops an upload: the service keeps nothing of it.
 * @param {number} number
 */
export function cancelUpload(number) {
  if (running?.upload.number === number) {
    running.request.abort();
    return;
  }
  const waiting = uploads.find((upload) => upload.number === number && upload.state === "waiting");
  if (waiting) waiting.state = "cancelled";
  tell();
}

/** Stops all that has not been imported. */
export function cancelAll() {
  for (const upload of uploads) if (upload.state === "waiting") upload.state = "cancelled";
  if (running) running.request.abort();
  tell();
}

/** Forgets the uploads that have come to an end, and their files. */
export function forgetEnded() {
  uploads = uploads.filter((upload) => upload.state === "waiting" || upload === running?.upload);
  begin = 0;
  tell();
}

function tell() {
  for (const listener of [...listeners]) listener();
}

function next() {
  if (!running) {
    while (begin < uploads.length && uploads[begin]?.state !== "waiting") begin++;
    const upload = uploads[begin];
    if (upload) start(upload);
  }
  tell();
}

/** @param {Upload} upload */
function start(upload) {
  const request = new XMLHttpRequest();
  running = { upload, request };
  upload.state = "sending";
  upload.startedAt = Date.now();
  const measure = meter();
  request.upload.onprogress = (event) => {
    upload.sent = event.loaded;
    upload.rate = measure(Date.now(), event.loaded);
    tell();
  };
  request.upload.onload = () => {
    upload.sent = upload.file.size;
    upload.state = "ended";
    tell();
  };
  request.onload = () => end(upload, ...outcome(request.status, request.responseText));
  request.onerror = () => end(upload, "refused", new ApiError(0, { error: "The connection was lost" }));
  request.onabort = () => end(upload, "cancelled", null);
  request.open("PUT", url("/api/har/import", params(upload)));
  request.setRequestHeader("accept", "application/json");
  request.setRequestHeader("content-type", "application/octet-stream");
  request.send(upload.file);
}

/**
 * @param {Upload} upload
 * @returns {[string, string][]}
 */
function params({ file, target }) {
  /** @type {[string, string][]} */
  const found = [["name", file.name]];
  if (target.id !== null) found.push(["session_id", target.id]);
  else if (target.name !== null) found.push(["session_name", target.name]);
  return found;
}

/**
 * @param {number} status
 * @param {string} text
 * @returns {[UploadState, any]}
 */
function outcome(status, text) {
  /** @type {any} */
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = { error: `HTTP ${status}` }; // of a proxy
  }
  return status === 200 ? ["done", body] : ["refused", new ApiError(status, body)];
}

/**
 * @param {Upload} upload
 * @param {UploadState} state
 * @param {any} result
 */
function end(upload, state, result) {
  upload.state = state;
  upload.rate = 0;
  if (state === "done") {
    upload.answer = result;
    if (upload.target.isShared) upload.target.id = result.sessionId;
  } else upload.error = result;
  running = null;
  next();
}

/**
 * Returns a function of a time and the bytes until then, which gives bytes a second.
 * @returns {(now: number, sent: number) => number}
 */
export function meter() {
  /** @type {[number, number][]} */
  const seen = [];
  return (now, sent) => {
    seen.push([now, sent]);
    while (seen.length > 2 && now - /** @type {[number, number]} */ (seen[1])[0] > WINDOW) seen.shift();
    const [then, before] = /** @type {[number, number]} */ (seen[0]);
    return now > then ? ((sent - before) * 1000) / (now - then) : 0;
  };
}
