import assert from "node:assert/strict";
import { test } from "node:test";

/** Stands for the browser's: what is done to it is seen, and what it does is done by hand. */
class FakeRequest {
  /** @type {FakeRequest[]} */
  static all = [];
  /** @type {any} */ upload = {};
  /** @type {any} */ onload;
  /** @type {any} */ onabort;
  /** @type {any} */ onerror;
  address = "";
  status = 0;
  responseText = "";
  constructor() {
    FakeRequest.all.push(this);
  }
  /**
   * @param {string} _method
   * @param {string} address
   */
  open(_method, address) {
    this.address = address;
  }
  setRequestHeader() {}
  send() {}
  abort() {
    this.onabort();
  }
  /**
   * @param {number} status
   * @param {unknown} body
   */
  answer(status, body) {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload();
  }
}
/** @type {any} */ (globalThis).XMLHttpRequest = FakeRequest;

const { addFiles, cancelAll, cancelUpload, forgetEnded, getUploads, meter } =
  await import("../../../src/harlake/page/upload_queue.js");

/** Lets what follows from an answer happen. */
const settled = () => new Promise((resolve) => setTimeout(resolve));
/** @param {string} name */
const file = (name) => /** @type {File} */ ({ name, size: 10 });
const states = () => getUploads().map(({ state }) => state);

test("files go one after the other, into the session that the first has made", async () => {
  addFiles([file("a.har"), file("b.har")], { id: null, name: null, isShared: true });
  assert.deepEqual(states(), ["sending", "waiting"]);
  FakeRequest.all[0]?.upload.onload();
  assert.deepEqual(states(), ["ended", "waiting"]);
  FakeRequest.all[0]?.answer(200, { sessionId: "S" });
  await settled();
  assert.deepEqual(states(), ["done", "sending"]);
  assert.deepEqual(
    FakeRequest.all.map(({ address }) => address),
    ["/api/har/import?name=a.har", "/api/har/import?name=b.har&session_id=S"],
  );
  FakeRequest.all[1]?.answer(400, { error: "Invalid HAR structure", detail: "log is missing" });
  await settled();
  assert.equal(getUploads()[1]?.error?.message, "Invalid HAR structure: log is missing");
  forgetEnded();
  assert.deepEqual(getUploads(), []);
});

test("what is on its way is stopped, and what waits never goes", async () => {
  addFiles([file("a"), file("b"), file("c"), file("d")], { id: null, name: null, isShared: false });
  const [first, second] = getUploads();
  cancelUpload(/** @type {any} */ (second).number);
  cancelUpload(/** @type {any} */ (first).number);
  await settled();
  assert.deepEqual(states(), ["cancelled", "cancelled", "sending", "waiting"]);
  cancelAll();
  await settled();
  assert.deepEqual(states(), ["cancelled", "cancelled", "cancelled", "cancelled"]);
  forgetEnded();
});

test("a rate is that of the last seconds", () => {
  const measure = meter();
  assert.equal(measure(0, 0), 0);
  assert.equal(measure(1000, 1_000_000), 1_000_000);
  for (let second = 2; second < 10; second++) measure(second * 1000, 1_000_000);
  assert.equal(measure(10_000, 1_000_000), 0);
});
