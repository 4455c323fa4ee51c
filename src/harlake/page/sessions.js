/** The list of sessions: what there is, how much of it, and what can be done with it. */
import { getJson } from "./api.js";
import { html, useEffect, useState } from "./html.js";
import { useLoaded } from "./loading.js";
import { useImports } from "./running_imports.js";
import { SessionRow } from "./session_row.js";
import { ROOT } from "./state.js";
import { SESSIONS } from "./texts_around.js";
import { ChooseFiles } from "./upload.js";
import { useImported } from "./uploads_panel.js";

/** @typedef {{id: string, name: string, createdAt: string, entryCount: number, captureCount: number}} Session */
/** @typedef {{bytes: number, more: boolean}} Size */

/** Sessions of a page. */
const LIMIT = 50;

export function SessionsView() {
  // Where the page begins: the last session of the one before.
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const [changes, setChanges] = useState(0);
  const imports = useImports();
  const imported = useImported();
  const params = cursor === null ? [] : [["cursor", cursor]];
  const loaded = useLoaded(
    (signal) =>
      getJson("/api/sessions", [["limit", String(LIMIT)], .../** @type {[string, string][]} */ (params)], { signal }),
    [cursor, changes, imports.length, imported],
  );
  /** @type {Session[] | undefined} */
  const sessions = loaded.value?.sessions;
  const sizes = useSizes(sessions);
  const changed = () => setChanges(changes + 1);
  if (loaded.error) return html`<p class="error notice" role="alert">${loaded.error.message}</p>`;
  if (!sessions) return html`<p class="dim notice">…</p>`;
  if (sessions.length === 0 && cursor === null) return html`<${Empty} />`;
  return html`<div class="around sessions">
    <h1>${SESSIONS.title}</h1>
    <div class="scroll-x">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">${SESSIONS.name}</th>
            <th scope="col">${SESSIONS.created}</th>
            <th scope="col" class="number">${SESSIONS.entries}</th>
            <th scope="col" class="number">${SESSIONS.files}</th>
            <th scope="col" class="number">${SESSIONS.size}</th>
            <th scope="col">${SESSIONS.actions}</th>
          </tr>
        </thead>
        ${sessions.map((session) => html`<${SessionRow} key=${session.id} session=${session} size=${sizes.get(session.id)} onChange=${changed} />`)}
      </table>
    </div>
    <div class="pager" role="group" aria-label=${SESSIONS.title}>
      ${cursor !== null && html`<button type="button" onClick=${() => setCursor(null)}>${SESSIONS.newer}</button>`}
      ${loaded.value?.next && html`<button type="button" onClick=${() => setCursor(loaded.value.next)}>${SESSIONS.older}</button>`}
    </div>
  </div>`;
}

function Empty() {
  const line = `curl ${location.origin}${ROOT}api/har/import -F file=@traffic.har`;
  return html`<section class="empty">
    <h1>${SESSIONS.empty}</h1>
    <p>${SESSIONS.emptyExplained}</p>
    <p><${ChooseFiles} class="primary" /></p>
    <p class="dim">${SESSIONS.fromShell}</p>
    <pre tabindex="0"><code>${line}</code></pre>
  </section>`;
}

/**
 * Returns the sizes of sessions as far as they are known: asked for one after the other, so that nothing waits for them.
 * @param {readonly Session[] | undefined} sessions
 * @returns {ReadonlyMap<string, Size>}
 */
function useSizes(sessions) {
  const [sizes, setSizes] = useState(/** @type {ReadonlyMap<string, Size>} */ (new Map()));
  useEffect(() => {
    const abort = new AbortController();
    void (async () => {
      for (const { id, captureCount } of sessions ?? []) {
        if (captureCount === 0) continue;
        const { captures, next } = await getJson(`/api/sessions/${id}/captures`, [], { signal: abort.signal });
        /** @type {Size} */
        const size = { bytes: 0, more: next !== null };
        for (const capture of captures) size.bytes += capture.harBytes;
        if (abort.signal.aborted) return;
        setSizes((/** @type {ReadonlyMap<string, Size>} */ before) => new Map(before).set(id, size));
      }
    })().catch(() => {}); // a session that has gone meanwhile, or a page that has
    return () => abort.abort();
  }, [sessions]);
  return sizes;
}
