// Whether a page's question is still open: the line asks it, the stage keeps its answer back.

/** @type {Map<string, boolean>} */
const settled = new Map();
/** @type {Set<(slug: string) => void>} */
const listeners = new Set();

/**
 * Whether the answer may be shown, because it was given, asked for, or no question is asked.
 * @param {string} slug
 */
export const isSettled = (slug) => settled.get(slug) ?? false;

/**
 * @param {string} slug
 * @param {boolean} value
 */
export function settle(slug, value = true) {
  if (isSettled(slug) === value) return;
  settled.set(slug, value);
  for (const listener of listeners) listener(slug);
}

/**
 * Call a function whenever a question is settled or asked anew; returns what ends that.
 * @param {(slug: string) => void} listener
 */
export function onSettled(listener) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
