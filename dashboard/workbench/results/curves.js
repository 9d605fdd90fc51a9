// The curves of all thresholds, with the present one on them, and how far outputs are shares.

import * as answers from "../../browser/math/threshold.js";
import { Plot } from "../../browser/plot.js";

/** @typedef {import("../../browser/math/threshold.js").Counts} Counts */
/** @typedef {import("../../browser/theme.js").Theme} Theme */
/** @typedef {{ color: string, width: number, dash?: string }} Style */

const PARTS = 10;
const LEAST_IN_PART = 5;

/**
 * @param {HTMLElement} host
 * @param {Theme} theme
 * @param {{ kind: string, titles: [string, string], labels: ArrayLike<number>, scores: ArrayLike<number>,
 *   steps: { counts: Counts }[], counts: Counts, temperature: number }} shown
 */
export function drawCurve(host, theme, { kind, titles, labels, scores, steps, counts, ...more }) {
  const { textPx, linePx, training, muted, text } = theme;
  const [width, height] = [host.clientWidth, host.clientHeight];
  if (Math.min(width, height) < 8 * textPx) return;
  const plot = new Plot({
    id: "results-clip",
    width,
    height,
    type: textPx,
    x: [0, 1],
    y: [0, 1],
    title: titles[1],
    xTitle: titles[0],
    margin: textPx,
  });
  plot.axes([0, 0.5, 1], [0, 0.5, 1]);
  const style = { color: training, width: linePx };
  const base = { color: muted, width: 1.5, dash: "6 5" };
  const share = Array.from(labels).reduce((sum, one) => sum + one, 0) / (labels.length || 1);
  if (kind === "calibration") {
    plot.line([[0, 0], [1, 1]], base); // prettier-ignore
    const warm = Array.from(scores, (score) => answers.warmed(score, more.temperature));
    dots(plot, labels, scores, style);
    dots(plot, labels, warm, { ...style, color: text, dash: "3 4" });
  } else {
    const roc = kind === "roc";
    plot.line(roc ? [[0, 0], [1, 1]] : [[0, share], [1, share]], base); // prettier-ignore
    plot.line(
      steps.map((step) => pointOf(step.counts, roc)),
      style,
    );
    const point = pointOf(counts, roc);
    if (point) plot.dot(...point, text, 0.45 * textPx);
  }
  host.innerHTML = plot.svg();
}

/**
 * @param {Counts} counts
 * @param {boolean} roc
 * @returns {[number, number] | null}
 */
function pointOf(counts, roc) {
  const sensitivity = answers.sensitivity(counts);
  if (roc) return [1 - answers.specificity(counts), sensitivity];
  const said = counts.found + counts.alarms;
  return said ? [sensitivity, counts.found / said] : null;
}

/**
 * The reliability of outputs, where enough images stand behind a point.
 * @param {Plot} plot
 * @param {ArrayLike<number>} labels
 * @param {ArrayLike<number>} scores
 * @param {Style} style
 */
function dots(plot, labels, scores, style) {
  const enough = answers.reliability(labels, scores, PARTS).filter(({ n }) => n >= LEAST_IN_PART);
  plot.line(
    enough.map(({ output, share }) => [output, share]),
    style,
  );
  for (const { output, share } of enough) plot.dot(output, share, style.color, 1.6 * style.width);
}
