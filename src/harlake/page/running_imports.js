/** Imports that are running, those of others included: asked for as long as somebody looks. */
import { getJson, send } from "./api.js";
import { useEffect, useState } from "./html.js";
import { getUploads, onUploads } from "./upload_queue.js";

/**
 * @typedef {object} RunningImport
 * @property {string} id
 * @property {string | null} sessionId
 * @property {string | null} name of the file
 * @property {number} received bytes
 * @property {number | null} total bytes, if they are known
 * @property {number} entries
 * @property {string} startedAt
 */

/** Milliseconds after which is asked again: while something is running, and otherwise. */
const [BUSY, IDLE] = [1000, 5000];

/** @type {readonly RunningImport[]} */
let current = [];
/** @type {Set<(imports: readonly RunningImport[]) => void>} */
const listeners = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let isAsking = false;

/**
 * Returns the imports that are running, and renders again when they change.
 * @returns {readonly RunningImport[]}
 */
export function useImports() {
  const [imports, set] = useState(current);
  useEffect(() => {
    listeners.add(set);
    if (listeners.size === 1) void ask();
    return () => {
      listeners.delete(set);
      if (listeners.size === 0) clearTimeout(timer);
    };
  }, []);
  return imports;
}

async function ask() {
  clearTimeout(timer);
  if (isAsking) return;
  isAsking = true;
  try {
    if (!document.hidden) current = (await getJson("/api/imports")).imports;
  } catch {
    current = []; // whatever else is asked says what is wrong
  }
  isAsking = false;
  for (const listener of [...listeners]) listener(current);
  const isBusy = current.length > 0 || getUploads().some(({ state }) => state === "sending");
  clearTimeout(timer);
  if (listeners.size > 0) timer = setTimeout(ask, isBusy ? BUSY : IDLE);
}

if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => !document.hidden && listeners.size > 0 && void ask());
  onUploads(() => {
    // What has just begun is not to wait for the next time.
    if (current.length === 0 && getUploads().some(({ state, sent }) => state === "sending" && sent === 0)) void ask();
  });
}

/**
 * Cancels an import, whoever sends it. Throws ApiError.
 * @param {string} id
 */
export async function cancelImport(id) {
  try {
    await send("DELETE", `/api/imports/${id}`);
  } finally {
    void ask();
  }
}
