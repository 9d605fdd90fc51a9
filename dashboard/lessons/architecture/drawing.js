// The network as blocks to scale, in SVG: as high as the maps, as deep as the maps, as wide as the root of
// their number. Layout first (boxes and gaps), then the text of the picture.

import { escaped } from "../../browser/number.js";
import { IMAGE, keyOf, LOGITS, nameOf } from "./design.js";
import { HOLDS, shapeText, shortName, THIN } from "./names.js";

/** @typedef {import("./notation.js").Layer} Layer */
/** @typedef {import("./design.js").Path} Path */
/** @typedef {import("./network_math.js").Row} Row */
/** @typedef {{ w: number, h: number, d: number }} Box */
/**
 * A block or a chain with its place around an axis, and what draws it there.
 * @typedef {object} Item
 * @property {number} width
 * @property {number} up
 * @property {number} down
 * @property {[number, number]} insets from its place to its body, left and right
 * @property {number[] | undefined} after shape behind it, undefined where it was not reached
 * @property {(x: number, y: number) => void} draw
 */
/**
 * @typedef {object} Options
 * @property {number} height room in pixels
 * @property {number} room width in pixels
 * @property {number} type in pixels
 * @property {boolean} whole bring everything into sight, without words
 * @property {string} chosen key of a block
 * @property {(text: string) => number} measure
 */

const LINE = 1.2; // of type, from one line of a label to the next
const SMALLER = 0.88;
const SMALLEST_TURNS = 6;

export class Drawing {
  /**
   * @param {import("./notation.js").Design} design
   * @param {import("./network_math.js").Found} found
   * @param {Options} options
   */
  constructor(design, found, options) {
    this.design = design;
    this.found = found;
    this.options = options;
    this.rows = new Map(found.rows.map((row) => [row.name, row]));
    /** @type {Map<string, Row>} The last row of each block. */
    this.ends = new Map();
    for (const row of found.rows) if (row.path) this.ends.set(keyOf(row.path), row);
    /** @type {{ path: Path, x: number, y: number, h: number }[]} Where a block can be dropped. */
    this.gaps = [];
    /** @type {string[]} */
    this.parts = [];
    /** @type {string[]} */
    this.marks = [];
    this.squeeze = 1;
    this.width = 0;
    this.fit();
    this.build();
  }

  get whole() {
    return this.options.whole;
  }

  get space() {
    return (this.whole ? 7 : 12) * this.squeeze;
  }

  /** Find the largest scale at which everything fits the height, then go down for the width. */
  fit() {
    const { height, room, type } = this.options;
    let [low, high] = [0.05, 7];
    for (let turn = 0; turn < 11; turn++) {
      this.scale = (low + high) / 2;
      const { up, down } = this.layOut();
      if (up + down <= height - type) low = this.scale;
      else high = this.scale;
    }
    this.scale = low;
    this.width = this.layOut().width;
    if (this.whole) {
      for (let turn = 0; turn < 12 && this.width > room; turn++) {
        this.squeeze *= Math.max(0.5, ((room - 8) / this.width) * 0.985);
        this.width = this.layOut().width;
      }
      return;
    }
    // Smaller blocks, down to half, where that brings all of them into sight.
    for (let turn = 0; turn < SMALLEST_TURNS && this.width > room; turn++) {
      this.scale *= SMALLER;
      this.width = this.layOut().width;
    }
    if (this.width > room) {
      this.scale = low * SMALLER;
      this.width = this.layOut().width;
    }
  }

  /** @param {number[] | undefined} shape @param {Layer | null} [layer] @returns {Box} */
  box(shape, layer = null) {
    const { squeeze, scale } = this;
    if (!shape) return { w: 26 * squeeze, h: 34, d: 0 };
    const thin = layer && THIN.has(layer.layer);
    if (shape.length === 1) {
      const tall = Math.min(12 + 3.2 * Math.sqrt(shape[0]), 36 + 40 * scale);
      return { w: (thin ? 6 : 14) * squeeze, h: tall, d: 0 };
    }
    const side = Math.max(shape[0] * scale, 5);
    const wide = (thin ? 6 : 5 + 3.1 * Math.sqrt(shape[2])) * squeeze;
    return { w: wide, h: side, d: side * 0.36 * Math.sqrt(squeeze) };
  }

  /** Lines below a block: its name may be parted where there is room below. @param {Layer} layer @param {Row | undefined} row @param {boolean} deep */
  labels(layer, row, deep) {
    if (this.whole) return [];
    const shape = row ? shapeText(row.shape) : "?";
    const name = shortName(layer);
    if (deep || !name.includes(" ")) return [name, shape];
    if (layer.layer === "dense") return ["dense", shape];
    const at = name.lastIndexOf(" ");
    return [name.slice(0, at), name.slice(at + 1), shape];
  }

  /** @param {Layer} layer @param {Path} path @returns {Item} */
  one(layer, path) {
    const key = keyOf(path);
    const row = this.ends.get(key);
    if (layer.layer === "residual" || layer.layer === "parallel") {
      return this.nest(layer, path, row?.shape);
    }
    return this.solid({
      key,
      name: row ? row.name : nameOf(this.design, path),
      box: this.box(row?.shape, layer),
      labels: this.labels(layer, row, path.length > 1),
      said: `${shortName(layer)}, ${row ? shapeText(row.shape) : "not reached"}`,
      holds: HOLDS.has(layer.layer),
      row,
    });
  }

  /**
   * A block that holds no others.
   * @param {{ key: string, name: string, box: Box, labels: string[], said: string, holds: boolean, row: Row | undefined }} about
   * @returns {Item}
   */
  solid({ key, name, box, labels, said, holds, row }) {
    const { type, chosen, measure } = this.options;
    const rise = box.d * 0.7;
    const wide = Math.max(box.w + box.d, ...labels.map(measure));
    const inset = (wide - box.w - box.d) / 2;
    const up = (box.h + rise) / 2;
    const line = labels.length ? type * (0.25 + LINE * labels.length) : 0;
    const wrong = this.found.error?.layer === name;
    const classes = [
      ...["block", holds && "holds", !row && "waits"],
      ...[chosen === key && "chosen", wrong && "wrong"],
    ];
    const draw = (/** @type {number} */ x, /** @type {number} */ y) => {
      const [left, top] = [x + inset, y - up + rise];
      const right = left + box.w;
      const middle = x + wide / 2;
      const faces = box.d
        ? `<path class='face side' d='M${left} ${top}l${box.d} ${-rise}h${box.w}l${-box.d} ${rise}z'/>` +
          `<path class='face side' d='M${right} ${top}l${box.d} ${-rise}v${box.h}l${-box.d} ${rise}z'/>`
        : "";
      const texts = labels.map((label, i) => {
        const quiet = i === labels.length - 1 ? "class='quiet'" : "";
        return `<text ${quiet} x='${middle}' y='${y + up + type * (1.1 + i * LINE)}' text-anchor='middle'>${escaped(label)}</text>`;
      });
      this.parts.push(
        `<g class='${classes.filter(Boolean).join(" ")}' ${this.button(key, said)}>` +
          `<rect class='halo' x='${x - 4}' y='${y - up - 4}' width='${wide + 8}' height='${2 * up + line + 8}' rx='5'/>${faces}` +
          `<rect class='face' x='${left}' y='${top}' width='${box.w}' height='${box.h}'/>${texts.join("")}</g>`,
      );
      if (wrong) this.mark(middle, y - up - 6);
    };
    const insets = /** @type {[number, number]} */ ([inset, inset]);
    return { width: wide, up, down: up + line, insets, after: row?.shape, draw };
  }

  /** What makes a block a button. @param {string} key @param {string} said */
  button(key, said) {
    const on = this.options.chosen === key;
    return `data-path='${key}' tabindex='${on ? 0 : -1}' role='button' aria-pressed='${on}' aria-label='${escaped(said)}'`;
  }

  /** @param {number} x @param {number} y */
  mark(x, y) {
    this.marks.push(`<text x='${x}' y='${y}' text-anchor='middle' font-weight='700'>\u2715</text>`);
  }

  /**
   * A block with others inside, their ways and where they join.
   * @param {Layer} layer
   * @param {Path} path
   * @param {number[] | undefined} after
   * @returns {Item}
   */
  nest(layer, path, after) {
    const { type, measure, chosen } = this.options;
    const { whole, squeeze } = this;
    const residual = layer.layer === "residual";
    const key = keyOf(path);
    const name = nameOf(this.design, path);
    const shortcut = this.rows.get(`${name}_shortcut`)?.layer;
    const title = residual
      ? `residual${layer.activation === "linear" ? ", linear" : ""}${shortcut ? `, 1x1 shortcut /${shortcut.stride}` : ""}`
      : `parallel, ${layer.branches.length} branches`;
    const rows = residual
      ? [this.chain(layer.body, [...path, "body"])]
      : layer.branches.map((/** @type {Layer[]} */ branch, /** @type {number} */ b) =>
          this.chain(branch, [...path, b]),
        );
    const head = whole ? 10 : type * 1.3;
    const over = !residual ? 0 : whole ? 16 : type * 1.6;
    const pad = 16 * squeeze;
    const joint = (whole ? 16 : 24) * Math.max(squeeze, 0.5);
    const inner = Math.max(...rows.map((row) => row.width), whole ? 0 : measure(title) - joint);
    const tall = rows.reduce((sum, row) => sum + row.up + row.down + 6, 0) + head + over;
    const width = inner + 2 * pad + joint;
    const wrong = this.found.error?.layer === name;
    const look = `${chosen === key ? "chosen" : ""} ${wrong ? "wrong" : ""}`;
    const draw = (/** @type {number} */ x, /** @type {number} */ y) => {
      const top = y - tall / 2 - 4;
      const said = `${title}${after ? `, ${shapeText(after)}` : ""}`;
      this.parts.push(
        `<g class='block nest ${look}' ${this.button(key, said)}>` +
          `<rect class='halo' x='${x}' y='${top}' width='${width}' height='${head}'/>` +
          `<rect class='frame' pointer-events='none' x='${x}' y='${top}' width='${width}' height='${tall + 8}' rx='8'/>` +
          (whole ? "" : `<text x='${x + 8}' y='${top + type * 1.1}'>${escaped(title)}</text>`) +
          "</g>",
      );
      if (wrong) this.mark(x + width - 12, top + type * 1.1);
      const join = x + width - joint / 2 - 2;
      let at = top + head + over;
      for (const row of rows) {
        const middle = at + 3 + row.up;
        this.wire(
          `M${x} ${y}C${x + 6} ${y} ${x + 4} ${middle} ${x + pad} ${middle}h${row.insets[0]}` +
            `M${x + pad + row.width - row.insets[1]} ${middle}H${x + pad + row.width}C${join - 10} ${middle} ${join - 12} ${y} ${join} ${y}`,
        );
        row.draw(x + pad, middle);
        at += row.up + row.down + 6;
      }
      if (residual) {
        const way = top + head + over * 0.45;
        this.wire(
          `M${x} ${y}C${x + 5} ${way} ${x + 10} ${way} ${x + 26} ${way}H${join - 20}Q${join} ${way} ${join} ${y - 9}`,
        );
      }
      this.parts.push(
        `<circle class='joint' cx='${join}' cy='${y}' r='9'/>` +
          `<text x='${join}' y='${y + type * 0.34}' text-anchor='middle'>${residual ? "+" : "\u2016"}</text>`,
      );
    };
    return { width, up: tall / 2 + 4, down: tall / 2 + 4, insets: [0, 0], after, draw };
  }

  /** @param {string} d @param {string} [more] */
  wire(d, more = "") {
    this.parts.push(`<path class='wire' ${more} d='${d}'/>`);
  }

  /**
   * Blocks one after another, with wires and gaps between them.
   * @param {Layer[]} layers
   * @param {Path} path
   * @returns {Item}
   */
  chain(layers, path) {
    const { space } = this;
    const items = layers.map((layer, i) => this.one(layer, [...path, i]));
    const width = items.length
      ? items.reduce((sum, item) => sum + item.width, space * (items.length - 1))
      : 44 * this.squeeze;
    const up = Math.max(12, ...items.map((item) => item.up));
    const down = Math.max(12, ...items.map((item) => item.down));
    const draw = (/** @type {number} */ x, /** @type {number} */ y) => {
      const gap = (/** @type {number} */ index, /** @type {number} */ at) =>
        this.gaps.push({ path: [...path, index], x: at, y, h: Math.min(up, 60) });
      gap(0, x - space / 2);
      if (!items.length) this.wire(`M${x} ${y}h${width}`, "stroke-dasharray='3 4'");
      let at = x;
      items.forEach((item, i) => {
        if (i) this.join(items[i - 1], item, at, y);
        item.draw(at, y);
        at += item.width + space;
        gap(i + 1, at - space / 2);
      });
    };
    /** @type {[number, number]} */
    const insets = [items[0]?.insets[0] ?? 0, items.at(-1)?.insets[1] ?? 0];
    return { width, up, down, insets, after: items.at(-1)?.after, draw };
  }

  /** The wire between two blocks of a chain. @param {Item} before @param {Item} item at x @param {number} x @param {number} y */
  join(before, item, x, y) {
    const from = x - this.space - before.insets[1] + 2;
    this.wire(`M${from} ${y}H${x + item.insets[0] - 2}`);
  }

  /** All of it: the image, the layers, the logits. */
  layOut() {
    const S = this.design.input_size;
    const fixed = (
      /** @type {string} */ key,
      /** @type {Box} */ box,
      /** @type {string} */ shape,
    ) => {
      const row = this.rows.get(key);
      const labels = this.whole ? [] : [key, shape];
      const said = `${key}${row ? `, ${shapeText(row.shape)}` : ", not reached"}`;
      return this.solid({ key, name: key, box, labels, said, holds: key === LOGITS, row });
    };
    const logits = this.rows.get(LOGITS);
    const image = fixed(IMAGE, this.box([S, S, 1]), `${S}x${S}`);
    const last = fixed(LOGITS, this.box(logits?.shape), logits ? shapeText(logits.shape) : "?");
    const main = this.chain(this.design.layers, []);
    const items = [image, main, last];
    const width = items.reduce((sum, item) => sum + item.width, 24 + 2 * this.space);
    const up = Math.max(...items.map((item) => item.up));
    return { items, width, up, down: Math.max(...items.map((item) => item.down)) };
  }

  build() {
    const { items, up, down } = this.layOut();
    const y = Math.max(8, (this.options.height - 8 - up - down) / 2) + up;
    let x = 12;
    items.forEach((item, i) => {
      if (i) this.join(items[i - 1], item, x, y);
      item.draw(x, y);
      x += item.width + this.space;
    });
    this.tallness = Math.max(this.options.height, y + down + 6);
  }

  /** The picture as markup. @param {string} label */
  svg(label) {
    const { type } = this.options;
    const size = `width='${Math.ceil(this.width)}' height='${Math.floor(this.tallness)}'`;
    return (
      `<svg ${size} font-size='${type}' role='group' aria-label='${escaped(label)}'>` +
      `${this.parts.join("")}${this.marks.join("")}<path class='gap' d=''/></svg>`
    );
  }
}
