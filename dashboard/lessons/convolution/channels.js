// One row a channel: what it is, its kernel, what it alone answers; then the sum over channels and the bias.

import { bitmap, enlarge } from "../../browser/canvas.js";
import { fixed, MINUS, TIMES } from "../../browser/number.js";
import { largest, niceLimit, Scale } from "../../browser/scale.js";

const MOST_ROWS = 4;

/** @param {import("./draw.js").Drawing} drawing */
export function drawChannels(drawing) {
  const { model, look, surface, stage, header, px, line } = drawing;
  const { pen, width, height } = surface;
  const [top, room] = [1.2 * line, height - 2.4 * line];
  const sums = model.planes.map((_, c) => ({ c, sum: model.terms(c).sum }));
  const most = Math.min(sums.length, MOST_ROWS);
  if (sums.length > MOST_ROWS) sums.sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const shown = sums.slice(0, most).sort((a, b) => a.c - b.c);
  const rest = sums.slice(most).reduce((total, { sum }) => total + sum, 0);
  const label = 5 * px;
  const gap = 1.6 * px;
  const side = Math.min(room - 6.5 * line, width * 0.34);
  const right = width - side;
  const high = Math.min(room / most, (right - label - 2 * gap - 6 * px) / 3 + 0.5 * px);
  const each = high - 0.5 * px;
  const columns = [label, label + each + gap, label + 2 * (each + gap)];
  const end = columns[2] + each + 0.5 * px;
  const rows = top + (room - high * most) / 2;
  ["in", "kernel", "alone"].forEach((name, n) =>
    drawing.text(name, columns[n] + each / 2, rows - 0.3 * line, { weight: 600, most: each + gap }),
  );
  const limit = stage.locked ? 1 : Math.max(...shown.map(({ c }) => largest(model.partial(c))));
  const answers = new Scale("activation", niceLimit(limit));
  const weights = new Scale(
    "weight",
    niceLimit(Math.max(...shown.map(({ c }) => largest(model.used(c))))),
  );
  shown.forEach(({ c, sum }, n) => {
    const upper = rows + n * high + (high - each) / 2;
    const middle = upper + each / 2;
    const chosen = c === model.c;
    drawing.text(header.channels[c], label - 0.6 * px, middle, {
      align: "right",
      weight: chosen ? 700 : 400,
      color: chosen ? look.accent : look.text,
      most: label - 0.6 * px,
    });
    drawing.drawInput({ x: columns[0], y: upper, side: each }, c, true);
    drawing.boxes.push({
      part: "channel",
      value: c,
      x: columns[0],
      y: upper,
      wide: each,
      high: each,
      rows: 1,
      columns: 1,
    });
    for (const [at, sign] of [
      [1, TIMES],
      [2, "="],
    ]) {
      drawing.text(String(sign), columns[Number(at)] - gap / 2, middle, {
        color: look.muted,
        scale: 1.2,
      });
    }
    const { size } = model.how;
    const cell = each / size;
    drawing.drawGrid(
      { part: "kernel", x: columns[1], y: upper, wide: cell, high: cell, n: size },
      model.used(c),
      { still: true, scale: weights },
    );
    if (stage.locked) return;
    const picture = drawing.keep(`alone ${c} ${answers.limit}`, () =>
      bitmap(model.partial(c), model.columns.places, model.rows.places, answers.paint),
    );
    enlarge(pen, picture, columns[2], upper, each, each);
    const unit = each / Math.max(model.columns.places, model.rows.places);
    drawing.frame([columns[2] + model.column * unit, upper + model.row * unit, unit, unit], 0.8);
    drawing.text(fixed(sum, 3), end, middle, { align: "left", weight: 600 });
  });
  drawing.drawOutput({ x: right, y: top + 0.2 * line, side });
  if (stage.locked) return;
  const bias = model.biasOf();
  const value = fixed(model.maps[model.shown][model.at], 3);
  const total = fixed(
    sums.reduce((all, { sum }) => all + sum, 0),
    3,
  );
  const lines = model.depthwise
    ? [
        "Nothing is summed:",
        "each channel has its own output.",
        `${header.channels[model.c]} = ${value}`,
      ]
    : [
        `${model.planes.length} channels sum to ${total}`,
        `${bias < 0 ? MINUS : "+"} one bias ${fixed(Math.abs(bias), 3)}`,
        `= ${value}`,
      ];
  if (sums.length > most)
    lines.unshift(`not shown, ${sums.length - most} of ${sums.length}: ${fixed(rest, 3)}`);
  lines.forEach((words, n) =>
    drawing.text(words, right + side / 2, top + side + (1.9 + 1.2 * n) * line, {
      weight: n === lines.length - 1 ? 700 : 400,
      most: side,
    }),
  );
}
