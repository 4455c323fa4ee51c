/** What the bars of the waterfall mean: drawn as they are, and named. */
import { onColors } from "./colors.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { TABLE } from "./texts.js";
import { drawPhase, palette, PHASES } from "./waterfall.js";

/** @param {{isTimed: boolean, hasMarks: boolean}} props */
export function Legend({ isTimed, hasMarks }) {
  const texts = TABLE.waterfall;
  return html`<ul class="legend" aria-label=${texts.legend}>
    ${PHASES.map((phase) => html`<li key=${phase}><${Swatch} phase=${phase} />${texts.phases[phase]}</li>`)}
    ${isTimed && hasMarks && html`<li class="dim">${texts.marks}</li>`}
    ${!isTimed && html`<li class="dim">${texts.zero}</li>`}
  </ul>`;
}

/** @param {{phase: import("./waterfall.js").Phase}} props */
function Swatch({ phase }) {
  const canvas = /** @type {{current: HTMLCanvasElement | null}} */ (useRef(null));
  const [, setDrawn] = useState(0);
  useEffect(() => onColors(() => setDrawn((/** @type {number} */ before) => before + 1)), []);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.clearRect(0, 0, 22, 16);
    drawPhase(context, palette(), phase, 0, 0, 22, 16);
  });
  return html`<canvas ref=${canvas} width="22" height="16" aria-hidden="true"></canvas>`;
}
