// What each view says: the sentence beside the picture, and the text twin.

import { activate, inNumbers, SHORT_TITLES, WORDS } from "../../browser/math/activation.js";
import { escaped, filled, fixed, percent, write } from "../../browser/number.js";
import { mostChanged } from "./depth.js";

const TABLE_X = [-4, -2, -1, -0.5, 0, 0.5, 1, 2, 4];

/** @typedef {{ short: string, words: string, tables: () => any[] }} Told `short` is markup */

/**
 * @param {import("./curves.js").Curves} curves
 * @param {any} header
 * @returns {Told}
 */
export function tellCurves({ names, focus, parameters, x, locked }, header) {
  const { words } = header;
  const titles = Object.fromEntries(header.activations.map((one) => [one.name, one.title]));
  const p = parameters[focus];
  const [value, slope] = activate(focus, x, p);
  const [formula, derivative] = WORDS[focus];
  const own = filled(escaped(words.value), {
    name: `<b>${escaped(titles[focus])}</b>`,
    x: fixed(x),
    formula: escaped(inNumbers(formula, x, p, value)),
    value: `<b>${fixed(value, 3)}</b>`,
  });
  const rise = filled(escaped(locked ? words.hidden : words.slope), {
    formula: escaped(inNumbers(derivative, x, p, value)),
    slope: `<b>${fixed(slope, 3)}</b>`,
  });
  const both = names.map((name) => {
    const [y, dy] = activate(name, x, parameters[name]);
    return `${titles[name]} gives ${fixed(y, 3)}${locked ? "" : ` with slope ${fixed(dy, 3)}`}`;
  });
  const all = [...new Set([...TABLE_X, x])].sort((a, b) => a - b);
  return {
    short: `<p>${own}</p><p>${rise}</p>`,
    words: `At x = ${fixed(x)}: ${both.join("; ")}.${locked ? ` ${words.locked}` : ""}`,
    tables: () => [
      {
        caption: locked ? "Values" : "Value and slope",
        head: ["x", ...names.map((name) => titles[name])],
        rows: all.map((at) => [
          fixed(at),
          ...names.map((name) => {
            const [y, dy] = activate(name, at, parameters[name]);
            return locked ? fixed(y, 3) : `${fixed(y, 3)}, ${fixed(dy, 3)}`;
          }),
        ]),
      },
    ],
  };
}

/**
 * @param {import("./depth.js").Stack[]} stacks
 * @param {number} layers
 * @param {any} start how the weights begin
 * @param {any} header
 * @returns {Told}
 */
export function tellDepth(stacks, layers, start, { words, width }) {
  const plural = layers === 1 ? "1 layer" : `${layers} layers`;
  const worst = mostChanged(stacks);
  const told = { title: start.title, rule: start.rule, layers: plural, width };
  const most = {
    name: SHORT_TITLES[worst.name],
    share: `<b>${write(worst.gradients[0])}</b>`,
    verdict: `<b>${worst.gradient}</b>`,
  };
  const each = stacks.map(
    (one) =>
      `${SHORT_TITLES[one.name]}: the signal ${one.signal} (${write(one.signals[layers])}), ` +
      `the gradient ${one.gradient} (${write(one.gradients[0])})`,
  );
  return {
    short: `<p>${filled(escaped(words.stack), told)}</p><p>${filled(escaped(words.most), most)}</p>`,
    words: `${filled(words.stack, told)} ${each.join("; ")}.`,
    tables: () => [
      {
        caption: "Root mean squares, and silent units",
        head: [
          "activation",
          "signal at the top",
          "signal",
          "gradient at the input",
          "gradient",
          "silent, first layer",
          "silent, last layer",
        ],
        rows: stacks.map((one) => [
          SHORT_TITLES[one.name],
          write(one.signals[layers]),
          one.signal,
          write(one.gradients[0]),
          one.gradient,
          percent(one.silent[0]),
          percent(one.silent[layers - 1]),
        ]),
      },
    ],
  };
}

/**
 * @param {any} header
 * @returns {Told}
 */
export function tellSilence({ words, layers, images, network }) {
  const measured = filled(words.measured, { network, images });
  if (!layers.length)
    return { short: `<p>${escaped(words.none)}</p>`, words: words.none, tables: () => [] };
  const loudest = layers.reduce((most, one) => (one.share > most.share ? one : most));
  const rivals = layers.filter((one) => one !== loudest && one.share === loudest.share);
  const rank = layers.length > 1 && !rivals.length ? words.loudest : "";
  const told = { ...loudest, layer: loudest.name, share: percent(loudest.share), rank };
  const short = `${filled(words.loud, told)} ${filled(words.always, told)}`;
  const each = layers.map(
    (one) =>
      `${one.name}: ${percent(one.share)} of the answers ${one.state}, ${one.idle} of ${one.units} units always`,
  );
  return {
    short: `<p>${escaped(short)}</p><p>${escaped(measured)}</p>`,
    words: `${measured} ${each.join("; ")}.`,
    tables: () => [
      {
        caption: measured,
        head: ["layer", "flat part", "units", "always there", "share of answers there"],
        rows: layers.map((one) => [
          one.name,
          one.state,
          one.units,
          one.idle,
          percent(one.share, 1),
        ]),
      },
    ],
  };
}
