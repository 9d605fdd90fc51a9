// The whole tensor as a stack of sheets or strips of film; what the index picks is bright.

import { sliceIndices } from "./tensor_math.js";

/** @typedef {import("./stage.js").TensorStage} TensorStage */
/** @typedef {{ x: number, y: number, width: number, height: number }} Box */

/**
 * Entries that an index picks of each axis.
 * @param {TensorStage} lesson
 */
const pickedOf = ({ items, t }) =>
  t.shape.map((size, axis) => {
    const item = items[axis];
    if (typeof item === "number") return [item < 0 ? item + size : item];
    const { from, step, count } = sliceIndices(item, size);
    return Array.from({ length: count }, (_, i) => from + i * step);
  });

/**
 * @param {TensorStage} lesson
 * @param {Box} box
 */
export function drawStack(lesson, { x, y, width, height }) {
  const { pen, t } = lesson;
  const { type } = pen;
  const [left, top, bottom] = [type * 1.9, type * 1.8, type * 1.8];
  const picked = pickedOf(lesson);
  const room = {
    x: x + left,
    y: y + top,
    width: width - left,
    height: height - top - bottom,
  };
  if (t.name === "video") drawStrips(lesson, picked, room);
  else drawSheets(lesson, picked, room);
}

/**
 * @param {TensorStage} lesson
 * @param {number[][]} picked
 * @param {Box} room
 */
function drawSheets(lesson, picked, { x, y, width, height }) {
  const { pen, t, spots } = lesson;
  const { type, look } = pen;
  const stackAxis = t.name === "table" ? -1 : 0;
  const n = stackAxis < 0 ? 1 : t.shape[stackAxis];
  const depth = n > 1 ? Math.min(width * 0.34, height * 0.45, n * 13) : 0;
  const rise = depth * 0.62;
  const ratio = t.picture ? 1 : t.name === "table" ? 0.62 : 0.85;
  const wide = Math.min(width - depth, (height - rise) * ratio);
  const high = wide / ratio;
  const [y0, base] = [y + rise, y + rise + high];
  const faces = stackAxis < 0 ? [0] : picked[stackAxis];
  const face = faces.length ? Math.min(...faces) : -1;
  for (let i = n - 1; i >= 0; i--) {
    const share = n > 1 ? i / (n - 1) : 0;
    const [sx, sy] = [x + share * depth, y0 - share * rise];
    const chosen = faces.includes(i);
    if (chosen || i > face) {
      pen.fill(sx, sy, wide, high, look.background);
      pen.image(t.sheet(stackAxis < 0 ? [] : [i]), sx, sy, wide, high, chosen ? 1 : 0.28);
    }
    frameOf(pen, sx, sy, wide, high, chosen);
    if (i === face) {
      veil(lesson, picked, { x: sx, y: sy, width: wide, height: high });
      spots.push({ kind: "face", x: sx, y: sy, width: wide, height: high, film: 0 });
    }
  }
  const whole = { x, y, width: wide + depth, height: high + rise, size: wide };
  spots.push({ kind: "stack", ...whole, depth, n, stackAxis, film: 0 });
  const row = t.rowAxis;
  pen.axis(row, t.axes[row], t.shape[row], x - type * 0.95, base, -Math.PI / 2);
  pen.axis(row + 1, t.axes[row + 1], t.shape[row + 1], x, base + type);
  if (stackAxis >= 0) pen.axis(stackAxis, t.axes[stackAxis], n, x, y - type * 0.95);
  const beside = x + pen.axisWidth(t.axes[row + 1], t.shape[row + 1]) + type * 0.8;
  if (t.picture) pen.axis(t.rank - 1, t.axes[t.rank - 1], t.last, beside, base + type);
}

/**
 * A film is a strip of frames, and the films lie below each other: rank 5 at a glance.
 * @param {TensorStage} lesson
 * @param {number[][]} picked
 * @param {Box} room
 */
function drawStrips(lesson, picked, { x, y, width, height }) {
  const { pen, t, spots } = lesson;
  const { type, look } = pen;
  const [films, frames] = t.shape;
  const gap = type * 0.5;
  const side = Math.min((height - gap * (films - 1)) / films, width * 0.4);
  const run = width - side;
  for (let film = 0; film < films; film++) {
    const on = picked[0].includes(film);
    const y0 = y + film * (side + gap);
    const faces = on ? picked[1] : [];
    const face = faces.length ? Math.min(...faces) : -1;
    const at = (/** @type {number} */ i) => x + (i / (frames - 1)) * run;
    const one = (/** @type {number} */ i) => {
      const chosen = faces.includes(i);
      pen.fill(at(i), y0, side, side, look.background);
      pen.image(t.sheet([film, i]), at(i), y0, side, side, chosen ? 1 : on ? 0.6 : 0.5);
      frameOf(pen, at(i), y0, side, side, chosen);
    };
    for (let i = frames - 1; i > face; i--) one(i);
    for (let i = 0; i < face; i++) one(i);
    if (face >= 0) {
      one(face);
      veil(lesson, picked, { x: at(face), y: y0, width: side, height: side });
      spots.push({ kind: "face", x: at(face), y: y0, width: side, height: side, film });
    }
    pen.say(String(film), x - type * 0.45, y0 + side / 2, {
      align: "right",
      bold: on,
      color: on ? look.accent : look.muted,
    });
    const whole = { x, y: y0, width, height: side, size: side };
    spots.push({ kind: "stack", ...whole, depth: run, n: frames, stackAxis: 1, film });
  }
  const start = x - type * 1.5;
  const base = y + films * (side + gap) - gap + type;
  const row = (/** @type {number[]} */ axes, /** @type {number} */ at) =>
    axes.reduce((left, a) => {
      pen.axis(a, t.axes[a], t.shape[a], left, at);
      return left + pen.axisWidth(t.axes[a], t.shape[a]) + type * 0.8;
    }, start);
  row([0, 1], y - type * 1.1);
  row([2, 3, 4], base);
}

/**
 * @param {import("./pen.js").Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {boolean} chosen
 */
const frameOf = (pen, x, y, width, height, chosen) =>
  pen.frame(x, y, width, height, chosen ? pen.look.accent : pen.look.muted, {
    line: chosen ? pen.look.linePx * 0.8 : 0.6,
  });

/**
 * Darken what the index leaves out of a sheet, and frame what it keeps.
 * @param {TensorStage} lesson
 * @param {number[][]} picked
 * @param {Box} box
 */
function veil({ t, pen }, picked, { x, y, width, height }) {
  const ground = pen.look.background;
  const [rows, cols] = [t.shape[t.rowAxis], t.shape[t.rowAxis + 1]];
  const [ch, cw] = [height / rows, width / cols];
  const [onRow, onCol] = [picked[t.rowAxis], picked[t.rowAxis + 1]];
  gaps(onRow, rows, (from, to) =>
    pen.fill(x, y + from * ch, width, (to - from) * ch, ground, 0.62),
  );
  gaps(onCol, cols, (from, to) =>
    pen.fill(x + from * cw, y, (to - from) * cw, height, ground, 0.62),
  );
  if (!onRow.length || !onCol.length) return;
  const [r0, c0] = [Math.min(...onRow), Math.min(...onCol)];
  const [r1, c1] = [Math.max(...onRow) + 1, Math.max(...onCol) + 1];
  pen.frame(
    x + c0 * cw - 1,
    y + r0 * ch - 1,
    (c1 - c0) * cw + 2,
    (r1 - r0) * ch + 2,
    pen.look.accent,
  );
}

/**
 * Runs of entries that are not picked.
 * @param {number[]} picked
 * @param {number} size
 * @param {(from: number, to: number) => void} each
 */
function gaps(picked, size, each) {
  const on = new Set(picked);
  for (let from = 0; from < size; from++) {
    let to = from;
    while (to < size && !on.has(to)) to++;
    if (to > from) each(from, to);
    from = to;
  }
}
