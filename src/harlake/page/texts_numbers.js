/** What the page says of statistics and comparisons. */
import { count, counted, duration } from "./units.js";

export const STATISTICS = {
  title: "Statistics",
  requests: "Requests",
  failed: "Failed",
  content: "Content",
  transferred: "Transferred",
  sent: "Sent",
  span: "From first to last",
  overTime: "Requests over time",
  chartHelp: "Drag over the chart to see only that time.",
  /** @type {(interval: number) => string} */
  perInterval: (interval) => `Each bar is ${duration(interval)}.`,
  asTable: "As a table",
  begins: "Begins",
  times: "Times",
  phases: { time: "Whole request", wait: "Waiting", connect: "Connecting" },
  percentile: { p50: "Median", p90: "90 %", p99: "99 %", max: "Longest" },
  count: "Requests",
  errors: "Failed",
  share: "Share",
  groups: { hosts: "Hosts", types: "Types", statuses: "Status", methods: "Methods", mimeTypes: "Media types" },
  pages: "Pages",
  page: "Page",
  onContentLoad: "Content loaded",
  onLoad: "Loaded",
  lists: { slowest: "Slowest", largest: "Largest", failures: "First failures" },
  none: "none",
  /** @type {(listed: number, of: number) => string} */
  limited: (listed, of) => `The first ${count(listed)} of ${count(of)}.`,
  /** @type {(name: string) => string} */
  select: (name) => `Show only ${name}`,
  empty: "No entry passes the filter.",
};

export const COMPARE = {
  title: "Compare",
  before: "Before",
  after: "After",
  choose: "Choose a session …",
  older: "Older sessions …",
  swap: "Swap",
  explained: "Choose two sessions to see what has changed from one to the other.",
  totals: "In all",
  measure: "Number",
  ratio: "Ratio",
  groups: {
    changed: "Changed",
    added: "Added",
    removed: "Removed",
    pages: "Pages",
    hosts: "Hosts",
    thirdParties: "Third parties",
  },
  /** @type {Record<string, string>} */
  names: {
    count: "Requests",
    errors: "Failed",
    contentBytes: "Content",
    transferBytes: "Transferred",
  },
  /** @type {(same: number, sporadic: number) => string} */
  rest: (same, sporadic) =>
    `${counted(same, "endpoint")} the same${sporadic > 0 ? `, ${count(sporadic)} in some runs only` : ""}`,
  endpoint: "Endpoint",
  changes: "What has changed",
  status: "Status",
  nothing: "Nothing.",
  more: "Show more",
  /** @type {(listed: number, of: number) => string} */
  limited: (listed, of) => `${count(listed)} of ${count(of)} are listed.`,
  waterfalls: "Both waterfalls",
  /** @type {(entries: number, from: number) => string} */
  waterfall: (entries, from) => `${counted(entries, "entry", "entries")}, from number ${count(from)}`,
  /** @type {(span: number) => string} */
  axis: (span) => `Both axes are ${duration(span)} long.`,
  numbers: "Numbers",
  example: "Example",
};
