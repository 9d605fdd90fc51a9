// A choice stays open while a file is on its way to it. Streamlit takes an uploader down with the
// popover that holds it, and what is on its way then arrives nowhere, without a word.

const UPLOADING =
  '[data-testid="stPopoverBody"]:has([data-testid="stFileChip"] [aria-label^="Cancel upload"])';
const OPENER = '[data-testid="stPopoverButton"][aria-expanded="true"]';

/**
 * Whether an event would take down an uploader at work.
 * @param {Event} event
 */
function closes(event) {
  const choice = document.querySelector(UPLOADING);
  if (!choice) return false;
  if (event instanceof KeyboardEvent) return event.key === "Escape";
  const target = /** @type {Element | null} */ (event.composedPath()[0]);
  return !choice.contains(target);
}

/** @param {Event} event */
function swallow(event) {
  event.stopImmediatePropagation();
  event.preventDefault();
}

// Its own button would close it: held back before Streamlit's code hears of it.
addEventListener(
  "click",
  (event) => {
    const target = /** @type {Element} */ (event.target);
    if (closes(event) && target.closest?.(OPENER)) swallow(event);
  },
  true,
);
// A popover listens on the document from its opening on, later than this module: what was clicked
// has acted by then, and only the popover does not hear of it.
document.addEventListener("click", (event) => {
  if (closes(event)) event.stopImmediatePropagation();
});
document.addEventListener("keydown", (event) => closes(event) && swallow(event), true);
