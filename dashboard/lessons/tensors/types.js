// Types: one picture as uint8 and as float32, and what an addition does to each.

import { count, fixed, MINUS, term, write } from "../../browser/number.js";
import { pixels } from "./sheets.js";
import { addUint8 } from "./tensor_math.js";

const CELLS = 3;
const [ROW, COLUMN] = [30, 28]; // of the framed pixels
const NEAR_WHITE = 250;

/** @param {import("./stage.js").TensorStage} lesson */
export function drawTypes(lesson) {
  const { pen, t, values, sample } = lesson;
  const { add, norm } = values;
  const side = t.shape[1];
  const gray = t.data.subarray(sample * side * side, (sample + 1) * side * side);
  const { mean, deviation, around } = measure(gray, add);
  const real = (/** @type {number} */ v) =>
    Math.fround(norm === "scaled" ? (v + add) / 255 : (v - mean + add) / deviation);
  const limits = norm === "scaled" ? [0, 1] : [-mean / deviation, (255 - mean) / deviation];
  const low = Math.min(real(0), limits[0]);
  const high = Math.max(real(255), limits[1]);
  const shade = (/** @type {number} */ v) =>
    Math.round(255 * Math.min(Math.max((v - low) / (high - low), 0), 1));
  const wrap = (/** @type {number} */ v) => addUint8(v, add);
  drawHalf(pen, gray, side, {
    at: 0,
    name: "uint8",
    scale: "black 0 to white 255",
    shade: wrap,
    text: (v) => String(wrap(v)),
  });
  drawHalf(pen, gray, side, {
    at: 1,
    name: "float32",
    scale: `black ${fixed(low)} to white ${fixed(high)}`,
    shade: (v) => shade(real(v)),
    text: (v) => fixed(real(v)),
  });
  const framed = (/** @type {number} */ r, /** @type {number} */ c) =>
    gray[(ROW + r) * side + COLUMN + c];
  return {
    ...tell(lesson, { mean, deviation, around, pixels: gray.length }, framed),
    shown: {
      add,
      around,
      wrapped: wrap(NEAR_WHITE),
      mean,
      deviation,
      uint8: Array.from(gray.slice(0, 40), wrap),
      float32: Array.from(gray.slice(0, 40), real),
    },
  };
}

/**
 * Mean and deviation of a picture, and how many pixels an addition carries out of 0 to 255.
 * @param {Uint8Array} gray
 * @param {number} add
 */
function measure(gray, add) {
  let [sum, squares, around] = [0, 0, 0];
  for (const v of gray) {
    sum += v;
    squares += v * v;
    if (v + add > 255 || v + add < 0) around += 1;
  }
  const mean = sum / gray.length;
  const deviation = Math.sqrt(Math.max(squares / gray.length - mean * mean, 0)) || 1;
  return { mean, deviation, around };
}

/**
 * One of both pictures, a few of its numbers, and its bytes.
 * @param {import("./pen.js").Pen} pen
 * @param {Uint8Array} gray
 * @param {number} size
 * @param {{ at: number, name: string, scale: string, shade: (v: number) => number, text: (v: number) => string }} half
 */
function drawHalf(pen, gray, size, { at, name, scale, shade, text }) {
  const { type, look } = pen;
  const half = pen.width / 2;
  const [cw, ch] = [type * 3.5, type * 1.75];
  const x = at * half + type;
  const top = type * 2.2;
  const room = pen.height - type * 6;
  // The numbers stand beside the picture or below it, wherever it can be larger.
  const beside = Math.min(room, half - type * 2.2 - CELLS * cw);
  const below = Math.min(room - CELLS * ch - type * 0.7, half - type * 1.5);
  const side = Math.max(beside, below);
  const cells = beside >= below ? [x + side + type * 0.7, top] : [x, top + side + type * 0.7];
  const picture = pixels(size, size, (out, o, i) => {
    out[o] = out[o + 1] = out[o + 2] = shade(gray[i]);
  });
  pen.say(name, x, type * 1.1, { bold: true, scale: 1.35, color: look.accent });
  const after = x + type * 5.2;
  pen.say(scale, after, type * 1.2, { color: look.muted, most: (at + 1) * half - after });
  pen.image(picture, x, top, side, side);
  const px = side / size;
  pen.frame(x + COLUMN * px, top + ROW * px, CELLS * px, CELLS * px, look.accent);
  for (let r = 0; r < CELLS; r++) {
    for (let c = 0; c < CELLS; c++) {
      const v = gray[(ROW + r) * size + COLUMN + c];
      const color = Array(3).fill(shade(v));
      pen.cell(cells[0] + c * cw, cells[1] + r * ch, cw, ch, color, text(v));
    }
  }
  const bytes = size * size * (at ? 4 : 1);
  const bar = (half - 2 * type) * (at ? 1 : 0.25);
  const y = pen.height - type * 2.9;
  pen.fill(x, y, bar, type * 0.7, look.accent);
  pen.say(`${count(bytes)} bytes${at ? ", 4 times as many" : ""}`, x, y + type * 1.6);
}

/**
 * @param {import("./stage.js").TensorStage} lesson
 * @param {{ mean: number, deviation: number, around: number, pixels: number }} found
 * @param {(row: number, column: number) => number} framed
 */
function tell({ values }, { mean, deviation, around, pixels: all }, framed) {
  const { add, norm } = values;
  const sum = NEAR_WHITE + add;
  const wrapped = addUint8(NEAR_WHITE, add);
  const plain = (/** @type {number} */ v) => write(v, 4);
  const how =
    wrapped === sum
      ? "fits into 0 to 255"
      : `${plain(sum)} ${sum > 255 ? MINUS : "+"} 256 = <b>${wrapped}</b> in uint8`;
  const scaled =
    norm === "scaled"
      ? `${NEAR_WHITE} / 255 = ${fixed(NEAR_WHITE / 255, 4)}: small numbers near 1, as a network reads them`
      : `(${NEAR_WHITE} ${MINUS} ${fixed(mean, 1)}) / ${fixed(deviation, 1)} = ` +
        `${fixed((NEAR_WHITE - mean) / deviation, 3)}: mean 0, deviation 1 before anything is added`;
  return {
    formula:
      `<p>${NEAR_WHITE}${term(add, plain)} = ${plain(sum)}: ${how}.</p>` +
      `<p><b>${count(around)}</b> of ${count(all)} pixels went around.</p><p>float32: ${scaled}.</p>`,
    sentence:
      `One radiograph as uint8 and as float32 with ${plain(add)} added to each pixel: in uint8 ` +
      `${around} of ${all} pixels leave 0 to 255 and go around.`,
    tables: () => [
      {
        caption: "The framed pixels in uint8",
        headed: false,
        rows: Array.from({ length: CELLS }, (_, r) =>
          Array.from({ length: CELLS }, (_, c) => addUint8(framed(r, c), add)),
        ),
      },
    ],
  };
}
