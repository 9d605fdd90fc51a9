// Memory: bars inside bars. Each axis cuts the bytes of the block chosen above it.

import { count, MINUS, raised } from "../../browser/number.js";
import { sayShape } from "./pen.js";
import {
  addressOf,
  countOf,
  elementBytes,
  floatParts,
  hexByte,
  ITEM_SIZES,
  layoutOf,
} from "./tensor_math.js";

/** @param {import("./stage.js").TensorStage} lesson */
export function drawMemory(lesson) {
  const { pen, t, values, element: index } = lesson;
  const { type } = pen;
  const as = t.dtype === "uint8" ? values.as : t.dtype;
  const layout = layoutOf(t.shape, ITEM_SIZES[as]);
  const address = addressOf(layout, index);
  const raw = t.data[addressOf(layoutOf(t.shape, 1), index)];
  const value = as === t.dtype ? raw : Math.fround(raw / 255);
  const row = (pen.height - type * 2.2) / (t.rank + 1);
  const place = { x: type * 14.5, width: pen.width - type * 15.5 };
  const high = Math.min(row * 0.52, type * 2.6);
  let y = type * 0.9;
  /** @type {[number, number, number] | null} */
  let before = null;
  for (let axis = 0; axis < t.rank; axis++) {
    if (before) pen.fan(before, place.x, place.width, y);
    before = drawBar(lesson, axis, layout.strides[axis], { ...place, y, height: high });
    y += row;
  }
  drawBytes(lesson, { ...place, y, height: high }, before, { as, value, address });
  const bytes = elementBytes(value, as);
  return {
    ...tell(lesson, layout, { as, value, address, bytes }),
    shown: {
      index: [...index],
      strides: layout.strides,
      address,
      bytes,
      value,
      as,
      parts: floatParts(value),
      total: countOf(t.shape) * layout.itemsize,
    },
  };
}

/**
 * The bar of one axis; the place of its chosen block.
 * @param {import("./stage.js").TensorStage} lesson
 * @param {number} axis
 * @param {number} stride
 * @param {import("./stack.js").Box} box
 * @returns {[number, number, number]}
 */
function drawBar({ pen, t, element, spots }, axis, stride, { x, y, width, height }) {
  const { type, look } = pen;
  const size = t.shape[axis];
  const at = element[axis];
  const block = width / size;
  pen.fill(x, y, width, height, look.background);
  if (block <= 3) pen.fill(x, y, width, height, look.border);
  for (let i = 0; i < size && block > 3; i++) {
    const color = i % 2 ? look.border : look.muted;
    if (i !== at) pen.fill(x + i * block + 0.5, y, block - 1, height, color, i % 2 ? 1 : 0.33);
  }
  pen.fill(x + at * block, y, Math.max(block, 3), height, look.accent);
  if (t.picture && axis < t.rowAxis && block > height) {
    const sheet = t.sheet([...element.slice(0, axis + 1), ...Array(t.rowAxis - axis - 1).fill(0)]);
    pen.image(sheet, x + at * block + 1, y + 1, Math.min(block, height) - 2, height - 2);
  }
  pen.frame(x, y, width, height, look.muted, { line: 1 });
  pen.axis(axis, t.axes[axis], size, type * 0.5, y + height / 2);
  const told = `${at} \u00d7 ${count(stride)} = ${count(at * stride)}`;
  pen.say(told, type * 2, y + height / 2 + type * 1.25, { color: look.muted, most: type * 12.5 });
  spots.push({ kind: "bar", x, y, width, height, axis, size });
  return [x + at * block, y + height, block];
}

/**
 * The element's own bytes under the last bar.
 * @param {import("./stage.js").TensorStage} lesson
 * @param {import("./stack.js").Box} box
 * @param {[number, number, number]} before
 * @param {{ as: string, value: number, address: number }} element
 */
function drawBytes({ pen }, { x, y, width, height }, before, { as, value, address }) {
  const { type, look } = pen;
  const bytes = elementBytes(value, as);
  const cell = Math.min(type * 3.2, width / 8);
  pen.fan(before, x, cell * bytes.length, y);
  bytes.forEach((byte, i) => {
    pen.fill(x + i * cell, y, cell - 2, height, look.background);
    pen.frame(x + i * cell, y, cell - 2, height, look.accent);
    pen.say(hexByte(byte), x + (i + 0.5) * cell - 1, y + height / 2, {
      align: "center",
      mono: true,
      bold: true,
    });
  });
  const under = { y: y + height + type * 0.75, color: look.muted };
  pen.say(count(address), x, under.y, { color: under.color });
  if (bytes.length > 1) {
    const end = x + bytes.length * cell;
    pen.say(count(address + bytes.length - 1), end, under.y, {
      align: "right",
      color: under.color,
    });
  }
  pen.say(`byte ${count(address)}`, type * 0.5, y + height / 2, {
    bold: true,
    color: look.accent,
  });
  const left = x + cell * bytes.length + type;
  const means =
    as === "uint8"
      ? `= ${value}   (0x${hexByte(value)} = ${value >> 4} \u00b7 16 + ${value & 15})`
      : `= ${exact(value)}`;
  pen.say(means, left, y + height / 2, { bold: true, most: pen.width - left - type });
}

/**
 * A float32 to all the digits that tell it from its neighbors.
 * @param {number} value
 */
const exact = (value) => String(Number(value.toPrecision(9))).replace("-", MINUS);

/**
 * @param {import("./stage.js").TensorStage} lesson
 * @param {import("./tensor_math.js").Layout} layout
 * @param {{ as: string, value: number, address: number, bytes: number[] }} element
 */
function tell({ t, element: index }, layout, { as, value, address, bytes }) {
  const { sign, exponent, fraction } = floatParts(value);
  const sum = index.map((i, axis) => `${i}\u00b7${count(layout.strides[axis])}`).join(" + ");
  const total = countOf(t.shape) * layout.itemsize;
  const power = exponent ? exponent - 127 : -126;
  const bits =
    as === "uint8"
      ? ""
      : `<p>Least important byte first. Sign ${sign}, exponent ${exponent}, fraction ${count(fraction)}: ` +
        `${sign ? MINUS : ""}(${exponent ? 1 : 0} + ${count(fraction)} / 2${raised(23)}) \u00b7 2${raised(power)}.</p>`;
  return {
    formula:
      `<p>\u03a3 index\u00b7stride = ${sum} = <b>${count(address)}</b></p>` +
      `<p>All of x: ${t.shape.map(count).join("\u00b7")}\u00b7${layout.itemsize} = ` +
      `<b>${count(total)}</b> bytes.</p>${bits}`,
    sentence:
      `Element [${index.join(", ")}] of x, ${as}, begins at byte ${count(address)} and is ` +
      `${bytes.map(hexByte).join(" ")}, the number ${exact(value)}. Strides ${sayShape(layout.strides)}.`,
    tables: () => [
      {
        caption: "Where the element lies",
        head: ["axis", "entries", "stride in bytes", "index", "adds"],
        rows: t.shape.map((size, a) => [
          t.axes[a],
          size,
          layout.strides[a],
          index[a],
          index[a] * layout.strides[a],
        ]),
      },
    ],
  };
}
