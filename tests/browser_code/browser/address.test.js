// What is open in the page's address: what is written, and what a step of Back must not undo.

import assert from "node:assert/strict";
import { test } from "node:test";

/** @type {Map<string, () => void>} */
const listeners = new Map();
/** @type {[string, string][]} */
const steps = [];
let href = "http://localhost/dropout";
const go = (/** @type {string} */ kind) => (/** @type {any} */ _, /** @type {string} */ __, to) => {
  href = String(to);
  steps.push([kind, new URL(href).search]);
};
Object.assign(globalThis, {
  location: {
    get href() {
      return href;
    },
  },
  history: { state: null, pushState: go("push"), replaceState: go("replace") },
  addEventListener: (/** @type {string} */ name, /** @type {() => void} */ call) =>
    listeners.set(name, call),
});
const { write } = await import("../../../dashboard/browser/address.js");

/** Back or Forward, as the browser does it: the address first, then its event. */
function walk(/** @type {string} */ search) {
  href = `http://localhost/dropout${search}`;
  listeners.get("popstate")?.();
}

test("a choice is a step of Back, what the menu lacks is none", () => {
  write({ parameters: { network: "lenet" }, choices: 0, seen: { network: "" } });
  write({ parameters: { network: "paper" }, choices: 1, seen: { network: "lenet" } });
  assert.deepEqual(steps.splice(0), [
    ["replace", "?network=lenet"],
    ["push", "?network=paper"],
  ]);
});

test("a run that began before Back does not undo the step", () => {
  walk("");
  write({ parameters: { network: "paper" }, choices: 1, seen: { network: "paper" } });
  assert.deepEqual(steps.splice(0), []);
  assert.equal(new URL(href).search, "");
  // The run that Back asked for is believed again, and so is a choice after it.
  write({ parameters: { network: "" }, choices: 1, seen: { network: "" } });
  write({ parameters: { network: "vgg" }, choices: 2, seen: { network: "" } });
  assert.deepEqual(steps.splice(0), [["push", "?network=vgg"]]);
});
