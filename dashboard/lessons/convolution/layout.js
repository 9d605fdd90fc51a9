// Where the pictures, the grids of the window and the sum stand.

/** @typedef {{ x: number, y: number, side: number }} Square */
/** @typedef {{ part: string, x: number, y: number, wide: number, high: number, n: number, small: boolean }} Grid */
/**
 * @typedef {object} Places
 * @property {Square} input
 * @property {Square} output
 * @property {{ x: number, y: number, width: number, side: number, each: number } | null} strip of the filters
 * @property {Grid[]} grids window, kernel and products, from left to right
 * @property {{ x: number, y: number, width: number }} sum center of its lines
 */

/**
 * @typedef {object} Wish
 * @property {number} type size of the text
 * @property {number} filters in the strip, 1 for none
 * @property {number} size of the kernel
 * @property {number} first side of the window: 1 where a pixel is stamped
 * @property {number} number width of the longest number in a cell
 * @property {string} large "products" or "kernel"
 */

/**
 * Input and output above, as large as can be; window, kernel and products below them; the sum in the gap between
 * the pictures, or beside the products where filters fill the gap.
 * @param {number} whole width
 * @param {number} height
 * @param {Wish} wish
 * @returns {Places}
 */
export function arrange(whole, height, { type, filters, size, first, number, large }) {
  const width = whole - 4; // frames stand a little outside
  const line = 1.35 * type;
  const most = 2.6 * type; // of a cell
  const least = Math.max(1.2 * type, number * 0.6);
  const rows = Math.min(Math.max(size * least, 3.2 * most * 0.8), size * most, 0.48 * height);
  const bottom = rows + 1.3 * line;
  const side = Math.min(height - bottom - 2.6 * line, 0.44 * width);
  const each = thumb(side, filters);
  const strip = filters > 1 ? Math.ceil(filters / Math.floor(side / each + 1e-6)) * each : 0;
  const gap = width - 2 * side - strip - (strip ? type : 0);
  const y = line + (height - bottom - 2.4 * line - side) / 2;
  const input = { x: 2, y, side };
  const output = { x: side + gap + 2, y, side };
  const between = gap > 11 * type;
  const room = between ? width : width - 11 * type;
  const top = height - rows - 2;
  const grids = lay(room, top, rows, { type, size, first, number, large });
  const last = /** @type {Grid} */ (grids.at(-1));
  const end = last.x + last.wide * last.n;
  const sum = between
    ? { x: side + gap / 2, y: y + side / 2, width: gap - type }
    : { x: (end + width) / 2, y: top + rows / 2, width: width - end - type };
  return {
    input,
    output,
    strip: strip ? { x: output.x + side + type, y, width: strip, side, each } : null,
    grids,
    sum,
  };
}

/**
 * Side of a filter's small picture, so that all have room beside a large one.
 * @param {number} side
 * @param {number} filters
 */
function thumb(side, filters) {
  for (const n of [3, 4, 5, 6, 8]) {
    if ((Math.ceil(filters / n) * side) / n <= side * 0.4) return side / n;
  }
  return side / 10;
}

/**
 * Three grids of one height; where their numbers do not fit, one of them wide and two of them small.
 * @param {number} width
 * @param {number} top
 * @param {number} rows
 * @param {Omit<Wish, "filters">} wish
 * @returns {Grid[]}
 */
function lay(width, top, rows, { type, size, first, number, large }) {
  const high = rows / size;
  const signs = type * (size === 1 ? 4 : 1.7);
  const cells = first + 2 * size;
  const wide = Math.min((width - 2 * signs) / cells, Math.max(high, number));
  const all = wide >= number || size <= 3;
  const names =
    all || large === "products"
      ? ["window", "kernel", "products"]
      : ["window", "products", "kernel"];
  const small = all ? wide : Math.min(high, ((width - 2 * signs) * 0.25) / size);
  const widths = all
    ? [wide, wide, wide]
    : [small, small, Math.min((width - 2 * signs - (first + size) * small) / size, number * 1.2)];
  const counts = [first, size, size];
  const total = counts.reduce((sum, n, i) => sum + n * widths[i], 2 * signs);
  let x = Math.max((width - total) / 2, 0);
  return names.map((part, i) => {
    const n = counts[i];
    const tall = i < 2 && !all ? Math.min(high, small) : high;
    const grid = { part, x, y: top + (rows - n * tall) / 2, wide: widths[i], high: tall, n };
    x += n * widths[i] + signs;
    return { ...grid, small: !all && i < 2 };
  });
}
