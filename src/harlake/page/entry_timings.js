/** How long each phase of an entry took. */

import { asNumber, asText, objectOf } from "./entry_data.js";
import { html } from "./html.js";
import { ENTRY } from "./texts.js";
import { duration as taken } from "./units.js";

/** @typedef {"blocked" | "dns" | "connect" | "ssl" | "send" | "wait" | "receive"} Phase */

const PHASES = /** @type {const} */ (["blocked", "dns", "connect", "ssl", "send", "wait", "receive"]);

/**
 * @param {unknown} timings of an entry
 * @returns {{name: Phase, start: number, duration: number}[]} one after the other; a phase that does not apply is left out
 */
export function phasesOf(timings) {
  const given = objectOf(timings);
  let start = 0;
  const phases = [];
  for (const name of PHASES) {
    let duration = asNumber(given[name]);
    if (duration === null) continue;
    // The TLS handshake is part of the connection.
    if (name === "connect") duration = Math.max(0, duration - (asNumber(given.ssl) ?? 0));
    phases.push({ name, start, duration });
    start += duration;
  }
  return phases;
}

/**
 * @param {{entry: any}} props
 * @returns {unknown}
 */
export function EntryTimings({ entry }) {
  const phases = phasesOf(entry.timings);
  const sum = phases.reduce((total, { duration }) => total + duration, 0);
  const time = asNumber(entry.time);
  const comment = asText(objectOf(entry.timings).comment);
  return html`
    <table class="facts timings">
      <caption>
        ${ENTRY.started}${" "}<time>${asText(entry.startedDateTime)}</time>
      </caption>
      <thead>
        <tr>
          <th scope="col">${ENTRY.phase}</th>
          <th scope="col" class="number">${ENTRY.starts}</th>
          <th scope="col" class="number">${ENTRY.takes}</th>
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${phases.map(({ name, start, duration }) => {
          const style = {
            marginInlineStart: `${sum ? (start / sum) * 100 : 0}%`,
            width: `${sum ? (duration / sum) * 100 : 0}%`,
            background: `var(--phase-${name})`,
          };
          return html`
            <tr key=${name}>
              <th scope="row"><i class="phase" style=${{ background: style.background }}></i>${ENTRY.phases[name]}</th>
              <td class="number">${taken(start)}</td>
              <td class="number">${taken(duration)}</td>
              <td class="bar"><div style=${style}></div></td>
            </tr>
          `;
        })}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">${ENTRY.time}</th>
          <td></td>
          <td class="number">${taken(time ?? sum)}</td>
          <td></td>
        </tr>
      </tfoot>
    </table>
    ${phases.length === 0 && html`<p class="dim notice">${ENTRY.noTimings}</p>`}
    ${comment && html`<p class="dim">${comment}</p>`}
  `;
}
