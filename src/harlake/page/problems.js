/** What the validator says of the files of a session, and of others that need not be imported for it. */
import { ApiError, getJson, url } from "./api.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { useLoaded } from "./loading.js";
import { ProblemReport } from "./problem_report.js";
import { useViewState } from "./state.js";
import { IMPORTS, PAGER, PROBLEMS } from "./texts_around.js";

/** @typedef {import("./captures.js").Capture} Capture */

/** What is checked without being asked for: it takes a moment. In bytes. */
const AT_ONCE = 20_000_000;

export function ProblemsView() {
  const { session } = useViewState();
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const loaded = useLoaded(
    (signal) => getJson(`/api/sessions/${session}/captures`, cursor === null ? [] : [["cursor", cursor]], { signal }),
    [session, cursor],
  );
  /** @type {Capture[]} */
  const captures = loaded.value?.captures ?? [];
  return html`<div class="around problems">
    <h1>${PROBLEMS.title}</h1>
    <p class="dim">${PROBLEMS.explained}</p>
    ${loaded.error && html`<p class="error" role="alert">${loaded.error.message}</p>`}
    ${captures.map((capture) => html`<${CaptureCheck} key=${capture.id} capture=${capture} isAlone=${captures.length === 1} />`)}
    <div class="pager" role="group" aria-label=${PAGER.label}>
      ${cursor !== null && html`<button type="button" onClick=${() => setCursor(null)}>${PAGER.first}</button>`}
      ${loaded.value?.next && html`<button type="button" onClick=${() => setCursor(loaded.value.next)}>${PAGER.on}</button>`}
    </div>
    <${FileCheck} />
  </div>`;
}

/**
 * @typedef {object} Check
 * @property {any} report
 * @property {string} error
 * @property {number | null} since when it is running, in milliseconds since 1970
 */

/**
 * Returns a check that can be begun and stopped.
 * @returns {{check: Check, run: (ask: (signal: AbortSignal) => Promise<any>) => Promise<void>, stop: () => void}}
 */
function useCheck() {
  const [check, setCheck] = useState(/** @type {Check} */ ({ report: null, error: "", since: null }));
  const abort = /** @type {{current: AbortController | null}} */ (useRef(null));
  useEffect(() => () => abort.current?.abort(), []);
  /** @param {(signal: AbortSignal) => Promise<any>} ask */
  const run = async (ask) => {
    abort.current?.abort();
    const { signal } = (abort.current = new AbortController());
    setCheck({ report: null, error: "", since: Date.now() });
    try {
      const report = await ask(signal);
      if (!signal.aborted) setCheck({ report, error: "", since: null });
    } catch (reason) {
      if (!signal.aborted) setCheck({ ...refusal(reason), since: null });
    }
  };
  const stop = () => {
    abort.current?.abort();
    setCheck({ report: null, error: "", since: null });
  };
  return { check, run, stop };
}

/**
 * @param {unknown} reason
 * @returns {{report: any, error: string}}
 */
function refusal(reason) {
  // A file that cannot be imported is an answer, too: with the place where it goes wrong.
  if (reason instanceof ApiError && "valid" in reason.body) return { report: reason.body, error: "" };
  return { report: null, error: reason instanceof Error ? reason.message : String(reason) };
}

/** @param {{capture: Capture, isAlone: boolean}} props */
function CaptureCheck({ capture, isAlone }) {
  const { session } = useViewState();
  const { check, run, stop } = useCheck();
  const name = capture.fileName ?? IMPORTS.unnamed;
  const begin = () => run((signal) => getJson(`/api/captures/${capture.id}/problems`, [], { signal }));
  useEffect(() => {
    if (isAlone && capture.harBytes <= AT_ONCE) void begin();
  }, []);
  return html`<section class="check" aria-label=${name}>
    <h2>${name}</h2>
    ${!check.report && check.since === null && html`<button type="button" onClick=${begin}>${PROBLEMS.check(capture.harBytes)}</button>`}
    <${Outcome} check=${check} onStop=${stop} session=${session} capture=${capture.id} />
  </section>`;
}

function FileCheck() {
  const input = /** @type {{current: HTMLInputElement | null}} */ (useRef(null));
  const [name, setName] = useState("");
  const { check, run, stop } = useCheck();
  const chosen = () => {
    const file = input.current?.files?.[0];
    if (!file) return;
    setName(file.name);
    void run((signal) => validate(file, signal));
  };
  return html`<section class="check" aria-label=${name || PROBLEMS.checkFile}>
    ${name && html`<h2>${name}</h2>`}
    <button type="button" onClick=${() => input.current?.click()}>${PROBLEMS.checkFile}</button>
    <input ref=${input} type="file" hidden aria-label=${PROBLEMS.checkFile} onChange=${chosen} />
    <${Outcome} check=${check} onStop=${stop} session=${null} capture=${null} />
  </section>`;
}

/** @param {{check: Check, onStop: () => void, session: string | null, capture: string | null}} props */
function Outcome({ check, onStop, session, capture }) {
  if (check.since !== null) return html`<${Running} since=${check.since} onStop=${onStop} />`;
  if (check.error) return html`<p class="error" role="alert">${check.error}</p>`;
  return check.report && html`<${ProblemReport} report=${check.report} session=${session} capture=${capture} />`;
}

/** @param {{since: number, onStop: () => void}} props */
function Running({ since, onStop }) {
  const [now, setNow] = useState(since);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return html`<p aria-busy="true">
    <progress aria-label=${PROBLEMS.title}></progress> ${PROBLEMS.checking(Math.floor((now - since) / 1000))}
    <button type="button" onClick=${onStop}>${PROBLEMS.stop}</button>
  </p>`;
}

/**
 * @param {File} file
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
async function validate(file, signal) {
  const form = new FormData();
  form.append("file", file);
  const answer = await fetch(url("/api/har/validate"), { method: "POST", body: form, signal });
  const body = await answer.json();
  if (!answer.ok) throw new ApiError(answer.status, body);
  return body;
}
