// What the pictures of tensors are drawn with: text, frames, numbered axes and cells on a canvas.

import { count, write } from "../../browser/number.js";
import { box, disc, paint, widthOf, words } from "../../browser/paint.js";
import { ink } from "../../browser/scale.js";

/** @param {number[]} shape */
export const sayShape = (shape) =>
  `(${shape.map(count).join(", ")}${shape.length === 1 ? "," : ""})`;

/** @param {number} value */
export const sayValue = (value) => write(value);

/** A pen on a surface, at the look and size that there are now. */
export class Pen {
  /** @param {import("../../browser/canvas.js").Surface} surface */
  constructor(surface) {
    this.surface = surface;
    this.g = surface.pen;
    this.look = surface.theme;
    this.width = 0;
    this.height = 0;
    this.type = 16;
  }

  /** An empty canvas. */
  begin() {
    this.g = this.surface.clear();
    this.look = this.surface.theme;
    this.width = this.surface.width;
    this.height = this.surface.height;
    this.type = this.look.textPx;
    this.g.imageSmoothingEnabled = false;
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y middle of the line
   * @param {import("../../browser/paint.js").Words & { bold?: boolean, scale?: number }} [how]
   */
  say(text, x, y, { bold, scale = 1, ...how } = {}) {
    const more = { weight: bold ? 650 : 400, size: this.type * scale, ...how };
    words(this.g, this.look, text, x, y, more);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {string} color
   * @param {{ line?: number, dash?: number[] }} [how]
   */
  frame(x, y, width, height, color, { line = this.look.linePx, dash = [] } = {}) {
    paint(this.g, box(x, y, width, height), { color, line, dash });
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {string} color
   * @param {number} [alpha]
   */
  fill(x, y, width, height, color, alpha = 1) {
    this.g.globalAlpha = alpha;
    this.g.fillStyle = color;
    this.g.fillRect(x, y, width, height);
    this.g.globalAlpha = 1;
  }

  /**
   * @param {CanvasImageSource} image
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {number} [alpha]
   */
  image(image, x, y, width, height, alpha = 1) {
    this.g.globalAlpha = alpha;
    this.g.drawImage(image, x, y, width, height);
    this.g.globalAlpha = 1;
  }

  /**
   * "(1) frames 20": the number in a disc is the axis, as in the rows at the side.
   * @param {number} number
   * @param {string} name
   * @param {number} size
   * @param {number} x
   * @param {number} y
   * @param {number} [turn]
   */
  axis(number, name, size, x, y, turn = 0) {
    const { g, look } = this;
    const r = this.type * 0.7;
    g.save();
    g.translate(x, y);
    g.rotate(turn);
    paint(g, disc(r, 0, r), { fill: look.accent });
    this.say(String(number), r, 1, { color: look.background, align: "center", bold: true });
    this.say(`${name} ${count(size)}`, 2 * r + 5, 0);
    g.restore();
  }

  /** @param {string} name @param {number} size */
  axisWidth(name, size) {
    return widthOf(this.g, this.look, `${name} ${count(size)}`) + this.type * 1.4 + 8;
  }

  /**
   * A number on its color.
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {number[]} color
   * @param {string} text
   */
  cell(x, y, width, height, color, text) {
    this.fill(x, y, width - 1, height - 1, `rgb(${color.join()})`);
    this.say(text, x + width / 2, y + height / 2, {
      color: ink(color),
      align: "center",
      mono: true,
    });
  }

  /**
   * The light that falls from a cell above onto the bar below.
   * @param {[number, number, number]} from left, bottom and width
   * @param {number} x
   * @param {number} width
   * @param {number} y top of the bar
   */
  fan([left, bottom, wide], x, width, y) {
    const path = `M${left} ${bottom}h${Math.max(wide, 2)}L${x + width} ${y}H${x}z`;
    paint(this.g, path, { fill: this.look.accent, alpha: 0.22 });
  }
}
