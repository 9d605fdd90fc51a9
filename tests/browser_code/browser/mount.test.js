// Components in their places: Streamlit calls one anew with each message, and ends the calls that a newer
// one has overtaken while they were waiting for the script.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

class Sheet {
  async replace() {}
}
const host = { isConnected: true, toggleAttribute: () => false };
Object.assign(globalThis, {
  CSSStyleSheet: Sheet,
  fetch: async () => ({ text: async () => "" }),
  addEventListener: () => {},
  matchMedia: () => ({ addEventListener: () => {}, matches: false }),
  document: {
    documentElement: { classList: { contains: () => false } },
    addEventListener: () => {},
    body: { addEventListener: () => {} },
  },
});
const { component } = await import("../../../dashboard/browser/mount.js");

/** @type {{ loaded: number[], closed: boolean }[]} */
let made = [];
const draw = await component(() => {
  const one = { loaded: /** @type {number[]} */ ([]), closed: false };
  made.push(one);
  return {
    load: (header) => one.loaded.push(header.at),
    close: () => {
      one.closed = true;
    },
  };
});

/** A message that holds no array. */
function message(/** @type {number} */ at) {
  const header = new TextEncoder().encode(JSON.stringify({ at, arrays: [] }));
  const data = new Uint8Array(4 + header.length);
  new DataView(data.buffer).setUint32(0, header.length, true);
  data.set(header, 4);
  return data;
}

const place = () => /** @type {any} */ ({ host, adoptedStyleSheets: [] });
const given = (/** @type {any} */ parentElement, /** @type {number} */ at) => ({
  data: message(at),
  parentElement,
  setStateValue: () => {},
  setTriggerValue: () => {},
});

beforeEach(() => {
  made = [];
  host.isConnected = true;
});

test("the end of an overtaken call takes nothing away", () => {
  const root = place();
  const overtaken = draw(given(root, 1));
  draw(given(root, 2));
  overtaken(); // its message was overtaken by the second before it was drawn
  draw(given(root, 3));
  assert.deepEqual(made, [{ loaded: [1, 2, 3], closed: false }]);
});

test("a place that leaves the page closes what is in it, once", () => {
  const root = place();
  draw(given(root, 1));
  const end = draw(given(root, 2));
  host.isConnected = false;
  end();
  assert.deepEqual(made, [{ loaded: [1, 2], closed: true }]);
});

test("nothing is made in a place that has left while its script came", () => {
  host.isConnected = false;
  draw(given(place(), 1))();
  assert.deepEqual(made, []);
});
