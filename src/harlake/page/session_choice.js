/** One of the sessions, of which there may be any number: the newest are listed, older ones when they are asked for. */
import { getJson } from "./api.js";
import { html, useEffect, useState } from "./html.js";
import { COMPARE } from "./texts_numbers.js";
import { counted, moment } from "./units.js";

/** @typedef {import("./sessions.js").Session} Session */

/** Sessions that are listed at a time. */
const LIMIT = 100;
const OLDER = "older";

/** @param {{label: string, value: string | null, zone: "local" | "utc", onChoose: (id: string) => void}} props */
export function SessionChoice({ label, value, zone, onChoose }) {
  const [listed, setListed] = useState(/** @type {Session[]} */ ([]));
  const [next, setNext] = useState(/** @type {string | null} */ (null));
  const [chosen, setChosen] = useState(/** @type {Session | null} */ (null));
  const [error, setError] = useState("");
  /** @param {string | null} cursor */
  const load = async (cursor) => {
    try {
      /** @type {[string, string][]} */
      const params = cursor === null ? [] : [["cursor", cursor]];
      const page = await getJson("/api/sessions", [["limit", String(LIMIT)], ...params]);
      setListed(page.sessions);
      setNext(page.next ?? null);
    } catch (reason) {
      setError(String(reason));
    }
  };
  useEffect(() => void load(null), []);
  useEffect(() => {
    let isLeft = false;
    setChosen(null);
    if (value !== null) {
      getJson(`/api/sessions/${value}`).then(
        (session) => !isLeft && setChosen(session),
        (reason) => !isLeft && setError(String(reason.message)),
      );
    }
    return () => (isLeft = true);
  }, [value]);
  const all = chosen && !listed.some(({ id }) => id === chosen.id) ? [chosen, ...listed] : listed;
  return html`<label class="session-choice"
    ><span>${label}</span>
    <select
      value=${value ?? ""}
      onChange=${(/** @type {any} */ { currentTarget }) => {
        if (currentTarget.value !== OLDER) return onChoose(currentTarget.value);
        currentTarget.value = value ?? "";
        return load(next);
      }}
    >
      <option value="" disabled selected=${value === null}>${COMPARE.choose}</option>
      ${all.map(
        (session) =>
          html`<option key=${session.id} value=${session.id} selected=${session.id === value}>
            ${session.name} (${counted(session.entryCount, "entry", "entries")}, ${moment(session.createdAt, zone)})
          </option>`,
      )}
      ${next !== null && html`<option value=${OLDER}>${COMPARE.older}</option>`}
    </select>
    ${error && html`<span class="error" role="alert">${error}</span>`}
  </label>`;
}
