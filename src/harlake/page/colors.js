/** The page's colours for a canvas. */

/**
 * Returns the value that a colour of the page has now.
 * @param {string} name of a custom property
 * @returns {string}
 */
export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * Calls a function when the colours have become others, until what is returned is called.
 * @param {() => void} listener
 * @returns {() => void}
 */
export function onColors(listener) {
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}
