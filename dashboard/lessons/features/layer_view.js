// One layer: all its maps, how its values are spread, the chosen map enlarged and its own kernel.

import { write } from "../../browser/number.js";
import { largest, Scale } from "../../browser/scale.js";
import { gridBoxes, layerPlace } from "./places.js";
import { range } from "./values.js";

/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {import("./places.js").Box} Box */

/** @type {Record<string, string>} */
const WEIGHTLESS = {
  pooling: "no weights: pooling",
  global_pooling: "no weights: pooling",
  add: "no weights: a sum",
  concatenate: "no weights: maps side by side",
  activation: "no weights: a function",
  batch_normalization: "one factor, one shift",
  input: "the picture",
  rescaling: "rescaled",
  dropout: "passes on",
  flatten: "lays maps in a row",
};

export class LayerView {
  /** @param {any} lesson the stage's class */
  constructor(lesson) {
    this.lesson = lesson;
    this.painter = lesson.painter;
  }

  /** @param {string} name */
  place(name) {
    const { surface, barTop, net } = this.lesson;
    const vector = this.lesson.isVector(name);
    return layerPlace(surface.width, barTop - 6, this.painter.line, net.dims(name)[2], vector);
  }

  /**
   * @param {Pen} pen
   * @param {any} now
   * @param {boolean} flown whether the maps are on their way and drawn by themselves
   */
  draw(pen, now, flown) {
    const { lesson, painter } = this;
    const { net } = lesson;
    const { node, unit } = now;
    const place = this.place(node);
    const vector = lesson.isVector(node);
    painter.picture(pen, now, place.picture);
    this.histogram(pen, node, place.histogram);
    const top = painter.line * 0.5;
    painter.text(pen, lesson.sizeOf(node), place.grid.x, top, { muted: true });
    if (!flown) {
      place.tiles.forEach((box, u) => {
        painter.tile(pen, node, u, box);
        if (!vector) return;
        const value = net.values(node)?.[u];
        painter.number(pen, value, box, painter.color(node, u, value));
      });
      if (place.tiles[unit]) painter.mark(pen, place.tiles[unit]);
    }
    const { big } = place;
    const words = `${lesson.word(node)} ${unit + 1}`;
    painter.text(pen, words, big.x + big.side / 2, top, { align: "center", bold: true });
    painter.tile(pen, node, unit, big);
    if (vector) {
      const value = lesson.valueAt(now);
      const said = value === undefined ? "" : write(value);
      painter.number(pen, value, big, painter.color(node, unit, value), said);
    } else {
      const [rows, columns] = net.dims(node);
      const [wide, tall] = [big.side / columns, big.side / rows];
      const cell = { x: big.x + now.column * wide, y: big.y + now.row * tall };
      painter.frame(pen, { ...cell, width: wide, height: tall }, { thick: tall > 12 ? 3 : 2 });
    }
    this.kernels(pen, node, unit, place.kernel);
  }

  /** @param {Pen} pen @param {string} name @param {Box} box */
  histogram(pen, name, { x, y, width, height }) {
    const { painter } = this;
    const { stats } = this.lesson.net.node(name);
    if (!stats || height < painter.line * 2) return;
    const { counts, edges } = stats;
    const top = Math.log10(1 + Math.max(...counts));
    const bottom = y + height - painter.line;
    const step = width / counts.length;
    const muted = { muted: true, wide: width };
    painter.text(pen, "values (log)", x, y - painter.line * 0.45, muted);
    const scale = new Scale("activation", largest([edges[0], edges.at(-1)]));
    const gray = painter.isPicture(name);
    counts.forEach((/** @type {number} */ n, /** @type {number} */ i) => {
      if (!n) return;
      const tall = Math.max(2, ((bottom - y) * Math.log10(1 + n)) / top);
      const value = (edges[i] + edges[i + 1]) / 2;
      // Never so near to zero that the bar is lost on the ground.
      const shade = Math.sign(value) * Math.max(Math.abs(value), 0.35 * scale.limit);
      pen.fillStyle = gray ? painter.theme.muted : scale.css(shade);
      pen.fillRect(x + i * step, bottom - tall, Math.max(step - 1, 1), tall);
    });
    pen.fillStyle = painter.theme.border;
    pen.fillRect(x, bottom, width, 1);
    const [low, high] = [edges[0], edges.at(-1)];
    if (low < 0 && high > 0) {
      pen.fillStyle = painter.theme.text;
      pen.fillRect(x - (low / (high - low)) * width, bottom - 4, 1.5, 8);
    }
    const below = bottom + painter.line * 0.55;
    painter.text(pen, write(low), x, below, { muted: true });
    painter.text(pen, write(high), x + width, below, { align: "right", muted: true });
  }

  /**
   * The unit's own kernel, one slice a channel that it reads, in the colors of weights.
   * @param {Pen} pen
   * @param {string} name
   * @param {number} unit
   * @param {Box} box
   */
  kernels(pen, name, unit, { x, y, width, height }) {
    const { painter } = this;
    const node = this.lesson.net.node(name);
    const found = height < painter.line ? null : this.slices(node, unit);
    const above = y - painter.line * 0.45;
    const how = { muted: true, wide: width };
    if (!found) {
      painter.text(pen, WEIGHTLESS[node.kind] ?? "", x, above, how);
      return;
    }
    const { slices, columns } = found;
    const limit = Math.max(...slices.map(largest));
    const scale = new Scale("weight", limit);
    const parts = `${slices.length} ${slices.length === 1 ? "slice" : "slices"}`;
    painter.text(pen, `kernel, ${parts}, \u00b1${write(limit)}`, x, above, how);
    const options = { gap: 0.14, align: 0, most: slices.length === 1 ? Infinity : 110 };
    const boxes = gridBoxes(slices.length, { x, y: y + 2, width, height }, options);
    boxes.forEach((box, i) => {
      const wide = box.side / columns;
      const tall = (box.side * columns) / slices[i].length;
      slices[i].forEach((weight, at) => {
        const left = box.x + (at % columns) * wide;
        const top = box.y + Math.floor(at / columns) * tall;
        pen.fillStyle = scale.css(weight);
        const gap = wide > 5 ? -1 : 0.3;
        pen.fillRect(left, top, wide + gap, tall + gap);
        if (wide <= painter.type * 2.1) return;
        painter.number(pen, weight, { x: left, y: top, side: wide }, scale.rgb(weight));
      });
    });
  }

  /**
   * @param {any} node
   * @param {number} unit
   * @returns {{ slices: number[][], columns: number } | null}
   */
  slices(node, unit) {
    const { net } = this.lesson;
    const kernel = net.weight(node.name, "kernel");
    if (!kernel) return null;
    if (node.kind === "dense") {
      const [height, width, channels] = net.dims(net.lookThrough(node.inputs[0]));
      const units = kernel.shape[1];
      const weightOf = (/** @type {number} */ g, /** @type {number} */ p) =>
        kernel[(p * channels + g) * units + unit];
      const slices = range(channels).map((g) => range(height * width).map((p) => weightOf(g, p)));
      return { slices, columns: width };
    }
    const [size, , channels, units] = kernel.shape;
    const depthwise = node.kind === "depthwise_convolution";
    const slices = (depthwise ? [unit] : range(channels)).map((g) =>
      range(size * size).map((p) => kernel[(p * channels + g) * units + (depthwise ? 0 : unit)]),
    );
    return { slices, columns: size };
  }
}

/** Maps that fly from view to view at most. */
const MOST_FLYERS = 256;

/**
 * What is in both views moves from place to place.
 * @param {any} lesson
 * @param {any} before
 * @param {any} after
 */
export function flyersBetween(lesson, before, after) {
  const views = [before.view, after.view].toSorted().join();
  const name = after.view === "whole" ? before.node : after.node;
  if (views === "layer,whole") {
    const tiles = lesson.overview.places.boxes[name]?.tiles;
    if (!tiles) return [];
    const places = lesson.layer.place(name).tiles;
    const every = Math.max(1, Math.ceil(places.length / MOST_FLYERS));
    const [start, end] = after.view === "layer" ? [tiles, places] : [places, tiles];
    return places.flatMap((_, unit) =>
      unit % every ? [] : [{ name, unit, start: start[unit], end: end[unit] }],
    );
  }
  if (views !== "cell,layer" || before.node !== after.node || lesson.isVector(name)) return [];
  const tile = lesson.layer.place(name).tiles[after.unit];
  const { output } = lesson.cell.place();
  const [start, end] = after.view === "cell" ? [tile, output] : [output, tile];
  return [{ name, unit: after.unit, start, end }];
}
