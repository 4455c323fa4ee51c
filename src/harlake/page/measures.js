/** Numbers of two sides, and whether they have changed. */
import { html } from "./html.js";
import { COMPARE } from "./texts_numbers.js";
import { bytes, count, duration, ratio } from "./units.js";

/**
 * @typedef {object} Measure
 * @property {string} name
 * @property {"count" | "bytes" | "ms"} unit
 * @property {number | null} a
 * @property {number | null} b
 * @property {number | null} ratio
 * @property {boolean} changed
 */

/** @param {{measures: Measure[]}} props */
export function Measures({ measures }) {
  return html`<div class="scroll-x">
    <table class="list measures">
      <thead>
        <tr>
          <th scope="col">${COMPARE.measure}</th>
          <th scope="col" class="number">${COMPARE.before}</th>
          <th scope="col" class="number">${COMPARE.after}</th>
          <th scope="col" class="number">${COMPARE.ratio}</th>
        </tr>
      </thead>
      <tbody>
        ${measures.map(
          (one) =>
            html`<tr key=${one.name} class=${one.changed ? "changed" : ""}>
              <th scope="row">${COMPARE.names[one.name] ?? one.name}</th>
              <td class="number">${measured(one.a, one.unit)}</td>
              <td class="number">${measured(one.b, one.unit)}</td>
              <td class="number">${ratio(one.ratio)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/**
 * @param {number | null} value
 * @param {"count" | "bytes" | "ms"} unit
 * @returns {string}
 */
export function measured(value, unit) {
  return { count, bytes, ms: duration }[unit](value);
}
