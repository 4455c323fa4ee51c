/** What has changed, was added and removed: endpoints, pages, hosts, third parties. */
import { html, useState } from "./html.js";
import { FRESH, link } from "./links.js";
import { Measures, measured } from "./measures.js";
import { usePages } from "./pager.js";
import { useViewState } from "./state.js";
import { COMPARE } from "./texts_numbers.js";
import { count } from "./units.js";

/** @typedef {import("./measures.js").Measure} Measure */

const GROUPS = /** @type {const} */ (["changed", "added", "removed", "pages", "hosts", "thirdParties"]);

/** @param {{diff: any, onMore: (() => void) | null}} props */
export function CompareLists({ diff, onMore }) {
  const [group, setGroup] = useState(
    /** @type {(typeof GROUPS)[number]} */ (GROUPS.find((one) => diff[one].length > 0) ?? "changed"),
  );
  const { shown, pager } = usePages(/** @type {any[]} */ (diff[group]), 25, `${group} ${diff.a.id} ${diff.b.id}`);
  const limited = diff.limited[group];
  const row = { changed: Changed, added: Alone, removed: Alone, pages: Subject, hosts: Subject, thirdParties: Subject }[
    group
  ];
  return html`<section aria-label=${COMPARE.changes}>
    <h2>${COMPARE.changes}</h2>
    <div class="codes" role="group" aria-label=${COMPARE.changes}>
      ${GROUPS.map((one) => html`<button type="button" key=${one} aria-pressed=${one === group} onClick=${() => setGroup(one)}>${COMPARE.groups[one]} ${count(total(diff, one))}</button>`)}
    </div>
    ${shown.length === 0 && html`<p class="dim">${COMPARE.nothing}</p>`}
    <ul class="changes">
      ${shown.map((item) => html`<${row} key=${`${item.method} ${item.url ?? item.name} ${item.operation}`} item=${item} diff=${diff} group=${group} />`)}
    </ul>
    ${pager}
    ${
      limited &&
      html`<p class="dim">
        ${COMPARE.limited(limited.listed, limited.of)}
        ${onMore && html`<button type="button" onClick=${onMore}>${COMPARE.more}</button>`}
      </p>`
    }
  </section>`;
}

/**
 * @param {any} diff
 * @param {(typeof GROUPS)[number]} group
 * @returns {number} how many there are, listed or not
 */
function total(diff, group) {
  return diff.limited[group]?.of ?? diff[group].length;
}

/** @param {{item: any, diff: any}} props */
function Changed({ item, diff }) {
  const [isOpen, setOpen] = useState(false);
  /** @type {Measure[]} */
  const measures = item.measures;
  const changed = measures.filter((one) => one.changed);
  return html`<li>
    <div class="hit-head">
      <b class="url">${item.method} ${item.url} ${item.operation ?? ""}</b>
      <span class="dim">${item.changes.join(", ")}</span>
    </div>
    <p>
      ${item.changes.includes("status") && html`<span>${COMPARE.status} ${statuses(item.a)} → ${statuses(item.b)}. </span>`}
      ${changed.map((one) => html`<span key=${one.name}>${one.name} ${measured(one.a, one.unit)} → ${measured(one.b, one.unit)}. </span>`)}
      <${Example} session=${diff.a} entry=${item.a.example} label=${COMPARE.before} />
      <${Example} session=${diff.b} entry=${item.b.example} label=${COMPARE.after} />
      <button
        type="button"
        class="quiet"
        aria-expanded=${isOpen}
        aria-label="${COMPARE.numbers} ${item.method} ${item.url}"
        onClick=${() => setOpen(!isOpen)}
      >
        ${COMPARE.numbers} ${isOpen ? "▾" : "▸"}
      </button>
    </p>
    ${isOpen && html`<${Measures} measures=${measures} />`}
  </li>`;
}

/** @param {{item: any, diff: any, group: string}} props */
function Alone({ item, diff, group }) {
  return html`<li>
    <div class="hit-head">
      <b class="url">${item.method} ${item.url} ${item.operation ?? ""}</b>
      <span class="dim">${item.statuses.join(", ")}, ${count(item.count)}×</span>
    </div>
    <p><${Example} session=${group === "added" ? diff.b : diff.a} entry=${item.example} label=${COMPARE.example} /></p>
  </li>`;
}

/** @param {{item: any}} props */
function Subject({ item }) {
  return html`<li>
    <div class="hit-head"><b class="url">${item.name}</b> <span class="dim">${item.change}</span></div>
    <${Measures} measures=${item.measures} />
  </li>`;
}

/** @param {{session: any, entry: string, label: string}} props */
function Example({ session, entry, label }) {
  const state = useViewState();
  return html`<a ...${link(state, { ...FRESH, view: "entries", session: session.id, entry })}>${label}</a> `;
}

/** @param {{statuses: number[]}} side */
function statuses(side) {
  return side.statuses.join(", ");
}
