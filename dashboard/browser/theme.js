// The look as the style sheet has it, and news of its changes: the theme lives in CSS variables, and
// neither a switch between dark and light nor a change of the type's size sends an event.

/**
 * @typedef {object} Theme
 * @property {string} text
 * @property {string} muted
 * @property {string} background
 * @property {string} surface
 * @property {string} border
 * @property {string} accent
 * @property {string} training
 * @property {string} validation
 * @property {string} reference
 * @property {string} other
 * @property {number} textPx size of running text, in CSS pixels; nothing in a picture is smaller
 * @property {number} linePx width of a line that matters, in CSS pixels
 * @property {string} font
 * @property {string} mono
 */

const COLORS = /** @type {const} */ ([
  "text",
  "muted",
  "background",
  "surface",
  "border",
  "accent",
  "training",
  "validation",
  "reference",
  "other",
]);
const LOOKED_EVERY_MS = 300;
const PRESENTED_PX = 23.5;

/**
 * The look at an element.
 * @param {Element} [element]
 * @returns {Theme}
 */
export function theme(element = document.documentElement) {
  const style = getComputedStyle(element);
  const textPx = parseFloat(getComputedStyle(document.documentElement).fontSize) || 17;
  const value = (/** @type {string} */ name) => style.getPropertyValue(`--lb-${name}`).trim();
  const colors = Object.fromEntries(COLORS.map((name) => [name, value(name)]));
  return /** @type {Theme} */ ({
    ...colors,
    textPx,
    // Presenting enlarges the type of the whole document, and lines with it.
    linePx: textPx >= PRESENTED_PX ? textPx / 6 : 2.5,
    font: style.fontFamily || "sans-serif",
    mono: value("mono") || "monospace",
  });
}

/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;
let seen = "";

const look = () => {
  const now = theme();
  return `${now.background} ${now.text} ${now.textPx} ${now.linePx}`;
};

function ask() {
  const now = look();
  if (now === seen) return;
  seen = now;
  for (const listener of listeners) listener();
}

/**
 * Call a function after each change of the look; returns what ends that.
 * @param {() => void} listener
 * @returns {() => void}
 */
export function onTheme(listener) {
  if (!listeners.size) {
    seen = look();
    timer = setInterval(ask, LOOKED_EVERY_MS);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (!listeners.size) clearInterval(timer);
  };
}

/** Ask at once, for who has just changed the look. */
export const lookAgain = () => {
  if (listeners.size) ask();
};

/** Whether the viewer asked for little motion. */
export const still = matchMedia("(prefers-reduced-motion: reduce)");
