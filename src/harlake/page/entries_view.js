/** The entries of a session: the filter, the overview, the facets, the table, and the entry that is looked into. */
import { columnsOf, fieldsOf } from "./columns.js";
import { EntriesBar } from "./entries_bar.js";
import { Facets, useCounts } from "./facets.js";
import { filterParams } from "./filter.js";
import { isTyping } from "./help.js";
import { html, useEffect, useMemo, useRef, useState } from "./html.js";
import { Legend } from "./legend.js";
import { useLoaded } from "./loading.js";
import { locate } from "./locate.js";
import { Overview, useTimeline } from "./overview.js";
import { rowsBefore, useFailures, useMarks } from "./surroundings.js";
import { Rows } from "./rows.js";
import { setState, useViewState } from "./state.js";
import { Table } from "./table.js";
import { TABLE } from "./texts.js";

/** @typedef {import("./overview.js").Span} Span */

const TIMED = new Set(["", "ordinal", "-ordinal", "startedDateTime", "-startedDateTime"]);
const NARROW = "(max-width: 640px)";

export function EntriesView() {
  const state = useViewState();
  const { session, filter, sort, from, to } = state;
  const isNarrow = useMatches(NARROW);
  const [, setChanges] = useState(0);
  const [cursor, setCursor] = useState(0);
  const [visible, setVisible] = useState(/** @type {Span | null} */ (null));
  const [isPanelOpen, setPanelOpen] = useState(false);
  const body = /** @type {{current: import("./table_body.js").TableBody | null}} */ (useRef(null));
  /** A row that is opened as soon as it is there. */
  const opening = useRef(-1);
  const rows = useMemo(() => new Rows(() => setChanges((/** @type {number} */ before) => before + 1)), []);

  const isTight = isNarrow || state.entry !== null;
  const columns = useMemo(() => columnsOf(state.columns, isTight), [state.columns?.join(), isTight]);
  // Of the usual columns all are asked for, so that opening an entry, which leaves room for few, asks for no rows again.
  const fields = fieldsOf(columnsOf(state.columns, false)).join();
  const params = useMemo(() => filterParams(state), [filter, from, to]);
  const asked = useRef("");
  const question = JSON.stringify([session, params, sort]);
  useMemo(() => {
    rows.reset({ session: session ?? "", params, sort, fields: fields.split(",") });
    if (asked.current !== "" && asked.current !== question) {
      setCursor(0);
      body.current?.goTo(0);
    }
    asked.current = question;
  }, [question, fields]);
  useEffect(() => () => rows.abort(), []);

  const whole = useTimeline(state, null, null);
  const isZoomed = from !== null || to !== null;
  const zoomed = useTimeline(state, from, to, isZoomed);
  const counts = useCounts(state);
  const failures = useFailures(session ?? "", params, sort);
  const marks = useMarks(session ?? "");
  const isTimed = TIMED.has(sort);
  const origin = Date.parse(whole.value?.from ?? "") || 0;
  const look = useMemo(
    () => ({
      columns,
      context: { zone: state.zone, times: state.times, origin },
      cursor,
      entry: state.entry,
      isTimed,
      marks,
    }),
    [columns, state.zone, state.times, origin, cursor, state.entry, isTimed, marks],
  );
  useEffect(() => {
    body.current?.schedule();
    if (opening.current >= 0 && rows.has(opening.current)) open(opening.current);
  });

  useEffect(() => {
    if (state.entry === null || !rows.isAnswered || sort !== "" || rows.value(cursor, "id") === state.entry)
      return undefined;
    const abort = new AbortController();
    locate(session ?? "", params, state.entry, rows.total, abort.signal).then(
      (row) => row >= 0 && move(row),
      () => {}, // it is open all the same
    );
    return () => abort.abort();
  }, [rows.isAnswered, question]);

  /** @param {number} row */
  const move = (row) => {
    setCursor(row);
    body.current?.reveal(row);
  };
  /** @param {number} row */
  const open = (row) => {
    move(row);
    opening.current = rows.isAnswered && rows.has(row) ? -1 : row;
    const id = rows.isAnswered ? rows.value(row, "id") : undefined;
    // Walking on is one step in the history.
    if (id !== undefined) setState({ entry: id }, { replace: state.entry !== null });
  };
  const step = useRef(/** @type {(by: number) => void} */ (() => {}));
  step.current = (by) => {
    const row = Math.max(0, Math.min(cursor + by, rows.total - 1));
    if (state.entry === null) move(row);
    else open(row);
  };
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const pressed = (event) => {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector("dialog[open]") !== null) return;
      if (event.key === "j" || event.key === "k") step.current(event.key === "j" ? 1 : -1);
      else if (event.key === "/") document.getElementById("filter")?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  const close = () => {
    if (state.entry === null) return;
    opening.current = -1;
    setState({ entry: null, tab: "" });
    /** @type {HTMLElement | null} */ (document.querySelector(".grid"))?.focus({ preventScroll: true });
  };

  /** @param {number} first @param {number} end */
  const onVisible = (first, end) => {
    if (!isTimed) return setVisible(null);
    const times = [first, end - 1]
      .map((row) => Date.parse(rows.value(row, "startedDateTime") ?? ""))
      .sort((a, b) => a - b);
    const [start = NaN, last = NaN] = times;
    if (Number.isNaN(start) || Number.isNaN(last)) return undefined;
    return setVisible((/** @type {Span | null} */ before) =>
      before?.from === start && before.to === last ? before : { from: start, to: last },
    );
  };
  /** @param {number} time */
  const onGo = async (time) => {
    const before = await rowsBefore(session ?? "", state, time);
    move(Math.max(0, sort.startsWith("-") ? rows.total - before - 1 : Math.min(before, rows.total - 1)));
    body.current?.goTo(sort.startsWith("-") ? rows.total - before - 1 : before);
  };
  const change = (/** @type {Partial<import("./state.js").ViewState>} */ patch) => setState(patch, { replace: true });
  const error = /** @type {any} */ (rows.error);
  const refused = error?.status === 400 ? error.message : null;

  return html`<div class=${`entries${state.entry === null ? "" : " with-entry"}`}>
    <${EntriesBar}
      state=${state}
      total=${rows.isAnswered ? TABLE.total(rows.total) : error ? "" : TABLE.busy}
      values=${counts.value ?? {}}
      refused=${refused}
      columns=${columns}
      isPanelOpen=${isPanelOpen}
      onPanel=${() => setPanelOpen(!isPanelOpen)}
    />
    <${Overview}
      whole=${whole.value}
      zoomed=${isZoomed ? zoomed.value : undefined}
      state=${state}
      visible=${visible}
      onZoom=${(/** @type {string | null} */ start, /** @type {string | null} */ end) => setState({ from: start, to: end })}
      onGo=${onGo}
    />
    <div class="entries-body">
      <div class=${`facets-side${isPanelOpen ? " open" : ""}`}>
        <${Facets}
          filter=${filter}
          counts=${counts.value}
          busy=${counts.busy}
          onFilter=${(/** @type {string} */ text) => setState({ filter: text })}
        />
      </div>
      <div class="table-side">
        <${Table}
          rows=${rows}
          look=${look}
          sort=${sort}
          onSort=${(/** @type {string} */ next) => setState({ sort: next })}
          onCursor=${(/** @type {number} */ row) => (state.entry === null ? move(row) : open(row))}
          onOpen=${open}
          onClose=${close}
          onVisible=${onVisible}
          onBody=${(/** @type {any} */ made) => (body.current = made)}
          failures=${failures}
        />
        ${error && refused === null && html`<div class="over" role="alert"><p class="error">${error.message}</p></div>`}
        ${
          rows.isAnswered &&
          rows.total === 0 &&
          html`<div class="over">
            <p>${params.length > 0 ? TABLE.none : TABLE.empty}</p>
            ${params.length > 0 && html`<button type="button" onClick=${() => setState({ filter: "", from: null, to: null })}>${TABLE.clear}</button>`}
          </div>`
        }
        <${Legend} isTimed=${isTimed} hasMarks=${marks.length > 0} />
      </div>
      ${
        state.entry !== null &&
        html`<div class="entry-side">
          <${LazyPanel}
            id=${state.entry}
            tab=${state.tab}
            onTab=${(/** @type {string} */ tab) => change({ tab })}
            onClose=${close}
          />
        </div>`
      }
    </div>
  </div>`;
}

/**
 * The panel, which is no part of the page until an entry is opened.
 * @param {any} props
 */
function LazyPanel(props) {
  const { value: Panel, error } = useLoaded(async () => [(await import("./entry.js")).EntryPanel], []);
  if (error !== null) throw error;
  return Panel ? html`<${Panel[0]} ...${props} />` : html`<p class="dim notice">${TABLE.busy}</p>`;
}

/** @param {string} query @returns {boolean} */
function useMatches(query) {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const changed = () => setMatches(list.matches);
    list.addEventListener("change", changed);
    return () => list.removeEventListener("change", changed);
  }, [query]);
  return matches;
}
