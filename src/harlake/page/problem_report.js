/** A validation: who reads the file, which problems there are, and each with its place. */
import { html, useState } from "./html.js";
import { FRESH, link } from "./links.js";
import { usePages } from "./pager.js";
import { useViewState } from "./state.js";
import { PROBLEMS, UPLOAD } from "./texts_around.js";
import { count } from "./units.js";

/**
 * @typedef {object} Problem
 * @property {string} code
 * @property {"error" | "warning" | "info"} severity
 * @property {string} path
 * @property {number} line
 * @property {number} column
 * @property {string} message
 * @property {string} spec
 * @property {number} [entry]
 */

/** @param {{report: any, session: string | null, capture: string | null}} props */
export function ProblemReport({ report, session, capture }) {
  const [code, setCode] = useState("");
  if (!report.valid) {
    return html`<p class="error" role="alert">
      ${[report.error, report.detail].filter(Boolean).join(": ")}
      ${report.path && html` <code>${report.path}</code>`}${report.line && ` (${UPLOAD.place(report.line, report.column)})`}
    </p>`;
  }
  /** @type {Problem[]} */
  const problems = report.problems;
  /** @type {[string, number][]} */
  const counts = Object.entries(report.problemCounts).sort((one, other) => other[1] - one[1]);
  const all = counts.reduce((sum, [, number]) => sum + number, 0);
  const shown = code ? problems.filter((one) => one.code === code) : problems;
  return html`<ul class="profiles" aria-label=${PROBLEMS.profiles}>
      ${Object.entries(report.profiles).map(
        ([name, profile]) =>
          html`<li key=${name} class=${profile.accepted ? "accepted" : "refused"}>
            ${PROBLEMS.profile(name, profile.accepted)}${profile.reason && html`: <code>${profile.reason}</code>`}
          </li>`,
      )}
    </ul>
    ${report.warnings.map((/** @type {string} */ warning) => html`<p class="dim">${warning}</p>`)}
    ${all === 0 && html`<p>${PROBLEMS.none}</p>`}
    ${
      counts.length > 1 &&
      html`<div class="codes" role="group" aria-label=${PROBLEMS.counts}>
        <button type="button" aria-pressed=${code === ""} onClick=${() => setCode("")}>
          ${PROBLEMS.all} ${count(all)}
        </button>
        ${counts.map(([name, number]) => html`<button type="button" key=${name} aria-pressed=${code === name} onClick=${() => setCode(name)}>${name} ${count(number)}</button>`)}
      </div>`
    }
    ${all > problems.length && html`<p>${PROBLEMS.limited(problems.length, all)}</p>`}
    ${shown.length > 0 && html`<${List} problems=${shown} session=${session} capture=${capture} />`}`;
}

/** @param {{problems: readonly Problem[], session: string | null, capture: string | null}} props */
function List({ problems, session, capture }) {
  const { shown, pager } = usePages(problems, 50, problems[0]);
  return html`<div class="scroll-x">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">${PROBLEMS.code}</th>
            <th scope="col">${PROBLEMS.where}</th>
            <th scope="col">${PROBLEMS.says}</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (problem) =>
              html`<tr key=${`${problem.path} ${problem.code}`}>
                <td>
                  <span class="severity-${problem.severity}">${PROBLEMS.severity[problem.severity]}</span>${" "}
                  ${problem.message} <span class="dim">${problem.code}</span>
                </td>
                <td><${Place} problem=${problem} session=${session} capture=${capture} /></td>
                <td class="dim">${problem.spec}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${pager}`;
}

/** @param {{problem: Problem, session: string | null, capture: string | null}} props */
function Place({ problem, session, capture }) {
  const state = useViewState();
  const { entry, path, line, column } = problem;
  const text = html`<code>${path}</code> <span class="dim">${UPLOAD.place(line, column)}</span>`;
  if (session === null || capture === null || entry === undefined) return text;
  const id = entryId(capture, entry);
  return html`<a ...${link(state, { ...FRESH, view: "entries", session, entry: id, tab: "raw" })}
      >${PROBLEMS.entry(entry)}</a
    >${" "}${text}`;
}

/**
 * Returns the id of an entry: 96 bits of its capture's, as a UUID of version 8, and its ordinal.
 * @param {string} capture
 * @param {number} ordinal
 * @returns {string}
 */
export function entryId(capture, ordinal) {
  return `${capture.slice(0, 14)}8${capture.slice(15, 28)}${ordinal.toString(16).padStart(8, "0")}`;
}
