// Sentences of the stage.

import { count, escaped, filled } from "../../browser/number.js";
import { shapeText } from "./names.js";

/** @typedef {Record<string, string>} Words */

/** What cannot be built and what to do, as markup. @param {import("./network_math.js").Trouble} error @param {Words} words */
export function sayTrouble(error, words) {
  const impossible = filled(words.impossible, { layer: error.layer || "network" });
  const [problem, remedy] = [escaped(error.problem), escaped(error.remedy)];
  return `<b>\u2715 ${escaped(impossible)}</b> ${problem} <b>${remedy}</b>`;
}

/** The line below the drawing, as markup: the sums of a row and what sizes mean. @param {import("./network_math.js").Row} row @param {string} note @param {Words} words @param {boolean} locked */
export function sayRow({ name, text, macsText }, note, words, locked) {
  const sums = [];
  if (text && !locked) sums.push(filled(words["sum-parameters"], { sum: text }));
  if (macsText) sums.push(filled(words["sum-macs"], { sum: macsText }));
  const told = sums.length ? `<span><b>${name}</b> ${escaped(sums.join("; "))}</span> ` : "";
  return `${told}<span title="${escaped(note)}">${escaped(note)}</span>`;
}

/** What one unit sees. @param {import("./network_math.js").Row} row @param {number[]} window @param {Words} words */
export function saySight({ name, field }, [top, left, bottom, right], words) {
  const [rows, columns] = [bottom - top, right - left];
  const said = [words.field];
  if (field.jump) said.push(words.jump);
  if (rows < field.size || columns < field.size) said.push(words.cut);
  const pixels = field.jump === 1 ? "pixel" : "pixels";
  const size = `${field.size}x${field.size}`;
  return filled(said.join(" "), { name, size, jump: field.jump, pixels, rows, columns });
}

/** All of the network. @param {import("./network_math.js").Found} found @param {Words} words @param {boolean} locked */
export function sayNetwork({ rows, error, parameters, macs }, words, locked) {
  const begins = filled(words["twin-begins"], {
    count: rows.length,
    parameters: locked ? "?" : count(parameters),
    macs: count(macs),
  });
  const list = rows.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(", ");
  return `${begins} ${list}.${error ? ` ${error.problem} ${error.remedy}` : ""}`;
}
