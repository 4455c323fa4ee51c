/** Why a request was made: what asked for it, what asked for that, and so on. */

import { getJson } from "./api.js";
import { asText, loadEntry, objectOf } from "./entry_data.js";
import { html, useEffect, useState } from "./html.js";
import { useLoaded } from "./loading.js";
import { getState, setState } from "./state.js";
import { ENTRY } from "./texts.js";

/** How many causes are looked up at once: each is two requests. */
const STEPS = 10;

/** @typedef {{functionName: string, url: string, line: string}} Frame */
/** @typedef {{type: string, url: string, line: string, frames: Frame[]}} Initiator */
/** @typedef {{url: string, how: string, id: string | null}} Cause a request, and how it led to the next one */

/**
 * @param {any} entry
 * @returns {Initiator | null} what a browser has said of it: `_initiator` of Chrome's HARs
 */
export function initiatorOf(entry) {
  const given = typeof entry._initiator === "string" ? { url: entry._initiator } : objectOf(entry._initiator);
  /** @type {Frame[]} */
  const frames = [];
  for (let stack = objectOf(given.stack); Array.isArray(stack.callFrames); stack = objectOf(stack.parent)) {
    for (const one of stack.callFrames) {
      const frame = objectOf(one);
      frames.push({
        functionName: asText(frame.functionName) || ENTRY.initiator.anonymous,
        url: asText(frame.url),
        line: place(frame.lineNumber, frame.columnNumber),
      });
    }
  }
  const url = asText(given.url) || frames.find((frame) => frame.url)?.url || "";
  const type = asText(given.type);
  return url || type ? { type, url, line: place(given.lineNumber, undefined), frames } : null;
}

/**
 * @param {unknown} line from 0
 * @param {unknown} column from 0
 * @returns {string} both from 1
 */
function place(line, column) {
  if (typeof line !== "number") return "";
  return typeof column === "number" ? `:${line + 1}:${column + 1}` : `:${line + 1}`;
}

/** @param {{id: string, entry: any}} props */
export function EntryInitiator({ id, entry }) {
  const [steps, setSteps] = useState(STEPS);
  useEffect(() => setSteps(STEPS), [id]);
  const initiator = initiatorOf(entry);
  const { value, error, busy } = useLoaded((signal) => causesOf(entry, steps, signal), [id, steps]);
  if (initiator === null) return html`<p class="dim notice">${ENTRY.initiator.none}</p>`;
  const causes = value?.causes ?? [];
  return html`
    <p>${ENTRY.initiator.type}: <b>${initiator.type || "?"}</b></p>
    ${error && html`<p class="error" role="alert">${error.message}</p>`}
    ${
      causes.length > 0 &&
      html`
        <p class="dim">${ENTRY.initiator.chainOf}</p>
        <ol class="chain" aria-label=${ENTRY.initiator.chain} aria-busy=${busy}>
          ${
            value?.more &&
            html`<li>
              <button type="button" class="small" onClick=${() => setSteps(steps + STEPS)}>
                ${ENTRY.initiator.more}
              </button>
            </li>`
          }
          ${[...causes].reverse().map((cause) => html`<${Step} key=${cause.url} cause=${cause} />`)}
          <li class="self">${asText(objectOf(entry.request).url)} <span class="dim">${ENTRY.initiator.self}</span></li>
        </ol>
      `
    }
    ${
      initiator.frames.length > 0 &&
      html`
        <h3>${ENTRY.initiator.stack}</h3>
        <ol class="stack">
          ${initiator.frames.map(
            (frame, index) => html`<li key=${index}><code>${frame.functionName}</code> ${frame.url}${frame.line}</li>`,
          )}
        </ol>
      `
    }
  `;
}

/** @param {{cause: Cause}} props */
function Step({ cause }) {
  const { id, url, how } = cause;
  return html`
    <li>
      ${
        id === null
          ? html`${url} <span class="dim">${ENTRY.initiator.notCaptured}</span>`
          : html`<button type="button" class="link" onClick=${() => setState({ entry: id })}>${url}</button>`
      }
      ${how && html`<span class="dim"> ${how}</span>`}
    </li>
  `;
}

/**
 * @param {any} entry
 * @param {number} steps
 * @param {AbortSignal} signal
 * @returns {Promise<{causes: Cause[], more: boolean}>} the nearest first; more: nobody has looked further back
 */
async function causesOf(entry, steps, signal) {
  /** @type {Cause[]} */
  const causes = [];
  const seen = new Set([asText(objectOf(entry.request).url)]);
  let current = entry;
  while (causes.length < steps) {
    const initiator = initiatorOf(current);
    if (!initiator?.url || seen.has(initiator.url)) return { causes, more: false };
    seen.add(initiator.url);
    const id = await latest(initiator.url, asText(current.startedDateTime), signal);
    causes.push({ url: initiator.url, how: `${initiator.type}${initiator.line}`, id });
    if (id === null) return { causes, more: false };
    current = (await loadEntry(id, signal)).entry;
  }
  return { causes, more: true };
}

/**
 * @param {string} address
 * @param {string} before a time
 * @param {AbortSignal} signal
 * @returns {Promise<string | null>} the last entry of the session that has this URL, and began earlier
 */
async function latest(address, before, signal) {
  const { session } = getState();
  if (session === null) return null;
  const time = new Date(before);
  /** @type {[string, string][]} */
  const params = [
    ["url", address.split("#")[0] ?? ""],
    ["sort", "-startedDateTime"],
    ["limit", "1"],
  ];
  if (!Number.isNaN(time.getTime())) params.push(["to", new Date(time.getTime() + 1).toISOString()]);
  const { entries } = await getJson(`/api/sessions/${encodeURIComponent(session)}/entries`, params, { signal });
  return entries[0]?.id ?? null;
}
