/** Two sessions side by side: what has changed from one to the other, and both waterfalls. */
import { getJson } from "./api.js";
import { CompareLists } from "./compare_lists.js";
import { CompareWaterfalls } from "./compare_waterfalls.js";
import { filterParams as filterParams } from "./filter.js";
import { FilterNote } from "./filter_note.js";
import { html, useEffect, useState } from "./html.js";
import { useLoaded } from "./loading.js";
import { Measures } from "./measures.js";
import { SessionChoice } from "./session_choice.js";
import { setState, useViewState } from "./state.js";
import { COMPARE } from "./texts_numbers.js";

/** How many of each list are asked for: first, and at most. */
const [FEW, MOST] = [100, 10_000];

export function CompareView() {
  const state = useViewState();
  const { session, other, zone } = state;
  return html`<div class="around compare">
    <h1>${COMPARE.title}</h1>
    <div class="sides">
      <${SessionChoice}
        label=${COMPARE.before}
        value=${session}
        zone=${zone}
        onChoose=${(/** @type {string} */ id) => setState({ session: id })}
      />
      <button
        type="button"
        aria-label=${COMPARE.swap}
        title=${COMPARE.swap}
        disabled=${session === null && other === null}
        onClick=${() => setState({ session: other, other: session })}
      >
        ⇄
      </button>
      <${SessionChoice}
        label=${COMPARE.after}
        value=${other}
        zone=${zone}
        onChoose=${(/** @type {string} */ id) => setState({ other: id })}
      />
    </div>
    <${FilterNote} />
    ${session !== null && other !== null ? html`<${Comparison} a=${session} b=${other} />` : html`<p class="dim">${COMPARE.explained}</p>`}
  </div>`;
}

/** @param {{a: string, b: string}} props */
function Comparison({ a, b }) {
  const filter = filterParams(useViewState());
  const [limit, setLimit] = useState(FEW);
  const sides = `${a} ${b} ${JSON.stringify(filter)}`;
  useEffect(() => setLimit(FEW), [sides]);
  const loaded = useLoaded(
    (signal) => getJson("/api/diff", [["a", a], ["b", b], ["limit", String(limit)], ...filter], { signal }),
    [sides, limit],
  );
  if (loaded.error) return html`<p class="error" role="alert">${loaded.error.message}</p>`;
  if (!loaded.value) return html`<p class="dim" aria-busy="true">…</p>`;
  const diff = loaded.value;
  const more = limit < MOST && Object.keys(diff.limited).length > 0 ? () => setLimit(Math.min(MOST, limit * 10)) : null;
  return html`<div aria-busy=${loaded.busy}>
    ${diff.warnings.map((/** @type {string} */ warning) => html`<p class="dim">${warning}</p>`)}
    <section aria-label=${COMPARE.totals}>
      <h2>${COMPARE.totals}</h2>
      <${Measures} measures=${diff.totals} />
      <p class="dim">${COMPARE.rest(diff.counts.same, diff.counts.sporadic)}</p>
    </section>
    <${CompareLists} diff=${diff} onMore=${more} />
    <${CompareWaterfalls} a=${diff.a} b=${diff.b} filter=${filter} />
  </div>`;
}
