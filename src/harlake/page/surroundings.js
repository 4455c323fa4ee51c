/** What stands around the table's rows: where failures are, when pages began, how many rows are before a time. */
import { getJson } from "./api.js";
import { filterParams } from "./filter.js";
import { useMemo } from "./html.js";
import { useLoaded } from "./loading.js";

/** @typedef {[string, string][]} Params */
/** @typedef {import("./waterfall.js").Mark} Mark */

const BLOCKS = 500;

/**
 * @param {string} session
 * @param {Params} params
 * @param {string} sort
 * @returns {import("./failure_strip.js").Failures | undefined}
 */
export function useFailures(session, params, sort) {
  const { value } = useLoaded(
    (signal) => {
      /** @type {Params} */
      const all = [...params, ["blocks", String(BLOCKS)]];
      if (sort !== "") all.push(["sort", sort]);
      return getJson(`${base(session)}/failures`, all, { signal });
    },
    [session, params, sort],
  );
  return value;
}

/**
 * Returns when pages of a session began, had their content, and were loaded.
 * @param {string} session
 * @returns {readonly Mark[]}
 */
export function useMarks(session) {
  // Of no entry: pages are listed whatever the filter, and nothing has to be summed up.
  const { value } = useLoaded(
    (signal) => getJson(`${base(session)}/stats`, [["to", "0001-01-02"]], { signal }),
    [session],
  );
  return useMemo(() => marksOf(value?.pages ?? []), [value]);
}

/**
 * @param {{startedDateTime: string | null, onContentLoad: number | null, onLoad: number | null}[]} pages
 * @returns {Mark[]}
 */
export function marksOf(pages) {
  return pages.flatMap(({ startedDateTime, onContentLoad, onLoad }) => {
    const at = Date.parse(startedDateTime ?? "");
    if (Number.isNaN(at)) return [];
    /** @type {Mark[]} */
    const marks = [{ at, kind: "page" }];
    if (onContentLoad !== null && onContentLoad >= 0) marks.push({ at: at + onContentLoad, kind: "content" });
    if (onLoad !== null && onLoad >= 0) marks.push({ at: at + onLoad, kind: "load" });
    return marks;
  });
}

/**
 * Returns how many of the rows that are shown began before a time.
 * @param {string} session
 * @param {import("./state.js").ViewState} state
 * @param {number} time in milliseconds since 1970
 * @returns {Promise<number>}
 */
export async function rowsBefore(session, state, time) {
  const params = filterParams({ ...state, to: new Date(time).toISOString() });
  params.push(["limit", "1"], ["fields", "id"]);
  return (await getJson(`${base(session)}/rows`, params)).total;
}

/** @param {string} session */
function base(session) {
  return `/api/sessions/${encodeURIComponent(session)}`;
}
