// A network as a line of letters, as `core.export.notation` has it: what the address of the page holds.

/** @typedef {Record<string, any>} Layer as `core.models.spec.layer_to_json` describes it */
/** @typedef {{ name: string, input_size: number, classes: string[], layers: Layer[] }} Design */
/**
 * What `dashboard.lessons.architecture.stage.grammar` sends.
 * @typedef {object} Grammar
 * @property {Record<string, string>} kinds letter and kind of each layer that holds no others
 * @property {Record<string, string>} marks capital and field
 * @property {Record<string, Record<string, any>>} fields of each kind, with the default
 * @property {Record<string, string[]>} required fields of each kind that have none
 * @property {Record<string, [number, number]>} limits
 * @property {Record<string, string[]>} choices
 * @property {{ name: string, classes: string[] }} begin
 * @property {{ letters: number, layers: number, deep: number }} most
 */

const PLACES = 12;
/** A residual block without an activation behind its sum. */
const SUM = "rAlinear";

class Unreadable extends Error {}

/** @param {string} name */
const sayName = (name) =>
  Array.from(new TextEncoder().encode(name), (byte) => {
    const sign = String.fromCharCode(byte);
    return /[A-Za-z0-9]/.test(sign) ? sign : `-${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");

/** @param {string} code */
function readName(code) {
  if (!/^(?:[A-Za-z0-9]|-[0-9A-F]{2})+$/.test(code)) throw new Unreadable();
  return decodeURIComponent(code.replace(/-/g, "%"));
}

/** @param {string} field @param {any} value */
function sayValue(field, value) {
  if (field === "rate") return value.toFixed(PLACES).split(".")[1].replace(/0+$/, "");
  return String(value).replaceAll("_", "");
}

/** @param {Layer} layer @param {Grammar} grammar */
function sayLayer(layer, { kinds, marks, fields }) {
  const defaults = fields[layer.layer];
  let token = Object.keys(kinds).find((letter) => kinds[letter] === layer.layer);
  for (const [mark, field] of Object.entries(marks)) {
    if (!(field in defaults) || String(layer[field]) === String(defaults[field])) continue;
    const values = field === "scales" ? layer[field] : [layer[field]];
    for (const value of values) token += mark + sayValue(field, value);
  }
  return token;
}

/**
 * @param {Layer[]} layers
 * @param {Grammar} grammar
 * @returns {string[]}
 */
function sayLayers(layers, grammar) {
  return layers.flatMap((layer) => {
    if (layer.layer === "residual") {
      const first = layer.activation === "linear" ? SUM : "r";
      return [first, ...sayLayers(layer.body, grammar), "z"];
    }
    if (layer.layer !== "parallel") return [sayLayer(layer, grammar)];
    const branches = layer.branches.map((/** @type {Layer[]} */ branch) =>
      sayLayers(branch, grammar),
    );
    return ["y", ...branches.flatMap((some, at) => (at ? ["n", ...some] : some)), "z"];
  });
}

/**
 * The letters of a network, possible or not.
 * @param {Design} design
 * @param {Grammar} grammar
 */
export function toNotation(design, grammar) {
  const { begin } = grammar;
  const named = design.name === begin.name ? [] : [`N${sayName(design.name)}`];
  const own = JSON.stringify(design.classes) !== JSON.stringify(begin.classes);
  const classes = own ? design.classes.map((label) => `C${sayName(label)}`) : [];
  const layers = sayLayers(design.layers, grammar);
  return [`I${design.input_size}`, ...named, ...classes, ...layers].join(".");
}

/**
 * What `toNotation` was given, what is too large as the limit; null for anything else.
 * @param {string} text
 * @param {Grammar} grammar
 * @returns {Design | null}
 */
export function fromNotation(text, grammar) {
  if ([...text].length > grammar.most.letters) return null;
  try {
    return new Reader(text.split("."), grammar).network();
  } catch (error) {
    if (error instanceof Unreadable || error instanceof URIError) return null;
    throw error;
  }
}

class Reader {
  /** @param {string[]} tokens @param {Grammar} grammar */
  constructor(tokens, grammar) {
    this.tokens = tokens;
    this.grammar = grammar;
    this.at = 0;
    this.layers = 0;
  }

  /** @returns {Design} */
  network() {
    const { begin } = this.grammar;
    const size = this.number("input_size", this.after("I"));
    const name = this.begins("N") ? readName(this.after("N")) : begin.name;
    const classes = [];
    while (this.begins("C")) classes.push(readName(this.after("C")));
    if (classes.length && (classes.length < 2 || new Set(classes).size < classes.length)) {
      throw new Unreadable();
    }
    const layers = this.list(0);
    if (this.at < this.tokens.length) throw new Unreadable();
    return {
      name,
      input_size: size,
      classes: classes.length ? classes : [...begin.classes],
      layers,
    };
  }

  /** @param {string} sign */
  begins(sign) {
    return this.tokens[this.at]?.startsWith(sign) ?? false;
  }

  /** @param {string} sign */
  after(sign) {
    if (!this.begins(sign)) throw new Unreadable();
    return this.tokens[this.at++].slice(1);
  }

  /** @param {number} depth @returns {Layer[]} */
  list(depth) {
    const { most } = this.grammar;
    if (depth > most.deep) throw new Unreadable();
    const found = [];
    while (this.at < this.tokens.length && !/^[nz]$/.test(this.tokens[this.at])) {
      const token = this.tokens[this.at++];
      if (++this.layers > most.layers) throw new Unreadable();
      if (token === "r" || token === SUM) {
        const ending = token === SUM ? { activation: "linear" } : {};
        found.push({ layer: "residual", body: this.list(depth + 1), ...ending });
        this.end();
      } else if (token === "y") {
        const branches = [this.list(depth + 1)];
        while (this.tokens[this.at] === "n") {
          this.at++;
          branches.push(this.list(depth + 1));
        }
        this.end();
        found.push({ layer: "parallel", branches });
      } else found.push(this.layer(token));
    }
    return found;
  }

  end() {
    if (this.tokens[this.at++] !== "z") throw new Unreadable();
  }

  /** @param {string} token @returns {Layer} */
  layer(token) {
    const { kinds, marks, fields, required } = this.grammar;
    const [, letter, rest] = /^([a-z])((?:[A-Z][a-z0-9]*)*)$/.exec(token) ?? [];
    const kind = Object.hasOwn(kinds, letter ?? "") ? kinds[letter] : null;
    if (!kind) throw new Unreadable();
    /** @type {Record<string, any>} */
    const values = {};
    for (const [, mark, code] of rest.matchAll(/([A-Z])([a-z0-9]*)/g)) {
      const field = Object.hasOwn(marks, mark) ? marks[mark] : "";
      if (!(field in fields[kind])) throw new Unreadable();
      const value = this.value(kind, field, code);
      if (field === "scales") (values.scales ??= []).push(value);
      else if (field in values) throw new Unreadable();
      else values[field] = value;
    }
    if (required[kind].some((field) => !(field in values))) throw new Unreadable();
    const { scales = [1, 2] } = values;
    if (scales.length < 2 || new Set(scales).size < scales.length) throw new Unreadable();
    return { layer: kind, ...structuredClone(fields[kind]), ...values };
  }

  /** @param {string} kind @param {string} field @param {string} code */
  value(kind, field, code) {
    const { limits, choices } = this.grammar;
    if (field in limits) return this.number(field, code);
    if (field === "rate") {
      if (!/^\d{0,12}$/.test(code)) throw new Unreadable();
      return Number(`0.${code || "0"}`);
    }
    const known = choices[kind === "activation" ? "activation" : field];
    const found = known.find((choice) => choice.replaceAll("_", "") === code);
    if (!found) throw new Unreadable();
    return found;
  }

  /** @param {string} field @param {string} code */
  number(field, code) {
    const [low, high] = this.grammar.limits[field];
    if (!/^\d{1,5}$/.test(code)) throw new Unreadable();
    return Math.min(Math.max(Number(code), low), high);
  }
}
