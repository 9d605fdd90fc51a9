// A network from the whole to one number: overview, layer, cell, on one canvas. All values were
// computed by core; features_math.js adds up the cell under the pointer, and a test compares it.
const FEATURES = new WeakMap();
const MOVE_MS = 220,
  SHADES = 1024,
  MOST_FLYERS = 256,
  MOST_EDGES = 40;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const OVERVIEW = 0,
  LAYER = 1,
  CELL = 2;
const SCOPES = ["unit", "layer", "network"],
  CLIPS = [100, 99.9, 99, 95, 90];

function between(a, b, t) {
  return {
    x: a.x + (b.x - a.x) * t,
    y: a.y + (b.y - a.y) * t,
    side: a.side + (b.side - a.side) * t,
  };
}
function inBox(box, x, y) {
  return (
    x >= box.x &&
    y >= box.y &&
    x < box.x + (box.width ?? box.side) &&
    y < box.y + (box.height ?? box.side)
  );
}

class Features {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.canvas = this.find("picture");
    this.context = this.canvas.getContext("2d");
    this.view = { level: OVERVIEW, node: null, unit: 0, row: 0, column: 0, channel: 0 };
    this.aim = null;
    this.scope = "layer";
    this.clip = 100;
    this.canvas.addEventListener("keydown", (event) => this.key(event)); // before the transport's own
    this.transport = new Transport(this.find("transport"), {
      last: 1,
      perSecond: 1.6,
      name: "Step",
      canvas: this.canvas,
      moved: (position) => this.moved(position),
      draw: () => this.draw(),
      layout: () => this.layout(),
    });
    this.vault = lightboxVault();
    this.onVault = (group) => {
      if (this.header && (group === this.header.weights || group === this.header.stamp))
        this.fetch();
    };
    this.vault.listeners.add(this.onVault);
    this.listen();
  }

  load(bytes, send) {
    this.send = send;
    const { header, arrays } = unpack(bytes);
    const began = this.header === undefined,
      other = header.weights_name !== this.header?.weights_name;
    if (!began && header.stamp === this.header.stamp && header.locked === this.header.locked)
      return;
    const unlocked = this.header?.locked && !header.locked;
    this.header = header;
    this.image = arrays[0];
    const values = new Map(),
      coarse = new Map();
    for (const node of header.nodes) {
      if (node.kind === "input") values.set(node.name, Float32Array.from(this.image));
      else if (node.data !== null) values.set(node.name, arrays[node.data]);
      else if (node.coarse !== null) coarse.set(node.name, this.decode(arrays[node.coarse], node));
    }
    this.math = new NetworkMath(header.nodes, values);
    this.coarse = coarse;
    this.shown = new Map(header.shown.map((one) => [one.name, one]));
    this.stands = new Map(header.shown.flatMap((one) => one.chain.map((name) => [name, one.name])));
    this.shades = this.shadesOf(header.activation);
    this.nets = new Map();
    this.canvas.explain = (name, index) => this.math.explain(name, index); // read by browser tests
    this.canvas.limitsOf = (...given) => this.math.limits(...given);
    this.canvas.strengthsOf = (...given) => this.math.strengths(...given);
    if (other || header.locked) {
      this.view = { level: OVERVIEW, node: null, unit: 0, row: 0, column: 0, channel: 0 };
      this.aim = null;
    }
    this.buildControls();
    this.fetch();
    this.layout();
    this.arrive({ keep: !other && !unlocked });
    if (unlocked && !STILL.matches) {
      this.transport.go(0);
      this.transport.play();
    }
  }

  // What came under another message: weights, and exact values of a layer that was opened.
  fetch() {
    this.math.weights = this.vault.groups.get(this.header.weights) ?? null;
    const exact = this.vault.groups.get(this.header.stamp);
    if (exact && !this.header.locked)
      for (const [name, values] of exact) {
        if (this.math.own.has(name)) continue;
        this.math.own.set(name, values);
        this.coarse.delete(name);
      }
    this.math.kept.clear();
    this.atlases = new Map();
    this.still = null;
    this.matrices = new Map();
    if (this.colors) {
      this.tell();
      this.transport.touch();
    }
  }

  decode(bytes, node) {
    const [low, high] = node.range,
      values = new Float32Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) values[i] = low + ((high - low) * bytes[i]) / 255;
    return { values, dims: bytes.shape };
  }

  shadesOf(stops) {
    const found = new Uint32Array(SHADES);
    for (let i = 0; i < SHADES; i++) {
      const [r, g, b] = mix(stops, i / (SHADES - 1));
      found[i] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    }
    return found;
  }

  get node() {
    return this.math.node(this.view.node);
  }
  dims(name) {
    return this.math.dims(name);
  }
  isPicture(name) {
    return ["input", "rescaling"].includes(this.math.node(name).kind);
  }
  isVector(name) {
    return this.math.node(name).shape.length === 1;
  }
  unitWord(name) {
    return this.isVector(name) ? "unit" : "map";
  }
  indexOf(view) {
    return this.isVector(view.node) ? [view.unit] : [view.row, view.column, view.unit];
  }

  limitsFor(name, unit) {
    const coarse = this.coarse.get(name);
    if (this.scope === "network" || this.math.values(name)) {
      const found = this.math.limits(name, unit, this.scope, this.clip);
      // Layers that are not here in full still count for the whole network, with their extremes.
      if (this.scope !== "network" || !this.coarse.size || this.clip < 100) return found;
      let { low, high } = found;
      for (const key of this.coarse.keys()) {
        const { low: least, high: greatest } = this.math.node(key).stats;
        high = Math.max(high, Math.abs(least), Math.abs(greatest));
        if (least < 0) low = -1;
      }
      return { low: low < 0 ? -high : 0, high };
    }
    if (!coarse) return { low: 0, high: 0 };
    const { low, high } = this.math.node(name).stats,
      size = Math.max(Math.abs(low), Math.abs(high));
    return { low: low < 0 ? -size : 0, high: size };
  }

  // All maps of a node side by side, colored; drawn once for each range of color.
  atlas(name) {
    const key = name;
    if (this.atlases.has(key)) return this.atlases.get(key);
    const exact = this.math.values(name),
      given = exact ? { values: exact, dims: this.dims(name) } : this.coarse.get(name);
    if (!given) {
      this.atlases.set(key, null);
      return null;
    }
    const {
        values,
        dims: [h, w, c],
      } = given,
      columns = Math.ceil(Math.sqrt(c)),
      rows = Math.ceil(c / columns);
    const canvas = document.createElement("canvas");
    canvas.width = columns * w;
    canvas.height = rows * h;
    const context = canvas.getContext("2d"),
      pixels = context.createImageData(canvas.width, canvas.height);
    const words = new Uint32Array(pixels.data.buffer),
      gray = this.isPicture(name),
      top = SHADES - 1;
    const factor = new Float32Array(c),
      corner = new Int32Array(c);
    for (let u = 0; u < c; u++) {
      const { high } = gray
        ? { high: 1 }
        : this.scope === "unit" || u === 0
          ? this.limitsFor(name, u)
          : {};
      factor[u] = high === undefined ? factor[0] : high > 0 ? top / (2 * high) : 0;
      corner[u] = Math.floor(u / columns) * h * canvas.width + (u % columns) * w;
    }
    const full = this.math.node(name).kind === "input" ? 1 : 255;
    let at = 0;
    for (let r = 0; r < h; r++)
      for (let x = 0; x < w; x++)
        for (let u = 0; u < c; u++, at++) {
          const place = corner[u] + r * canvas.width + x;
          if (gray) {
            const v = Math.round(values[at] * full);
            words[place] = ((255 << 24) | (v << 16) | (v << 8) | v) >>> 0;
            continue;
          }
          let shade = Math.round(top / 2 + values[at] * factor[u]);
          if (shade < 0) shade = 0;
          else if (shade > top) shade = top;
          words[place] = this.shades[shade];
        }
    context.putImageData(pixels, 0, 0);
    const found = { canvas, h, w, columns };
    this.atlases.set(key, found);
    return found;
  }

  drawTile(g, name, unit, x, y, side) {
    const found = this.atlas(name);
    if (!found) {
      g.fillStyle = this.colors.background;
      g.fillRect(x, y, side, side);
      return;
    }
    const { canvas, h, w, columns } = found;
    g.imageSmoothingEnabled = side < w;
    g.drawImage(
      canvas,
      (unit % columns) * w,
      Math.floor(unit / columns) * h,
      w,
      h,
      x,
      y,
      side,
      side,
    );
  }

  // ---- layout -------------------------------------------------------------------------------------

  layout() {
    if (!this.header) return;
    const style = getComputedStyle(this.root),
      get = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
    this.colors = {
      text: get("--lb-text", "#e9ecef"),
      muted: get("--lb-muted", "#a9b3bd"),
      surface: get("--lb-surface", "#20252b"),
      border: get("--lb-border", "#3a424b"),
      accent: get("--lb-accent", "#7db8f0"),
      background: get("--lb-background", "#15181c"),
      training: get("--lb-training", "#3d9fdd"),
    };
    this.type = Math.max(16, Math.round(parseFloat(get("--lb-text-px", "17")) * 0.95));
    this.face = get("--st-font", "sans-serif");
    this.line = Math.round(this.type * 1.35);
    this.width = Math.max(this.canvas.parentElement.clientWidth, 320);
    this.height = Math.round(Math.min(Math.max(innerHeight - 14 * this.type - 40, 430), 860));
    const ratio = Math.min(devicePixelRatio || 1, 2);
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.ratio = ratio;
    this.still = null;
    this.last = null;
    this.from = null;
    this.barTop = this.height - this.line * 1.25;
    this.places = overviewBoxes(
      this.header.shown,
      (name) => this.dims(name),
      this.width,
      this.barTop - 4,
      this.line,
      this.type * 0.9,
    );
    this.tell();
    this.transport.touch();
  }

  // Boxes of the layer's view: picture and histogram left, all maps, the chosen map right.
  layerPlace(name) {
    const { width, line } = this,
      high = this.barTop - 8,
      gap = this.type * 1.2;
    const left = Math.min(Math.max(width * 0.19, 150), 330),
      right = Math.min(Math.max(width * 0.25, 200), 430);
    const picture = Math.min(left, high * 0.52 - line);
    const big = Math.min(right, high * 0.56 - line);
    const grid = {
      x: gap + left + gap,
      y: line + 4,
      width: width - left - right - 4 * gap,
      height: high - line - 4,
    };
    const [h, , count] = this.dims(name);
    const tiles = gridBoxes(count, grid.x, grid.y, grid.width, grid.height, {
      gap: 0.07,
      most: h === 1 ? line * 2.6 : Infinity,
    });
    return {
      picture: { x: gap + (left - picture) / 2, y: line + 4, side: picture },
      left: { x: gap, width: left },
      histogram: {
        x: gap,
        y: line + 4 + picture + line * 1.6,
        width: left,
        height: high - picture - line * 3.4,
      },
      grid,
      tiles,
      big: { x: width - right - gap + (right - big) / 2, y: line + 4, side: big },
      kernel: {
        x: width - right - gap,
        y: line + 4 + big + line * 1.5,
        width: right,
        height: high - big - line * 2.6,
      },
    };
  }

  // Boxes of the cell's view: what is read left, the products, the result right.
  cellPlace() {
    const { width, line } = this,
      high = this.barTop - 8,
      gap = this.type * 1.4;
    const a = Math.min(width * 0.185, high * 0.5 - line * 1.2),
      c = Math.min(width * 0.29, high * 0.62);
    const middle = width - a - c - 4 * gap,
      x = gap + a + gap;
    return {
      picture: { x: gap, y: line + 2, side: a },
      source: { x: gap, y: high - a, side: a },
      grids: { x, y: line + 2, width: middle, height: high * 0.56 - line },
      bars: { x, y: high * 0.56 + line * 1.1, width: middle, height: high * 0.44 - line * 1.6 },
      curve: { x: width - c - gap, y: line + 2, width: c, height: high - c - line * 2.6 },
      output: { x: width - c - gap, y: high - c, side: c },
    };
  }

  // ---- drawing ------------------------------------------------------------------------------------

  draw() {
    if (!this.header || !this.places) return;
    const g = this.context,
      now = performance.now();
    g.clearRect(0, 0, this.width, this.height);
    this.canvas.printed = 0;
    const t = this.from ? Math.min((now - this.from.began) / MOVE_MS, 1) : 1,
      ease = t * (2 - t);
    if (t >= 1) {
      this.from = null;
      this.drawView(g, this.view, 1);
    } else {
      this.drawView(g, this.from.view, 1 - ease);
      this.drawView(g, this.view, ease);
      g.globalAlpha = 1;
      for (const { name, unit, start, end } of this.from.flyers) {
        const box = between(start, end, ease);
        this.drawTile(g, name, unit, box.x, box.y, box.side);
      }
      this.transport.touch();
    }
    g.globalAlpha = 1;
    this.drawBar(g);
    this.canvas.drawn = this.header.stamp; // read by the benchmark
  }

  drawView(g, view, alpha) {
    g.globalAlpha = alpha;
    if (view.level === OVERVIEW) this.drawOverview(g, view, alpha);
    else if (view.level === LAYER) this.drawLayer(g, view, alpha);
    else this.drawCell(g, view, alpha);
    g.globalAlpha = 1;
  }

  text(
    g,
    words,
    x,
    y,
    {
      align = "left",
      color = this.colors.text,
      weight = 400,
      base = "middle",
      wide = undefined,
    } = {},
  ) {
    g.font = `${weight} ${this.type}px ${this.face}`;
    g.textAlign = align;
    g.textBaseline = base;
    g.fillStyle = color;
    if (wide)
      while (words.length > 2 && g.measureText(words).width > wide)
        words = `${words.slice(0, -2)}\u2026`;
    g.fillText(words, x, y);
  }

  frame(g, x, y, w, h, color = this.colors.accent, thick = 3, dash = []) {
    g.save();
    g.setLineDash(dash);
    g.strokeStyle = this.colors.background;
    g.lineWidth = thick + 2;
    g.strokeRect(x, y, w, h);
    g.strokeStyle = color;
    g.lineWidth = thick;
    g.strokeRect(x, y, w, h);
    g.restore();
  }

  overviewStill() {
    if (this.still) return this.still;
    const canvas = document.createElement("canvas");
    canvas.width = this.canvas.width;
    canvas.height = this.canvas.height;
    const g = canvas.getContext("2d");
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    for (const one of this.header.shown) {
      const { tiles } = this.places.boxes[one.name];
      tiles.forEach((box, u) => this.drawTile(g, one.name, u, box.x, box.y, box.side));
    }
    this.still = canvas;
    return canvas;
  }

  drawOverview(g, view, alpha) {
    const still = this.overviewStill(),
      p = this.transport.position,
      end = this.header.locked ? 0 : this.places.columns.length - 1;
    const flying = view.level === this.view.level && p < end && !this.aim;
    const strip = (from, to, opacity) => {
      const r = this.ratio,
        x = Math.max(0, Math.floor(from)),
        w = Math.min(this.width, Math.ceil(to)) - x;
      if (w <= 0) return;
      g.globalAlpha = alpha * opacity;
      g.drawImage(still, x * r, 0, w * r, still.height, x, 0, w, this.height);
    };
    if (this.header.locked) strip(0, this.width, 1);
    else if (this.aim) strip(0, this.width, 0.3);
    else if (!flying) strip(0, this.width, 1);
    else {
      const at = Math.floor(p),
        share = p - at,
        x = (c) => (c < this.places.columns.length ? this.columnLeft(c) : this.width);
      strip(0, x(at + 1), 1);
      strip(x(at + 1), x(at + 2), 0.08 + 0.92 * share);
      strip(x(at + 2), this.width, 0.08);
      this.drawFlow(g, at + 1, share, alpha);
    }
    g.globalAlpha = alpha;
    this.drawNames(g, flying ? Math.floor(p) : null);
    if (this.aim && view === this.view) this.drawAim(g);
  }

  columnLeft(c) {
    return (
      Math.min(...this.places.columns[c].map((one) => this.places.boxes[one.name].x)) -
      this.type * 0.4
    );
  }

  drawNames(g, current) {
    const y = this.barTop - 4 - this.line * 1.4;
    this.places.columns.forEach((nodes, c) => {
      const { x, width, room } = this.places.boxes[nodes[0].name],
        aimed = this.aim && this.shown.get(this.aim.node).column === c;
      const last = nodes.at(-1),
        words = nodes.length > 1 ? `${nodes.length} paths` : last.short;
      g.font = `${this.type}px ${this.face}`;
      if (g.measureText(words).width > room - 4 && !aimed) return;
      this.text(g, aimed ? this.shown.get(this.aim.node).short : words, x + width / 2, y, {
        align: "center",
        color: aimed || c === current ? this.colors.text : this.colors.muted,
        weight: aimed ? 650 : 400,
      });
      if (this.header.locked && c) return;
      const name = nodes[0].name,
        below =
          nodes.length > 1
            ? ""
            : c === 0
              ? `${this.header.size} px`
              : this.scope === "layer"
                ? `\u00b1${say(this.limitsFor(name, 0).high)}`
                : this.sizeWords(name);
      if (g.measureText(below).width <= room - 4)
        this.text(g, below, x + width / 2, y + this.line * 0.95, {
          align: "center",
          color: this.colors.muted,
        });
    });
  }

  sizeWords(name) {
    const [h, w, c] = this.dims(name);
    return h === 1 ? `${c}` : `${c} \u00d7 ${h}\u00d7${w}`;
  }

  // The strongest connections into one column, while the activation passes.
  drawFlow(g, column, share, alpha) {
    const nodes = this.places.columns[column];
    if (!nodes) return;
    for (const { name } of nodes)
      for (const edge of this.strongest(name)) {
        g.globalAlpha = alpha * Math.sin(Math.PI * share) * (0.25 + 0.75 * edge.share);
        this.edge(g, edge.from, edge.to, edge, Math.min(share * 1.6, 1));
      }
  }

  // Sizes of all connections between a node and what it reads, by [channel, unit].
  strongest(name) {
    if (this.nets.has(name)) return this.nets.get(name);
    const chain = this.shown.get(name).chain[0],
      count = this.dims(name)[2],
      found = [];
    if (!this.math.weights) return [];
    const units =
      count <= 160 ? range(count) : range(160).map((i) => Math.floor((i * count) / 160));
    for (const unit of units) {
      const own = this.math.strengths(chain, unit).sort((a, b) => b.size - a.size)[0];
      const from = own && this.tileOf(own.source, own.channel),
        to = this.tileOf(name, unit);
      if (from && to) found.push({ ...own, from, to });
    }
    const top = Math.max(...found.map((edge) => edge.size), 1e-12);
    const kept = found
      .sort((a, b) => b.size - a.size)
      .slice(0, 48)
      .map((edge) => ({ ...edge, share: edge.size / top }));
    this.nets.set(name, kept);
    return kept;
  }

  tileOf(source, channel) {
    const name = this.stands.get(source) ?? source;
    return this.places.boxes[name]?.tiles[channel] ?? null;
  }

  edge(g, from, to, { share, sum, size }, grown = 1) {
    const x1 = from.x + from.side,
      y1 = from.y + from.side / 2,
      x2 = to.x,
      y2 = to.y + to.side / 2,
      bend = (x2 - x1) / 2;
    const color = mix(
      this.header.weight,
      0.5 + 0.42 * Math.sign(sum) * Math.min(1, 0.35 + Math.abs(sum) / (size || 1)),
    );
    g.save();
    g.strokeStyle = this.lift(color);
    g.lineWidth = 1 + 3.5 * share;
    if (grown < 1) {
      g.beginPath();
      g.rect(x1, 0, (x2 - x1) * grown, this.height);
      g.clip();
    }
    g.beginPath();
    g.moveTo(x1, y1);
    g.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
    g.stroke();
    g.restore();
  }

  // A color of the weights' scale that can be told from the ground.
  lift([r, g, b]) {
    const dark = (this.dark ??= parseInt(this.colors.background.slice(1, 3), 16) < 128);
    const up = dark ? 60 : -20;
    return `rgb(${[r, g, b].map((v) => Math.min(255, Math.max(0, v + up))).join(" ")})`;
  }

  edgesOf(name, unit) {
    const key = `${name}/${unit}`;
    if (this.matrices.has(key)) return this.matrices.get(key);
    const chain = this.shown.get(name).chain[0],
      rank = (edges) => {
        const sorted = edges.sort((a, b) => b.size - a.size),
          top = sorted[0]?.size || 1;
        return sorted.slice(0, MOST_EDGES).map((edge) => ({ ...edge, share: edge.size / top }));
      };
    const into = this.math.strengths(chain, unit),
      all = into.length,
      out = [];
    for (const one of this.header.shown) {
      if (!one.feeds.some((feed) => this.stands.get(feed) === name)) continue;
      for (let u = 0; u < this.dims(one.name)[2]; u++)
        for (const edge of this.outgoing(one.chain[0], u, name, unit))
          out.push({ ...edge, to: one.name, at: u });
    }
    const found = { into: rank(into), out: rank(out).slice(0, 16), all };
    this.matrices.set(key, found);
    return found;
  }

  outgoing(reader, u, name, unit) {
    const node = this.math.node(reader);
    if (["convolution", "dense", "shared_convolution"].includes(node.kind)) {
      const kernel = this.math.weight(reader, "kernel");
      if (!kernel) return [];
      const source = this.math.lookThrough(node.inputs[0]);
      if ((this.stands.get(source) ?? source) !== name) return [];
      const units = kernel.shape.at(-1),
        channels = this.dims(source)[2];
      return [
        this.math.strength(
          kernel,
          source,
          unit,
          unit * units + u,
          channels * units,
          kernel.length / units / channels,
        ),
      ];
    }
    return this.math
      .strengths(reader, u)
      .filter(
        (edge) => (this.stands.get(edge.source) ?? edge.source) === name && edge.channel === unit,
      );
  }

  // One map in focus: what it reads and who reads it, and the map itself under a lens.
  drawAim(g) {
    const { node, unit } = this.aim,
      box = this.tileOf(node, unit);
    if (!box) return;
    const { into, out } = this.edgesOf(node, unit);
    for (const edge of [...into].reverse()) {
      const from = this.tileOf(edge.source, edge.channel);
      if (!from) continue;
      g.globalAlpha = 1;
      this.drawTile(
        g,
        this.stands.get(edge.source) ?? edge.source,
        edge.channel,
        from.x,
        from.y,
        from.side,
      );
      g.globalAlpha = 0.25 + 0.75 * edge.share;
      this.edge(g, from, box, edge);
    }
    for (const edge of [...out].reverse()) {
      const to = this.tileOf(edge.to, edge.at);
      g.globalAlpha = 1;
      this.drawTile(g, edge.to, edge.at, to.x, to.y, to.side);
      g.globalAlpha = 0.2 + 0.6 * edge.share;
      this.edge(g, box, to, edge);
    }
    g.globalAlpha = 1;
    this.drawTile(g, node, unit, box.x, box.y, box.side);
    this.frame(g, box.x - 1, box.y - 1, box.side + 2, box.side + 2);
    this.drawLens(g, node, unit, box);
  }

  drawLens(g, name, unit, box) {
    const side = Math.min(this.height * 0.42, 260);
    if (box.side >= side * 0.75) return;
    const right = box.x + box.side + side + 3 * this.type < this.width;
    const x = right ? box.x + box.side + this.type * 1.5 : box.x - side - this.type * 1.5;
    const y = Math.min(
      Math.max(box.y + box.side / 2 - side / 2, 6),
      this.barTop - side - this.line * 2.6,
    );
    g.fillStyle = this.colors.surface;
    g.strokeStyle = this.colors.border;
    g.lineWidth = 1;
    g.fillRect(x - 6, y - 6, side + 12, side + 12 + this.line * 1.2);
    g.strokeRect(x - 6, y - 6, side + 12, side + 12 + this.line * 1.2);
    if (this.isVector(name)) {
      this.drawTile(g, name, unit, x, y, side);
      this.numberIn(
        g,
        this.math.values(name)?.[unit],
        x,
        y,
        side,
        this.colorOf(name, unit, this.math.values(name)?.[unit]),
      );
    } else this.drawTile(g, name, unit, x, y, side);
    this.text(
      g,
      `${this.shown.get(name)?.short ?? name}, ${this.unitWord(name)} ${unit + 1}`,
      x,
      y + side + this.line * 0.7,
      { weight: 650, wide: side },
    );
  }

  colorOf(name, unit, value) {
    if (this.isPicture(name)) {
      const v = Math.round(value * (this.math.node(name).kind === "input" ? 1 : 255));
      return [v, v, v];
    }
    const { high } = this.limitsFor(name, unit);
    return mix(this.header.activation, high > 0 ? 0.5 + value / (2 * high) : 0.5);
  }

  numberIn(g, value, x, y, side, [r, gr, b], words = null) {
    if (value === undefined) return false;
    const said = words ?? brief(value);
    g.font = `${this.type}px ${this.face}`;
    if (side < this.type * 1.15 || g.measureText(said).width > side - 3) return false;
    g.fillStyle = 0.299 * r + 0.587 * gr + 0.114 * b > 135 ? "#101418" : "#ffffff";
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.fillText(said, x + side / 2, y + side / 2 + 1);
    this.canvas.printed += 1;
    return true;
  }

  // The picture with what the cell in question sees of it.
  drawPicture(g, view, { x, y, side }) {
    this.drawTile(g, this.header.nodes[0].name, 0, x, y, side);
    const field = this.fieldOf(view);
    this.text(g, "picture", x + side / 2, y - this.line * 0.5, {
      align: "center",
      color: this.colors.muted,
    });
    if (!field) return;
    const unit = side / this.header.size,
      [top, left, bottom, right] = field;
    g.save();
    g.beginPath();
    g.rect(x, y, side, side);
    g.rect(x + left * unit, y + top * unit, (right - left) * unit, (bottom - top) * unit);
    g.fillStyle = "rgb(10 12 15 / .5)";
    g.fill("evenodd");
    g.restore();
    this.frame(
      g,
      x + left * unit,
      y + top * unit,
      (right - left) * unit,
      (bottom - top) * unit,
      "#7db8f0",
    );
  }

  // Top, left, bottom and right (excluded) of what a cell sees of the picture.
  fieldOf(view) {
    const field = this.math.node(view.node).field;
    if (!field) return null;
    let { row, column } = view;
    if (this.isVector(view.node)) {
      const at = Math.floor(view.unit / field.channels);
      row = Math.floor(at / field.side);
      column = at % field.side;
    }
    if (row >= field.side || column >= field.side || field.high[row] < 0 || field.high[column] < 0)
      return null;
    return [field.low[row], field.low[column], field.high[row] + 1, field.high[column] + 1];
  }

  drawLayer(g, view, alpha) {
    const place = this.layerPlace(view.node),
      { name } = { name: view.node },
      vector = this.isVector(name);
    const flyers =
      this.from?.flyers.length && this.from.flyers[0].name === name && this.from.flyers.length > 1;
    this.drawPicture(g, view, place.picture);
    this.drawHistogram(g, name, place.histogram);
    this.text(g, `${this.sizeTitle(name)}`, place.grid.x, this.line * 0.5, {
      color: this.colors.muted,
    });
    if (!flyers)
      place.tiles.forEach((box, u) => {
        this.drawTile(g, name, u, box.x, box.y, box.side);
        if (vector) {
          const v = this.math.values(name)?.[u];
          this.numberIn(g, v, box.x, box.y, box.side, this.colorOf(name, u, v ?? 0));
        }
      });
    const chosen = place.tiles[view.unit];
    if (chosen && alpha > 0.5)
      this.frame(g, chosen.x - 1, chosen.y - 1, chosen.side + 2, chosen.side + 2);
    const { big } = place;
    this.text(
      g,
      `${this.unitWord(name)} ${view.unit + 1}`,
      big.x + big.side / 2,
      big.y - this.line * 0.5,
      { align: "center", weight: 650 },
    );
    this.drawTile(g, name, view.unit, big.x, big.y, big.side);
    const value = this.valueAt(view);
    if (vector)
      this.numberIn(
        g,
        value,
        big.x,
        big.y,
        big.side,
        this.colorOf(name, view.unit, value ?? 0),
        say(value),
      );
    else {
      const [h, w] = this.dims(name),
        s = big.side / h;
      this.frame(
        g,
        big.x + (view.column * big.side) / w,
        big.y + view.row * s,
        big.side / w,
        s,
        this.colors.accent,
        s > 12 ? 3 : 2,
      );
    }
    this.drawKernels(g, name, view.unit, place.kernel);
  }

  sizeTitle(name) {
    const [h, w, c] = this.dims(name);
    return h === 1 && this.isVector(name)
      ? `${c} ${c === 1 ? "unit" : "units"}`
      : `${c} ${c === 1 ? "map" : "maps"} of ${h} \u00d7 ${w}`;
  }

  valueAt(view) {
    const values = this.math.values(view.node);
    if (!values) return undefined;
    return this.math.at(view.node, this.indexOf(view));
  }

  drawHistogram(g, name, { x, y, width, height }) {
    const { stats } = this.math.node(name);
    if (!stats || height < this.line * 2) return;
    const { counts, edges } = stats,
      top = Math.max(...counts),
      bottom = y + height - this.line,
      unit = width / counts.length;
    this.text(g, "values of the layer (log)", x, y - this.line * 0.45, {
      color: this.colors.muted,
      wide: width,
    });
    const tall = (n) =>
      n ? Math.max(2, ((bottom - y) * Math.log10(1 + n)) / Math.log10(1 + top)) : 0;
    counts.forEach((n, i) => {
      const middle = (edges[i] + edges[i + 1]) / 2;
      g.fillStyle = this.isPicture(name)
        ? this.colors.muted
        : `rgb(${mix(this.header.activation, 0.5 + 0.42 * Math.sign(middle) * (0.4 + (0.6 * Math.abs(middle)) / most([edges[0], edges.at(-1)]))).join(" ")})`;
      g.fillRect(x + i * unit, bottom - tall(n), Math.max(unit - 1, 1), tall(n));
    });
    g.fillStyle = this.colors.border;
    g.fillRect(x, bottom, width, 1);
    if (edges[0] < 0 && edges.at(-1) > 0) {
      g.fillStyle = this.colors.text;
      g.fillRect(x - (edges[0] / (edges.at(-1) - edges[0])) * width, bottom - 4, 1.5, 8);
    }
    this.text(g, say(edges[0]), x, bottom + this.line * 0.55, { color: this.colors.muted });
    this.text(g, say(edges.at(-1)), x + width, bottom + this.line * 0.55, {
      align: "right",
      color: this.colors.muted,
    });
  }

  // The unit's own kernel, one slice a channel that it reads, in the colors of weights.
  drawKernels(g, name, unit, { x, y, width, height }) {
    const node = this.math.node(name),
      read = this.readBy(node, unit);
    if (!read || height < this.line) {
      const said = {
        pooling: "no weights: pooling",
        global_pooling: "no weights: pooling",
        add: "no weights: a sum",
        concatenate: "no weights: maps side by side",
        activation: "no weights: a function",
        batch_normalization: "one factor, one shift",
        input: "the picture",
        rescaling: "divided by 255",
        dropout: "passes on",
        flatten: "lays maps in a row",
      }[node.kind];
      if (said)
        this.text(g, said, x, y - this.line * 0.4, { color: this.colors.muted, wide: width });
      return;
    }
    const { slices, rows, columns, limit, kept } = read;
    this.text(
      g,
      `kernel, ${kept} ${kept === 1 ? "slice" : "slices"}, \u00b1${say(limit)}`,
      x,
      y - this.line * 0.45,
      { color: this.colors.muted, wide: width },
    );
    gridBoxes(slices.length, x, y + 2, width, height, { gap: 0.14, most: 110, align: 0 }).forEach(
      (box, i) => {
        const uw = box.side / columns,
          uh = box.side / rows;
        for (let k = 0; k < rows; k++)
          for (let l = 0; l < columns; l++) {
            const weight = slices[i][k * columns + l],
              color = mix(this.header.weight, limit > 0 ? 0.5 + weight / (2 * limit) : 0.5);
            g.fillStyle = `rgb(${color.join(" ")})`;
            g.fillRect(
              box.x + l * uw,
              box.y + k * uh,
              uw > 5 ? uw - 1 : uw + 0.3,
              uh > 5 ? uh - 1 : uh + 0.3,
            );
            if (uw > this.type * 2.1)
              this.numberIn(g, weight, box.x + l * uw, box.y + k * uh, uw, color);
          }
      },
    );
  }

  readBy(node, unit) {
    const kernel = this.math.weight(node.name, "kernel");
    if (!kernel) return null;
    let slices;
    if (node.kind === "dense") {
      const source = this.math.lookThrough(node.inputs[0]),
        [h, w, c] = this.dims(source),
        units = kernel.shape[1];
      slices = range(c).map((g) =>
        Array.from({ length: h * w }, (_, p) => kernel[(p * c + g) * units + unit]),
      );
      const side = [h, w];
      return this.readable(slices, ...side);
    }
    const [size, , channels, units] = kernel.shape,
      depthwise = node.kind === "depthwise_convolution";
    slices = (depthwise ? [unit] : range(channels)).map((g) =>
      Array.from(
        { length: size * size },
        (_, p) => kernel[(p * channels + g) * units + (depthwise ? 0 : unit)],
      ),
    );
    return this.readable(slices, size, size);
  }

  readable(slices, rows, columns) {
    let limit = 0;
    for (const slice of slices) limit = Math.max(limit, most(slice));
    return { slices, rows, columns, limit, kept: slices.length };
  }

  // ---- one cell -----------------------------------------------------------------------------------

  formulaOf(view) {
    const index = this.indexOf(view);
    return this.math.explain(view.node, index);
  }

  drawCell(g, view, alpha) {
    const place = this.cellPlace(),
      formula = this.formulaOf(view),
      { name } = { name: view.node };
    this.drawPicture(g, view, place.picture);
    const flown = this.from?.flyers.some((one) => one.name === name);
    this.drawOutput(g, view, place.output, formula, flown);
    if (!formula) {
      this.text(g, this.header.words.waiting, place.grids.x, place.grids.y + this.line, {
        color: this.colors.muted,
      });
      return;
    }
    if (!formula.terms.length) return;
    const focus = this.focusOf(formula, view);
    this.drawSource(g, formula, focus, place.source);
    this.drawGrids(g, formula, focus, place.grids);
    if (formula.terms.length > 1 || formula.terms[0].channels.length > 1)
      this.drawBars(g, formula, focus, place.bars);
    else this.drawSteps(g, formula, place.bars);
    this.drawCurve(g, formula, place.curve);
  }

  // Which term of the formula stands in the grids: [node's entry, channel's place].
  focusOf(formula, view) {
    const all = formula.terms.flatMap((part, p) => Array.from(part.channels, (_, c) => [p, c]));
    return all[Math.min(Math.max(view.channel, 0), all.length - 1)];
  }

  drawOutput(g, view, { x, y, side }, formula, flown) {
    const name = view.node,
      vector = this.isVector(name);
    this.text(
      g,
      `${this.titleOf(name)}, ${this.unitWord(name)} ${view.unit + 1}`,
      x + side / 2,
      y - this.line * 0.55,
      { align: "center", weight: 650, wide: side },
    );
    if (vector) {
      const place = gridBoxes(this.dims(name)[2], x, y, side, side, {
        gap: 0.06,
        most: this.line * 3,
      });
      place.forEach((box, u) => this.drawTile(g, name, u, box.x, box.y, box.side));
      const box = place[view.unit];
      this.frame(g, box.x - 1, box.y - 1, box.side + 2, box.side + 2);
      return;
    }
    if (!flown) this.drawTile(g, name, view.unit, x, y, side);
    const [h, w] = this.dims(name),
      uw = side / w,
      uh = side / h;
    if (!flown && uw > this.type * 2)
      for (let r = 0; r < h; r++)
        for (let c = 0; c < w; c++) {
          const value = this.math.at(name, [r, c, view.unit]);
          this.numberIn(g, value, x + c * uw, y + r * uh, uw, this.colorOf(name, view.unit, value));
        }
    this.frame(
      g,
      x + view.column * uw,
      y + view.row * uh,
      uw,
      uh,
      this.colors.accent,
      uw > 10 ? 3 : 2,
    );
  }

  drawSource(g, formula, [p, c], { x, y, side }) {
    const part = formula.terms[p],
      channel = part.channels[c],
      name = part.source;
    this.text(
      g,
      `${this.titleOf(name)}, ${this.unitWord(name)} ${channel + 1}`,
      x + side / 2,
      y - this.line * 0.55,
      { align: "center", color: this.colors.muted, wide: side * 1.15 },
    );
    this.drawTile(g, name, channel, x, y, side);
    const [h, w] = this.dims(name),
      s = formula.scale;
    const r0 = part.rows[0] * s,
      r1 = (part.rows.at(-1) + 1) * s,
      c0 = part.columns[0] * s,
      c1 = (part.columns.at(-1) + 1) * s;
    g.save();
    g.beginPath();
    g.rect(x - 4, y - 4, side + 8, side + 8);
    g.clip();
    this.frame(
      g,
      x + (c0 * side) / w,
      y + (r0 * side) / h,
      ((c1 - c0) * side) / w,
      ((r1 - r0) * side) / h,
      this.colors.accent,
      side / w > 10 ? 3 : 2,
    );
    g.restore();
  }

  // Window, weights and products of one channel, cell by cell.
  drawGrids(g, formula, [p, c], box) {
    // One number in, one number out: the steps below say it all.
    if (["apply", "copy"].includes(formula.operation)) {
      this.drawPair(g, formula, box);
      return;
    }
    const part = formula.terms[p],
      K = part.rows.length,
      L = part.columns.length,
      n = K * L,
      start = c * n,
      name = part.source;
    const glyph = this.type * 1.5,
      room = (box.width - 2 * glyph) / 3,
      cell = Math.min(room / L, (box.height - this.line * 2.2) / K, 84);
    const values = part.values.subarray(start, start + n),
      weights = part.weights.subarray(start, start + n);
    const products = values.map((v, i) => v * weights[i]),
      sum = part.sums[c];
    const limit = most(part.weights),
      strongest = Math.max(most(products), 1e-12);
    const top = box.y + this.line * 0.2;
    const titles =
      { largest: ["window", "the winner", "taken"], mean: ["window", `each 1/${n}`, "shares"] }[
        formula.operation
      ] ??
      (n > 1
        ? [part.scaled ? "means" : "window", "weights", "products"]
        : ["value", "factor", "product"]);
    const draw = (i, data, color, title) => {
      const x = box.x + i * (room + glyph) + (room - cell * L) / 2;
      this.text(g, title, x + (cell * L) / 2, top, { align: "center", color: this.colors.muted });
      // Numbers stand in all cells of a grid or in none.
      const digits = most(data) < 0.1 ? 3 : 2,
        widest =
          Math.max(...Array.from(data, (v) => g.measureText(brief(v, digits)).width)) <= cell - 4;
      data.forEach((value, at) => {
        const k = Math.floor(at / L),
          l = at % L,
          left = x + l * cell,
          y = top + this.line * 0.7 + k * cell,
          shade = part.inside[at] || i === 1 ? color(value, at) : null;
        if (shade) {
          g.fillStyle = `rgb(${shade.join(" ")})`;
          g.fillRect(left, y, Math.max(cell - 1, 0.6), Math.max(cell - 1, 0.6));
        } else {
          g.strokeStyle = this.colors.border;
          g.lineWidth = 1;
          g.strokeRect(left + 0.5, y + 0.5, Math.max(cell - 2, 1), Math.max(cell - 2, 1));
        }
        if (shade && widest)
          this.numberIn(
            g,
            value,
            left,
            y,
            cell - 1,
            shade,
            i === 1 && formula.operation === "largest" ? String(value) : brief(value, digits),
          );
        else if (!shade && cell > this.type * 1.6)
          this.text(g, "0", left + cell / 2, y + cell / 2, {
            align: "center",
            color: this.colors.muted,
          });
        if (i === 0 && formula.operation === "largest" && weights[at] === 1)
          this.frame(g, left, y, cell - 1, cell - 1);
      });
      return x;
    };
    draw(0, values, (v) => this.colorOf(name, part.channels[c], v), titles[0]);
    draw(
      1,
      weights,
      (v) => mix(this.header.weight, limit > 0 ? 0.5 + v / (2 * limit) : 0.5),
      titles[1],
    );
    draw(2, products, (v) => mix(this.header.activation, 0.5 + v / (2 * strongest)), titles[2]);
    const middle = top + this.line * 0.7 + (K * cell) / 2;
    ["\u00d7", "="].forEach((sign, i) =>
      this.text(g, sign, box.x + (i + 1) * room + (i + 0.5) * glyph, middle, {
        align: "center",
        weight: 650,
      }),
    );
    const y = top + this.line * 0.7 + K * cell + this.line * 0.7;
    this.text(g, `sum ${say(sum)}`, box.x + 2 * (room + glyph) + room / 2, y, {
      align: "center",
      weight: 650,
    });
    if (formula.scales.length)
      this.text(
        g,
        formula.scales
          .map(([s, v]) => `${s}\u00d7: ${say(v)}${s === formula.scale ? " wins" : ""}`)
          .join("   "),
        box.x,
        y,
        { color: this.colors.muted },
      );
  }

  drawPair(g, formula, { x, y, width, height }) {
    const cell = Math.min(height * 0.6, width * 0.24, 130),
      top = y + this.line * 0.9,
      part = formula.terms[0],
      value = part.values[0];
    const pair = [
      [
        `${this.unitWord(part.source)} ${part.channels[0] + 1} of ${this.titleOf(part.source)}`,
        value,
        this.colorOf(part.source, part.channels[0], value),
      ],
      [
        this.titleOf(formula.name),
        formula.result,
        this.colorOf(formula.name, this.view.unit, formula.result),
      ],
    ];
    pair.forEach(([words, number, color], i) => {
      const left = x + width * (0.25 + 0.5 * i) - cell / 2;
      g.fillStyle = `rgb(${color.join(" ")})`;
      g.fillRect(left, top, cell, cell);
      this.numberIn(g, number, left, top, cell, color, say(number));
      this.text(g, words, left + cell / 2, top - this.line * 0.55, {
        align: "center",
        color: this.colors.muted,
        wide: width * 0.48,
      });
    });
    this.text(
      g,
      formula.activation === "linear"
        ? "\u2192"
        : `\u2192 ${SHORT_TITLES[formula.activation]} \u2192`,
      x + width / 2,
      top + cell / 2,
      { align: "center", weight: 650 },
    );
  }

  // What each channel adds, then the bias, as bars from zero.
  drawBars(g, formula, [p, c], { x, y, width, height }) {
    const sums = formula.terms.flatMap((part) => Array.from(part.sums)),
      G = sums.length,
      limit = Math.max(most(sums), Math.abs(formula.bias), 1e-12);
    const at = formula.terms.slice(0, p).reduce((n, part) => n + part.channels.length, 0) + c;
    const all = G + (formula.bias !== 0 ? 1 : 0),
      unit = width / all,
      zero = y + height / 2,
      tall = height / 2 - this.line * 0.2;
    const said =
      formula.operation === "add"
        ? "two paths are added"
        : `what each of ${G} ${this.isVector(formula.terms[0].source) ? "units" : "maps"} adds${formula.bias !== 0 ? ", and the bias" : ""}`;
    this.text(g, said, x, y - this.line * 0.5, { color: this.colors.muted, wide: width * 0.8 });
    this.text(g, `\u00b1${say(limit)}`, x + width, y - this.line * 0.5, {
      align: "right",
      color: this.colors.muted,
    });
    sums.forEach((sum, i) => {
      g.fillStyle = `rgb(${mix(this.header.activation, 0.5 + 0.5 * Math.sign(sum) * (0.35 + (0.65 * Math.abs(sum)) / limit)).join(" ")})`;
      const h = (Math.abs(sum) / limit) * tall;
      g.fillRect(
        x + i * unit,
        sum > 0 ? zero - h : zero,
        Math.max(unit - (unit > 4 ? 1 : 0), 0.7),
        Math.max(h, sum ? 1 : 0),
      );
    });
    if (formula.bias !== 0) {
      const h = (Math.abs(formula.bias) / limit) * tall;
      g.fillStyle = `rgb(${mix(this.header.weight, 0.5 + 0.4 * Math.sign(formula.bias)).join(" ")})`;
      g.fillRect(
        x + G * unit,
        formula.bias > 0 ? zero - h : zero,
        Math.max(unit - 1, 1),
        Math.max(h, 1),
      );
    }
    g.fillStyle = this.colors.muted;
    g.fillRect(x, zero, width, 1);
    this.frame(g, x + at * unit - 1, y, Math.max(unit, 3) + 1, height, this.colors.accent, 2);
    this.barPlace = { x, y, width: unit * G, height, unit, count: G };
  }

  // One channel only: the steps from sum to result in words.
  drawSteps(g, formula, { x, y, width }) {
    this.barPlace = null;
    const lines = [
      ...this.stepWords(formula).map((words, i) => [
        words,
        i ? this.colors.text : this.colors.muted,
      ]),
      ...this.chainWords(formula).map((words) => [words, this.colors.text]),
    ];
    lines.forEach(([words, color], i) =>
      this.text(g, words, x, y + i * this.line, { wide: width, color }),
    );
  }

  // What was computed before this step, for a map that finishes what another layer began.
  chainWords(formula) {
    const chain = this.shown.get(formula.name)?.chain ?? [];
    return chain
      .slice(0, -1)
      .map((name) => {
        const before = this.math.explain(name, formula.index);
        return before ? `${this.titleOf(name)}: ${this.formulaWords(before)}` : "";
      })
      .filter(Boolean);
  }

  stepWords(formula) {
    const { constants: k } = formula;
    if (k)
      return [
        "normalize: (x \u2212 mean) / \u221a(variance + \u03b5) \u00b7 \u03b3 + \u03b2",
        `(${say(formula.terms[0].values[0])} \u2212 ${this.braced(k.mean)}) / \u221a(${say(k.variance)} + ${k.epsilon}) \u00b7 ${this.braced(k.gamma)} + ${this.braced(k.beta)}`,
        `= ${say(formula.result)}`,
      ];
    if (formula.operation === "sum")
      return [
        `sum ${say(formula.before - formula.bias)} + bias ${this.braced(formula.bias)} = ${say(formula.before)}`,
      ];
    return [
      {
        largest: "the largest of the window goes on",
        mean: "the mean of the window goes on",
        copy: "passed on unchanged",
        scale: "gray value divided by 255",
        apply: "one number in, one number out",
      }[formula.operation] ?? "",
    ];
  }

  braced(value) {
    return value < 0 ? `(${say(value)})` : say(value);
  }

  drawCurve(g, formula, { x, y, width, height }) {
    const { before: z, activation, result } = formula,
      named = activation !== "linear";
    this.text(g, named ? `z = ${say(z)}` : `= ${say(result)}`, x, y, { weight: 650 });
    if (!named) return;
    this.text(g, `${SHORT_TITLES[activation]}(z) = ${say(result)}`, x + width, y, {
      align: "right",
      weight: 650,
    });
    const top = y + this.line * 0.8,
      tall = height - this.line * 0.9;
    if (tall < this.line * 1.6) return;
    const reach = Math.max(Math.abs(z) * 1.35, 1),
      px = (v) => x + ((v / reach + 1) / 2) * width;
    const f = (v) => activationOf(activation, v);
    let low = Infinity,
      high = -Infinity;
    for (let i = 0; i <= 40; i++) {
      const v = f(reach * (i / 20 - 1));
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    const py = (v) => top + tall - 4 - ((v - low) / (high - low || 1)) * (tall - 8);
    g.strokeStyle = this.colors.border;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(x, py(0));
    g.lineTo(x + width, py(0));
    g.moveTo(px(0), top);
    g.lineTo(px(0), top + tall);
    g.stroke();
    g.strokeStyle = this.colors.training;
    g.lineWidth = 2.5;
    g.beginPath();
    for (let i = 0; i <= 80; i++) {
      const v = reach * (i / 40 - 1);
      g[i ? "lineTo" : "moveTo"](px(v), py(f(v)));
    }
    g.stroke();
    g.fillStyle = this.colors.accent;
    g.beginPath();
    g.arc(px(z), py(result), 6, 0, 7);
    g.fill();
    g.strokeStyle = this.colors.background;
    g.lineWidth = 2;
    g.stroke();
  }

  // Colors and their limits, as numbers.
  drawBar(g) {
    if (this.header.locked) {
      this.text(g, this.header.words.locked, this.type, this.barTop + this.line * 0.5, {
        color: this.colors.text,
        weight: 650,
      });
      return;
    }
    const name = this.view.level === OVERVIEW ? this.aim?.node : this.view.node,
      y = this.barTop + this.line * 0.12,
      h = this.line * 0.72,
      unit = this.aim?.unit ?? this.view.unit;
    const width = Math.min(this.width * 0.2, 240),
      x = this.type;
    const single = this.scope === "network" || name;
    if (name && this.isPicture(name)) {
      this.text(g, "gray values from 0 (black) to 255 (white)", x, y + h / 2, {
        color: this.colors.muted,
      });
      return;
    }
    const { low, high } = single
      ? this.limitsFor(
          name ?? this.header.shown.at(-1).name,
          this.view.level === OVERVIEW ? unit : this.view.unit,
        )
      : { low: -1, high: 1 };
    const from = low < 0 ? 0 : 0.5,
      bar = g.createLinearGradient(x + this.type * 3.6, 0, x + this.type * 3.6 + width, 0);
    for (let i = 0; i <= 10; i++)
      bar.addColorStop(
        i / 10,
        `rgb(${mix(this.header.activation, from + ((1 - from) * i) / 10).join(" ")})`,
      );
    const left = single ? say(low) : "\u2212limit",
      right = single ? say(high) : "+limit";
    this.text(g, left, x + this.type * 3.2, y + h / 2, { align: "right" });
    g.fillStyle = bar;
    g.fillRect(x + this.type * 3.6, y, width, h);
    this.text(g, right, x + this.type * 4 + width, y + h / 2);
    const words = {
      unit: "each map has limits of its own",
      layer: name ? "limits of this layer" : "limits of each layer, printed under it",
      network: "one pair of limits for all layers",
    }[this.scope];
    const clip = this.clip < 100 ? `; saturated beyond the ${this.clip}th percentile` : "";
    this.text(g, words + clip, x + this.type * 8.4 + width, y + h / 2, {
      color: this.colors.muted,
      wide: this.width - width - this.type * 10,
    });
    this.canvas.limits = single ? { low, high } : null; // read by browser tests
  }

  // ---- walking ------------------------------------------------------------------------------------

  titleOf(name) {
    return this.math.node(name).title;
  }

  // Go to another level or layer; what is in both views moves from place to place.
  go(change, { animate = true, tell = true } = {}) {
    const before = { ...this.view },
      after = { ...this.view, ...change };
    if (after.level !== OVERVIEW && !after.node) return;
    if (this.header.locked && after.level !== OVERVIEW) return;
    if (after.node) {
      const [h, w, c] = this.dims(after.node),
        within = (v, n) => Math.min(Math.max(Math.round(v) || 0, 0), n - 1);
      if (after.node !== before.node && !("row" in change))
        Object.assign(after, { row: Math.floor(h / 2), column: Math.floor(w / 2) });
      after.unit = within(after.unit, c);
      after.row = within(after.row, h);
      after.column = within(after.column, w);
      if (after.node !== before.node || after.unit !== before.unit || after.level !== before.level)
        if (!("channel" in change)) after.channel = null;
    }
    this.view = after;
    this.aim = null;
    if (after.level === CELL && after.channel === null) after.channel = this.strongestTerm(after);
    if (
      animate &&
      !STILL.matches &&
      this.places &&
      (before.level !== after.level || before.node !== after.node)
    ) {
      this.from = { view: before, began: performance.now(), flyers: this.flyersFor(before, after) };
    }
    this.arrive({ keep: before.level === after.level && before.node === after.node });
    this.report();
  }

  strongestTerm(view) {
    const formula = this.formulaOf(view);
    if (!formula) return 0;
    const sums = formula.terms.flatMap((part) => Array.from(part.sums));
    let best = 0;
    sums.forEach((sum, i) => {
      if (Math.abs(sum) > Math.abs(sums[best])) best = i;
    });
    return best;
  }

  flyersFor(before, after) {
    const pair = (name, unit, start, end) => ({ name, unit, start, end });
    if (before.level + after.level === 1) {
      const name = after.node ?? before.node,
        shown = this.stands.get(name),
        tiles = this.places.boxes[shown]?.tiles;
      if (!tiles || shown !== name) return [];
      const place = this.layerPlace(name).tiles,
        step = Math.max(1, Math.ceil(place.length / MOST_FLYERS));
      return place
        .filter((_, u) => u % step === 0)
        .map((box, i) => {
          const u = i * step;
          return after.level === LAYER
            ? pair(name, u, tiles[u], box)
            : pair(name, u, box, tiles[u]);
        });
    }
    if (
      before.level + after.level === 3 &&
      before.node === after.node &&
      !this.isVector(after.node)
    ) {
      const tile = this.layerPlace(after.node).tiles[after.unit],
        output = this.cellPlace().output;
      return [
        after.level === CELL
          ? pair(after.node, after.unit, tile, output)
          : pair(after.node, after.unit, output, tile),
      ];
    }
    return [];
  }

  // Tell the server what is open, once the hand rests: it finds what excites the unit.
  report() {
    clearTimeout(this.reporting);
    const { level, node, unit } = this.view;
    if (level === OVERVIEW || this.header.locked) return;
    this.reporting = setTimeout(
      () => this.send("open", { node, unit }),
      this.math.values(node) ? 350 : 30,
    );
  }

  // Set the transport to what a step means here.
  arrive({ keep = false } = {}) {
    const { level, node } = this.view,
      { transport } = this;
    const [h, w, c] = node ? this.dims(node) : [1, 1, 1];
    const last =
      level === OVERVIEW
        ? this.header.locked
          ? 0
          : this.places.columns.length - 1
        : level === LAYER || this.isVector(node)
          ? c - 1
          : h * w - 1;
    if (!keep) transport.pause();
    transport.perSecond = level === OVERVIEW ? 1.6 : level === LAYER ? 3 : 10;
    this.syncing = true;
    if (transport.last !== last) transport.setLast(last);
    const at =
      level === OVERVIEW
        ? keep
          ? transport.position
          : last
        : level === LAYER || this.isVector(node)
          ? this.view.unit
          : this.view.row * w + this.view.column;
    if (transport.index !== at || level === OVERVIEW) transport.go(at);
    this.syncing = false;
    this.showControls();
    this.tell();
    transport.touch();
  }

  moved(position) {
    if (!this.header || this.syncing || !this.places) return;
    const { level, node } = this.view;
    if (level === OVERVIEW) {
      this.aim = null;
      this.tell();
      return;
    }
    const index = Math.floor(position + 1e-9),
      [, w] = this.dims(node);
    if (level === LAYER || this.isVector(node)) {
      if (index === this.view.unit) return;
      this.view.unit = index;
      if (level === CELL) this.view.channel = this.strongestTerm(this.view);
      this.report();
    } else {
      this.view.row = Math.floor(index / w);
      this.view.column = index % w;
    }
    this.showControls();
    this.tell();
  }

  // A cell, a unit or a channel under the hand: no server, no transition.
  point(change) {
    const { view } = this;
    if (Object.entries(change).every(([key, value]) => view[key] === value)) return;
    this.transport.pause();
    Object.assign(view, change);
    const [, w] = this.dims(view.node);
    this.syncing = true;
    this.transport.go(
      view.level === LAYER || this.isVector(view.node) ? view.unit : view.row * w + view.column,
    );
    this.syncing = false;
    if ("unit" in change) this.report();
    this.showControls();
    this.tell();
    this.transport.touch();
  }

  back() {
    if (this.view.level === CELL) this.go({ level: LAYER });
    else if (this.view.level === LAYER) {
      const { node, unit } = this.view;
      this.go({ level: OVERVIEW });
      if (this.places.boxes[node]) {
        this.aim = { node, unit };
        this.tell();
      }
    }
  }

  neighbor(by) {
    const names = this.header.nodes.map((node) => node.name),
      at = names.indexOf(this.view.node) + by;
    if (names[at])
      this.go({ node: names[at], unit: Math.min(this.view.unit, this.dims(names[at])[2] - 1) });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.header || this.header.locked)
      return;
    const used =
      this.view.level === OVERVIEW
        ? this.keyOverview(event.key)
        : this.view.level === LAYER
          ? this.keyLayer(event.key)
          : this.keyCell(event.key);
    if (!used) return;
    event.preventDefault();
    event.stopPropagation();
  }

  keyOverview(key) {
    const { columns, boxes } = this.places,
      aim = this.aim;
    if (key === "Enter" && aim) {
      this.go({ level: LAYER, node: aim.node, unit: aim.unit });
      return true;
    }
    if (key === "Backspace") {
      this.setAim(null);
      return true;
    }
    if (!key.startsWith("Arrow")) return false;
    if (!aim) {
      this.setAim({ node: columns[Math.min(1, columns.length - 1)][0].name, unit: 0 });
      return true;
    }
    const c = this.shown.get(aim.node).column,
      list = columns[c].flatMap(({ name }) =>
        boxes[name].tiles.map((_, unit) => ({ node: name, unit })),
      );
    const at = list.findIndex((one) => one.node === aim.node && one.unit === aim.unit);
    if (key === "ArrowUp" || key === "ArrowDown")
      this.setAim(
        list[Math.min(Math.max(at + (key === "ArrowDown" ? 1 : -1), 0), list.length - 1)],
      );
    else {
      const next = columns[c + (key === "ArrowRight" ? 1 : -1)];
      if (next)
        this.setAim({
          node: next[0].name,
          unit: Math.min(aim.unit, this.dims(next[0].name)[2] - 1),
        });
    }
    return true;
  }

  keyLayer(key) {
    const { view } = this,
      count = this.dims(view.node)[2],
      { columns } = this.layerPlace(view.node).tiles[0];
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
    if (by !== undefined) {
      const unit = view.unit + by;
      if (unit >= 0 && unit < count) this.point({ unit });
      return true;
    }
    if (key === "Enter") {
      this.go({ level: CELL });
      return true;
    }
    if (key === "Backspace") {
      this.back();
      return true;
    }
    if (key === "PageDown" || key === "PageUp") {
      this.neighbor(key === "PageDown" ? 1 : -1);
      return true;
    }
    return false;
  }

  keyCell(key) {
    const { view } = this,
      [h, w] = this.dims(view.node),
      vector = this.isVector(view.node);
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[
      key
    ];
    if (move && vector) {
      const unit = view.unit + move[0] + move[1];
      if (unit >= 0 && unit < this.dims(view.node)[2]) this.point({ unit });
      return true;
    }
    if (move) {
      const row = view.row + move[0],
        column = view.column + move[1];
      if (row >= 0 && row < h && column >= 0 && column < w) this.point({ row, column });
      return true;
    }
    if (key === "Backspace") {
      this.back();
      return true;
    }
    if (key === "PageDown" || key === "PageUp") {
      const formula = this.formulaOf(view);
      const all = formula ? formula.terms.reduce((n, part) => n + part.channels.length, 0) : 1;
      this.point({ channel: (view.channel + (key === "PageDown" ? 1 : all - 1)) % all });
      return true;
    }
    return false;
  }

  setAim(aim) {
    if (aim?.node === this.aim?.node && aim?.unit === this.aim?.unit) return;
    this.aim = aim;
    this.transport.pause();
    this.tell();
    this.transport.touch();
  }

  // ---- the pointer --------------------------------------------------------------------------------

  pointer(event) {
    if (!this.header || this.header.locked || !this.places) return;
    const box = this.canvas.getBoundingClientRect(),
      x = event.clientX - box.left,
      y = event.clientY - box.top,
      press = event.type === "pointerdown";
    if (this.view.level === OVERVIEW) this.overOverview(x, y, press);
    else if (this.view.level === LAYER) this.overLayer(x, y, press);
    else this.overCell(x, y, press);
  }

  hit(tiles, x, y) {
    return tiles.findIndex(
      (box) => x >= box.x && y >= box.y && x < box.x + box.pitch && y < box.y + box.pitch,
    );
  }

  overOverview(x, y, press) {
    for (const one of this.header.shown) {
      const box = this.places.boxes[one.name];
      if (x < box.x || y < box.y || x > box.x + box.width || y > box.y + box.height) continue;
      const unit = this.hit(box.tiles, x, y);
      if (unit < 0) continue;
      if (press) this.go({ level: LAYER, node: one.name, unit });
      else this.setAim({ node: one.name, unit });
      return;
    }
    if (!press) this.setAim(null);
  }

  overLayer(x, y, press) {
    const { view } = this,
      place = this.layerPlace(view.node),
      [h, w] = this.dims(view.node),
      unit = this.hit(place.tiles, x, y);
    if (unit >= 0) {
      const box = place.tiles[unit],
        row = Math.min(Math.floor(((y - box.y) / box.side) * h), h - 1),
        column = Math.min(Math.floor(((x - box.x) / box.side) * w), w - 1);
      if (press) this.go({ level: CELL, unit, row, column });
      else this.point({ unit, row, column });
    } else if (inBox(place.big, x, y)) {
      const row = Math.floor(((y - place.big.y) / place.big.side) * h),
        column = Math.floor(((x - place.big.x) / place.big.side) * w);
      if (press) this.go({ level: CELL, row, column });
      else this.point({ row, column });
    } else if (press && inBox(place.picture, x, y))
      this.go({ level: LAYER, node: this.header.nodes[0].name, unit: 0 });
  }

  overCell(x, y, press) {
    const { view } = this,
      place = this.cellPlace(),
      [h, w] = this.dims(view.node);
    if (inBox(place.output, x, y)) {
      if (this.isVector(view.node)) {
        const unit = this.hit(
          gridBoxes(
            this.dims(view.node)[2],
            place.output.x,
            place.output.y,
            place.output.side,
            place.output.side,
            { gap: 0.06, most: this.line * 3 },
          ),
          x,
          y,
        );
        if (unit >= 0) this.point({ unit });
        return;
      }
      this.point({
        row: Math.floor(((y - place.output.y) / place.output.side) * h),
        column: Math.floor(((x - place.output.x) / place.output.side) * w),
      });
      return;
    }
    const bars = this.barPlace;
    if (bars && inBox(bars, x, y)) {
      this.point({ channel: Math.min(Math.floor((x - bars.x) / bars.unit), bars.count - 1) });
      return;
    }
    if (!press || !inBox(place.source, x, y)) return;
    // Pressing on the map that is read walks one layer back along the strongest path.
    const formula = this.formulaOf(view);
    if (!formula?.terms.length) return;
    const [p, c] = this.focusOf(formula, view),
      part = formula.terms[p],
      [sh, sw] = this.dims(part.source);
    this.go({
      node: part.source,
      unit: part.channels[c],
      row: Math.floor(((y - place.source.y) / place.source.side) * sh),
      column: Math.floor(((x - place.source.x) / place.source.side) * sw),
    });
  }

  listen() {
    this.canvas.addEventListener("pointermove", (event) => this.pointer(event));
    this.canvas.addEventListener("pointerdown", (event) => this.pointer(event));
    this.canvas.addEventListener("pointerleave", () => {
      if (this.view.level === OVERVIEW && this.canvas.getRootNode().activeElement !== this.canvas)
        this.setAim(null);
    });
    this.find("back").addEventListener("click", () => this.back());
    this.find("whole").addEventListener("click", () => this.go({ level: OVERVIEW }));
    this.find("layer").addEventListener("change", (event) => {
      const node = event.target.value;
      if (!node) this.go({ level: OVERVIEW });
      else this.go({ level: Math.max(this.view.level, LAYER), node });
    });
    const typed = (name, key) =>
      this.find(name).addEventListener("change", (event) => {
        const value = Math.round(Number(event.target.value)) - 1,
          limit = this.dims(this.view.node)[{ unit: 2, row: 0, column: 1 }[key]];
        if (Number.isFinite(value)) this.point({ [key]: Math.min(Math.max(value, 0), limit - 1) });
        this.showControls();
      });
    typed("unit", "unit");
    typed("row", "row");
    typed("column", "column");
    this.find("scope").addEventListener("change", (event) =>
      this.recolor({ scope: event.target.value }),
    );
    this.find("clip").addEventListener("change", (event) =>
      this.recolor({ clip: Number(event.target.value) }),
    );
    this.find("words").addEventListener("toggle", () => this.tellTwin());
  }

  recolor(change) {
    Object.assign(this, change);
    this.atlases = new Map();
    this.still = null;
    this.tell();
    this.transport.touch();
  }

  // ---- words --------------------------------------------------------------------------------------

  buildControls() {
    const { words, nodes } = this.header,
      fill = (name, options) =>
        this.find(name).replaceChildren(...options.map(([value, text]) => new Option(text, value)));
    this.find("crumbs").setAttribute("aria-label", words.crumbs);
    this.find("back").textContent = `\u2190 ${words.back}`;
    this.find("whole").textContent = words.whole;
    this.find("layer").setAttribute("aria-label", words.layer);
    for (const name of ["unit", "row", "column"])
      this.find(`${name}-label`).querySelector(".name").textContent = words[name];
    this.find("scope-name").textContent = words.scope;
    this.find("clip-name").textContent = words.clip;
    fill("layer", [["", words.open], ...nodes.map((node) => [node.name, `${node.title}`])]);
    fill(
      "scope",
      SCOPES.map((scope) => [scope, words[`scope-${scope}`]]),
    );
    fill(
      "clip",
      CLIPS.map((clip) => [String(clip), clip === 100 ? words["clip-none"] : `${clip} %`]),
    );
    this.find("scope").value = this.scope;
    this.find("clip").value = String(this.clip);
    this.find("words").querySelector("summary").textContent = words.twin;
  }

  showControls() {
    const { view } = this,
      { level, node } = view,
      active = this.canvas.getRootNode().activeElement;
    this.find("back").disabled = level === OVERVIEW;
    const away = (name, hidden) => this.find(name).classList.toggle("away", hidden);
    if (level === OVERVIEW) this.find("whole").setAttribute("aria-current", "page");
    else this.find("whole").removeAttribute("aria-current");
    away("layer-label", Boolean(this.header.locked));
    this.find("layer").value = level === OVERVIEW ? "" : node;
    const vector = level !== OVERVIEW && this.isVector(node);
    away("unit-label", level === OVERVIEW);
    for (const name of ["row", "column"]) away(`${name}-label`, level !== CELL || vector);
    if (level === OVERVIEW) return;
    const dims = this.dims(node),
      set = (name, value, limit) => {
        const input = this.find(name);
        input.max = String(limit);
        if (active !== input && input.value !== String(value + 1)) input.value = String(value + 1);
      };
    this.find("unit-label").querySelector(".name").textContent = vector ? "Unit" : "Map";
    this.find("unit-of").textContent = `of ${dims[2]}`;
    set("unit", view.unit, dims[2]);
    set("row", view.row, dims[0]);
    set("column", view.column, dims[1]);
  }

  tell() {
    if (!this.header || !this.math || !this.places) return;
    const { level } = this.view;
    const [sentence, formula] = this.header.locked
      ? [this.header.words.dark, ""]
      : level === OVERVIEW
        ? this.tellOverview()
        : level === LAYER
          ? this.tellLayer()
          : this.tellCell();
    if (this.find("sentence").textContent !== sentence)
      this.find("sentence").textContent = sentence;
    if (this.find("formula").textContent !== formula) this.find("formula").textContent = formula;
    this.canvas.setAttribute("aria-label", `${sentence} ${formula}`.trim());
    const node = level === OVERVIEW ? this.aim?.node : this.view.node;
    const cell = level === CELL ? this.formulaOf(this.view) : null;
    this.canvas.shown = {
      ...this.view,
      aim: this.aim,
      stamp: this.header.stamp,
      node: node ?? null,
      moving: Boolean(this.from),
      field: level === OVERVIEW ? null : this.fieldOf(this.view),
      value: level === OVERVIEW || !this.math.values(node) ? null : this.valueAt(this.view),
      result: cell?.result ?? null,
    }; // read by browser tests
    if (this.find("words").open) this.tellTwin();
  }

  layerWords(name) {
    const { stats } = this.math.node(name);
    if (!stats) return "";
    const silent = stats.silent
      ? ` ${stats.silent} of ${stats.units} ${this.isVector(name) ? "units" : "maps"} ${stats.silent === 1 ? "is" : "are"} all 0.`
      : "";
    return `mean ${say(stats.mean)}, deviation ${say(stats.deviation)}, from ${say(stats.low)} to ${say(stats.high)}; ${percent(stats.zeros)} of the values ${stats.count === 1 ? "is" : "are"} exactly 0.${silent}`;
  }

  tellOverview() {
    const { header, aim } = this,
      p = this.transport.position,
      end = this.places.columns.length - 1;
    if (!aim) {
      if (p < end) {
        const names = this.places.columns[Math.floor(p)].map((one) => one.name);
        return [
          names.map((name) => `${this.titleOf(name)}: ${this.sizeTitle(name)}`).join("; "),
          names.length === 1 && !this.isPicture(names[0]) ? this.layerWords(names[0]) : "",
        ];
      }
      return [`${header.title}, looking at ${header.picture}.`, header.words.hint];
    }
    const { node, unit } = aim,
      edges = this.edgesOf(node, unit),
      reads =
        edges.into.length && edges.all
          ? `Reads ${edges.all} ${edges.all === 1 ? "map or unit" : "maps or units"} of ${[...new Set(edges.into.map((edge) => this.titleOf(edge.source)))].join(" and ")}${edges.all > edges.into.length ? ` (the ${edges.into.length} strongest are drawn)` : ""}, ` +
            `most of all ${this.unitWord(edges.into[0].source)} ${edges.into[0].channel + 1} (its weights add up to ${say(edges.into[0].sum)}).`
          : "The picture itself.";
    return [
      `${this.titleOf(node)}, ${this.unitWord(node)} ${unit + 1} of ${this.dims(node)[2]}. ${reads}`,
      `The layer: ${this.layerWords(node)}`,
    ];
  }

  tellLayer() {
    const { view } = this,
      name = view.node,
      { field } = this.math.node(name),
      value = this.valueAt(view),
      seen = this.fieldOf(view);
    const about = `${this.titleOf(name)}, ${this.sizeTitle(name)}: ${this.layerWords(name)}`;
    const where = this.isVector(name)
      ? `Unit ${view.unit + 1}`
      : `Map ${view.unit + 1}, row ${view.row + 1}, column ${view.column + 1}`;
    const sees = !seen
      ? ""
      : ` It sees ${seen[3] - seen[1]} \u00d7 ${seen[2] - seen[0]} pixels of the picture` +
        (field.size > this.header.size
          ? ` (its field of ${field.size} is larger than the picture).`
          : seen[2] - seen[0] < field.size || seen[3] - seen[1] < field.size
            ? ` (${field.size} \u00d7 ${field.size} away from the border).`
            : ".");
    return [
      about,
      `${where} holds ${value === undefined ? "a value that is on its way" : say(value)}.${sees}`,
    ];
  }

  tellCell() {
    const { view } = this,
      formula = this.formulaOf(view),
      name = view.node;
    const where = this.isVector(name)
      ? `${this.titleOf(name)}, unit ${view.unit + 1}`
      : `${this.titleOf(name)}, map ${view.unit + 1}, row ${view.row + 1}, column ${view.column + 1}`;
    if (!formula) return [where, this.header.words.waiting];
    return [`${where}: ${say(formula.result)}`, this.formulaWords(formula)];
  }

  formulaWords(formula) {
    const { operation, terms, bias, before, activation, result } = formula;
    if (!terms.length) return "A pixel of the picture.";
    const sums = terms.flatMap((part) =>
      Array.from(part.sums, (sum, i) => [
        sum,
        `${this.unitWord(part.source)} ${part.channels[i] + 1}`,
      ]),
    );
    const values = Array.from(terms[0].values);
    const join = (parts) => parts.join(" + ").replaceAll("+ \u2212", "\u2212 ");
    if (operation === "largest")
      return `max(${values.length > 12 ? `${values.length} values` : values.map(say).join(", ")}) = ${say(result)}`;
    if (operation === "mean")
      return `(${values.length > 12 ? `sum of ${values.length} values` : join(values.map(say))}) / ${values.length} = ${say(result)}`;
    if (operation === "normalize") return this.stepWords(formula).slice(1).join(" ");
    if (operation === "add")
      return `${terms.map((part) => `${this.braced(part.values[0])} (${this.titleOf(part.source)})`).join(" + ")} = ${say(result)}`;
    if (operation === "copy")
      return `passed on from ${this.titleOf(terms[0].source)}: ${say(result)}`;
    if (operation === "scale") return `${say(values[0])} / 255 = ${say(result)}`;
    const f = this.activationWords(activation, before, result);
    if (operation === "apply") return f;
    let sum;
    if (sums.length === 1 && values.length <= 25)
      sum = join(values.map((v, i) => `${say(v)}\u00b7${this.braced(terms[0].weights[i])}`));
    else {
      const sorted = [...sums].sort((a, b) => Math.abs(b[0]) - Math.abs(a[0])),
        kept = sorted.slice(0, 5),
        rest = sorted.slice(5);
      sum = join([
        ...kept.map(([value, word]) => `${say(value)} (${word})`),
        ...(rest.length
          ? [`${say(rest.reduce((all, [value]) => all + value, 0))} (${rest.length} others)`]
          : []),
      ]);
    }
    return `z = ${join([sum, `${say(bias)} (bias)`])} = ${say(before)}${f ? `;  ${f}` : ""}`;
  }

  activationWords(name, z, result) {
    if (name === "linear") return "";
    return `${SHORT_TITLES[name]}: ${inNumbers(ACTIVATION_WORDS[name][0], z, LEAKS[name] ?? 0, result)} = ${say(result)}`;
  }

  table(caption, head, rows) {
    const table = document.createElement("table");
    table.createCaption().textContent = caption;
    const top = table.createTHead().insertRow();
    head.forEach((words) => {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = words;
      top.append(cell);
    });
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      row.forEach((words) => {
        line.insertCell().textContent = words;
      });
    }
    return table;
  }

  tellTwin() {
    if (!this.find("words").open || !this.header) return;
    const { level, node } = this.view,
      tables = [];
    this.find("twin").textContent = this.canvas.getAttribute("aria-label");
    if (this.header.locked) {
      this.find("tables").replaceChildren();
      return;
    }
    if (level === OVERVIEW)
      tables.push(
        this.table(
          "All layers",
          ["layer", "shape", "mean", "deviation", "lowest", "highest", "exactly 0"],
          this.header.nodes.map(({ title, shape, stats }) => [
            title,
            shape.join("\u00d7"),
            say(stats.mean),
            say(stats.deviation),
            say(stats.low),
            say(stats.high),
            percent(stats.zeros),
          ]),
        ),
      );
    else if (level === LAYER)
      tables.push(
        this.table(
          this.titleOf(node),
          [this.unitWord(node), "mean", "lowest", "highest", "exactly 0"],
          this.unitRows(node),
        ),
      );
    else tables.push(...this.cellTables());
    this.find("tables").replaceChildren(...tables);
  }

  unitRows(name) {
    if (!this.math.values(name)) return [];
    return range(this.dims(name)[2]).map((u) => {
      const values = this.math.unitValues(name, u);
      let sum = 0,
        low = Infinity,
        high = -Infinity,
        zeros = 0;
      for (const v of values) {
        sum += v;
        low = Math.min(low, v);
        high = Math.max(high, v);
        if (v === 0) zeros += 1;
      }
      return [
        String(u + 1),
        say(sum / values.length),
        say(low),
        say(high),
        percent(zeros / values.length),
      ];
    });
  }

  cellTables() {
    const formula = this.formulaOf(this.view);
    if (!formula?.terms.length) return [];
    const [p, c] = this.focusOf(formula, this.view),
      part = formula.terms[p],
      n = part.rows.length * part.columns.length;
    const cells = range(n).map((i) => {
      const at = c * n + i,
        r = part.rows[Math.floor(i / part.columns.length)],
        l = part.columns[i % part.columns.length];
      return [
        String(r + 1),
        String(l + 1),
        part.inside[i] ? say(part.values[at]) : "padding",
        say(part.weights[at]),
        say(part.values[at] * part.weights[at]),
      ];
    });
    const found = [
      this.table(
        `${this.titleOf(part.source)}, ${this.unitWord(part.source)} ${part.channels[c] + 1}`,
        ["row", "column", "value", "weight", "product"],
        cells,
      ),
    ];
    const sums = formula.terms.flatMap((one) =>
      Array.from(one.sums, (sum, i) => [
        `${this.titleOf(one.source)} ${one.channels[i] + 1}`,
        say(sum),
      ]),
    );
    found.push(
      this.table(
        "Sums",
        ["read from", "adds"],
        [
          ...sums,
          ["bias", say(formula.bias)],
          ["sum with bias", say(formula.before)],
          ["result", say(formula.result)],
        ],
      ),
    );
    return found;
  }

  close() {
    clearTimeout(this.reporting);
    this.vault.listeners.delete(this.onVault);
    this.transport.close();
  }
}

export default function ({ data, parentElement, setStateValue }) {
  let features = FEATURES.get(parentElement);
  if (!features) {
    features = new Features(parentElement.querySelector(".features"));
    FEATURES.set(parentElement, features);
  }
  features.load(data, setStateValue);
  return () => {
    features.close();
    FEATURES.delete(parentElement);
  };
}
