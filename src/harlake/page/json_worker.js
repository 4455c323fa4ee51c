/** Writes JSON with a line for each member, beside the page: of megabytes, that takes longer than a frame. */

import { indented } from "./json_scan.js";

self.onmessage = (/** @type {MessageEvent<string>} */ event) => self.postMessage(indented(event.data));
