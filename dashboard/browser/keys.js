// Keys: walking a grid, and letters that are only typed.

/** @typedef {{ row: number, column: number }} Cell */

/** @type {Record<string, [number, number]>} Rows and columns that an arrow goes. */
export const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Whether a key belongs to the browser or to another part of the page.
 * @param {KeyboardEvent} event
 */
export const foreign = (event) =>
  event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey;

/**
 * Where an arrow, Home, End or a page key leads on a grid; null for any other key.
 *
 * Shift goes five cells at a time. The cell stays inside; a used key is taken from the page.
 * @param {KeyboardEvent} event
 * @param {Cell} from
 * @param {{ rows: number, columns: number }} grid
 * @returns {Cell | null}
 */
export function walk(event, from, { rows, columns }) {
  if (foreign(event)) return null;
  const way = WAYS[event.key];
  /** @type {Cell | null} */
  let to = null;
  if (way) {
    const far = event.shiftKey ? 5 : 1;
    to = { row: from.row + far * way[0], column: from.column + far * way[1] };
  } else if (event.key === "Home") to = { row: from.row, column: 0 };
  else if (event.key === "End") to = { row: from.row, column: columns - 1 };
  if (!to) return null;
  event.preventDefault();
  event.stopPropagation();
  return {
    row: Math.min(Math.max(to.row, 0), rows - 1),
    column: Math.min(Math.max(to.column, 0), columns - 1),
  };
}

/**
 * Whether a key is being typed into a field.
 * @param {KeyboardEvent} event
 */
export function typing(event) {
  const field = /** @type {Element | undefined} */ (event.composedPath()[0]);
  return Boolean(field?.matches?.("input:not([type=range], [type=checkbox]), textarea, select"));
}

// Streamlit takes r and c, pressed anywhere in the document, for commands of its own. It leaves text
// fields alone, but cannot see those inside a component's shadow root: there a letter is only typed.
document.body.addEventListener("keydown", (event) => {
  const field = /** @type {Element | undefined} */ (event.composedPath()[0]);
  const typed = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (typed && typing(event) && field?.getRootNode() instanceof ShadowRoot) event.stopPropagation();
});
