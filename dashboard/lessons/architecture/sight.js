// What one unit sees: the picture at the size that the network reads, dark all around its window.

import { bitmap, enlarge, fit } from "../../browser/canvas.js";
import { walk } from "../../browser/keys.js";
import { box, paint } from "../../browser/paint.js";

/** @typedef {import("./network_math.js").Row} Row */

const HALO_PX = 7;
const EDGE_PX = 3;

/** Means of the pixels under each cell of a grid of `side` cells. @param {ArrayLike<number> & { shape: number[] }} picture @param {number} side */
function resample(picture, side) {
  const from = picture.shape[0];
  const ends = Array.from({ length: side + 1 }, (_, at) => Math.floor((at * from) / side));
  const found = new Float32Array(side * side);
  for (let r = 0; r < side; r++)
    for (let c = 0; c < side; c++) {
      const [top, left] = [ends[r], ends[c]];
      const [bottom, right] = [Math.max(top + 1, ends[r + 1]), Math.max(left + 1, ends[c + 1])];
      let total = 0;
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++) total += picture[y * from + x];
      found[r * side + c] = total / ((bottom - top) * (right - left));
    }
  return found;
}

/** Top, left, bottom and right of what a unit sees, the last two excluded. @param {Row} row @param {number[]} unit */
export function windowOfUnit({ field }, [r, c]) {
  if (field.high[r] < 0 || field.high[c] < 0) return [0, 0, 0, 0];
  return [field.low[r], field.low[c], field.high[r] + 1, field.high[c] + 1];
}

export class Sight {
  /**
   * @param {HTMLCanvasElement & { seen?: any }} canvas
   * @param {() => void} moved the unit that is looked at changed
   */
  constructor(canvas, moved) {
    this.canvas = canvas;
    this.moved = moved;
    /** @type {number[] | null} The unit under the pointer; the middle one without it. */
    this.spot = null;
    /** @type {any} */
    this.picture = null;
    this.sampled = "";
    this.pixels = 0;
    /** @type {Row | null} */
    this.row = null;
    canvas.onpointermove = (event) => {
      const box = canvas.getBoundingClientRect();
      const shares = [
        (event.clientY - box.top) / box.height,
        (event.clientX - box.left) / box.width,
      ];
      this.look(shares.map((share) => this.unitAt(share)));
    };
    canvas.onpointerleave = () => this.look(null);
    canvas.onkeydown = (event) => {
      if (!this.row) return;
      const { side } = this.row.field;
      const [row, column] = this.unit;
      const to = walk(event, { row, column }, { rows: side, columns: side });
      if (to) this.look([to.row, to.column]);
    };
  }

  /** The room changed. */
  forget() {
    this.canvas.style.width = this.canvas.style.height = "";
    this.pixels = 0;
  }

  /** @param {number[] | null} spot */
  look(spot) {
    this.spot = spot;
    this.moved();
  }

  /** @param {number} share of the picture's side */
  unitAt(share) {
    const { center, jump, side } = this.row.field;
    const at = Math.round((share * this.side - 0.5 - center) / (jump || this.side));
    return Math.min(Math.max(at, 0), side - 1);
  }

  get unit() {
    const { side } = this.row.field;
    return (this.spot ?? [side >> 1, side >> 1]).map((at) => Math.min(at, side - 1));
  }

  /**
   * @param {Row} row
   * @param {number} side of the image that the network reads
   * @param {any} picture
   * @param {string} accent
   */
  draw(row, side, picture, accent) {
    this.row = row;
    this.side = side;
    this.pixels ||= this.canvas.clientWidth;
    const { pixels } = this;
    if (!pixels) return;
    if (this.picture !== picture || this.sampled !== String(side)) {
      this.picture = picture;
      this.sampled = String(side);
      this.small = bitmap(resample(picture, side), side, side, (value, pixel, at) => {
        pixel[at] = pixel[at + 1] = pixel[at + 2] = value;
      });
    }
    const pen = fit(this.canvas, pixels, pixels);
    enlarge(pen, this.small, 0, 0, pixels, pixels);
    const window = windowOfUnit(row, this.unit);
    const [top, left, bottom, right] = window.map((at) => (at * pixels) / side);
    const shown = new Path2D(box(left, top, right - left, bottom - top));
    const dimmed = new Path2D(box(0, 0, pixels, pixels));
    dimmed.addPath(shown);
    pen.fillStyle = "rgba(0,0,0,.55)";
    pen.fill(dimmed, "evenodd");
    paint(pen, shown, { color: accent, line: EDGE_PX, under: "#fff", more: HALO_PX - EDGE_PX });
    this.canvas.seen = { name: row.name, unit: this.unit, window }; // read by tests
  }
}
