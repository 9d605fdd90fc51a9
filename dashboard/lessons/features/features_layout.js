// Where everything lies, in CSS pixels: the whole network, one layer, one cell.
function tileGrid(count, width, height, { gap = 0.12, most = Infinity } = {}) {
  let best = { side: 0, columns: 1, rows: count };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns),
      side = Math.min(width / columns, height / rows, most);
    if (side > best.side + 1e-9) best = { side, columns, rows };
  }
  const inner = best.side > 8 ? best.side * (1 - gap) : best.side > 3 ? best.side - 1 : best.side;
  return { ...best, inner };
}
function gridBoxes(count, x, y, width, height, options = {}) {
  const { side, columns, rows, inner } = tileGrid(count, width, height, options);
  const left = x + (width - side * columns) * (options.align ?? 0.5),
    top = y + (height - side * rows) / 2;
  return Array.from({ length: count }, (_, u) => ({
    x: left + (u % columns) * side,
    y: top + Math.floor(u / columns) * side,
    side: inner,
    pitch: side,
    columns,
  }));
}

// Columns of the overview, each node stacked with those of its column. Width goes where tiles are
// smallest for their number; what a column cannot use is given back as space between columns.
function overviewBoxes(shown, dims, width, height, line, gap) {
  const columns = [];
  for (const node of shown) (columns[node.column] ??= []).push(node);
  const parts = columns.map((nodes) => {
    const units = nodes.map((node) => Math.sqrt(dims(node.name)[2]) + 1),
      all = units.reduce((a, b) => a + b, 0);
    const room = height - 2 * line - 12 - 8 * (nodes.length - 1);
    return nodes.map((node, i) => {
      const [h, , count] = dims(node.name);
      return { node, count, tall: (room * units[i]) / all, most: h === 1 ? line * 1.5 : Infinity };
    });
  });
  const side = ({ count, tall, most }, wide) => tileGrid(count, wide, tall, { most }).side;
  const score = (column, wide) =>
    Math.min(
      ...column.map(
        (part) => side(part, wide) * part.count ** (part.most === Infinity ? 0.3 : 0.42),
      ),
    );
  const wides = columns.map((_, c) => (c === 0 ? Math.min(width * 0.13, height * 0.5) : 16));
  let room = width - gap * (columns.length + 1) - wides.reduce((a, b) => a + b, 0);
  for (const STEP = 4; room >= STEP; room -= STEP) {
    let least = -1,
      low = Infinity;
    for (let c = 1; c < columns.length; c++) {
      const value = parts[c].every((part) => side(part, wides[c]) >= part.most)
        ? Infinity
        : score(parts[c], wides[c]);
      if (value < low) {
        low = value;
        least = c;
      }
    }
    if (least < 0) break;
    wides[least] += STEP;
  }
  const used = parts.map((column, c) =>
    Math.max(
      ...column.map((part) => {
        const grid = tileGrid(part.count, wides[c], part.tall, { most: part.most });
        return grid.side * grid.columns;
      }),
    ),
  );
  const space = (width - used.reduce((a, b) => a + b, 0)) / (columns.length + 1),
    boxes = {};
  let x = space;
  parts.forEach((column, c) => {
    let y = 6;
    for (const { node, count, tall, most } of column) {
      boxes[node.name] = {
        x,
        y,
        width: used[c],
        height: tall,
        column: c,
        room: used[c] + space,
        tiles: gridBoxes(count, x, y, used[c], tall, { most, gap: 0.1 }),
      };
      y += tall + 8;
    }
    x += used[c] + space;
  });
  return { boxes, columns };
}
