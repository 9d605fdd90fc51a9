// Order of axes: a picture, its transposed view, and what reshape to the same shape makes of its bytes.

import { count } from "../../browser/number.js";
import { disc, paint } from "../../browser/paint.js";
import { ink } from "../../browser/scale.js";
import { sayShape } from "./pen.js";
import { pixels } from "./sheets.js";
import {
  addressOf,
  countOf,
  hexByte,
  layoutOf,
  transposeLayout,
  unravelNumber,
} from "./tensor_math.js";

/** @typedef {import("./tensor_math.js").Layout} Layout */
/** @typedef {import("./stage.js").TensorStage} TensorStage */

const COLORS = ["red", "green", "blue"];
const SIDE = 64;
const UPRIGHT = 40; // columns of the picture that is turned
const MARGIN = 12; // columns left out at its left
const DIGITS_ON_GREEN = 150; // a brighter green needs dark digits

/**
 * The question's array and the order that its axes are brought into.
 * @param {boolean} channels
 */
export function orderOf(channels) {
  const shape = channels ? [SIDE, SIDE, 3] : [SIDE, UPRIGHT];
  return { shape, order: channels ? [2, 0, 1] : [1, 0], bytes: countOf(shape) };
}

/** @param {TensorStage} lesson */
export function drawOrder(lesson) {
  const channels = lesson.values.turn === "channels";
  const { shape, order, bytes } = orderOf(channels);
  const k = Math.min(lesson.values.byte, bytes - 1);
  const own = layoutOf(shape, 1);
  const turned = transposeLayout(own, order);
  const cut = layoutOf(turned.shape, 1);
  const index = unravelNumber(k, shape);
  const inTurned = order.map((axis) => index[axis]);
  const state = {
    ...{ channels, shape, own, turned, cut, index, inTurned, bytes, k },
    data: dataOf(lesson, channels),
    copied: addressOf(cut, inTurned),
    inCut: unravelNumber(k, cut.shape),
  };
  drawPictures(lesson, state);
  drawTapes(lesson, state);
  const { copied, inCut, data } = state;
  return {
    ...tell(lesson, state),
    shown: { k, index, inTurned, inCut, copied, strides: turned.strides, value: data[k] },
  };
}

/**
 * @param {TensorStage} lesson
 * @param {boolean} channels
 * @returns {Uint8Array}
 */
function dataOf({ tensors, sample }, channels) {
  const size = SIDE * SIDE;
  if (channels) return tensors.color.data.subarray(3 * sample * size, 3 * (sample + 1) * size);
  const gray = tensors.images.data.subarray(sample * size, (sample + 1) * size);
  return Uint8Array.from(
    { length: SIDE * UPRIGHT },
    (_, i) => gray[Math.floor(i / UPRIGHT) * SIDE + MARGIN + (i % UPRIGHT)],
  );
}

/**
 * The planes of a layout as pictures.
 * @param {Layout} layout
 * @param {Uint8Array} data
 */
function planes(layout, data) {
  const [channels, height, width] = layout.shape.length === 3 ? layout.shape : [1, ...layout.shape];
  return Array.from({ length: channels }, (_, c) =>
    pixels(width, height, (out, o, i) => {
      const place = [Math.floor(i / width), i % width];
      const value = data[addressOf(layout, layout.shape.length === 3 ? [c, ...place] : place)];
      out[o] = out[o + 1] = out[o + 2] = value;
    }),
  );
}

/**
 * Drawn once for each picture and question.
 * @param {TensorStage} lesson
 * @param {any} state
 */
function picturesOf(lesson, { channels, shape, turned, cut, data }) {
  const key = `${lesson.tensors.images.stamp}|${channels}|${lesson.sample}`;
  if (lesson.ordered?.key !== key) {
    const whole = pixels(shape[1], shape[0], (out, o, i) => {
      for (let c = 0; c < 3; c++) out[o + c] = channels ? data[3 * i + c] : data[i];
    });
    lesson.ordered = { key, whole, good: planes(turned, data), bad: planes(cut, data) };
  }
  return lesson.ordered;
}

/**
 * @param {TensorStage} lesson
 * @param {any} state
 */
function drawPictures(lesson, state) {
  const { pen } = lesson;
  const { type } = pen;
  const { channels, shape, index, inTurned, inCut, cut } = state;
  const { whole, good, bad } = picturesOf(lesson, state);
  const [head, gap, room] = [type * 2.2, type, pen.height - type * 4.6];
  const foot = channels ? type * 1.5 : type * 0.5;
  const side = Math.max(shape[0], shape[1]);
  const tall = good[0].height;
  const wide = good.reduce((sum, picture) => sum + picture.width + 2, 0);
  // In one row, or a large x beside two rows where these are not much smaller.
  const row = Math.min(
    (room - head - foot) / side,
    (pen.width - 4 * gap) / (shape[1] + 2 * wide),
    channels ? (pen.width - 4 * gap - type * 9) / (2 * wide) : Infinity,
  );
  const pair = Math.min(
    (room - 2 * head - foot - type * 0.5) / 2 / tall,
    (pen.width - 3 * gap) / (2 * side + wide),
  );
  const stacked = pair > 0.8 * row;
  const zoom = stacked ? pair : row;
  const beside = (pen.width - 3 * gap - wide * zoom) / side;
  const large = stacked ? Math.min((room - head - foot) / side, beside) : row;
  const plane = (/** @type {number[]} */ at) => (at.length === 3 ? at : [0, ...at]);
  const next = show(pen, [whole], gap, 0, large, {
    title: `x ${sayShape(shape)}`,
    at: [0, index[0], index[1]],
  });
  const beyond = show(pen, good, next, 0, zoom, {
    title: channels ? "x.transpose(2, 0, 1)" : "x.T",
    at: plane(inTurned),
    good: true,
    names: channels ? COLORS : [],
  });
  const under = head + tall * zoom + foot;
  show(pen, bad, stacked ? next : beyond, stacked ? under : 0, zoom, {
    title: `x.reshape${sayShape(cut.shape)}`,
    at: plane(inCut),
    good: false,
  });
}

/**
 * Planes side by side under a title, the byte marked; where the next ones may begin.
 * @param {import("./pen.js").Pen} pen
 * @param {HTMLCanvasElement[]} pictures
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 * @param {{ title: string, at: number[], good?: boolean, names?: string[] }} what
 */
function show(pen, pictures, x, y, scale, { title, at, good, names = [] }) {
  const { type, look } = pen;
  const drawn = pictures.reduce((sum, picture) => sum + (picture.width + 2) * scale, 0);
  const width = Math.max(drawn, pictures.length > 1 ? 0 : type * 9);
  pen.say(title, x, y + type * 1.1, {
    bold: true,
    mono: true,
    color: good ? look.accent : look.text,
    most: good === false ? pen.width - x : width,
  });
  pictures.forEach((picture, i) => {
    const [w, h] = [picture.width * scale, picture.height * scale];
    const [px, py] = [x + i * (picture.width + 2) * scale, y + type * 2.2];
    pen.image(picture, px, py, w, h);
    if (good === false) pen.frame(px, py, w, h, look.muted, { line: 2, dash: [6, 5] });
    if (at[0] === i) mark(pen, px + (at[2] + 0.5) * scale, py + (at[1] + 0.5) * scale, scale);
    if (names[i]) {
      pen.say(names[i], px + w / 2, py + h + type * 0.75, { align: "center", color: look.muted });
    }
  });
  return x + width + type;
}

/**
 * @param {import("./pen.js").Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 */
function mark({ g, look }, x, y, scale) {
  const ring = { color: look.accent, line: look.linePx, under: look.background };
  paint(g, disc(x, y, Math.max(7, scale)), { ...ring, more: 1.2 * look.linePx });
}

/**
 * Two tapes: the bytes as they lie, and as a copy in the new order would lay them.
 * @param {TensorStage} lesson
 * @param {any} state
 */
function drawTapes({ pen }, { channels, data, k, bytes, cut, turned, copied }) {
  const { type } = pen;
  drawTape(pen, pen.height - type * 4.6, "bytes as they lie", k, bytes, (i) => [
    data[i],
    channels ? i % 3 : -1,
  ]);
  drawTape(pen, pen.height - type * 2.3, "bytes of a copy", copied, bytes, (i) => {
    const there = unravelNumber(i, cut.shape);
    return [data[addressOf(turned, there)], channels ? there[0] : -1];
  });
}

/**
 * @param {import("./pen.js").Pen} pen
 * @param {number} y
 * @param {string} name
 * @param {number} center
 * @param {number} all
 * @param {(i: number) => number[]} valueOf a byte and its channel, -1 for gray
 */
function drawTape(pen, y, name, center, all, valueOf) {
  const { type, look } = pen;
  const cell = type * 2.1;
  const per = Math.floor((pen.width - type * 9.5) / cell);
  const first = Math.min(Math.max(center - Math.floor(per / 2), 0), all - per);
  pen.say(name, type * 0.5, y + type * 0.8, { color: look.muted, most: type * 8.5 });
  for (let i = 0; i < per; i++) {
    const [value, channel] = valueOf(first + i);
    const x = type * 9.2 + i * cell;
    const color = [0, 1, 2].map((c) => (channel < 0 || c === channel ? value : 0));
    pen.fill(x, y, cell - 2, type * 1.6, `rgb(${color.join()})`);
    pen.say(hexByte(value), x + cell / 2 - 1, y + type * 0.8, {
      color: channel === 1 && value > DIGITS_ON_GREEN ? ink([255, 255, 255]) : ink(color),
      align: "center",
      mono: true,
    });
    if (first + i === center) pen.frame(x - 1, y - 2, cell, type * 1.6 + 4, look.accent);
  }
}

/**
 * @param {TensorStage} lesson
 * @param {any} state
 */
function tell({ words }, { channels, k, index, inTurned, inCut, own, turned, cut, ...state }) {
  const { bytes, copied, shape } = state;
  return {
    formula:
      `<p>Byte <b>${count(k)}</b>: x[${index.join(", ")}], ${channels ? "channels first" : "turned"} [${inTurned.join(", ")}].</p>` +
      `<p>View: strides ${sayShape(own.strides)} become <b>${sayShape(turned.strides)}</b>, 0 bytes move.</p>` +
      `<p>Copy: all <b>${count(bytes)}</b> bytes are written anew, this one to ${count(copied)}.</p>` +
      `<p>Reshape leaves every byte and calls this one [${inCut.join(", ")}].</p>`,
    sentence:
      `${words.orderalt} Byte ${k} is element [${index.join(", ")}] of x, [${inTurned.join(", ")}] ` +
      `of the transposed view and [${inCut.join(", ")}] of the reshaped array.`,
    tables: () => [
      {
        caption: "Shapes and strides",
        head: ["array", "shape", "strides in bytes", "bytes moved"],
        rows: [
          ["x", sayShape(shape), sayShape(own.strides), "0"],
          ["transposed view", sayShape(turned.shape), sayShape(turned.strides), "0"],
          ["copy of it", sayShape(cut.shape), sayShape(cut.strides), count(bytes)],
          ["reshaped", sayShape(cut.shape), sayShape(cut.strides), "0"],
        ],
      },
    ],
  };
}
