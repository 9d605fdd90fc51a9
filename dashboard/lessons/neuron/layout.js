// Where the parts of the neuron stand: dials in rows, the sum, the activation's curve, the output, the plane.

/** @typedef {{ x: number, y: number, width: number, height: number }} Box */
/**
 * @typedef {object} Layout
 * @property {Box} drawing
 * @property {Box | null} plane
 * @property {number[]} rows middle of each input's line of numbers, the bias last
 * @property {{ x: number, w: number, product: number | null, fan: number }} at left ends of the columns; null
 *   where there is no room for products
 * @property {number} dial width of a dial
 * @property {{ x: number, y: number, r: number }} sum
 * @property {{ x: number, y: number, r: number }} out
 * @property {Box | null} curve null where there is no room for it
 * @property {boolean} below the curve stands below the sum, not beside it
 */

/**
 * @param {number} width of the whole picture
 * @param {number} height
 * @param {number} type size of the text
 * @param {number} inputs
 * @returns {Layout}
 */
export function layout(width, height, type, inputs) {
  const dial = 6.6 * type;
  const narrow = width < 36 * type;
  const product = 2 * dial + 2.7 * type;
  const fan = product + (narrow ? -0.8 : 3.5) * type;
  const at = { x: 4, w: dial + 1.5 * type + 4, product: narrow ? null : product, fan };
  const r = 1.65 * type;
  const sumX = fan + (narrow ? 2 : 2.6) * type + r;
  const end = sumX + r + 0.4 * type;
  const two = inputs === 2;
  const beside = two && width - end >= 24 * type;
  const lines = inputs + 1;
  const least = 1.75 * type + 26; // of a dial: its number and its slider
  const share = two ? (beside ? 0.48 : 0.5) : 1;
  const row = Math.min(Math.max((share * height) / lines, least), 8 * type);
  const block = two ? row * lines : height;
  const first = (block - row * lines) / 2;
  const rows = Array.from({ length: lines }, (_, i) => first + row * (i + 0.5) - 13);
  const sum = { x: sumX, y: first + (row * lines) / 2, r };
  if (beside) {
    const curve = { x: 0, y: block, width: sumX - r - 1.4 * type, height: height - block };
    return {
      drawing: { x: 0, y: 0, width: end, height },
      plane: { x: end, y: 0, width: width - end, height },
      ...{ rows, at, dial, sum, curve, below: true },
      out: { x: sumX, y: block + curve.height / 2, r },
    };
  }
  const out = { x: width - r - 0.4 * type, y: sum.y, r };
  const side = out.x - r - 1.2 * type - (end + 0.8 * type);
  const high = Math.min(side * 1.1, block - 2 * type, 0.7 * height);
  const curve =
    side < 4 * type
      ? null
      : { x: end + 0.8 * type, y: sum.y - high / 2, width: side, height: high };
  return {
    drawing: { x: 0, y: 0, width, height: two ? block : height },
    plane: two ? { x: 0, y: block, width, height: height - block } : null,
    ...{ rows, at, dial, sum, curve, out, below: false },
  };
}
