// The network as blocks to scale, in SVG: as high as the maps, as deep as the maps, as wide as the
// root of their number. Layout first (boxes and gaps), then the text of the picture.
const SHORT = {
  convolution: "conv",
  depthwise_convolution: "depthwise",
  shared_convolution: "shared conv",
  pooling: "pool",
  activation: "",
  batch_normalization: "batch norm",
  dropout: "dropout",
  flatten: "flatten",
  global_pooling: "global",
  dense: "dense",
  residual: "residual",
  parallel: "parallel",
};
const THIN = new Set(["activation", "batch_normalization", "dropout"]);
const HOLDS = new Set([
  "convolution",
  "depthwise_convolution",
  "shared_convolution",
  "dense",
  "batch_normalization",
]);
const escaped = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const keyOf = (path) => path.join(".");

function shortName(layer) {
  const k = layer.kernel_size;
  switch (layer.layer) {
    case "convolution":
    case "depthwise_convolution":
    case "shared_convolution":
      return `${SHORT[layer.layer]} ${k}x${k}`;
    case "pooling":
      return `${layer.kind === "max" ? "max" : "mean"} pool ${layer.size}x${layer.size}`;
    case "global_pooling":
      return `global ${layer.kind === "max" ? "max" : "mean"}`;
    case "activation":
      return layer.kind;
    case "dropout":
      return `dropout ${Number(layer.rate.toFixed(2))}`;
    case "dense":
      return `dense ${layer.units}`;
    default:
      return SHORT[layer.layer];
  }
}
const shapeText = (shape) => shape.join("x");

class Drawing {
  // found: what `examine` returned; options: height, type, face, whole (fit everything), measure(text)
  constructor(design, found, options) {
    Object.assign(this, options, { design, found });
    this.ends = new Map();
    this.names = new Map();
    this.rowsByName = new Map(found.rows.map((row) => [row.name, row]));
    for (const row of found.rows) if (row.path) this.ends.set(keyOf(row.path), row); // the last row of a block wins
    this.gaps = [];
    this.parts = [];
    this.marks = [];
    this.squeeze = 1;
    const S = design.input_size;
    const line = this.whole ? 0 : this.type * 2.5;
    // The largest scale at which every row of every block still fits the height.
    let low = 0.05,
      high = 7;
    for (let turn = 0; turn < 11; turn++) {
      this.scale = (low + high) / 2;
      if (this.heightOf(design.layers, [], [S, S, 1], line) <= this.height - this.type)
        low = this.scale;
      else high = this.scale;
    }
    this.scale = low;
    this.line = line;
    this.build(false);
    // Smaller blocks, down to half, where that brings all of them into sight.
    for (let turn = 0; !this.whole && turn < 4 && this.width > this.room; turn++) {
      this.scale *= 0.86;
      this.build(false);
    }
    if (!this.whole && this.width > this.room) this.scale = low * 0.86;
    if (this.whole)
      for (let turn = 0; turn < 12 && this.width > this.room; turn++) {
        this.squeeze *= Math.max(0.5, ((this.room - 8) / this.width) * 0.985);
        this.build(false);
      }
    this.build(true);
  }
  rowAt(path) {
    return this.ends.get(keyOf(path));
  }
  box(shape, layer) {
    if (!shape) return { w: 26 * this.squeeze, h: 34, d: 0, unknown: true };
    const thin = layer && THIN.has(layer.layer);
    if (shape.length === 1)
      return {
        w: (thin ? 6 : 14) * this.squeeze,
        h: Math.min(12 + 3.2 * Math.sqrt(shape[0]), 36 + 40 * this.scale),
        d: 0,
      };
    const side = Math.max(shape[0] * this.scale, 5);
    return {
      w: (thin ? 6 : 5 + 3.1 * Math.sqrt(shape[2])) * this.squeeze,
      h: side,
      d: side * 0.36 * Math.sqrt(this.squeeze),
    };
  }
  tall(box) {
    return box.h + box.d * 0.7;
  }
  heightOf(layers, path, shape, line) {
    let most = layers.length ? 0 : 30 + line;
    let before = shape;
    layers.forEach((layer, i) => {
      const here = [...path, i],
        row = this.rowAt(here);
      most = Math.max(most, this.heightOfOne(layer, here, before, row?.shape, line));
      before = row?.shape ?? before;
    });
    if (!path.length) most = Math.max(most, this.tall(this.box(shape)) + line);
    return most;
  }
  heightOfOne(layer, path, before, after, line) {
    const head = this.whole ? 10 : this.type * 1.3;
    if (layer.layer === "residual")
      return (
        this.heightOf(layer.body, [...path, "body"], before, line) +
        head +
        (this.whole ? 16 : this.type * 1.6) +
        10
      );
    if (layer.layer === "parallel")
      return (
        layer.branches.reduce(
          (sum, branch, b) => sum + this.heightOf(branch, [...path, b], before, line) + 6,
          0,
        ) +
        head +
        10
      );
    return this.tall(this.box(after, layer)) + line;
  }
  // Width of a block with its labels, and what draws it at x around the axis y.
  one(layer, path, before) {
    const row = this.rowAt(path),
      after = row?.shape;
    if (layer.layer === "residual" || layer.layer === "parallel")
      return this.nest(layer, path, before, after);
    const box = this.box(after, layer),
      labels = this.whole ? [] : [shortName(layer), after ? shapeText(after) : "?"];
    const body = box.w + box.d,
      wide = Math.max(body, ...labels.map(this.measure));
    return {
      width: wide,
      up: this.tall(box) / 2,
      down: this.tall(box) / 2 + this.line,
      after,
      draw: (x, y) => this.solidAt(layer, path, box, labels, x, y, wide, row),
    };
  }
  solidAt(layer, path, box, labels, x, y, wide, row) {
    const left = x + (wide - box.w - box.d) / 2,
      d = box.d,
      rise = d * 0.7,
      top = y - (box.h + rise) / 2 + rise,
      key = keyOf(path);
    const right = left + box.w,
      bottom = top + box.h;
    const name = row ? row.name : this.nameOf(path);
    const classes = [
      "block",
      HOLDS.has(layer.layer) ? "holds" : "",
      row ? "" : "waits",
      this.chosen === key ? "chosen" : "",
      this.found.error?.layer === name ? "wrong" : "",
    ];
    const faces = d
      ? `<path class='face side' d='M${left} ${top}l${d} ${-rise}h${box.w}l${-d} ${rise}z'/><path class='face side' d='M${right} ${top}l${d} ${-rise}v${box.h}l${-d} ${rise}z'/>`
      : "";
    const said = `${shortName(layer)}, ${row ? shapeText(row.shape) : "not reached"}`;
    const down = Math.max(bottom, y + (box.h + rise) / 2);
    this.parts.push(
      `<g class='${classes.join(" ").trim()}' data-path='${key}' tabindex='${this.chosen === key ? 0 : -1}' role='button' aria-pressed='${this.chosen === key}' aria-label='${escaped(said)}'>` +
        `<rect class='halo' x='${x - 4}' y='${top - rise - 4}' width='${wide + 8}' height='${down - top + rise + this.line + 6}' rx='5'/>${faces}` +
        `<rect class='face' x='${left}' y='${top}' width='${box.w}' height='${box.h}'/>` +
        labels
          .map(
            (label, i) =>
              `<text class='${i ? "quiet" : ""}' x='${x + wide / 2}' y='${y + (box.h + rise) / 2 + this.type * (1.15 + i * 1.2)}' text-anchor='middle'>${escaped(label)}</text>`,
          )
          .join("") +
        "</g>",
    );
    if (this.found.error?.layer === name)
      this.marks.push(
        `<text x='${x + wide / 2}' y='${top - rise - 6}' text-anchor='middle' font-weight='700'>\u2715</text>`,
      );
  }
  // Name of a block that was not reached, for the mark of what is wrong.
  nameOf(path) {
    let layers = this.design.layers,
      name = "";
    for (let i = 0; i < path.length; i++) {
      const layer = layers[path[i]];
      if (!layer) return "";
      const number = name
        ? path[i] + 1
        : layers.slice(0, path[i] + 1).filter((other) => other.layer === layer.layer).length;
      name += `${name ? "_" : ""}${layer.layer}_${number}`;
      if (i + 1 >= path.length) break;
      i += 1;
      if (path[i] === "body") layers = layer.body;
      else {
        name += `_branch_${path[i] + 1}`;
        layers = layer.branches[path[i]];
      }
    }
    return name;
  }
  nest(layer, path, before, after) {
    const residual = layer.layer === "residual",
      key = keyOf(path),
      head = this.whole ? 10 : this.type * 1.3;
    const rows = residual
      ? [this.chain(layer.body, [...path, "body"], before)]
      : layer.branches.map((branch, b) => this.chain(branch, [...path, b], before));
    const shortcut = residual ? this.rowsByName.get(`${this.nameOf(path)}_shortcut`) : null;
    const title = residual
      ? shortcut
        ? `residual, 1x1 shortcut /${shortcut.layer.stride}`
        : "residual"
      : `parallel, ${layer.branches.length} branches`;
    const pad = 16 * this.squeeze,
      joint = (this.whole ? 16 : 24) * Math.max(this.squeeze, 0.5),
      over = residual ? (this.whole ? 16 : this.type * 1.6) : 0;
    const inner = Math.max(
      ...rows.map((row) => row.width),
      this.whole ? 0 : this.measure(title) - joint,
    );
    const tall = rows.reduce((sum, row) => sum + row.up + row.down + 6, 0) + head + over;
    const width = inner + 2 * pad + joint;
    const draw = (x, y) => {
      const top = y - tall / 2 - 4,
        name = this.nameOf(path),
        wrong = this.found.error?.layer === name;
      this.parts.push(
        `<g class='block nest ${this.chosen === key ? "chosen" : ""} ${wrong ? "wrong" : ""}' data-path='${key}' tabindex='${this.chosen === key ? 0 : -1}' role='button' aria-pressed='${this.chosen === key}' aria-label='${escaped(`${title}${after ? `, ${shapeText(after)}` : ""}`)}'>` +
          `<rect class='halo' x='${x}' y='${top}' width='${width}' height='${head}'/><rect class='frame' pointer-events='none' x='${x}' y='${top}' width='${width}' height='${tall + 8}' rx='8'/>` +
          (this.whole
            ? ""
            : `<text x='${x + 8}' y='${top + this.type * 1.1}'>${escaped(title)}</text>`) +
          "</g>",
      );
      if (wrong)
        this.marks.push(
          `<text x='${x + width - 12}' y='${top + this.type * 1.1}' text-anchor='middle' font-weight='700'>\u2715</text>`,
        );
      let at = top + head + over;
      const join = x + width - joint / 2 - 2,
        middles = [];
      for (const row of rows) {
        const middle = at + 3 + row.up;
        middles.push(middle);
        this.parts.push(
          `<path class='wire' d='M${x} ${y}C${x + 6} ${y} ${x + 4} ${middle} ${x + pad} ${middle}M${x + pad + row.width} ${middle}C${join - 10} ${middle} ${join - 12} ${y} ${join} ${y}'/>`,
        );
        row.draw(x + pad, middle);
        at += row.up + row.down + 6;
      }
      if (residual)
        this.parts.push(
          `<path class='wire' d='M${x} ${y}C${x + 5} ${top + head + over * 0.45} ${x + 10} ${top + head + over * 0.45} ${x + 26} ${top + head + over * 0.45}H${join - 20}Q${join} ${top + head + over * 0.45} ${join} ${y - 9}'/>`,
        );
      this.parts.push(
        `<circle cx='${join}' cy='${y}' r='9' fill='var(--lb-surface)' class='wire' style='fill:var(--lb-surface)'/><text x='${join}' y='${y + this.type * 0.34}' text-anchor='middle'>${residual ? "+" : "\u2016"}</text>`,
      );
    };
    return { width, up: tall / 2 + 4, down: tall / 2 + 4, after, draw };
  }
  chain(layers, path, shape) {
    const space = (this.whole ? 7 : 20) * this.squeeze;
    let before = shape,
      known = true;
    const items = layers.map((layer, i) => {
      const item = this.one(layer, [...path, i], known ? before : null);
      known = known && Boolean(item.after);
      before = item.after ?? before;
      return item;
    });
    const empty = !items.length;
    const width = empty
      ? 44 * this.squeeze
      : items.reduce((sum, item) => sum + item.width, 0) + space * (items.length - 1);
    const up = Math.max(12, ...items.map((item) => item.up)),
      down = Math.max(12, ...items.map((item) => item.down));
    return {
      width,
      up,
      down,
      after: before,
      draw: (x, y) => {
        this.gaps.push({ path, index: 0, x: x - space / 2, y, h: Math.min(up, 60) });
        if (empty) {
          this.parts.push(`<path class='wire' stroke-dasharray='3 4' d='M${x} ${y}h${width}'/>`);
          return;
        }
        let atX = x;
        items.forEach((item, i) => {
          if (i) this.parts.push(`<path class='wire' d='M${atX - space + 2} ${y}h${space - 4}'/>`);
          item.draw(atX, y);
          atX += item.width + space;
          this.gaps.push({ path, index: i + 1, x: atX - space / 2, y, h: Math.min(up, 60) });
        });
      },
    };
  }
  build(paint) {
    this.gaps = [];
    this.parts = [];
    this.marks = [];
    const S = this.design.input_size,
      image = this.box([S, S, 1]),
      logits = this.found.rows.find((row) => row.name === "logits");
    const labels = this.whole ? [] : ["image", `${S}x${S}`],
      wide = Math.max(image.w + image.d, ...labels.map(this.measure));
    const space = (this.whole ? 7 : 20) * this.squeeze,
      main = this.chain(this.design.layers, [], [S, S, 1]);
    const up = Math.max(main.up, this.tall(image) / 2),
      down = Math.max(main.down, this.tall(image) / 2 + this.line);
    const y = Math.max(8, (this.height - 8 - up - down) / 2) + up;
    const head = this.whole ? [] : ["logits", logits ? shapeText(logits.shape) : "?"];
    const last = this.box(logits?.shape),
      lastWide = Math.max(last.w, ...head.map(this.measure));
    const fixed = (box, texts, x, width, kind, key) => {
      const rise = box.d * 0.7,
        left = x + (width - box.w - box.d) / 2,
        top = y - (box.h + rise) / 2 + rise,
        wrong = kind === "logits" && this.found.error?.layer === "logits";
      const row = this.found.rows.find((one) => one.name === kind);
      const faces = box.d
        ? `<path class='face side' d='M${left} ${top}l${box.d} ${-rise}h${box.w}l${-box.d} ${rise}z'/><path class='face side' d='M${left + box.w} ${top}l${box.d} ${-rise}v${box.h}l${-box.d} ${rise}z'/>`
        : "";
      this.parts.push(
        `<g class='block ${kind === "logits" ? "holds" : ""} ${row ? "" : "waits"} ${wrong ? "wrong" : ""} ${this.chosen === key ? "chosen" : ""}' data-path='${key}' tabindex='${this.chosen === key ? 0 : -1}' role='button' aria-pressed='${this.chosen === key}' aria-label='${kind}${row ? `, ${shapeText(row.shape)}` : ", not reached"}'>` +
          `<rect class='halo' x='${x - 4}' y='${top - rise - 4}' width='${width + 8}' height='${box.h + rise + this.line + 8}' rx='5'/>${faces}<rect class='face' x='${left}' y='${top}' width='${box.w}' height='${box.h}'/>` +
          texts
            .map(
              (text, i) =>
                `<text class='${i ? "quiet" : ""}' x='${x + width / 2}' y='${y + (box.h + rise) / 2 + this.type * (1.15 + i * 1.2)}' text-anchor='middle'>${text}</text>`,
            )
            .join("") +
          "</g>",
      );
      if (wrong)
        this.marks.push(
          `<text x='${x + width / 2}' y='${top - 8}' text-anchor='middle' font-weight='700'>\u2715</text>`,
        );
    };
    if (!paint) {
      this.width = 24 + wide + lastWide + 2 * space + main.width;
      return;
    }
    let x = 12;
    fixed(image, labels, x, wide, "image", "image");
    x += wide + space;
    this.parts.push(`<path class='wire' d='M${x - space + 2} ${y}h${space - 4}'/>`);
    main.draw(x, y);
    x += main.width + space;
    this.parts.push(`<path class='wire' d='M${x - space + 2} ${y}h${space - 4}'/>`);
    fixed(last, head, x, lastWide, "logits", "logits");
    this.width = x + lastWide + 12;
    this.tallness = Math.max(this.height, y + down + 6);
  }
  svg() {
    return `<svg width='${Math.ceil(this.width)}' height='${Math.floor(this.tallness)}' font-size='${this.type}' role='group' aria-label='The network, from the image to the logits'>${this.parts.join("")}${this.marks.join("")}<path class='gap' d=''/></svg>`;
  }
}
