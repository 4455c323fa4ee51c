/**
 * What the page shows, all of which is in its URL: reloading it, going back and sending a link show the same again.
 */
import { useEffect, useState } from "./html.js";

/** @typedef {"sessions" | "entries" | "statistics" | "problems" | "search" | "compare"} View */
/**
 * @typedef {object} ViewState
 * @property {View} view
 * @property {string | null} session of a comparison, the one that is compared
 * @property {string | null} other the session that it is compared with
 * @property {string} filter as it is typed
 * @property {string} sort as the API takes it, "" for the stored one
 * @property {string[] | null} columns null for the usual ones
 * @property {string | null} entry which is looked into
 * @property {string} tab of that entry, "" for the first
 * @property {string | null} from when what is shown begins, in ISO 8601
 * @property {string | null} to when it ends
 * @property {string} text that is searched
 * @property {"" | "yes"} exact whether upper and lower case differ in that
 * @property {"local" | "utc"} zone
 * @property {"absolute" | "relative"} times
 */

/** @type {Readonly<ViewState>} */
export const INITIAL = Object.freeze({
  view: "sessions",
  session: null,
  other: null,
  filter: "",
  sort: "",
  columns: null,
  entry: null,
  tab: "",
  from: null,
  to: null,
  text: "",
  exact: "",
  zone: "local",
  times: "absolute",
});

const SESSION_VIEWS = /** @type {const} */ (["statistics", "problems", "search"]);

/** Members that are parameters under their own names, in the order in which they are written. */
const PARAMETERS = /** @type {const} */ ([
  "filter",
  "sort",
  "entry",
  "tab",
  "from",
  "to",
  "text",
  "exact",
  "zone",
  "times",
]);

/**
 * Returns the path and the query of a state.
 * @param {ViewState} state
 * @param {string} [root] the path that all others begin with; it ends with a slash
 * @returns {string}
 */
export function toUrl(state, root = "/") {
  const params = new URLSearchParams();
  if (state.view === "compare") {
    if (state.session !== null) params.set("session", state.session);
    if (state.other !== null) params.set("other", state.other);
  }
  for (const name of PARAMETERS) {
    const value = state[name];
    if (value !== null && value !== INITIAL[name]) params.set(name, value);
  }
  if (state.columns !== null) params.set("columns", state.columns.join(","));
  // Commas and colons are frequent, and allowed in a query (RFC 3986 §3.4).
  const query = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return root + path(state) + (query && `?${query}`);
}

/**
 * @param {ViewState} state
 * @returns {string}
 */
function path({ view, session }) {
  if (view === "compare") return "compare";
  if (view === "sessions" || session === null) return "";
  return `s/${encodeURIComponent(session)}${view === "entries" ? "" : `/${view}`}`;
}

/**
 * Returns the state that a URL stands for; what it does not say is as at the beginning.
 * @param {{pathname: string, search: string}} location
 * @param {string} [root]
 * @returns {ViewState}
 */
export function fromUrl({ pathname, search }, root = "/") {
  const params = new URLSearchParams(search);
  /** @type {ViewState} */
  const state = { ...INITIAL };
  const [first, session, view] = pathname.slice(pathname.startsWith(root) ? root.length : 1).split("/");
  if (first === "s" && session) {
    state.view = SESSION_VIEWS.find((one) => one === view) ?? "entries";
    state.session = decode(session);
  } else if (first === "compare") {
    state.view = "compare";
    state.session = params.get("session");
    state.other = params.get("other");
  }
  state.filter = params.get("filter") ?? "";
  state.sort = params.get("sort") ?? "";
  state.entry = params.get("entry");
  state.tab = params.get("tab") ?? "";
  state.from = params.get("from");
  state.to = params.get("to");
  state.text = params.get("text") ?? "";
  if (params.get("exact") === "yes") state.exact = "yes";
  if (params.get("zone") === "utc") state.zone = "utc";
  if (params.get("times") === "relative") state.times = "relative";
  const columns = params.get("columns");
  if (columns !== null) state.columns = columns === "" ? [] : columns.split(",");
  return state;
}

/**
 * @param {string} part
 * @returns {string}
 */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone percent sign: no session is called that, and the API will say so
  }
}

/** The path of the page, which a proxy may have put below another one. */
export const ROOT = typeof document === "undefined" ? "/" : new URL(document.baseURI).pathname;

/** @type {Readonly<ViewState>} */
let current = typeof location === "undefined" ? INITIAL : fromUrl(location, ROOT);

/** @type {Set<(state: Readonly<ViewState>) => void>} */
const listeners = new Set();

/**
 * Returns what is shown: the same object until that changes.
 * @returns {Readonly<ViewState>}
 */
export function getState() {
  return current;
}

/**
 * Shows something else.
 * @param {Partial<ViewState>} patch
 * @param {{replace?: boolean}} [options] replace: going back skips what was shown before, for what changes with each key
 */
export function setState(patch, { replace = false } = {}) {
  const next = { ...current, ...patch };
  const before = toUrl(current, ROOT);
  const after = toUrl(next, ROOT);
  if (before === after) return;
  if (replace) history.replaceState(null, "", after);
  else history.pushState(null, "", after);
  change(next);
}

/**
 * Calls a function with each new state, until what is returned is called.
 * @param {(state: Readonly<ViewState>) => void} listener
 * @returns {() => void}
 */
export function subscribe(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/**
 * Returns what is shown, and renders the component again when that changes.
 * @returns {Readonly<ViewState>}
 */
export function useViewState() {
  const [state, set] = useState(current);
  useEffect(() => {
    set(current); // it may have changed since this was rendered
    return subscribe(set);
  }, []);
  return state;
}

/** @param {ViewState} next */
function change(next) {
  current = Object.freeze(next);
  for (const listener of [...listeners]) listener(current);
}

if (typeof window !== "undefined") addEventListener("popstate", () => change(fromUrl(location, ROOT)));
