// Tables of numbers: the text twin of a picture.

import { escaped } from "./number.js";

/**
 * Fill a place with one table.
 * @param {Element} host emptied first
 * @param {{ caption?: string, head?: string[], rows: (string | number)[][], headed?: boolean }} content
 *   `head` names the columns; with `headed` the first cell of each row names the row
 */
export function table(host, { caption = "", head = [], rows, headed = true }) {
  const cells = (/** @type {(string | number)[]} */ row) =>
    row
      .map((cell, at) =>
        headed && at === 0 ? `<th scope="row">${escaped(cell)}</th>` : `<td>${escaped(cell)}</td>`,
      )
      .join("");
  // An empty header cell says nothing to a screen reader: a plain cell stands there.
  const top = head
    .map((name) => (name ? `<th scope="col">${escaped(name)}</th>` : "<td></td>"))
    .join("");
  host.innerHTML =
    `<table>${caption ? `<caption>${escaped(caption)}</caption>` : ""}` +
    `${top ? `<thead><tr>${top}</tr></thead>` : ""}` +
    `<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join("")}</tbody></table>`;
}

/**
 * Fill a place with the numbers of a grid, rows and columns counted from `first`.
 * @param {Element} host
 * @param {ArrayLike<number>} values row by row
 * @param {number} width
 * @param {number} height
 * @param {{ caption: string, say: (value: number) => string, first?: number }} options
 */
export function grid(host, values, width, height, { caption, say, first = 0 }) {
  const columns = Array.from({ length: width }, (_, c) => String(c + first));
  const rows = Array.from({ length: height }, (_, r) => [
    String(r + first),
    ...columns.map((_, c) => say(values[r * width + c])),
  ]);
  table(host, { caption, head: ["row", ...columns], rows });
}
