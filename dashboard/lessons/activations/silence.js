// Silent and saturated units of a network, layer by layer, as bars.

import { escaped, percent } from "../../browser/number.js";

/** @typedef {{ name: string, short: string, state: string, units: number, idle: number, share: number }} Layer */

/**
 * @param {Layer[]} layers
 * @param {number} height of the picture
 * @param {number} type size of the text
 * @param {string} none said where there is no layer
 */
export function silenceMarkup(layers, height, type, none) {
  if (!layers.length) return `<p class="none">${escaped(none)}</p>`;
  const room = height - 2.5 * type;
  const roomy = room / layers.length >= 3.1 * type; // a line for each of the two bars
  const columns = roomy ? 1 : Math.ceil(layers.length / Math.floor(room / (1.6 * type)));
  const rows = Math.ceil(layers.length / columns);
  return (
    `<div class="legend"><span><i></i>answers in the flat part, on one image</span>` +
    `<span><i class="always"></i>units that never left it</span></div>` +
    `<div class="layers${roomy ? "" : " dense"}" style="grid-template-rows:repeat(${rows},minmax(0,1fr))">` +
    `${layers.map((layer) => (roomy ? roomyRow(layer) : denseRow(layer))).join("")}</div>`
  );
}

/**
 * @param {number} share
 * @param {string} kind
 * @param {number} most width of a full bar, in percent of its place
 * @param {string} [told]
 */
const bar = (share, kind, most, told = "") =>
  `<span class="bar"><i class="${kind}" style="width:${most * share}%"></i>${told}</span>`;

/**
 * @param {Layer} layer
 * @param {string} text
 */
const name = (layer, text) =>
  `<span class="name" title="${escaped(layer.name)}">${escaped(text)}</span>`;

/** @param {Layer} layer */
function roomyRow(layer) {
  const { share, state, idle, units } = layer;
  return (
    `<div class="layer">${name(layer, layer.name)}<span class="bars">` +
    bar(share, "now", 62, `${percent(share)} of answers ${state}`) +
    `${bar(idle / units, "always", 62, `${idle} of ${units} units always`)}</span></div>`
  );
}

/** @param {Layer} layer */
function denseRow(layer) {
  const { share, idle, units } = layer;
  return (
    `<div class="layer">${name(layer, layer.short)}<span class="bars">${bar(share, "now", 100)}` +
    `${bar(idle / units, "always", 100)}</span>` +
    `<span class="told">${percent(share)}, ${idle} of ${units}</span></div>`
  );
}
