// The tree of parts as the server sent it: cells with their windows and what each is made of.

import { filled, percent, write } from "../../browser/number.js";

const COLUMNS = 8; // level, row, column, channel, top, left, bottom, right

/**
 * @typedef {object} Cell
 * @property {number} index
 * @property {number} level
 * @property {number} row
 * @property {number} column
 * @property {number} channel from 0, as the server counts
 * @property {number} map the same from 1, as every page names it
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
   * @param {{ levels: string[], titles: string[], edges: boolean[] }} header
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
    const place = { level, row, column, channel, map: channel + 1, top, left, bottom, right };
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

  /** Why a cell has no parts. @param {Cell} cell @param {any} words */
  endOf({ level }, words) {
    return this.header.edges[level] ? words.pixels : words.bias;
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
        (part) => `${part.map}: ${write(part.product)} (${percent(part.share)})`,
      );
      return [
        cell.title,
        cell.map,
        `${cell.row + 1}, ${cell.column + 1}`,
        write(cell.answer),
        `${cell.top + 1}\u2013${cell.bottom}, ${cell.left + 1}\u2013${cell.right}`,
        parts.join(", ") || this.endOf(cell, words),
      ];
    });
    return { head: words.columns, rows };
  }
}

/**
 * The largest parts in a sentence; where ways join they may lie in different layers.
 * @param {Cell[]} parts
 * @param {any} words
 */
export function madeOf(parts, words) {
  const [{ title: layer }] = parts;
  const alike = parts.every(({ title }) => title === layer);
  const sum = parts.map(
    ({ map, title, product }) =>
      `${words.map} ${map}${alike ? "" : ` of ${title}`} (${write(product)})`,
  );
  const share = Math.round(100 * parts.reduce((total, part) => total + part.share, 0));
  return filled(alike ? words.made : words.mixed, { sum: sum.join(", "), layer, share });
}
