/** Which row an entry is, of a listing in stored order. */
import { getJson } from "./api.js";

/**
 * Returns the number of an entry's row, -1 if it has none or it cannot be told.
 *
 * An entry's id ends with its ordinal, and all before that is of its capture: a dozen rows tell where it is, of a session
 * with one capture. The order of several captures is not in their ids; of these, the first row's and the last's are found.
 * @param {string} session
 * @param {readonly [string, string][]} params
 * @param {string} id
 * @param {number} total
 * @param {AbortSignal} signal
 * @param {typeof getJson} [ask]
 * @returns {Promise<number>}
 */
export async function locate(session, params, id, total, signal, ask = getJson) {
  const path = `/api/sessions/${encodeURIComponent(session)}/rows`;
  let [low, high] = [0, total - 1];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const { columns } = await ask(path, [...params, ["start", String(middle)], ["limit", "1"], ["fields", "id"]], {
      signal,
    });
    const found = columns.id[0];
    if (found === id) return middle;
    if (found === undefined || found.slice(0, -8) !== id.slice(0, -8)) return -1;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
