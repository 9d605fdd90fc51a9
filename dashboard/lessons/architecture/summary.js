// Sums and the table of layers: what a network costs and what it sees.

import { make } from "../../browser/dom.js";
import { count, escaped } from "../../browser/number.js";
import { IMAGE, keyOf, LOGITS } from "./design.js";
import { shapeText } from "./names.js";
import { commas } from "./shapes.js";

/** @typedef {import("./network_math.js").Found} Found */
/** @typedef {import("./network_math.js").Row} Row */
/** @typedef {Record<string, string>} Words */

/** @param {number} bytes */
export function bytesText(bytes) {
  if (bytes >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(1)} MB`;
  return bytes >= 1024 ? `${(bytes / 1024).toFixed(1)} kB` : `${bytes} B`;
}

/** @param {number} value */
function millions(value) {
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)} billion`;
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} million` : count(value);
}

/** @param {Row} row */
export const keyOfRow = (row) =>
  row.path ? keyOf(row.path) : row.name === LOGITS ? LOGITS : IMAGE;

/** Number and name of each sum. @param {Found} found @param {Words} words @param {boolean} locked @returns {[string, string][]} */
export function sums(found, words, locked) {
  const { error, parameters, macs, maps, weights, training, batch, rows } = found;
  if (error) return [[count(parameters), words.counted.replace("{rows}", String(rows.length))]];
  const { size } = rows.filter((row) => row.shape.length === 3).at(-1).field;
  const held = words.parameters.replace("{bytes}", bytesText(weights));
  /** @type {[string, string]} */
  const trained = [bytesText(training), words.training.replace("{batch}", String(batch))];
  return [
    locked ? ["?", words.locked] : [count(parameters), held],
    [millions(macs), words.macs],
    [bytesText(maps), words.maps],
    .../** @type {[string, string][]} */ (locked ? [] : [trained]),
    [`${size}x${size}`, words.sees],
  ];
}

/** @param {Row} row @param {boolean} locked */
const cells = ({ shape, parameters, macs, bytes, field }, locked) => [
  shapeText(shape),
  locked ? "?" : commas(parameters),
  commas(macs),
  bytesText(bytes),
  `${field.size}x${field.size}`,
];

/** All numbers as a table of the text twin. @param {Found} found @param {Words} words @param {boolean} locked */
export const twinTable = ({ rows }, words, locked) => ({
  head: words["table-heads"].split(" | "),
  rows: rows.map((row) => {
    const [shape, parameters, macs, ...rest] = cells(row, locked);
    const held = locked ? parameters : row.text || parameters;
    return [row.name, shape, held, row.macsText || macs, ...rest];
  }),
});

/** The table beside the picture: its rows show what they see when they are touched. */
export class LayerTable {
  /**
   * @param {HTMLElement} host
   * @param {{ near: (row: Row | null) => void, choose: (key: string) => void }} hand
   */
  constructor(host, hand) {
    this.host = host;
    this.head = make("thead");
    this.body = make("tbody");
    host.append(make("table", {}, this.head, this.body));
    /** @type {Row[]} */
    this.rows = [];
    this.listed = "";
    const rowOf = (/** @type {Event} */ event) => {
      const line = /** @type {Element} */ (event.target).closest("tr");
      return line ? this.rows[Number(line.dataset.row)] : undefined;
    };
    this.body.onpointerover = (event) => {
      const row = rowOf(event);
      if (row) hand.near(row);
    };
    this.body.onpointerleave = () => hand.near(null);
    this.body.onclick = (event) => {
      const row = rowOf(event);
      if (row) hand.choose(keyOfRow(row));
    };
    host.onblur = () => hand.near(null);
  }

  /** @param {Row} row the one above or below it @param {number} step */
  beside(row, step) {
    const at = this.rows.indexOf(row) + step;
    return this.rows[Math.min(Math.max(at, 0), this.rows.length - 1)];
  }

  /** @param {Found} found @param {Words} words @param {boolean} locked @param {string} chosen key */
  show({ rows }, words, locked, chosen) {
    this.rows = rows;
    if (!this.head.children.length) {
      const heads = words["table-heads"].split(" | ");
      const line = heads.map((text) => `<th scope="col">${escaped(text)}</th>`);
      this.head.innerHTML = `<tr>${line.join("")}</tr>`;
    }
    const names = rows.map((row) => row.name).join();
    if (this.listed !== names) {
      this.listed = names;
      this.body.innerHTML = rows.map((row, at) => this.line(row, at)).join("");
    }
    [...this.body.rows].forEach((line, at) => {
      line.classList.toggle("chosen", keyOfRow(rows[at]) === chosen);
      cells(rows[at], locked).forEach((text, c) => {
        const cell = line.cells[c + 1];
        if (cell.textContent !== text) cell.textContent = text;
      });
    });
  }

  /** @param {Row} row @param {number} at */
  line(row, at) {
    const depth = row.path ? (row.path.length - 1) / 2 : 0;
    const parts = row.name.split(/_branch_\d+_|^(?:residual|parallel)_\d+_/).filter(Boolean);
    const name = "\u00b7 ".repeat(depth) + escaped(depth ? parts.at(-1) : row.name);
    return (
      `<tr data-row="${at}" data-name="${row.name}">` +
      `<th scope="row" title="${row.name}">${name}</th>${"<td></td>".repeat(5)}</tr>`
    );
  }

  /** Mark the row whose field is shown. @param {Row | null} near */
  mark(near) {
    for (const line of this.body.rows) {
      line.classList.toggle("near", line.dataset.name === near?.name);
    }
  }

  /** @param {Row} row */
  reveal(row) {
    this.body.querySelector(`[data-name="${row.name}"]`)?.scrollIntoView({ block: "nearest" });
  }
}
