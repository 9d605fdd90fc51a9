// The way of live pictures: a component of its own, so that an answer redraws nothing but itself.
// The stage, which has the camera, meets it here: both import the same module.

import { component } from "../../browser/mount.js";

/** @typedef {{ frame: string, scores: number[], network: number[] | null, problem: string }} Answer */

/**
 * @type {{ ask: ((told: string) => void) | null, hear: ((answer: Answer) => void) | null }}
 * `ask` is there while the page can answer, `hear` while a stage listens.
 */
export const way = { ask: null, hear: null };

export default await component((_root, server) => {
  const ask = (/** @type {string} */ told) => server.trigger("frame", told);
  way.ask = ask;
  return {
    load: (/** @type {Answer} */ answer) => way.hear?.(answer),
    close() {
      if (way.ask === ask) way.ask = null;
    },
  };
});
