// The loss over the epochs: training and test, where training stands, where a hand changed something.

import { Plot, spread, ticks } from "../../browser/plot.js";
import { theme } from "../../browser/theme.js";

const MOST_POINTS = 240;
const HIGHEST = 4;

/** @param {import("./network.js").NetworkView} view */
export function drawCurves(view) {
  const { curves, course, training: t, now } = view;
  const type = theme(curves).textPx;
  const { losses } = course;
  const epochs = losses.length - 1;
  const far = Math.max(20, epochs);
  const every = Math.ceil(losses.length / MOST_POINTS);
  const kept = losses
    .map((loss, e) => ({ ...loss, e }))
    .filter(({ e }) => e % every === 0 || e === epochs);
  const finite = kept.flatMap((loss) => [loss.train, loss.test]).filter(Number.isFinite);
  const high = Math.min(Math.max(0.8, ...finite), HIGHEST);
  const plot = new Plot({
    id: "small-loss",
    width: curves.clientWidth,
    height: curves.clientHeight,
    type,
    x: [0, far],
    y: [0, high],
    title: lossName(view),
    xTitle: "epoch",
    margin: type * 3.1,
  });
  plot.axes(ticks(0, far, 3), ticks(0, high, 4));
  const of = (/** @type {"train" | "test"} */ name) =>
    kept.map((loss) => /** @type {[number, number]} */ ([loss.e, loss[name]]));
  plot.line(of("train"), { color: "var(--lb-training)" });
  plot.line(of("test"), { color: "var(--lb-validation)", dash: "8 4" });
  // Names where the lines end, which is where training stands, not at the frame.
  const { train, test } = kept[kept.length - 1];
  const wishes = [train, test].map((v) => (Number.isFinite(v) ? plot.clampY(v) : plot.top));
  const ends = spread(wishes, type * 1.2, plot.top + type * 0.4, plot.bottom - type * 0.3);
  [
    ["train", "training"],
    ["test", "validation"],
  ].forEach(([name, color], i) =>
    plot.over.push(
      `<text x='${plot.px(epochs) + 10}' y='${ends[i] + type * 0.35}' font-size='${type}' font-weight='${i ? 400 : 700}' fill='var(--lb-${color})' paint-order='stroke' stroke='var(--lb-background)' stroke-width='4'>${name}</text>`,
    ),
  );
  const at = t.batch / t.perEpoch;
  plot.parts.push(
    `<path d='M${plot.px(at)} ${plot.top}V${plot.bottom}' stroke='var(--lb-muted)' stroke-width='1.5' stroke-dasharray='2 4'/>`,
  );
  for (const key of t.keys) {
    if (!key.own || !key.batch) continue;
    plot.parts.push(
      `<path d='M${plot.px(key.batch / t.perEpoch)} ${plot.bottom}l6 9h-12z' fill='var(--lb-accent)'/>`,
    );
  }
  if (Number.isFinite(now.train)) plot.dot(at, now.train, "var(--lb-training)", 5);
  if (Number.isFinite(now.test)) plot.dot(at, now.test, "var(--lb-validation)", 5);
  view.plot = plot;
  curves.innerHTML = plot.svg();
}

/** @param {import("./network.js").NetworkView} view */
export const lossName = ({ training }) =>
  training.settings.l2 ? "loss (cross-entropy + \u03bb\u03a3w\u00b2)" : "loss (cross-entropy)";
