// The tree of parts as the server sent it: cells with their windows and what each is made of.

import { percent, write } from "../../browser/number.js";

const COLUMNS = 8; // level, row, column, channel, top, left, bottom, right

/**
 * @typedef {object} Cell
 * @property {number} index
 * @property {number} level
 * @property {number} row
 * @property {number} column
 * @property {number} channel
 * @property {number} top of its window on the picture
 * @property {number} left
 * @property {number} bottom excluded
 * @property {number} right excluded
 * @property {number} answer
 * @property {string} node
 * @property {string} title
 * @property {number} [product] of a part
 * @property {number} [share] of a part
 */

export class Tree {
  /**
   * @param {{ levels: string[], titles: string[] }} header
   * @param {Record<string, any>} arrays
   */
  constructor(header, arrays) {
    this.header = header;
    this.arrays = arrays;
  }

  /**
   * @param {number} index
   * @returns {Cell}
   */
  cell(index) {
    const { cells, answers } = this.arrays;
    const [level, row, column, channel, top, left, bottom, right] = cells.subarray(
      index * COLUMNS,
      (index + 1) * COLUMNS,
    );
    const { levels, titles } = this.header;
    const place = { level, row, column, channel, top, left, bottom, right };
    const [node, title] = [levels[level], titles[level]];
    return { index, ...place, answer: answers[index], node, title };
  }

  /**
   * The largest parts of a cell; none at the pixels.
   * @param {number} index
   */
  partsOf(index) {
    const { parts, products, shares } = this.arrays;
    const most = parts.shape[1];
    const found = [];
    for (let at = index * most; at < (index + 1) * most; at++) {
      if (parts[at] < 0) continue;
      found.push({ ...this.cell(parts[at]), product: products[at], share: shares[at] });
    }
    return found;
  }

  /** @param {Cell} cell */
  sizeOf(cell) {
    return `${cell.bottom - cell.top}\u2009\u00d7\u2009${cell.right - cell.left}`;
  }

  /**
   * A path in numbers.
   * @param {number[]} path
   * @param {any} words
   */
  table(path, words) {
    const rows = path.map((index) => {
      const cell = this.cell(index);
      const parts = this.partsOf(index).map(
        (part) => `${part.channel}: ${write(part.product)} (${percent(part.share)})`,
      );
      return [
        cell.title,
        cell.channel,
        `${cell.row}, ${cell.column}`,
        write(cell.answer),
        `${cell.top}\u2013${cell.bottom - 1}, ${cell.left}\u2013${cell.right - 1}`,
        parts.join(", ") || words.pixels,
      ];
    });
    return { head: words.columns, rows };
  }
}
