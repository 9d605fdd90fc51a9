// A row for each axis at the side: which entries an index takes, or which element is looked at.

import { make } from "../../browser/dom.js";
import { sliceOf, spanOf } from "./spans.js";
import { FULL } from "./tensor_math.js";

/** @typedef {import("./stage.js").TensorStage} TensorStage */

const inside = (/** @type {number} */ v, /** @type {number} */ low, /** @type {number} */ high) =>
  Math.min(Math.max(v, low), high);

/**
 * Show a number, but not into a field where it is being typed.
 * @param {HTMLInputElement} input
 * @param {number} value
 */
function put(input, value) {
  const root = /** @type {ShadowRoot} */ (input.getRootNode());
  const typed = input.type === "number" && root.activeElement === input;
  if (typed && (input.value === "" || Number(input.value) === value)) return;
  if (input.value !== String(value)) input.value = String(value);
}

/**
 * @param {"range" | "number"} type
 * @param {string} label
 * @param {number} low
 * @param {number} high
 * @param {(value: number) => void} taken
 * @param {() => void} left the field was left: what is set is shown
 */
function field(type, label, low, high, taken, left) {
  const input = make("input", { type, min: String(low), max: String(high), step: "1" });
  input.setAttribute("aria-label", label);
  input.addEventListener("input", () => {
    const value = Math.round(Number(input.value));
    if (input.value !== "" && Number.isFinite(value)) taken(value);
  });
  input.addEventListener("blur", left);
  return input;
}

/**
 * The rows of a slice; what shows the present index in them.
 * @param {TensorStage} lesson
 * @param {HTMLElement} host
 */
export function sliceRows(lesson, host) {
  const { t } = lesson;
  const shows = t.axes.map((/** @type {string} */ name, /** @type {number} */ axis) => {
    const size = t.shape[axis];
    const show = () => shows[axis]();
    const take = (/** @type {Partial<{ low: number, high: number, step: number }>} */ change) => {
      if (typeof lesson.items[axis] === "number") {
        const entry = inside(change.low ?? 0, 0, size - 1);
        lesson.index(axis, entry);
        return;
      }
      const [low, high, step] = spanOf(lesson.items[axis], size);
      const from = inside(change.low ?? low, 0, size);
      const to = inside(change.high ?? high, 0, size);
      const way = change.step || step;
      if (change.low !== undefined) lesson.index(axis, sliceOf(from, Math.max(to, from), way));
      else lesson.index(axis, sliceOf(Math.min(from, to), to, way));
    };
    const of = (/** @type {"low" | "high" | "step"} */ part) => (/** @type {number} */ value) =>
      take({ [part]: value });
    const typed = ", as a number";
    const a = field("range", `${name}, from`, 0, size, of("low"), show);
    const b = field("range", `${name}, to`, 0, size, of("high"), show);
    const na = field("number", `${name}, from${typed}`, 0, size, of("low"), show);
    const nb = field("number", `${name}, to${typed}`, 0, size, of("high"), show);
    const nc = field("number", `${name}, step`, -size, size, of("step"), show);
    const kind = make("select", { "aria-label": `${name}: one entry or a part` });
    kind.append(new Option("one", "one"), new Option("part", "part"));
    kind.onchange = () => {
      const [low] = spanOf(lesson.items[axis], size);
      lesson.index(axis, kind.value === "one" ? Math.min(low, size - 1) : { ...FULL });
    };
    const further = [make("span", {}, ":"), nb, make("span", {}, ":"), nc];
    const pair = make("span", { className: "pair" }, a, b);
    host.append(
      make(
        "div",
        { className: "row" },
        make("span", { className: "chip" }, String(axis)),
        make("span", { className: "name" }, name),
        make("span", { className: "numbers" }, na, ...further),
        make("span", { className: "line" }, kind, pair),
      ),
    );
    return () => {
      const item = lesson.items[axis];
      const one = typeof item === "number";
      const [low, high, step] = spanOf(item, size);
      kind.value = one ? "one" : "part";
      pair.classList.toggle("one", one); // a single handle follows a press anywhere on its track
      for (const element of [b, ...further]) element.hidden = one;
      const label = `${name}, ${one ? "entry" : "from"}`;
      a.setAttribute("aria-label", label);
      na.setAttribute("aria-label", `${label}${typed}`);
      put(a, low);
      put(na, low);
      put(b, high);
      put(nb, high);
      put(nc, step);
    };
  });
  return () => shows.forEach((/** @type {() => void} */ show) => show());
}

/**
 * The rows of an element's index; what shows the present one in them.
 * @param {TensorStage} lesson
 * @param {HTMLElement} host
 */
export function elementRows(lesson, host) {
  const { t } = lesson;
  const shows = t.axes.map((/** @type {string} */ name, /** @type {number} */ axis) => {
    const last = t.shape[axis] - 1;
    const show = () => shows[axis]();
    const take = (/** @type {number} */ value) => lesson.point(axis, inside(value, 0, last));
    const slider = field("range", name, 0, last, take, show);
    const number = field("number", `${name}, as a number`, 0, last, take, show);
    host.append(
      make(
        "div",
        { className: "row" },
        make("span", { className: "chip" }, String(axis)),
        make("span", { className: "name" }, name),
        make("span", { className: "numbers" }, number),
        slider,
      ),
    );
    return () => {
      put(slider, lesson.element[axis]);
      put(number, lesson.element[axis]);
    };
  });
  return () => shows.forEach((/** @type {() => void} */ show) => show());
}
