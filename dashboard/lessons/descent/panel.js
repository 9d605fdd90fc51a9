// Beside the ground: loss over the steps, and the update of the step that is drawn, in numbers.

import { make } from "../../browser/dom.js";
import { escaped, write } from "../../browser/number.js";
import { lossPlot, ratePlot } from "./curves.js";
import { shareOf } from "./words.js";
import { writeOut } from "./written.js";

/** @typedef {import("./race.js").Race} Race */
/** @typedef {{ name: string, formula: string, numbers: string[] }} Line */

const RATE_HEIGHT = 5;

export class Panel {
  constructor() {
    this.loss = make("div", { className: "loss" });
    this.rate = make("div", { className: "rate" });
    this.curves = make("div", { className: "curves", role: "img" }, this.loss, this.rate);
    this.update = make("div", { className: "update" });
    this.note = make("p", { className: "note" });
    this.element = make(
      "div",
      { className: "panel", "data-picture": "" },
      this.curves,
      this.update,
      this.note,
    );
    this.written = { key: "", step: 0, rule: "" };
    this.drawn = "";
  }

  /**
   * @param {Race} race
   * @param {import("../../browser/theme.js").Theme} theme
   */
  drawCurves(race, theme) {
    const { textPx: type, linePx: line } = theme;
    const width = this.element.clientWidth;
    const scheduled = race.values.schedule !== "constant" && race.of !== "training";
    const rateHeight = scheduled ? RATE_HEIGHT * type : 0;
    const height = Math.max(0.46 * this.element.clientHeight, 9 * type) - rateHeight;
    if (width < 6 * type) return;
    this.plot = lossPlot(race, { width, height, type, line });
    this.plot.over.push("<path class='at' stroke='var(--lb-text)' stroke-width='2'/>");
    this.loss.innerHTML = this.plot.svg();
    this.rate.innerHTML = scheduled
      ? ratePlot(race, { width, height: rateHeight, type, line }).svg()
      : "";
    const names = race.runs.map((run) => run.rule.title).join(", ") || "nobody";
    const dashed = race.of === "training" ? "; dashed the loss at the projected points" : "";
    this.curves.setAttribute(
      "aria-label",
      `${race.surface.loss} over ${race.length} steps for ${names}${dashed}.`,
    );
    this.written.key = "";
  }

  /**
   * The step that is drawn: its line through the curves, its update in numbers.
   * @param {Race} race
   * @param {number} index
   */
  show(race, index) {
    if (this.plot) {
      const x = this.plot.px(Math.min(index, Math.max(race.length, 1)));
      this.loss
        .querySelector(".at")
        ?.setAttribute("d", `M${x} ${this.plot.top}V${this.plot.bottom}`);
    }
    const run = race.chosen;
    const step = run ? Math.min(Math.max(index, run.heights ? 0 : 1), run.taken) : 0;
    const key = `${race.of} ${step}`;
    if (this.written.key === key) return;
    this.written = { key, step, rule: run ? race.of : "" };
    const title = run && !run.heights && run.taken ? this.title(race, step) : "";
    this.write(title, run ? this.linesOf(race, step) : [], race.surface.axes);
    this.note.hidden = false;
    this.note.textContent = run?.rule.note ?? "";
    this.note.hidden = this.element.scrollHeight > this.element.clientHeight + 1; // it stands below too
  }

  /** @param {Race} race @param {number} step */
  title(race, step) {
    const { rates, rule } = race.chosen;
    return `${rule.title}, step ${step}: \u03b1 = ${write(rates[step - 1], 4)}`;
  }

  /**
   * @param {Race} race
   * @param {number} step
   * @returns {Line[]}
   */
  linesOf(race, step) {
    const run = race.chosen;
    if (run.heights) return snapshot(race.slice, step);
    if (run.taken) return writeOut(run, step);
    return [
      {
        name: "",
        formula: "The very first step leaves the picture: there is nothing to write out.",
        numbers: [],
      },
    ];
  }

  /**
   * As many lines as there is room for: the last one, which is the step, first.
   * @param {string} title
   * @param {Line[]} lines
   * @param {string[]} axes
   */
  write(title, lines, axes) {
    const kept = [...lines];
    this.note.textContent = "";
    for (;;) {
      this.update.innerHTML =
        (title ? `<h3>${escaped(title)}</h3>` : "") +
        kept.map((line) => written(line, axes)).join("");
      const full = this.element.scrollHeight > this.element.clientHeight + 1;
      if (!full || kept.length <= 1) return;
      kept.splice(Math.max(kept.length - 2, 0), 1);
    }
  }
}

/** @param {Line} line @param {string[]} axes */
function written({ name, formula, numbers }, axes) {
  const rows = numbers
    .map((text, d) => `<div>${numbers.length > 1 ? `<i>${axes[d]}</i> ` : ""}${text}</div>`)
    .join("");
  return `<div class="line"><p>${formula} <span>${name}</span></p>${rows}</div>`;
}

/** One snapshot of the recorded training: its true loss, the loss drawn below it, and its distance. */
function snapshot(/** @type {any} */ slice, /** @type {number} */ t) {
  const { truth, below, distances, lengths, epochs, shares, coordinates, kind } = slice;
  const line = (
    /** @type {string} */ formula,
    /** @type {string} */ name,
    /** @type {string} */ text,
  ) => ({
    formula,
    name,
    numbers: [text],
  });
  const far = lengths[t] > 0 ? ` (${shareOf(distances[t] / lengths[t])})` : "";
  return [
    line(
      "true loss",
      `after epoch ${epochs[t]} of ${epochs.at(-1)}`,
      `<b>${write(truth[t])}</b>; on the slice ${write(below[t])}: off by <b>${write(truth[t] - below[t], 2)}</b>`,
    ),
    line(
      "on the slice",
      kind === "path" ? "1 = straight from start to end" : "1 = a filter\u2019s length",
      `a = ${write(coordinates[2 * t])}, b = ${write(coordinates[2 * t + 1])}`,
    ),
    line(
      "beside the slice",
      "distance from it",
      `${write(distances[t])} of ${write(lengths[t])} to the end${far}`,
    ),
    line(
      "the whole way",
      "squared length in the slice",
      `${shareOf(shares[0])} + ${shareOf(shares[1])} = <b>${shareOf(shares[0] + shares[1])}</b>`,
    ),
  ];
}
