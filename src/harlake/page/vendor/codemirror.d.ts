/** Shows a text that cannot be changed; made by tools/codemirror.js. */
export function show(
  root: ShadowRoot,
  text: string,
  options: { label: string; language: "json" | "" },
): { destroy(): void };
