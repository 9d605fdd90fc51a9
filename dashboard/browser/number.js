// One way to write a number, the same as `dashboard.shared.number` in Python: a real minus sign, no
// digits that are not known, small numbers with their power of ten, large ones in groups of three.

export const MINUS = "\u2212";
export const TIMES = "\u00d7";
const RAISED = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";
const LOWERED = "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089";
const SMALLEST = 1e-4;
const LARGEST = 1e9;

/**
 * A whole number in raised digits: 10⁻⁴.
 * @param {number} power
 */
export function raised(power) {
  return String(power).replace(/[-0-9]/g, (sign) => (sign === "-" ? "\u207b" : RAISED[+sign]));
}

/**
 * A whole number in lowered digits: x₁.
 * @param {number} index
 */
export function lowered(index) {
  return String(index).replace(/[0-9]/g, (sign) => LOWERED[+sign]);
}

/** @param {string} digits */
function grouped(digits) {
  const [whole, part] = digits.split(".");
  const groups = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
  return part === undefined ? groups : `${groups}.${part}`;
}

/** @param {string} digits */
const trimmed = (digits) => (digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits);

/**
 * A number for a sentence, to so many significant digits, without trailing zeros.
 *
 * write(0.00042) is "0.00042", write(-0.5) "−0.5", write(1234.5) "1235" (never fewer digits than the
 * whole part has), write(4.2e-5) "4.2·10⁻⁵", write(12345678) "12,345,678".
 * @param {number} value
 * @param {number} [digits]
 */
export function write(value, digits = 3) {
  if (Number.isNaN(value)) return "not a number";
  const sign = value < 0 ? MINUS : "";
  const size = Math.abs(value);
  if (size === Infinity) return `${sign}\u221e`;
  if (size === 0) return "0";
  if (size < SMALLEST || size >= LARGEST) {
    const [first, power] = size.toExponential(digits - 1).split("e");
    return `${sign}${trimmed(first)}\u00b710${raised(Number(power))}`;
  }
  const places = Math.max(digits - 1 - Math.floor(Math.log10(size) + 1e-12), 0);
  return sign + grouped(trimmed(size.toFixed(Math.min(places, 12))));
}

/**
 * A number with so many digits behind the point, for columns and for what changes under the hand;
 * where all of them would be lost, as `write` has it.
 *
 * fixed(0.5) is "0.50", fixed(-0.004) "−0.004", fixed(0) "0.00".
 * @param {number} value
 * @param {number} [places]
 */
export function fixed(value, places = 2) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size >= LARGEST) return write(value);
  const text = size.toFixed(places);
  if (Number(text) === 0 && size > 1e-12) return write(value, 1);
  return (value < 0 && Number(text) !== 0 ? MINUS : "") + grouped(text);
}

/**
 * A number for a small cell: at most three characters and a sign where that is possible, ".12", "≈0".
 * @param {number} value
 */
export function brief(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return write(value);
  const text = trimmed(size.toFixed(size >= 99.5 ? 0 : size >= 9.995 ? 1 : 2));
  if (text === "0") return size > 1e-9 ? "\u22480" : "0"; // not nothing, only too small for the cell
  return (value < 0 ? MINUS : "") + text.replace(/^0\./, ".");
}

/**
 * A number that is added: " + 0.5" or " − 0.5".
 * @param {number} value
 * @param {(size: number) => string} [say]
 */
export function term(value, say = (size) => fixed(size)) {
  return `${value < 0 ? ` ${MINUS} ` : " + "}${say(Math.abs(value))}`;
}

/**
 * A share between 0 and 1 in percent.
 * @param {number} share
 * @param {number} [places]
 */
export function percent(share, places = 0) {
  return `${fixed(100 * share, places)}\u00a0%`; // never parted from its number
}

/**
 * A count: "1,234".
 * @param {number} value
 */
export function count(value) {
  return (value < 0 ? MINUS : "") + grouped(String(Math.abs(Math.round(value))));
}

/**
 * Text that stands in markup: nothing in it is taken for a tag.
 * @param {unknown} text
 */
export function escaped(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/**
 * A sentence with its places filled: "{n} maps" with the value of `n`. A place without a value stays.
 * @param {string} text
 * @param {Record<string, any>} values
 * @param {(value: any) => string} [say]
 */
export function filled(text, values, say = String) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? say(values[name]) : place));
}
