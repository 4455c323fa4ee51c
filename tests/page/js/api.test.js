import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ApiError, getJson, lines, objects, onUnauthorized, send, url } from "../../../src/harlake/page/api.js";

const fetched = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = fetched;
});

/**
 * @param {BodyInit | null} body
 * @param {ResponseInit} [init]
 * @returns {{address?: string, options?: RequestInit}} what is asked, once it is
 */
function answer(body, init) {
  /** @type {{address?: string, options?: RequestInit}} */
  const asked = {};
  globalThis.fetch = async (address, options) => {
    Object.assign(asked, { address, options });
    return new Response(body, init);
  };
  return asked;
}

/** @param {string[]} chunks */
function readerOf(chunks) {
  const left = [...chunks];
  return {
    read: async () => (left.length ? { done: false, value: left.shift() } : { done: true }),
  };
}

/** @param {AsyncIterable<any>} all */
async function collected(all) {
  const found = [];
  for await (const one of all) found.push(one);
  return found;
}

test("a URL has each parameter as often as it is given", () => {
  assert.equal(url("/api/sessions"), "/api/sessions");
  assert.equal(url("api/x", [["a", "1 2"], ["a", "&"]]), "/api/x?a=1+2&a=%26"); // prettier-ignore
});

test("an answer's JSON is returned, and 204 is null", async () => {
  const asked = answer('{"a": 1}');
  assert.deepEqual(await getJson("/api/x", [["b", "c"]]), { a: 1 });
  assert.equal(asked.address, "/api/x?b=c");
  const sent = answer(null, { status: 204 });
  assert.equal(await send("DELETE", "/api/x"), null);
  assert.equal(sent.options?.body, undefined);
  const posted = answer("{}");
  await send("POST", "/api/x", { name: "n" });
  assert.equal(posted.options?.body, '{"name":"n"}');
});

test("an error is what the API says, or what a proxy does", async () => {
  answer('{"error": "Bad request", "detail": "no"}', { status: 400 });
  await assert.rejects(getJson("/api/x"), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.error, error.detail], [400, "Bad request", "no"]);
    assert.equal(error.message, "Bad request: no");
    return true;
  });
  answer("<html>", { status: 502, statusText: "Bad Gateway" });
  await assert.rejects(getJson("/api/x"), { status: 502, error: "HTTP 502", detail: "Bad Gateway" });
  globalThis.fetch = () => Promise.reject(new TypeError("fetch failed"));
  await assert.rejects(getJson("/api/x"), { status: 0 });
});

test("whoever wants to know is told that a token is needed", async () => {
  let told = 0;
  const forget = onUnauthorized(() => told++);
  answer("{}", { status: 401 });
  await assert.rejects(getJson("/api/x"));
  assert.equal(told, 1);
  forget();
  await assert.rejects(getJson("/api/x"));
  assert.equal(told, 1);
});

test("lines are the same however they are cut", async () => {
  const found = [{ a: 1 }, { b: "é\n" }, {}, [1, 2]];
  const text = found.map((one) => JSON.stringify(one)).join("\n\n");
  for (let length = 1; length <= text.length; length++) {
    const chunks = text.match(new RegExp(`[^]{1,${length}}`, "gu")) ?? [];
    assert.deepEqual(await collected(objects(readerOf(chunks))), found);
    assert.deepEqual(await collected(objects(readerOf([...chunks, "\n"]))), found);
  }
});

test("leaving the loop ends the request", async () => {
  let cancelled = false;
  answer(
    new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('{"a":1}\n'));
      },
      cancel() {
        cancelled = true;
      },
    }),
  );
  for await (const one of lines("/api/x")) {
    assert.deepEqual(one, { a: 1 });
    break;
  }
  await new Promise((resolve) => setTimeout(resolve));
  assert.ok(cancelled);
});
