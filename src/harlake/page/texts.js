/**
 * All that the page says, in English. A section for each part; a text with a number or a name in it is a function.
 */

export { counted } from "./units.js";
export * from "./texts_around.js";
export * from "./texts_numbers.js";

export const MAIN = {
  title: "harlake",
  sessions: "Sessions",
  views: "Views of this session",
  view: {
    sessions: "Sessions",
    entries: "Entries",
    statistics: "Statistics",
    problems: "Problems",
    search: "Search",
    compare: "Compare",
  },
  loading: "Loading …",
  failed: "This part of the page has failed.",
  tryAgain: "Try again",
  skip: "Skip to the content",
  signOut: "Sign out",
  signIn: {
    title: "Sign in",
    explanation: "This service needs a token. Whoever runs it makes one with harlake token create.",
    token: "Token",
    submit: "Sign in",
    wrong: "There is no such token, or it has expired.",
  },
};

export { COLUMN_LABELS, TABLE } from "./texts_table.js";

export { ENTRY } from "./texts_entry.js";
