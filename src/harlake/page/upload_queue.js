/** Files on their way to the service: one after the other, each read by the browser as it is sent. */
import { ApiError } from "./api.js";
import { sendFile } from "./send_file.js";

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
 * @property {boolean} isLost the service does not answer, and is waited for
 * @property {any} answer of the import
 * @property {ApiError | null} error why it was refused
 */

/** Milliseconds over which a rate is taken. */
const WINDOW = 3000;

/** @type {Upload[]} in the order in which they were added */
let uploads = [];
/** @type {{upload: Upload, ending: AbortController} | null} */
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
    isLost: false,
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
    running.ending.abort();
    return;
  }
  const waiting = uploads.find((upload) => upload.number === number && upload.state === "waiting");
  if (waiting) waiting.state = "cancelled";
  tell();
}

/** Stops all that has not been imported. */
export function cancelAll() {
  for (const upload of uploads) if (upload.state === "waiting") upload.state = "cancelled";
  if (running) running.ending.abort();
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
  const ending = new AbortController();
  running = { upload, ending };
  upload.state = "sending";
  upload.startedAt = Date.now();
  const { file, target } = upload;
  const measure = meter();
  const watch = {
    signal: ending.signal,
    /** @param {number} sent */
    progress: (sent) => {
      upload.sent = sent;
      upload.rate = measure(Date.now(), sent);
      upload.state = sent < file.size ? "sending" : "ended";
      tell();
    },
    /** @param {boolean} isLost */
    lost: (isLost) => {
      upload.isLost = isLost;
      upload.rate = 0;
      tell();
    },
  };
  sendFile(file, fields(target), watch).then(
    (answer) => end(upload, "done", answer),
    (error) => {
      if (ending.signal.aborted) end(upload, "cancelled", null);
      else end(upload, "refused", error instanceof ApiError ? error : new ApiError(0, { error: String(error) }));
    },
  );
}

/**
 * @param {Target} target
 * @returns {import("./send_file.js").Fields}
 */
function fields({ id, name }) {
  if (id !== null) return { sessionId: id };
  return name === null ? {} : { sessionName: name };
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
