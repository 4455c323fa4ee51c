/** What the panel of one entry says. */

import { bytes, count } from "./units.js";

export const ENTRY = {
  panel: "Entry",
  tabs: "Parts of this entry",
  tab: {
    headers: "Headers",
    cookies: "Cookies",
    payload: "Payload",
    preview: "Preview",
    raw: "Raw",
    timings: "Timings",
    initiator: "Initiator",
    messages: "Messages",
  },
  close: "Close",
  loading: "Loading …",
  none: "none",
  noResponse: "no response",
  yes: "yes",

  copy: "Copy",
  copied: "Copied",
  copyAs: {
    curl: "cURL",
    fetch: "fetch",
    python: "Python",
    powershell: "PowerShell",
    url: "URL",
    link: "Link",
  },
  copyPath: "Copy path",
  copyValue: "Copy value",

  general: "General",
  responseHeaders: "Response headers",
  requestHeaders: "Request headers",
  url: "URL",
  method: "Method",
  status: "Status",
  failure: "Error",
  version: "HTTP version",
  address: "Server",
  connection: "Connection",
  redirect: "Redirects to",
  mimeType: "Media type",
  contentSize: "Size",
  transferSize: "Transferred",
  requestSize: "Sent",
  resourceType: "Type",
  priority: "Priority",
  cached: "From cache",
  pageref: "Page",
  started: "Started",
  comment: "Comment",

  responseCookies: "Response cookies",
  requestCookies: "Request cookies",
  name: "Name",
  value: "Value",
  cookie: {
    domain: "Domain",
    path: "Path",
    expires: "Expires",
    httpOnly: "HttpOnly",
    secure: "Secure",
    sameSite: "SameSite",
  },

  query: "Query",
  body: { request: "Body of the request", response: "Body of the response" },
  noBody: { request: "No body was captured of this request.", response: "No body was captured of this response." },
  empty: "The body is empty.",
  ways: "Show the body as",
  way: {
    tree: "Tree",
    indented: "Formatted",
    text: "Text",
    hex: "Hex",
    page: "Page",
    image: "Image",
    picture: "Image",
    font: "Font",
    media: "Play",
  },
  save: "Save",
  /** @param {number} size */
  showLarge: (size) => `Show ${bytes(size)}, a piece at a time`,
  pieces: "Pieces",
  first: "First",
  before: "Previous",
  next: "Next",
  last: "Last",
  place: "Place",
  /**
   * @param {number} start
   * @param {number} end
   * @param {number} total
   */
  range: (start, end, total) => `bytes ${count(start)} to ${count(end)} of ${count(total)}`,
  tree: "JSON",
  hex: "Bytes",
  /** @param {string} why */
  notJson: (why) => `This is not JSON: ${why}`,
  noWorker: "The formatter does not run.",
  picture: "Captured image",
  noPicture: "The browser cannot show this image.",
  sandboxed: "Shown without scripts, and without anything that it would load.",
  page: "Captured page",
  /** @param {string} why */
  noFont: (why) => `The browser cannot show this font: ${why}`,
  fontSample: "Sphinx of black quartz, judge my vow. 0123456789 äöüß ÅØÆ αβγ АБВ !?&@",
  raw: "Entry as it was captured",
  indent: "Formatted",

  phase: "Phase",
  starts: "Begins",
  takes: "Takes",
  time: "In all",
  noTimings: "No timings were captured.",
  phases: {
    blocked: "Blocked",
    dns: "DNS",
    connect: "Connect",
    ssl: "TLS",
    send: "Send",
    wait: "Wait",
    receive: "Receive",
  },

  initiator: {
    type: "Initiated by",
    none: "No initiator was captured.",
    chain: "Chain of initiators",
    chainOf: "What led to this request, the first cause first:",
    self: "this entry",
    notCaptured: "not in this session",
    stack: "Call stack",
    anonymous: "(anonymous)",
    more: "Look further back",
    redirects: "Redirect",
  },

  messages: {
    none: "This entry has no messages.",
    caption: "Messages",
    direction: { send: "↑ sent", receive: "↓ received" },
    type: "Type",
    time: "Time",
    size: "Size",
    data: "Data",
    /** @param {number} opcode */
    opcode: (opcode) => ({ 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" })[opcode] ?? `opcode ${opcode}`,
    /** @param {number} size */
    cut: (size) => `… of ${bytes(size)}`,
    /**
     * @param {number} start
     * @param {number} end
     * @param {number} total
     */
    range: (start, end, total) => `${count(start + 1)} to ${count(end)} of ${count(total)}`,
  },
};
