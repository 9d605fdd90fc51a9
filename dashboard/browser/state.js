// What is set in a stage: one schema a lesson, one codec, the same as `dashboard.shared.schema` in Python.
//
// The settings stand in the page's address under `set`, only what differs from the defaults:
// ?set=size_5*stride_2*kernel_sobel-x . A reload, a link and a second tab bring them back; Back and Forward
// move them, and the tab remembers them through a visit to another page.

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {"whole" | "real" | "choice" | "flag" | "text" | "numbers" | "choices"} kind
 * @property {any} default
 * @property {string} [label]
 * @property {string} [unit]
 * @property {number} [low]
 * @property {number} [high]
 * @property {number} [step]
 * @property {boolean} [log] its slider is logarithmic
 * @property {[number, number]} [powers] of ten that such a slider reaches, where not all values
 * @property {number} [longest] of texts and lists
 * @property {[string, string][]} [options] value and title
 */
/** @typedef {Record<string, any>} Values */

export const PARAMETER = "set";
const SETTLED_MS = 250;
const utf8 = new TextEncoder();

/** @param {string} text */
function encodeText(text) {
  return Array.from(utf8.encode(text), (byte) => {
    const sign = String.fromCharCode(byte);
    return /[A-Za-z0-9.]/.test(sign)
      ? sign
      : `-${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/**
 * @param {string} code
 * @returns {string | undefined}
 */
function decodeText(code) {
  if (!/^(?:[A-Za-z0-9.]|-[0-9A-F]{2})*$/.test(code)) return undefined;
  try {
    return decodeURIComponent(code.replace(/-/g, "%"));
  } catch {
    return undefined; // not UTF-8
  }
}

/** @param {string} text */
const readNumber = (text) =>
  /^-?\d{1,15}(\.\d{1,17})?(e-?\d{1,2})?$/.test(text) ? Number(text) : NaN;

/**
 * A number between the limits, whole where the field is.
 * @param {Field} field
 * @param {number} value
 */
export function clamp({ kind, low = -Infinity, high = Infinity }, value) {
  return Math.min(Math.max(kind === "whole" ? Math.round(value) : value, low), high);
}

/**
 * The value that a code stands for; undefined for nonsense.
 * @param {Field} field
 * @param {string} code
 */
function readField(field, code) {
  const known = (/** @type {string} */ name) => field.options?.some(([value]) => value === name);
  if (field.kind === "whole" || field.kind === "real") {
    const value = readNumber(code);
    return Number.isNaN(value) ? undefined : clamp(field, value);
  }
  if (field.kind === "flag") return code === "1" ? true : code === "0" ? false : undefined;
  if (field.kind === "choice") return known(code) ? code : undefined;
  if (field.kind === "text") {
    const text = decodeText(code);
    return text !== undefined && text.length <= (field.longest ?? 200) ? text : undefined;
  }
  const parts = code === "" ? [] : code.split("_");
  if (parts.length > (field.longest ?? 64)) return undefined;
  if (field.kind === "choices") return parts.every(known) ? parts : undefined;
  const numbers = parts.map(readNumber);
  return numbers.some(Number.isNaN) ? undefined : numbers.map((value) => clamp(field, value));
}

/**
 * @param {Field} field
 * @param {any} value
 */
function sayField(field, value) {
  if (field.kind === "flag") return value ? "1" : "0";
  if (field.kind === "text") return encodeText(value);
  if (field.kind === "numbers" || field.kind === "choices") {
    return value.map((/** @type {unknown} */ part) => sayNumber(part)).join("_");
  }
  return sayNumber(value);
}

/** @param {unknown} value */
function sayNumber(value) {
  if (typeof value !== "number") return String(value);
  return Object.is(value, -0) ? "0" : String(value).replace("e+", "e");
}

/**
 * The defaults of a schema, as values of their own.
 * @param {Field[]} schema
 * @returns {Values}
 */
export function defaults(schema) {
  return Object.fromEntries(schema.map((field) => [field.name, structuredClone(field.default)]));
}

/**
 * Values from a text; what is missing or nonsense has its default, what is too large its limit.
 * @param {Field[]} schema
 * @param {string} text
 * @returns {Values}
 */
export function decode(schema, text) {
  const values = defaults(schema);
  for (const part of text.split("*")) {
    const at = part.indexOf("_");
    const field = schema.find(({ name }) => name === part.slice(0, at));
    if (at < 1 || !field) continue;
    const value = readField(field, part.slice(at + 1));
    if (value !== undefined) values[field.name] = value;
  }
  return values;
}

/**
 * The text of values: what differs from the defaults, in the schema's order.
 * @param {Field[]} schema
 * @param {Values} values
 */
export function encode(schema, values) {
  return schema
    .filter((field) => sayField(field, values[field.name]) !== sayField(field, field.default))
    .map((field) => `${field.name}_${sayField(field, values[field.name])}`)
    .join("*");
}

const inAddress = () => new URL(location.href).searchParams.get(PARAMETER) ?? "";

/** @type {Map<string, string>} What each page had set at its last visit in this tab. */
const visited = new Map();
/** @type {Map<string, string>} The reset that each page has followed. */
const followed = new Map();

/** The settings of one stage, kept in the address. */
export class Settings {
  /**
   * @param {string} slug of the page
   * @param {Field[]} schema
   * @param {(names: string[]) => void} changed called after each change with the fields concerned
   */
  constructor(slug, schema, changed) {
    this.slug = slug;
    this.schema = schema;
    this.changed = changed;
    this.values = decode(schema, inAddress() || (visited.get(slug) ?? ""));
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.follow = () => this.adopt(inAddress());
    addEventListener("popstate", this.follow);
    this.put({ replace: true });
  }

  /** The settings as text. */
  get text() {
    return this.textOf(null);
  }

  /** The settings of some fields as text. @param {string[] | null} names null for all */
  textOf(names) {
    const told = names ? this.schema.filter(({ name }) => names.includes(name)) : this.schema;
    return encode(told, this.values);
  }

  /** @param {string} name */
  field(name) {
    const field = this.schema.find((one) => one.name === name);
    if (!field) throw new Error(`The schema of ${this.slug} has no field ${name}.`);
    return field;
  }

  /**
   * Change some settings.
   * @param {Values} patch
   */
  set(patch) {
    const names = Object.keys(patch).filter((name) => {
      const field = this.field(name);
      return sayField(field, patch[name]) !== sayField(field, this.values[name]);
    });
    if (!names.length) return;
    for (const name of names) this.values[name] = patch[name];
    this.changed(names);
    this.keep();
  }

  /** Keep what was changed in place, soon: an address that changes a hundred times a second is refused. */
  keep() {
    visited.set(this.slug, this.text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.put(), SETTLED_MS);
  }

  /**
   * Take over settings from outside: an address, a moment of the lesson.
   * @param {string} text
   */
  adopt(text) {
    if (text === this.text) return;
    const found = decode(this.schema, text);
    const names = this.schema
      .filter(
        (field) => sayField(field, found[field.name]) !== sayField(field, this.values[field.name]),
      )
      .map((field) => field.name);
    Object.assign(this.values, found);
    visited.set(this.slug, this.text);
    if (names.length) this.changed(names);
  }

  /**
   * Follow a reset of the page, once each; whether there was one.
   * @param {string} fresh changes with each reset
   */
  isReset(fresh) {
    if (!fresh || followed.get(this.slug) === fresh) return false;
    followed.set(this.slug, fresh);
    this.adopt("");
    this.put({ replace: true });
    return true;
  }

  /** @param {{ replace?: boolean }} [how] */
  put({ replace = false } = {}) {
    const text = this.text;
    visited.set(this.slug, text);
    if (inAddress() === text) return;
    const address = new URL(location.href);
    if (text) address.searchParams.set(PARAMETER, text);
    else address.searchParams.delete(PARAMETER);
    if (replace) history.replaceState(history.state, "", address);
    else history.pushState(history.state, "", address);
  }

  close() {
    // What was changed in the last moment before leaving is not lost: the tab remembers it.
    clearTimeout(this.timer);
    removeEventListener("popstate", this.follow);
  }
}
