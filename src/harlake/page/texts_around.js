/** What the page says of sessions, uploads, exports, problems and searches. */
import { bytes, count, counted } from "./units.js";

export const PAGER = {
  label: "Pages of this list",
  first: "First",
  back: "Back",
  on: "Further",
  /** @type {(from: number, to: number, of: number) => string} */
  range: (from, to, of) => `${count(from)}–${count(to)} of ${count(of)}`,
};

export const UPLOAD = {
  choose: "Import files …",
  drop: "Drop HAR files to import them",
  where: "Where do these files go?",
  /** @type {(files: number, size: number) => string} */
  offered: (files, size) => `${counted(files, "file")}, ${bytes(size)}`,
  here: "Into this session",
  /** @type {(name: string) => string} */
  into: (name) => `Into “${name}”`,
  one: "Into one new session",
  each: "Each into a new session",
  fresh: "Into a new session",
  start: "Import",
  cancel: "Cancel",
  cancelAll: "Cancel all",
  clear: "Clear",
  title: "Imports",
  open: "Open",
  state: {
    waiting: "waiting",
    sending: "sending",
    ended: "being stored",
    done: "imported",
    refused: "refused",
    cancelled: "cancelled, nothing is kept",
  },
  lost: "the service does not answer; it goes on as soon as it does",
  /** @type {(sent: number, size: number, rate: number) => string} */
  progress: (sent, size, rate) => `${bytes(sent)} of ${bytes(size)}${rate > 0 ? `, ${bytes(rate)}/s` : ""}`,
  /** @type {(entries: number) => string} */
  entries: (entries) => counted(entries, "entry", "entries"),
  /** @type {(imported: number, total: number) => string} */
  imported: (imported, total) =>
    imported === total
      ? `${counted(total, "entry", "entries")} imported`
      : `${count(imported)} of ${counted(total, "entry", "entries")} imported; left out:`,
  /** @type {(ended: number, all: number) => string} */
  summary: (ended, all) => `${count(ended)} of ${counted(all, "file")} done`,
  /** @type {(rest: number) => string} */
  more: (rest) => `and ${counted(rest, "file")} more`,
  /** @type {(line: number, column: number) => string} */
  place: (line, column) => `line ${count(line)}, column ${count(column)}`,
};

export const IMPORTS = {
  /** @type {(running: number) => string} */
  running: (running) => counted(running, "import is running", "imports are running"),
  title: "Running imports",
  /** @type {(name: string) => string} */
  cancel: (name) => `Cancel ${name}`,
  unnamed: "without a name",
  /** @type {(entries: number, started: string) => string} */
  since: (entries, started) => `${counted(entries, "entry", "entries")}, since ${started}`,
};

export const SESSIONS = {
  title: "Sessions",
  name: "Name",
  created: "Created",
  entries: "Entries",
  files: "Files",
  size: "Size",
  actions: "Actions",
  newer: "Newest",
  older: "Older",
  rename: "Rename",
  remove: "Remove",
  addFiles: "Add files …",
  compare: "Compare",
  save: "Save",
  cancel: "Cancel",
  newName: "New name",
  empty: "No captures yet",
  emptyExplained: "Drop HAR files here, of any size, or choose them. They stay on this machine, byte for byte.",
  fromShell: "Or from a shell:",
  /** @type {(name: string, files: number, entries: number) => string} */
  confirm: (name, files, entries) =>
    `Remove “${name}” with ${counted(files, "file")} and ${counted(entries, "entry", "entries")}? This cannot be undone.`,
  /** @type {(name: string) => string} */
  confirmCapture: (name) => `Remove “${name}” and its entries from this session? This cannot be undone.`,
  /** @type {(name: string) => string} */
  filesOf: (name) => `files of ${name}`,
  file: "File",
  uploaded: "Uploaded",
  har: "As HAR",
  stored: "Stored",
  /** @type {(size: number, more: boolean) => string} */
  total: (size, more) => `${more ? "more than " : ""}${bytes(size)}`,
  /** @type {(imported: number, total: number) => string} */
  ofTotal: (imported, total) => (imported === total ? count(total) : `${count(imported)} of ${count(total)}`),
};

export const EXPORT = {
  button: "Export …",
  title: "Export what is shown",
  /** @type {(entries: number, filtered: boolean) => string} */
  what: (entries, filtered) => `${counted(entries, "entry", "entries")}${filtered ? " that pass the filter" : ""}`,
  counting: "Counting …",
  form: "Form",
  forms: {
    har: "HAR",
    ndjson: "NDJSON",
    csv: "CSV",
    parquet: "Parquet",
    zip: "HARs in a zip",
    playwright: "Playwright: a zip",
    embed: "Playwright: a HAR",
    postman: "Postman collection",
    openapi: "OpenAPI description",
    k6: "k6 script",
    warc: "WARC",
    "warc.gz": "WARC, compressed",
  },
  order: "Order",
  orders: { stored: "as stored", time: "by time" },
  bodies: "Bodies",
  /** @type {(bodies: string, form: string) => string} */
  body: (bodies, form) => {
    if (bodies.startsWith("max:")) return `up to ${bodies.slice(4).replace(/(\d)(\D)/, "$1 $2")} each`;
    return (
      { "": form === "parquet" ? "without" : "all", none: "without", text: "texts only", true: "with" }[bodies] ?? ""
    );
  },
  fill: "Fill in what strict readers miss",
  redact: "Secrets",
  redactions: {
    "": "as captured",
    secrets: "taken out",
    personal: "taken out, and personal values",
    strict: "taken out, and all that looks random",
  },
  raw: "Leave texts that spreadsheets would compute (for programs)",
  part: "Largest part",
  /** @type {(size: number) => string} */
  exactly: (size) => `${bytes(size)} (${counted(size, "byte")})`,
  /** @type {(size: number) => string} */
  atMost: (size) => `at most about ${bytes(size)}`,
  /** @type {(size: number) => string} */
  about: (size) => `about ${bytes(size)}`,
  unknown: "known when it is made",
  size: "Size",
  download: "Download",
  link: "Link to this view",
  exportLine: "The same from a shell",
  listLine: "Its rows from a shell",
  copy: "Copy",
  copied: "Copied",
  close: "Close",
};

export const PROBLEMS = {
  title: "Problems",
  explained: "What HAR 1.2 forbids in this session’s files, and whether browsers and programs would read them.",
  /** @type {(size: number) => string} */
  check: (size) => `Check (${bytes(size)})`,
  checkFile: "Check a file without importing it …",
  /** @type {(seconds: number) => string} */
  checking: (seconds) => `Checking, ${counted(seconds, "second")} …`,
  stop: "Stop",
  none: "Nothing to complain about.",
  severity: { error: "error", warning: "warning", info: "note" },
  /** @type {(name: string, accepted: boolean) => string} */
  profile: (name, accepted) => {
    if (name === "spec") return accepted ? "It is HAR 1.2" : "It is not HAR 1.2";
    const reader = { chrome: "Chrome", firefox: "Firefox", playwright: "Playwright", harValidator: "har-validator" }[
      name
    ];
    return `${reader ?? name} ${accepted ? "reads it" : "does not read it"}`;
  },
  profiles: "Who reads it",
  counts: "Problems",
  /** @type {(listed: number, of: number) => string} */
  limited: (listed, of) => `The first ${count(listed)} of ${count(of)} are listed.`,
  /** @type {(ordinal: number) => string} */
  entry: (ordinal) => `entry ${count(ordinal)}`,
  all: "All codes",
  code: "Problem",
  where: "Where",
  says: "HAR 1.2 says",
};

export const SEARCH = {
  title: "Search",
  text: "Text",
  hint: "A text in URLs, headers, cookies and bodies",
  exact: "Upper and lower case differ",
  search: "Search",
  stop: "Stop",
  /** @type {(hits: number, done: boolean, stopped: boolean) => string} */
  found: (hits, done, stopped) =>
    `${counted(hits, "hit")}${done ? "" : stopped ? ", stopped" : " so far, searching …"}`,
  /** @type {(entries: number) => string} */
  searched: (entries) => `${counted(entries, "entry", "entries")} searched`,
  /** @type {(limit: number) => string} */
  limited: (limit) => `The first ${counted(limit, "hit")}. A filter makes it fewer; all of them are in this file:`,
  all: "all hits, as NDJSON",
  cutOff: "The answer was cut off before its end: there may be more.",
  none: "Nothing is found.",
  /** @type {(times: number) => string} */
  times: (times) => `${count(times)} times`,
};

export const HELP = {
  title: "Keys",
  close: "Close",
  button: "Keys",
};

export const FILTER_NOTE = {
  only: "Only",
  from: "from",
  to: "to",
  all: "Show all",
};
