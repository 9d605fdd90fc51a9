// Loss over the steps, and the rate where a schedule changes it.

import { Plot, ticks } from "../../browser/plot.js";
import { write } from "../../browser/number.js";
import { LOOKS } from "./looks.js";
import { scheduleOf } from "./walk.js";

/** @typedef {import("./race.js").Race} Race */

/** Smallest and largest loss to be drawn, and whether on a logarithmic axis. @param {Race} race */
function rangeOf({ runs, slice }) {
  // A walk that runs away must not flatten the others: the start's loss, doubled, is the ceiling.
  const ceiling = runs.length ? Math.max(2 * Math.abs(runs[0].values[0]), 1e-6) : 1;
  let low = Infinity;
  let high = -Infinity;
  const recorded = runs.some((run) => run.heights);
  for (const values of [...runs.map((run) => run.values), ...(recorded ? [slice.below] : [])]) {
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, Math.min(value, ceiling));
    }
  }
  if (!(high > low)) {
    high = Number.isFinite(high) ? high + 0.5 : 1;
    low = high - 1;
  }
  const log = low >= 0 && high / Math.max(low, 1e-300) > 50;
  return { low: log ? Math.max(low, high * 1e-9) : low, high, log };
}

/**
 * Powers of ten between two limits, few of them.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
function powers(low, high, most) {
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  const step = Math.max(1, Math.ceil((last - first + 1) / most));
  const found = [];
  for (let power = last; power >= first; power -= step) found.unshift(10 ** power);
  return found;
}

/**
 * @param {Race} race
 * @param {{ width: number, height: number, type: number, line: number }} size
 */
export function lossPlot(race, { width, height, type, line }) {
  const { low, high, log } = rangeOf(race);
  const { slice, surface } = race;
  const recorded = race.runs.some((run) => run.heights);
  const alone = recorded && race.runs.length === 1;
  const plot = new Plot({
    id: "descent-loss",
    width,
    height,
    type,
    x: [0, Math.max(race.length, 1)],
    y: [low, high],
    title: `${surface.loss}${log ? (width < 15 * type ? " (log)" : ", logarithmic") : ""}`,
    xTitle: alone ? "snapshot" : "step",
    margin: type,
    log,
  });
  plot.left = type * 4.2;
  const across = Math.max(2, Math.min(5, (plot.right - plot.left) / (3.5 * type)));
  const most = Math.max(2, Math.min(5, (plot.bottom - plot.top) / (2.2 * type)));
  plot.axes(
    ticks(0, Math.max(race.length, 1), across).filter(Number.isInteger),
    log ? powers(low, high, most) : ticks(low, high, most),
    (value) => write(value),
  );
  for (const run of race.runs) {
    const { color, dash } = LOOKS[run.rule.name];
    plot.line(
      Array.from(run.values, (value, t) => [t, Math.max(value, low)]),
      {
        color: `var(--lb-${color})`,
        dash: dash.join(" "),
        width: line + (run.rule.name === race.of ? 1.5 : 0),
      },
    );
  }
  if (recorded) {
    plot.line(
      Array.from(slice.below, (value, t) => [t, Math.max(value, low)]),
      { color: "var(--lb-accent)", dash: "3 4", width: 1.5 },
    );
  }
  return plot;
}

/**
 * The rate of who is looked at, over the steps.
 * @param {Race} race
 * @param {{ width: number, height: number, type: number, line: number }} size
 */
export function ratePlot(race, { width, height, type, line }) {
  const { steps, schedule } = race.values;
  const rate = race.rateOf(race.of);
  const at = scheduleOf(schedule, rate, steps);
  const plot = new Plot({
    id: "descent-rate",
    width,
    height,
    type,
    x: [0, steps],
    y: [0, rate || 1],
    title: `rate of ${race.byName[race.of].title}`,
    xTitle: "",
    margin: type,
  });
  plot.left = type * 4.2;
  plot.bottom = height - type * 0.6;
  plot.axes([], [0, rate || 1], (value) => write(value, 2));
  plot.line(
    Array.from({ length: steps }, (_, i) => [i + 0.5, at(i + 1)]),
    { color: `var(--lb-${LOOKS[race.of].color})`, width: line },
  );
  return plot;
}
