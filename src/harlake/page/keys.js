/** What keys do, by where they do it. Whoever adds a key adds it here. */

/** @typedef {readonly [names: readonly string[], what: string]} Key */

/** @type {Readonly<Record<string, readonly Key[]>>} */
export const KEYS = {
  Everywhere: [
    [["?"], "show and hide these keys"],
    [["Esc"], "close what is open"],
    [["Tab", "Shift + Tab"], "to the next control, and back"],
  ],
  Entries: [
    [["/"], "to the filter"],
    [["j", "k"], "next and previous entry, wherever the focus is"],
    [["↓", "↑", "Page Down", "Page Up", "Home", "End"], "walk through the table"],
    [["Enter"], "look into an entry"],
  ],
  "An entry": [
    [["←", "→", "Home", "End"], "walk through its tabs"],
    [["↑", "↓", "Home", "End"], "walk through the tree of a JSON"],
    [["→", "←", "Enter"], "open and close a branch of it"],
  ],
};
