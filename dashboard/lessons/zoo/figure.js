// The idea of a network as a figure: whatever there is of pictures, curves and bars at one position.

import { bitmap, enlarge, fit } from "../../browser/canvas.js";
import { make } from "../../browser/dom.js";
import { escaped, write } from "../../browser/number.js";
import { Plot, ticks } from "../../browser/plot.js";
import { Scale } from "../../browser/scale.js";

/** @typedef {{ title: string, note: string, scale: string, limit: number, array: number | null }} Picture */
/** @typedef {{ name: string, values: number[], role: string, jumps: boolean }} Line */
/** @typedef {[string, number, string, string]} Bar label, value, role, the number as it is read */
/** @typedef {{ sentence: string, formula: string, bars: Bar[], pictures: Picture[] }} View */
/**
 * As `dashboard.lessons.zoo.stage` sends an idea.
 * @typedef {object} Figure
 * @property {string} title
 * @property {string} control
 * @property {(number | string)[]} positions
 * @property {string} axis
 * @property {boolean} logarithmic
 * @property {number} highest
 * @property {Line[]} lines
 * @property {View[]} views
 */

/** @type {Record<string, { color: string, dash: string }>} */
const LOOKS = {
  old: { color: "var(--lb-muted)", dash: "7 5" },
  new: { color: "var(--lb-accent)", dash: "" },
  part: { color: "var(--lb-accent)", dash: "2 4" },
  plain: { color: "var(--lb-text)", dash: "2 5" },
};
const OLD_DASHES = ["7 5", "2 4", "12 4 2 4"];
const GAP = 12;
const PICTURES_SHARE = 0.58; // of the width, where curves or bars stand beside them
const SMALLEST = 40; // pixels of a picture's side
const ALONE = 18; // width of captions, in parts of the type's size
const LINE = 1.32;
const LETTER = 0.56; // about the width of a letter, in parts of the type's size

export class IdeaFigure {
  /** @param {HTMLElement} host is filled */
  constructor(host) {
    this.host = host;
    this.pictures = make("div", { className: "few" });
    this.lines = make("div", { className: "lines" });
    this.bars = make("div", { className: "bars" });
    host.append(this.pictures, this.lines, this.bars);
  }

  /**
   * @param {Figure} figure
   * @param {number} index
   * @param {any[] | undefined} arrays the pictures, where they have come
   * @param {{ type: number, line: number, powers: string }} look
   */
  show(figure, index, arrays, look) {
    const view = figure.views[index];
    const [width, height] = [this.host.clientWidth, this.host.clientHeight];
    const bars = figure.logarithmic && figure.lines.length ? [] : view.bars;
    const alone = !figure.lines.length && !bars.length;
    const used = this.drawPictures(view.pictures, arrays, look.type, [
      alone ? width : PICTURES_SHARE * width,
      height,
    ]);
    const left = width - used - (used ? GAP : 0);
    this.lines.hidden = !figure.lines.length;
    if (this.lines.hidden) this.lines.replaceChildren();
    if (figure.lines.length) {
      const wide = bars.length ? 0.6 * left - GAP : left;
      this.lines.innerHTML = chart(figure, index, { ...look, width: wide, height });
    }
    this.drawBars(figure, bars, look);
  }

  /**
   * @param {Picture[]} pictures
   * @param {any[] | undefined} arrays
   * @param {number} type
   * @param {[number, number]} room
   * @returns {number} the width that they take
   */
  drawPictures(pictures, arrays, type, [width, height]) {
    const host = this.pictures;
    const count = pictures.length;
    host.hidden = !count;
    if (!count) {
      host.replaceChildren();
      return 0;
    }
    while (host.children.length > count) host.lastChild?.remove();
    while (host.children.length < count) {
      host.append(make("figure", {}, make("figcaption"), make("canvas"), make("small")));
    }
    const each = (width - (count - 1) * GAP) / count;
    // Captions may be wider than a picture that stands alone.
    const wideAt = (/** @type {number} */ side) =>
      count === 1 ? Math.max(side, Math.min(each, ALONE * type)) : side;
    const linesOf = (/** @type {"title" | "note"} */ part, /** @type {number} */ wide) =>
      Math.max(...pictures.map((one) => Math.ceil((one[part].length * LETTER * type) / wide)));
    let side = Math.floor(Math.min(each, height));
    const high = () => {
      const wide = wideAt(side);
      return side + (linesOf("title", wide) + linesOf("note", wide)) * LINE * type;
    };
    while (side > SMALLEST && high() > height) side -= 2;
    const wide = wideAt(side);
    host.style.setProperty("--lines", String(linesOf("title", wide)));
    pictures.forEach((picture, at) => {
      const cell = /** @type {HTMLElement} */ (host.children[at]);
      const [title, canvas, note] = /** @type {any} */ (cell.children);
      cell.style.width = `${wide}px`;
      title.textContent = picture.title;
      note.textContent = picture.note;
      const array = picture.array === null ? undefined : arrays?.[picture.array];
      paint(canvas, picture, array, side, type);
    });
    return count * wide + (count - 1) * GAP;
  }

  /**
   * @param {Figure} figure
   * @param {Bar[]} bars
   * @param {{ powers: string }} look
   */
  drawBars(figure, bars, { powers }) {
    const host = this.bars;
    host.hidden = !bars.length;
    if (!bars.length) {
      host.replaceChildren();
      return;
    }
    const { highest, logarithmic } = figure;
    const share = (/** @type {number} */ value) =>
      logarithmic ? Math.log10(Math.max(1, value)) / Math.log10(highest) : value / highest;
    const rows = bars.map(
      ([label, value, role, shown]) =>
        `<div class="bar ${role}"><span>${escaped(label)}</span><b>${escaped(shown)}</b>` +
        `<i><u style="width:${Math.max(0.4, 100 * share(value)).toFixed(2)}%"></u></i></div>`,
    );
    host.classList.toggle("many", bars.length > 4);
    host.innerHTML = rows.join("") + (logarithmic ? `<small>${escaped(powers)}</small>` : "");
  }
}

/**
 * The curves with a mark where the control stands, as markup.
 * @param {Figure} figure
 * @param {number} index
 * @param {{ type: number, line: number, width: number, height: number }} look
 */
function chart(figure, index, { type, line: thin, width, height }) {
  const { lines, logarithmic } = figure;
  const values = lines.flatMap((line) => line.values).filter((v) => !logarithmic || v > 0);
  const at = figure.positions.map(Number);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  /** @type {[number, number]} */
  const y = logarithmic
    ? [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high) + 0.2)]
    : [Math.min(0, low), high * 1.08];
  const longest = Math.max(...lines.map((line) => line.name.length));
  const plot = new Plot({
    id: "zoo-lines",
    width,
    height,
    type,
    x: [at[0], at[at.length - 1]],
    y,
    log: logarithmic,
    title: figure.axis,
    xTitle: figure.control,
    margin: type * 0.6 * longest + 26,
  });
  const sides = ticks(...plot.x, 6).filter((x) => x >= plot.x[0]);
  plot.axes(sides, logarithmic ? decades(...y) : ticks(...y, 5), (value) => write(value));
  plot.parts.push(
    `<path d='M${plot.px(at[index])} ${plot.top}V${plot.bottom}' stroke='var(--lb-text)' stroke-width='1.5' stroke-dasharray='3 4'/>`,
  );
  let olds = 0;
  for (const line of lines) {
    const { color, dash } = LOOKS[line.role];
    const strong = line.role === "new";
    plot.line(steps(line, at), {
      color,
      dash: line.role === "old" ? OLD_DASHES[olds++ % OLD_DASHES.length] : dash,
      width: strong ? thin * 1.5 : thin,
      end: line.name,
      strong,
    });
    plot.dot(at[index], line.values[index], color, strong ? 7 : 5);
  }
  return plot.svg();
}

/**
 * The points of a curve; one that jumps breaks between its values.
 * @param {Line} line
 * @param {number[]} at
 * @returns {([number, number] | null)[]}
 */
function steps(line, at) {
  /** @type {([number, number] | null)[]} */
  const points = [];
  line.values.forEach((value, i) => {
    if (line.jumps && i && value !== line.values[i - 1]) points.push(null, [at[i - 1], value]);
    points.push([at[i], value]);
  });
  return points;
}

/**
 * Powers of ten, at most about five.
 * @param {number} low
 * @param {number} high
 */
function decades(low, high) {
  const [first, last] = [Math.round(Math.log10(low)), Math.round(Math.log10(high))];
  const step = Math.max(1, Math.ceil((last - first) / 5));
  const found = [];
  for (let power = first; power <= last; power += step) found.push(10 ** power);
  return found;
}

/**
 * @param {HTMLCanvasElement & { sent?: any, key?: string }} canvas
 * @param {Picture} picture
 * @param {any} array none while it is on its way
 * @param {number} side in pixels
 * @param {number} type
 */
function paint(canvas, picture, array, side, type) {
  const key = `${side} ${devicePixelRatio} ${type}`;
  if (canvas.sent === array && canvas.key === key) return;
  canvas.sent = array;
  canvas.key = key;
  const pen = fit(canvas, side, side);
  pen.clearRect(0, 0, side, side);
  canvas.classList.toggle("coming", !array);
  if (!array) return;
  const [height, width] = array.shape;
  const scale = new Scale(
    /** @type {any} */ (picture.scale === "count" ? "magnitude" : picture.scale),
    picture.limit,
  );
  array.small ??= bitmap(array, width, height, scale.paint);
  enlarge(pen, array.small, 0, 0, side, side);
  if (picture.scale === "count") numbers(pen, array, scale, side, type);
}

/**
 * The numbers in the cells, and the windows of the layers between.
 * @param {CanvasRenderingContext2D} pen
 * @param {any} array
 * @param {Scale} scale
 * @param {number} side
 * @param {number} type
 */
function numbers(pen, array, scale, side, type) {
  const [, width] = array.shape;
  const cell = side / width;
  const font = Math.min(cell * 0.5, type);
  if (font >= 15.5) {
    pen.font = `${font}px sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    array.forEach((/** @type {number} */ number, /** @type {number} */ i) => {
      pen.fillStyle = scale.ink(number);
      pen.fillText(
        String(number),
        ((i % width) + 0.5) * cell,
        (Math.floor(i / width) + 0.5) * cell,
      );
    });
  }
  pen.strokeStyle = "#fff";
  pen.lineWidth = 2;
  for (let reach = 1; 2 * reach + 1 < width; reach++) {
    const from = ((width - 1) / 2 - reach) * cell;
    pen.strokeRect(from, from, (2 * reach + 1) * cell, (2 * reach + 1) * cell);
  }
}
