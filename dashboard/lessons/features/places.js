// Where everything lies, in CSS pixels: the whole network, one layer, one cell, the images.

/** @typedef {{ x: number, y: number, side: number, pitch: number, columns: number }} Tile */
/** @typedef {{ x: number, y: number, width: number, height: number }} Box */

/**
 * The grid with the largest squares.
 * @param {number} count
 * @param {number} width
 * @param {number} height
 * @param {number} [most] largest side
 */
function tileGrid(count, width, height, most = Infinity) {
  let best = { side: 0, columns: 1, rows: count };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const side = Math.min(width / columns, height / rows, most);
    if (side > best.side + 1e-9) best = { side, columns, rows };
  }
  return best;
}

/**
 * Squares in a box.
 * @param {number} count
 * @param {Box} box
 * @param {{ gap?: number, most?: number, align?: number }} [options] gap and place as shares
 * @returns {Tile[]}
 */
export function gridBoxes(
  count,
  { x, y, width, height },
  { gap = 0.06, most = Infinity, align = 0.5 } = {},
) {
  const { side, columns, rows } = tileGrid(count, width, height, most);
  const inner = side > 8 ? side * (1 - gap) : side > 3 ? side - 1 : side;
  const left = x + (width - side * columns) * align;
  const top = y + (height - side * rows) / 2;
  return Array.from({ length: count }, (_, u) => ({
    x: left + (u % columns) * side,
    y: top + Math.floor(u / columns) * side,
    side: inner,
    pitch: side,
    columns,
  }));
}

/**
 * @typedef {Box & { column: number, room: number, tiles: Tile[] }} NodeBox
 * @typedef {{ boxes: Record<string, NodeBox>, columns: any[][] }} Overview
 */

/**
 * Columns of the whole network, each node stacked with those of its column.
 *
 * Width goes step by step to the column whose tiles are smallest for their number, until no column can
 * grow: so the area is used. What is left is space between the columns.
 * @param {any[]} shown
 * @param {Record<string, number[]>} dims height, width and channels by name
 * @param {number} width
 * @param {number} height
 * @param {number} line
 * @returns {Overview}
 */
export function overviewBoxes(shown, dims, width, height, line) {
  /** @type {any[][]} */
  const columns = [];
  for (const node of shown) (columns[node.column] ??= []).push(node);
  const gap = Math.min(0.7 * line, (0.14 * width) / columns.length);
  const parts = columns.map((nodes) => {
    const units = nodes.map((node) => Math.sqrt(dims[node.name][2]) + 1);
    const all = units.reduce((a, b) => a + b, 0);
    const room = height - 2 * line - 10 - 8 * (nodes.length - 1);
    return nodes.map((node, i) => {
      const [rows, , count] = dims[node.name];
      const most = rows > 1 ? Infinity : line * (count <= 4 ? 3 : 1.5);
      return { node, count, tall: (room * units[i]) / all, most, vector: rows === 1 };
    });
  });
  const sides = parts.map((column, c) =>
    column.map((part) => (c === 0 ? Math.min(width * 0.16, height * 0.6) : Math.min(2, part.tall))),
  );
  // The narrowest width in which tiles of that side fit.
  const wideFor = (/** @type {any} */ { count, tall, most }, /** @type {number} */ side) => {
    const rows = Math.floor(tall / side + 1e-9);
    return side > most || rows < 1 ? Infinity : Math.ceil(count / rows) * side;
  };
  const wideOf = (/** @type {number} */ c) =>
    Math.max(...parts[c].map((part, i) => wideFor(part, sides[c][i])));
  const wides = columns.map((_, c) => wideOf(c));
  let free = width - gap * (columns.length + 1) - wides.reduce((a, b) => a + b, 0);
  const growing = new Set(
    parts.flatMap((column, c) => (c ? column.map((_, i) => `${c}/${i}`) : [])),
  );
  const score = (/** @type {string} */ key) => {
    const [c, i] = key.split("/").map(Number);
    return sides[c][i] * parts[c][i].count ** (parts[c][i].vector ? 0.5 : 0.42);
  };
  while (growing.size) {
    const key = [...growing].reduce((a, b) => (score(b) < score(a) ? b : a));
    const [c, i] = key.split("/").map(Number);
    const before = sides[c][i];
    sides[c][i] = before * 1.02 + 0.25;
    const more = wideOf(c) - wides[c];
    if (more > free) {
      sides[c][i] = before;
      growing.delete(key);
    } else {
      free -= more;
      wides[c] += more;
    }
  }
  const space = (width - wides.reduce((a, b) => a + b, 0)) / (columns.length + 1);
  /** @type {Record<string, NodeBox>} */
  const boxes = {};
  let x = space;
  parts.forEach((column, c) => {
    let y = 6;
    column.forEach(({ node, count, tall }, i) => {
      const place = { x, y, width: wides[c], height: tall };
      const tiles = gridBoxes(count, place, { most: sides[c][i] + 1e-6 });
      boxes[node.name] = { ...place, column: c, room: wides[c] + space, tiles };
      y += tall + 8;
    });
    x += wides[c] + space;
  });
  return { boxes, columns };
}

/**
 * The layer's view: picture and histogram left, all maps, the chosen map and its kernel right.
 * @param {number} width
 * @param {number} high above the bar of colors
 * @param {number} line
 * @param {number} count of maps
 * @param {boolean} vector
 */
export function layerPlace(width, high, line, count, vector) {
  const gap = 0.8 * line;
  const left = Math.min(Math.max(width * 0.19, 150), 0.42 * high);
  const right = Math.min(Math.max(width * 0.25, 190), 0.52 * high);
  const top = 1.15 * line;
  const grid = {
    x: left + 2 * gap,
    y: top,
    width: width - left - right - 4 * gap,
    height: high - top,
  };
  return {
    picture: { x: gap, y: top, side: left },
    histogram: { x: gap, y: top + left + 1.6 * line, width: left, height: high - left - 3 * line },
    grid,
    tiles: gridBoxes(count, grid, { gap: 0.07, most: vector ? line * 2.6 : Infinity }),
    big: { x: width - right - gap, y: top, side: right },
    kernel: {
      x: width - right - gap,
      y: top + right + 1.6 * line,
      width: right,
      height: high - right - top - 1.8 * line,
    },
  };
}

/**
 * The cell's view: what is read left, the products, the result right.
 * @param {number} width
 * @param {number} high
 * @param {number} line
 */
export function cellPlace(width, high, line) {
  const gap = 0.8 * line;
  const a = Math.min(width * 0.19, high * 0.5 - 1.3 * line);
  const c = Math.min(width * 0.265, high * 0.62);
  const middle = width - a - c - 4 * gap;
  const x = a + 2 * gap;
  const top = 1.15 * line;
  return {
    picture: { x: gap, y: top, side: a },
    source: { x: gap, y: high - a, side: a },
    grids: { x, y: 0.4 * line, width: middle, height: high * 0.58 },
    bars: { x, y: high * 0.58 + 1.6 * line, width: middle, height: high * 0.42 - 1.7 * line },
    curve: { x: width - c - gap, y: 0.6 * line, width: c, height: high - c - 2.2 * line },
    output: { x: width - c - gap, y: high - c, side: c },
  };
}

/**
 * A layer through a training: its maps, and two charts at the right.
 * @param {number} width
 * @param {number} high
 * @param {number} line
 * @param {number} count
 */
export function filmPlace(width, high, line, count) {
  const right = Math.min(width * 0.32, 480);
  const gap = 0.8 * line;
  const chart = (/** @type {number} */ y) => ({
    x: width - right - gap,
    y,
    width: right,
    height: high / 2 - 2.6 * line,
  });
  return {
    tiles: gridBoxes(
      count,
      { x: gap, y: 6, width: width - right - 3 * gap, height: high - 6 },
      { gap: 0.06 },
    ),
    charts: [chart(1.4 * line), chart(high / 2 + 0.8 * line)],
  };
}

/**
 * Pairs of squares, a picture and its part enlarged, with a line of words below each.
 * @param {number} count
 * @param {Box} box
 * @param {number} line
 */
export function pairPlaces(count, { x, y, width, height }, line) {
  let best = { side: 0, columns: 1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const side = Math.min((width / columns - 22) / 2, height / rows - 1.5 * line);
    if (side > best.side) best = { side, columns };
  }
  const { side, columns } = best;
  const rows = Math.ceil(count / columns);
  const [wide, tall] = [width / columns, height / rows];
  return Array.from({ length: count }, (_, at) => ({
    x: x + (at % columns) * wide + (wide - 2 * side - 6) / 2,
    y: y + Math.floor(at / columns) * tall + (tall - side - 1.3 * line) / 2,
    side,
  }));
}

/**
 * A window of a square image: its frame where the image stands, and its place beside it, enlarged.
 * @param {{ x: number, y: number, side: number }} place
 * @param {number[]} window top, left, bottom and right, the last two excluded
 * @param {number} size pixels a side of the image
 * @returns {{ frame: Box, patch: Box, cut: Box }} cut in the image's pixels
 */
export function framed({ x, y, side }, [top, left, bottom, right], size) {
  const [width, height] = [right - left, bottom - top];
  const unit = side / size;
  const zoom = side / Math.max(width, height, 1);
  return {
    frame: { x: x + left * unit, y: y + top * unit, width: width * unit, height: height * unit },
    patch: {
      x: x + side + 6 + (side - width * zoom) / 2,
      y: y + (side - height * zoom) / 2,
      width: width * zoom,
      height: height * zoom,
    },
    cut: { x: left, y: top, width, height },
  };
}

/**
 * The tile that a point lies on, -1 for none.
 * @param {Tile[]} tiles
 * @param {number} x
 * @param {number} y
 */
export function hit(tiles, x, y) {
  return tiles.findIndex(
    (tile) => x >= tile.x && y >= tile.y && x < tile.x + tile.pitch && y < tile.y + tile.pitch,
  );
}

/**
 * @param {{ x: number, y: number, side?: number, width?: number, height?: number }} box
 * @param {number} x
 * @param {number} y
 */
export function inBox(box, x, y) {
  const [width, height] = [box.width ?? box.side ?? 0, box.height ?? box.side ?? 0];
  return x >= box.x && y >= box.y && x < box.x + width && y < box.y + height;
}
