import assert from "node:assert/strict";
import { test } from "node:test";

/** @typedef {{method: string, address: string, headers: Record<string, string>, size: number}} Sent */

/** @type {Sent[]} what was sent with a body */
let sent = [];
/** @type {((request: any) => void)[]} what becomes of these, one after the other */
let fates = [];

class FakeRequest {
  /** @type {any} */ upload = {};
  /** @type {Sent} */ sent = { method: "", address: "", headers: {}, size: 0 };
  status = 0;
  responseText = "";
  /** @type {any} */ onload;
  /** @type {any} */ onerror;
  /** @type {any} */ onabort;
  /** @type {any} */ onloadend;
  /**
   * @param {string} method
   * @param {string} address
   */
  open(method, address) {
    Object.assign(this.sent, { method, address });
  }
  /**
   * @param {string} name
   * @param {string} value
   */
  setRequestHeader(name, value) {
    this.sent.headers[name] = value;
  }
  /** @param {{size: number}} body */
  send(body) {
    this.sent.size = body.size;
    sent.push(this.sent);
    setTimeout(() => {
      fates.shift()?.(this);
      this.onloadend();
    });
  }
  abort() {
    this.onabort();
  }
}
/** @type {any} */ (globalThis).XMLHttpRequest = FakeRequest;

/** @type {[string, string][]} what was asked without a body */
let asked = [];
/** @type {(method: string, address: string) => Response} */
let service = () => new Response("{}");
/** @type {any} */ (globalThis).fetch = async (
  /** @type {string} */ address,
  /** @type {any} */ { method = "GET" },
) => {
  asked.push([method, address]);
  return service(method, address);
};

const { sendFile } = await import("../../../src/harlake/page/send_file.js");

/**
 * @param {number} status
 * @param {unknown} body
 */
const answers = (status, body) => (/** @type {any} */ request) => {
  Object.assign(request, { status, responseText: body === null ? "" : JSON.stringify(body) });
  request.onload();
};
const breaks = (/** @type {any} */ request) => request.onerror();
/** @param {number} size */
const file = (size) =>
  /** @type {File} */ (
    /** @type {unknown} */ ({ name: "ü.har", size, slice: (/** @type {number} */ from) => ({ size: size - from }) })
  );
const watching = () => {
  const ending = new AbortController();
  /** @type {boolean[]} */
  const lost = [];
  return {
    ending,
    lost,
    watch: { signal: ending.signal, progress: () => {}, lost: (/** @type {boolean} */ is) => void lost.push(is) },
  };
};

test("a small file goes again as a whole, with the same key", async () => {
  [sent, asked, fates] = [[], [], [breaks, answers(200, { imported: 1 })]];
  const { watch, lost } = watching();
  assert.deepEqual(await sendFile(file(10), { sessionId: "S" }, watch), { imported: 1 });
  assert.deepEqual(
    sent.map(({ method }) => method),
    ["PUT", "PUT"],
  );
  assert.equal(sent[0]?.headers["idempotency-key"], sent[1]?.headers["idempotency-key"]);
  assert.match(sent[0]?.headers["idempotency-key"] ?? "", /^[0-9a-f]{32}$/);
  assert.deepEqual(lost, [true, false]);
});

test("a large file goes on where the service says", async () => {
  const size = 40_000_000;
  [sent, asked, fates] = [[], [], [breaks, answers(204, null)]];
  let polls = 0;
  service = (method) => {
    if (method === "POST") return Response.json({ id: "U" }, { status: 201 });
    if (method === "HEAD") return new Response(null, { headers: { "upload-offset": "30000000" } });
    return Response.json(polls++ ? { state: "done", result: { imported: 2 } } : { state: "importing", result: null });
  };
  const { watch, lost } = watching();
  assert.deepEqual(await sendFile(file(size), {}, watch), { imported: 2 });
  assert.deepEqual(
    sent.map(({ method, headers, size: length }) => [method, headers["upload-offset"], length]),
    [
      ["PATCH", "0", size],
      ["PATCH", "30000000", 10_000_000],
    ],
  );
  assert.deepEqual(lost, [true, false]);
});

test("what is refused is said, and what is ended is removed", async () => {
  [sent, asked, fates] = [[], [], [answers(400, { error: "Invalid HAR file format", line: 3 })]];
  const refused = watching();
  await assert.rejects(sendFile(file(40_000_000), {}, refused.watch), { message: "Invalid HAR file format" });
  assert.equal(asked.filter(([method]) => method === "DELETE").length, 0);
  const { ending, watch } = watching();
  fates = [() => ending.abort()];
  await assert.rejects(sendFile(file(40_000_000), {}, watch), { message: "Cancelled" });
  assert.deepEqual(asked.at(-1), ["DELETE", "/api/uploads/U"]);
});
