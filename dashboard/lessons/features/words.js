// The sentence that speaks of the picture's moment, and its text twin with the numbers.

import { SHORT_TITLES } from "../../browser/math/activation.js";
import { count, escaped, filled, percent, write } from "../../browser/number.js";
import { focusOf } from "./cell_view.js";
import { formulaWords } from "./formula_words.js";
import { ALL_PASSED } from "./reading.js";
import { range } from "./values.js";

/** @typedef {{ caption?: string, head?: string[], rows: (string | number)[][] }} Table */
/** @typedef {{ lines: string[], more: string, tables: () => Table[] }} Told lines for the side, more for the twin */

/** Shares near none and near all keep a digit more. @param {number} share */
const shareOf = (share) => percent(share, share > 0.999 || share < 0.001 ? 2 : 1);

/**
 * Say what is seen now.
 * @param {any} lesson
 * @param {any} now
 */
export function tell(lesson, now) {
  const { lines, more, tables } = TELLERS[now.view](lesson, now);
  if (now.gone) lines.unshift(filled(lesson.words.gone, now));
  if (now.untrained) lines.unshift(lesson.words["film-none"]);
  const said = lines.filter(Boolean);
  const html = said.map(
    (line, i) => `<p>${i || now.gone ? escaped(line) : `<b>${escaped(line)}</b>`}</p>`,
  );
  lesson.stage.say(html.join(""));
  const words = [...said, more].filter(Boolean).join(" ");
  lesson.surface.canvas.setAttribute("aria-label", words);
  lesson.stage.tellTwin(words, lesson.locked ? () => [] : tables);
}

/** @type {Record<string, (lesson: any, now: any) => Told>} */
const TELLERS = { whole, layer, cell, film, images };

/** A layer's figures in one sentence. @param {any} lesson @param {string} name */
function figures(lesson, name) {
  const { stats } = lesson.net.node(name);
  if (!stats) return "";
  const { count: all, zeros, silent, units } = stats;
  const kind = lesson.isVector(name) ? "units" : "maps";
  const dark = silent ? ` ${silent} of ${units} ${kind} ${silent === 1 ? "is" : "are"} all 0.` : "";
  return `${shareOf(zeros)} of the values ${all === 1 ? "is" : "are"} exactly 0.${dark}`;
}

/** @param {any} lesson @param {string} name */
function spread(lesson, name) {
  const { stats } = lesson.net.node(name);
  if (!stats) return "";
  const { mean, deviation, low, high } = stats;
  return `Mean ${write(mean)}, deviation ${write(deviation)}, from ${write(low)} to ${write(high)}.`;
}

/** @param {any} lesson @param {any} now @returns {Told} */
function whole(lesson, now) {
  const { header, words } = lesson;
  const tables = () => [allLayers(lesson)];
  if (now.aim) return { ...aimed(lesson, now.aim), tables };
  if (lesson.locked) return { lines: [words.dark, words["hint-locked"]], more: "", tables };
  const columns = lesson.overview.places.columns;
  if (now.passed < columns.length - 1) {
    const names = columns[now.passed].map((/** @type {any} */ one) => one.name);
    const about = names.map(
      (/** @type {string} */ name) => `${lesson.titleOf(name)}: ${lesson.sizeOf(name)}`,
    );
    const [only] = names.length === 1 && !lesson.painter.isPicture(names[0]) ? names : [];
    const lines = [about.join("; "), only ? figures(lesson, only) : ""];
    return { lines, more: only ? spread(lesson, only) : "", tables };
  }
  const about = filled(words.whole, { network: header.network, picture: header.picture });
  return { lines: [about, words.hint], more: "", tables };
}

/** @param {any} lesson @param {{ node: string, unit: number }} aim */
function aimed(lesson, { node, unit }) {
  const title = `${lesson.titleOf(node)}, ${lesson.word(node)} ${unit + 1} of ${lesson.net.dims(node)[2]}`;
  if (lesson.locked) return { lines: [title, lesson.sizeOf(node)], more: "" };
  const { into, all } = lesson.overview.tiesOf(node, unit);
  const sources = [...new Set(into.map((/** @type {any} */ tie) => lesson.titleOf(tie.source)))];
  let reads = "The picture itself.";
  if (all) {
    const [best] = into;
    const kind = all === 1 ? "map or unit" : "maps or units";
    const drawn = all > into.length ? ` (the ${into.length} strongest are drawn)` : "";
    const first = `${lesson.word(best.source)} ${best.channel + 1}`;
    reads =
      `Reads ${all} ${kind} of ${sources.join(" and ")}${drawn}, most of all ${first}` +
      ` (its weights add up to ${write(best.sum)}).`;
  }
  return { lines: [title, reads, figures(lesson, node)], more: spread(lesson, node) };
}

/** @param {any} lesson @returns {Table} */
function allLayers(lesson) {
  return {
    caption: "All layers",
    head: ["layer", "shape", "mean", "deviation", "lowest", "highest", "exactly 0"],
    rows: lesson.header.nodes.map((/** @type {any} */ { title, shape, stats }) => [
      title,
      shape.join("\u00d7"),
      ...[stats.mean, stats.deviation, stats.low, stats.high].map((value) => write(value)),
      shareOf(stats.zeros),
    ]),
  };
}

/** @param {any} lesson @param {any} now */
function placeWords(lesson, { node, unit, row, column }) {
  return lesson.isVector(node)
    ? `unit ${unit + 1}`
    : `map ${unit + 1}, row ${row + 1}, column ${column + 1}`;
}

/** @param {any} lesson @param {any} now @returns {Told} */
function layer(lesson, now) {
  const { node } = now;
  const { size } = lesson.net.node(node).field ?? {};
  const value = lesson.valueAt(now);
  const seen = lesson.painter.fieldOf(now);
  let sees = "";
  if (seen) {
    const [tall, wide] = [seen[2] - seen[0], seen[3] - seen[1]];
    sees = `It sees ${wide} \u00d7 ${tall} pixels of the picture`;
    if (size > lesson.header.size) sees += ` (its field of ${size} is larger than the picture).`;
    else if (wide < size || tall < size) sees += ` (${size} \u00d7 ${size} away from the border).`;
    else sees += ".";
  }
  const holds = value === undefined ? "a value that is on its way" : write(value);
  const place = placeWords(lesson, now);
  return {
    lines: [
      `${lesson.titleOf(node)}, ${lesson.sizeOf(node)}`,
      `${place[0].toUpperCase()}${place.slice(1)} holds ${holds}. ${sees}`,
      figures(lesson, node),
    ],
    more: spread(lesson, node),
    tables: () => [unitTable(lesson, node)],
  };
}

/** @param {any} lesson @param {string} name @returns {Table} */
function unitTable(lesson, name) {
  const { net } = lesson;
  const head = [lesson.word(name), "mean", "lowest", "highest", "exactly 0"];
  const units = net.values(name) ? range(net.dims(name)[2]) : [];
  const rows = units.map((u) => {
    const values = net.unitValues(name, u);
    let [sum, low, high, zeros] = [0, Infinity, -Infinity, 0];
    for (const v of values) {
      sum += v;
      low = Math.min(low, v);
      high = Math.max(high, v);
      if (v === 0) zeros += 1;
    }
    const mean = sum / values.length;
    return [u + 1, write(mean), write(low), write(high), shareOf(zeros / values.length)];
  });
  return { caption: lesson.titleOf(name), head, rows };
}

/** @param {any} lesson @param {any} now @returns {Told} */
function cell(lesson, now) {
  const formula = lesson.formulaOf(now);
  const where = `${lesson.titleOf(now.node)}, ${placeWords(lesson, now)}`;
  if (!formula) return { lines: [where, lesson.words.waiting], more: "", tables: () => [] };
  const all = formula.terms.reduce(
    (/** @type {number} */ n, /** @type {any} */ part) => n + part.values.length,
    0,
  );
  const { activation, before, result } = formula;
  const behind =
    activation === "linear"
      ? ""
      : `${SHORT_TITLES[activation]}(${write(before)}) = ${write(result)}.`;
  const short =
    formula.operation === "sum"
      ? `Products (${count(all)}) add up to ${write(formula.before - formula.bias)}, the bias is ${write(formula.bias)}. ${behind}`
      : formulaWords(lesson, formula);
  return {
    lines: [`${where}: ${write(formula.result)}`, short],
    more: formula.operation === "sum" ? formulaWords(lesson, formula) : "",
    tables: () => (formula.terms.length ? cellTables(lesson, formula, now.term) : []),
  };
}

/**
 * @param {any} lesson
 * @param {import("./formula.js").Formula} formula
 * @param {number} term
 * @returns {Table[]}
 */
function cellTables(lesson, formula, term) {
  const [p, c] = focusOf(formula, term);
  const part = formula.terms[p];
  const columns = part.columns.length;
  const n = part.rows.length * columns;
  const cells = range(n).map((i) => {
    const at = c * n + i;
    return [
      part.rows[Math.floor(i / columns)] + 1,
      part.columns[i % columns] + 1,
      part.inside[i] ? write(part.values[at], 4) : "padding",
      write(part.weights[at], 4),
      write(part.values[at] * part.weights[at], 4),
    ];
  });
  const sums = formula.terms.flatMap((one) =>
    Array.from(one.sums, (sum, i) => [
      `${lesson.titleOf(one.source)} ${one.channels[i] + 1}`,
      write(sum, 4),
    ]),
  );
  const { bias, before, result } = formula;
  /** @type {[string, number][]} */
  const ends = [
    ["bias", bias],
    ["sum with bias", before],
    ["result", result],
  ];
  return [
    {
      caption: `${lesson.titleOf(part.source)}, ${lesson.word(part.source)} ${part.channels[c] + 1}`,
      head: ["row", "column", "value", "weight", "product"],
      rows: cells,
    },
    {
      caption: "Sums",
      head: ["read from", "adds"],
      rows: [...sums, ...ends.map(([name, value]) => [name, write(value, 4)])],
    },
  ];
}

/** @param {any} lesson @param {any} now @returns {Told} */
function film(lesson, now) {
  const { words } = lesson;
  const { about, epochs, frames } = lesson.film;
  const none = () => [];
  if (!frames.length)
    return { lines: [about?.advice ?? words["film-wait"]], more: "", tables: none };
  const at = now.snapshot;
  const { zeros, means, units } = about;
  const when = epochs[at] === 0 ? words["film-before"] : `${words["film-after"]} ${epochs[at]}`;
  const total = lesson.net.dims(now.node)[2];
  const some = { shown: units.length, total };
  return {
    lines: [
      `${lesson.titleOf(now.node)}, ${when}`,
      `Mean ${write(means[at])}, ${shareOf(zeros[at])} exactly 0.`,
      units.length < total ? filled(words["film-some"], some) : words["film-all"],
    ],
    more: words["film-scale"],
    tables: () => [
      {
        caption: lesson.titleOf(now.node),
        head: ["epoch", "mean", "exactly 0"],
        rows: epochs.map((/** @type {number} */ epoch, /** @type {number} */ i) => [
          epoch,
          write(means[i]),
          shareOf(zeros[i]),
        ]),
      },
    ],
  };
}

/** @param {any} lesson @param {any} now @returns {Told} */
function images(lesson, now) {
  const { about, images: found, instead } = lesson.images;
  if (!found.length) return { lines: [instead], more: "", tables: () => [] };
  const { values, labels, windows } = about;
  const seenIn = (/** @type {number[]} */ [top, left, bottom, right]) =>
    `rows ${top + 1} to ${bottom}, columns ${left + 1} to ${right}`;
  const at = now.place;
  return {
    lines: [
      `${lesson.titleOf(now.node)}, ${lesson.word(now.node)} ${now.unit + 1}`,
      about.told,
      `Place ${at + 1}: ${write(values[at])}, ${labels[at]}. Its strongest cell sees ${seenIn(windows[at])}.`,
    ],
    more: "",
    tables: () => [
      {
        caption: about.told,
        head: ["place", "largest value", "label", "its cell sees"],
        rows: values.map((/** @type {number} */ value, /** @type {number} */ i) => [
          i + 1,
          write(value),
          labels[i],
          seenIn(windows[i]),
        ]),
      },
    ],
  };
}

/**
 * What a lecturer walks through.
 * @param {any} lesson
 * @returns {import("../../browser/presenting.js").Moment[]}
 */
export function momentsOf(lesson) {
  const { words, header, stage } = lesson;
  const isPlain = (/** @type {any} */ node) => node.kind === "convolution";
  const [first, last] = [header.nodes.find(isPlain), header.nodes.findLast(isPlain)];
  const whole = (/** @type {number} */ passed) => () =>
    stage.set({ view: "whole", passed, aimed: false });
  const open = (/** @type {string} */ view, /** @type {any} */ node) => () =>
    lesson.open(view, { node: node.name, unit: 0 });
  const found = [
    { say: words["moment-picture"], go: whole(0) },
    { say: words["moment-whole"], go: whole(ALL_PASSED) },
  ];
  if (first) {
    found.push(
      { say: words["moment-layer"], go: open("layer", first) },
      { say: words["moment-cell"], go: open("cell", first) },
      { say: words["moment-deep"], go: open("layer", last) },
      { say: words["moment-images"], go: open("images", last) },
    );
    if (header.epochs > 1) found.push({ say: words["moment-film"], go: open("film", first) });
  }
  return found;
}
