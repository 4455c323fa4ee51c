/** The page as a whole: the bar at the top, and the view that the URL names. */
import { EntriesView } from "./entries_view.js";
import { Help } from "./help.js";
import { html, render, useEffect, useErrorBoundary, useState } from "./html.js";
import { RunningImports } from "./imports.js";
import { SessionName } from "./session_name.js";
import { SignIn, SignOut, useSignIn } from "./sign_in.js";
import { ROOT, setState, toUrl, useViewState } from "./state.js";
import { ExportDialog } from "./export_dialog.js";
import { MAIN } from "./texts.js";
import { DropTarget } from "./upload.js";

/** @typedef {import("./state.js").View} View */
/** @typedef {Readonly<import("./state.js").ViewState>} State */

/**
 * What is not needed to see the entries of a session comes when it is.
 * @type {Record<Exclude<View, "entries">, () => Promise<() => any>>}
 */
const LATER = {
  sessions: async () => (await import("./sessions.js")).SessionsView,
  statistics: async () => (await import("./statistics.js")).StatisticsView,
  problems: async () => (await import("./problems.js")).ProblemsView,
  search: async () => (await import("./search.js")).SearchView,
  compare: async () => (await import("./compare.js")).CompareView,
};

/** @type {readonly View[]} */
const OF_SESSION = ["entries", "statistics", "problems", "search"];

function Page() {
  const state = useViewState();
  const needsSignIn = useSignIn();
  useEffect(() => {
    document.title = `${MAIN.view[state.view]} – ${MAIN.title}`;
  }, [state.view]);
  if (needsSignIn) return html`<${SignIn} />`;
  return html`<${DropTarget}>
    <a class="skip" href="${toUrl(state, ROOT)}#content">${MAIN.skip}</a>
    <${TopBar} state=${state} />
    <main id="content" class="view view-${state.view}" tabindex="-1">
      <${Guarded} key=${`${state.view} ${state.session}`}><${Current} view=${state.view} /><//>
    </main>
    <${Help} />
  <//>`;
}

/** @param {{state: State}} props */
function TopBar({ state }) {
  const { session } = state;
  return html`<header class="top">
    <a class="brand" ...${link(state, { view: "sessions", session: null, entry: null })}>${MAIN.title}</a>
    ${session !== null && state.view !== "compare" && html`<${SessionName} id=${session} />`}
    ${session !== null && state.view !== "compare" && html`<nav aria-label=${MAIN.views}>${OF_SESSION.map((view) => html`<${ViewLink} key=${view} state=${state} view=${view} />`)}</nav>`}
    <div class="top-end">
      <${RunningImports} />
      ${session !== null && state.view !== "compare" && html`<${ExportDialog} />`}
      <${ViewLink} state=${state} view="compare" />
      <${SignOut} />
    </div>
  </header>`;
}

/** @param {{state: State, view: View}} props */
function ViewLink({ state, view }) {
  const isCurrent = state.view === view;
  return html`<a aria-current=${isCurrent ? "page" : undefined} ...${link(state, { view })}>${MAIN.view[view]}</a>`;
}

/**
 * Returns the attributes of a link to another state of the page, which opens in another tab like any link.
 * @param {State} state
 * @param {Partial<State>} patch
 */
function link(state, patch) {
  return {
    href: toUrl({ ...state, ...patch }, ROOT),
    /** @param {MouseEvent} event */
    onClick(event) {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      setState(patch);
    },
  };
}

/** @param {{view: View}} props */
function Current({ view }) {
  // In an array: as it is a function, useState would call it.
  const [[Loaded], setLoaded] = useState(/** @type {[(() => any) | null]} */ ([null]));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    if (view !== "entries") LATER[view]().then((loaded) => setLoaded([loaded]), setError);
  }, []);
  if (error) throw error;
  if (view === "entries") return html`<${EntriesView} />`;
  return Loaded ? html`<${Loaded} />` : html`<p class="dim notice">${MAIN.loading}</p>`;
}

/**
 * What is in it may fail without taking the rest of the page with it.
 * @param {{children: any}} props
 */
function Guarded({ children }) {
  const [error, reset] = useErrorBoundary((reason) => console.error(reason));
  if (!error) return children;
  return html`<div class="notice" role="alert">
    <p>${MAIN.failed}</p>
    <pre class="error">${String(error)}</pre>
    <button type="button" onClick=${reset}>${MAIN.tryAgain}</button>
  </div>`;
}

render(html`<${Page} />`, /** @type {HTMLElement} */ (document.getElementById("page")));
