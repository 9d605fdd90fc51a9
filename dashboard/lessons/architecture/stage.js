// Builds a network by hand: blocks are dragged or moved by buttons, sliders count while they move.
const BUILDERS = new WeakMap();
const FIELDS = {
  convolution: ["filters", "kernel_size", "stride", "dilation", "padding", "activation"],
  depthwise_convolution: ["kernel_size", "stride", "padding", "activation"],
  shared_convolution: ["filters", "kernel_size", "scales", "activation"],
  pooling: ["kind", "size", "stride", "padding"],
  activation: ["kind"],
  batch_normalization: [],
  dropout: ["rate"],
  flatten: [],
  global_pooling: ["kind"],
  dense: ["units", "activation"],
  residual: [],
  parallel: [],
};
const TITLES = {
  convolution: "Convolution",
  depthwise_convolution: "Depthwise convolution",
  shared_convolution: "Shared convolution",
  pooling: "Pooling",
  activation: "Activation",
  batch_normalization: "Batch normalization",
  dropout: "Dropout",
  flatten: "Flatten",
  global_pooling: "Global pooling",
  dense: "Dense",
  residual: "Residual block",
  parallel: "Parallel branches",
};
const FIELD_NAMES = {
  filters: "Filters",
  kernel_size: "Kernel",
  stride: "Stride",
  dilation: "Dilation",
  padding: "Padding",
  activation: "Activation",
  size: "Window",
  kind: "Kind",
  rate: "Rate",
  units: "Units",
  scales: "Scales",
};
const SLIDER_ENDS = { filters: 256, units: 512, kernel_size: 11, stride: 4, dilation: 4 };
const SCALES = [
  [1, 2],
  [1, 2, 4],
  [1, 2, 4, 8],
];
const MOVED_PX = 5;
const copy = (value) => JSON.parse(JSON.stringify(value));
const bytesText = (bytes) =>
  bytes >= 2 ** 20
    ? `${(bytes / 2 ** 20).toFixed(1)} MB`
    : bytes >= 1024
      ? `${(bytes / 1024).toFixed(1)} kB`
      : `${bytes} B`;
const millions = (value) =>
  value >= 1e9
    ? `${(value / 1e9).toFixed(2)} billion`
    : value >= 1e6
      ? `${(value / 1e6).toFixed(1)} million`
      : count(value);

class Builder {
  constructor(root) {
    this.root = root;
    this.find = (query) => root.querySelector(query);
    this.past = [];
    this.future = [];
    this.chosen = "image";
    this.whole = false;
    this.near = null;
    this.spot = null;
    this.drawing = this.find(".drawing");
    this.space = new Space(this.find(".space"), () => this.soonSpace());
    this.listen();
    this.observer = new ResizeObserver(() => this.soon(true));
    this.observer.observe(root);
  }
  listen() {
    const size = (event, done) => {
      if (event.target.value === "") return;
      const [low, high] = this.header.limits.input_size;
      this.change(
        (design) => {
          design.input_size = Math.round(Math.min(Math.max(Number(event.target.value), low), high));
        },
        done,
        "size",
      );
    };
    for (const query of [".size", ".size-number"]) {
      this.find(query).oninput = (event) => size(event, false);
      this.find(query).onchange = (event) => size(event, true);
    }
    this.find(".classes").onchange = (event) =>
      this.change((design) => {
        const wanted = Math.round(Math.min(Math.max(Number(event.target.value) || 2, 2), 20)),
          names = design.classes.slice(0, wanted);
        while (names.length < wanted) names.push(`class ${names.length + 1}`);
        design.classes = names;
      }, true);
    this.find(".undo").onclick = () => this.travel(this.past, this.future);
    this.find(".redo").onclick = () => this.travel(this.future, this.past);
    this.find(".whole").onclick = () => {
      this.whole = !this.whole;
      this.soon(true);
    };
    this.find(".solid").onclick = () => {
      const flat = !this.find(".space").hidden;
      this.find(".space").hidden = flat;
      this.drawing.hidden = !flat;
      this.soon(true);
    };
    this.drawing.onpointerdown = (event) => this.grab(event);
    this.drawing.onpointermove = (event) => this.drag(event);
    this.drawing.onpointerup = (event) => this.drop(event);
    this.drawing.onpointercancel = () => {
      this.held = null;
      this.painted = null;
      this.candidate = null;
      this.soon(true);
    };
    this.drawing.onkeydown = (event) => this.keys(event);
    this.drawing.onpointerover = (event) =>
      this.nearTo(event.target.closest?.(".block")?.dataset.path ?? null);
    this.drawing.onfocusin = (event) => {
      const key = event.target.closest?.(".block")?.dataset.path;
      if (key) this.nearTo(key);
    };
    const body = this.find("tbody");
    body.onpointerover = (event) => {
      const row = event.target.closest("tr");
      if (row) this.nearTo(row.dataset.path, row.dataset.name);
    };
    body.onpointerleave = () => this.nearTo(null);
    body.onclick = (event) => {
      const row = event.target.closest("tr");
      if (row) this.choose(row.dataset.path);
    };
    const costs = this.find(".costs");
    costs.onkeydown = (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const rows = this.found.rows,
        now = rows.findIndex((row) => row.name === this.shownRow().name),
        next = rows[Math.min(Math.max(now + step, 0), rows.length - 1)];
      this.nearTo(this.keyOfRow(next), next.name);
      this.find(`tr[data-name="${next.name}"]`)?.scrollIntoView({ block: "nearest" });
      event.preventDefault();
    };
    costs.onblur = () => this.nearTo(null);
    const seen = this.find(".seen");
    seen.onpointermove = (event) => {
      const box = seen.getBoundingClientRect(),
        field = this.shownRow().field,
        S = this.design.input_size;
      const unit = (share) =>
        Math.min(
          Math.max(Math.round((share * S - 0.5 - field.center) / (field.jump || S)), 0),
          field.side - 1,
        );
      this.spot = [
        unit((event.clientY - box.top) / box.height),
        unit((event.clientX - box.left) / box.width),
      ];
      this.drawSeen();
    };
    seen.onpointerleave = () => {
      this.spot = null;
      this.drawSeen();
    };
    seen.onkeydown = (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
        event.key
      ];
      if (!step) return;
      const { side } = this.shownRow().field,
        now = this.spot ?? [side >> 1, side >> 1];
      this.spot = now.map((value, axis) => Math.min(Math.max(value + step[axis], 0), side - 1));
      this.drawSeen();
      event.preventDefault();
    };
  }

  load(bytes, send) {
    const { header, arrays } = unpack(bytes);
    this.send = send;
    this.header = header;
    this.picture = arrays[0];
    this.sample = null;
    this.pictures = (this.pictures ?? 0) + 1;
    const w = header.words;
    for (const [query, text] of [
      [".undo", w.undo],
      [".redo", w.redo],
      [".whole", w.whole],
      [".solid", w.solid],
      [".size-name", w.size],
      [".classes-name", w.classes],
    ])
      this.find(query).textContent = text;
    for (const [query, text] of [
      [".size", w.size],
      [".size-number", `${w.size}, ${w.number}`],
      [".classes", w.classes],
      [".inspector", w.inspector],
      [".costs", w.costs],
      [".drawing", w.drawing],
    ])
      this.find(query).setAttribute("aria-label", text);
    this.find(".words summary").textContent = w.twin;
    if (header.token !== this.token) {
      this.token = header.token;
      if (this.design) {
        this.past.push(JSON.stringify(this.design));
        this.future = [];
      }
      this.design = copy(header.design);
      this.chosen = this.design.layers.length ? "0" : "image";
      this.inspected = null;
    }
    this.soon(true);
  }

  // Every change goes through here: `done` is false while a hand still moves.
  change(edit, done, what = "") {
    const before = JSON.stringify(this.design);
    if (this.moving === undefined) this.moving = before;
    edit(this.design);
    if (done) {
      const first = this.moving,
        after = JSON.stringify(this.design);
      this.moving = undefined;
      if (first !== after) {
        this.past.push(first);
        this.future = [];
        this.report();
      }
    }
    this.soon();
    return what;
  }
  report() {
    this.send("design", JSON.stringify(this.design));
  }
  travel(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify(this.design));
    this.design = JSON.parse(from.pop());
    if (!this.layerAt(this.chosen)) this.chosen = "image";
    this.inspected = null;
    this.report();
    this.soon();
  }

  pathOf(key) {
    return key === null || key === "image" || key === "logits" || key === ""
      ? null
      : key.split(".").map((part) => (part === "body" ? part : Number(part)));
  }
  listAt(path, design = this.design) {
    let layers = design.layers;
    for (let i = 0; i + 1 < path.length; i += 2)
      layers =
        path[i + 1] === "body" ? layers[path[i]]?.body : layers[path[i]]?.branches?.[path[i + 1]];
    return layers;
  }
  layerAt(key) {
    const path = this.pathOf(key);
    return path && this.listAt(path)?.[path.at(-1)];
  }
  // All places where a block could stand, in reading order; a block cannot stand inside of itself.
  gapsOf(design) {
    const found = [];
    const walk = (layers, path) => {
      found.push([...path, 0]);
      layers.forEach((layer, i) => {
        if (layer.layer === "residual") walk(layer.body, [...path, i, "body"]);
        if (layer.layer === "parallel")
          layer.branches.forEach((branch, b) => walk(branch, [...path, i, b]));
        found.push([...path, i + 1]);
      });
    };
    walk(design.layers, []);
    return found;
  }
  // The design with the block at `path` taken out, and the gap where it stood.
  lifted(path) {
    const design = copy(this.design),
      [layer] = this.listAt(path, design).splice(path.at(-1), 1);
    return { design, layer };
  }
  shift(step) {
    const path = this.pathOf(this.chosen);
    if (!path) return;
    const { design, layer } = this.lifted(path),
      gaps = this.gapsOf(design);
    const now = gaps.findIndex((gap) => keyOf(gap) === keyOf(path)),
      gap = gaps[now + step];
    if (!gap) return;
    this.listAt(gap, design).splice(gap.at(-1), 0, layer);
    this.replace(design, keyOf(gap));
  }
  replace(design, chosen) {
    this.change((now) => {
      Object.assign(now, design);
    }, true);
    this.chosen = chosen;
    this.inspected = null;
    this.soon();
    this.wantFocus = this.root.getRootNode().activeElement?.closest?.(".drawing") ? chosen : null;
  }
  // The gap of the whole design that a gap drawn with the block still in place stands for.
  dropped(path, gap) {
    const { design, layer } = this.lifted(path),
      target = [...gap.path, gap.index];
    const depth = path.length - 1,
      sameList = keyOf(target.slice(0, depth)) === keyOf(path.slice(0, -1));
    if (target.length > depth && sameList) {
      if (target.length - 1 > depth && target[depth] === path[depth]) return null; // inside of itself
      if (target[depth] > path[depth]) target[depth] -= 1;
    }
    const layers = this.listAt(target, design);
    if (!layers) return null;
    layers.splice(target.at(-1), 0, layer);
    return { design, key: keyOf(target) };
  }

  grab(event) {
    const block = event.target.closest?.(".block");
    if (!block || event.button) return;
    this.held = {
      key: block.dataset.path,
      from: [event.clientX, event.clientY],
      pointer: event.pointerId,
    };
  }
  drag(event) {
    if (!this.held) return;
    const [x, y] = this.held.from,
      far = Math.hypot(event.clientX - x, event.clientY - y);
    if (!this.held.moving && (far < MOVED_PX || !this.pathOf(this.held.key))) return;
    if (!this.held.moving) {
      this.held.moving = true;
      this.drawing.setPointerCapture(event.pointerId);
      this.held.node = this.drawing.querySelector(`.block[data-path="${this.held.key}"]`);
      this.held.node?.classList.add("ghost");
    }
    this.held.node?.setAttribute(
      "transform",
      `translate(${event.clientX - x} ${event.clientY - y})`,
    );
    const box = this.drawing.querySelector("svg").getBoundingClientRect(),
      px = event.clientX - box.left,
      py = event.clientY - box.top;
    let best = null;
    for (const gap of this.picture2d.gaps) {
      const off = Math.hypot(gap.x - px, (gap.y - py) * 0.8);
      if (!best || off < best.off) best = { gap, off };
    }
    const found = best && this.dropped(this.pathOf(this.held.key), best.gap),
      bar = this.drawing.querySelector(".gap");
    this.candidate = found;
    bar.classList.toggle("near", Boolean(found));
    if (found)
      bar.setAttribute("d", `M${best.gap.x} ${best.gap.y - best.gap.h}V${best.gap.y + best.gap.h}`);
    this.soon();
    event.preventDefault();
  }
  drop(event) {
    const held = this.held;
    this.held = null;
    if (held?.moving) this.painted = null;
    if (!held) return;
    if (!held.moving) {
      this.choose(held.key);
      return;
    }
    const found = this.candidate;
    this.candidate = null;
    if (found) this.replace(found.design, found.key);
    else this.soon();
    event.preventDefault();
  }
  keys(event) {
    const block = event.target.closest?.(".block");
    if (!block) return;
    const keys = [...this.drawing.querySelectorAll(".block")].map((one) => one.dataset.path),
      now = keys.indexOf(block.dataset.path);
    const next = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: keys.length - 1 }[
      event.key
    ];
    if (event.shiftKey && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      this.choose(block.dataset.path);
      this.shift(event.key === "ArrowRight" ? 1 : -1);
      this.wantFocus = this.chosen;
    } else if (next !== undefined && keys[next]) {
      this.choose(keys[next]);
      this.wantFocus = keys[next];
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.choose(block.dataset.path);
      this.remove();
      this.wantFocus = this.chosen;
    } else if (event.key === "Enter" || event.key === " ") this.choose(block.dataset.path);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  choose(key) {
    this.chosen = key || "image";
    this.spot = null;
    this.soon();
  }
  nearTo(key, name = null) {
    const at = key === null ? null : `${key}|${name ?? ""}`;
    if (this.nearKey === at || this.held?.moving) return;
    this.nearKey = at;
    this.near = key;
    this.nearName = name;
    this.spot = null;
    this.find("tbody")
      .querySelectorAll("tr")
      .forEach((row) =>
        row.classList.toggle(
          "near",
          name ? row.dataset.name === name : key !== null && row.dataset.path === key,
        ),
      );
    this.drawSeen();
  }

  remove() {
    const path = this.pathOf(this.chosen);
    if (!path) return;
    const { design } = this.lifted(path),
      i = path.at(-1),
      list = this.listAt(path, design);
    const next = list.length
      ? [...path.slice(0, -1), Math.min(i, list.length - 1)]
      : path.length > 1
        ? path.slice(0, -2)
        : null;
    this.replace(design, next ? keyOf(next) : "image");
  }
  duplicate() {
    const path = this.pathOf(this.chosen),
      design = copy(this.design);
    this.listAt(path, design).splice(path.at(-1) + 1, 0, copy(this.layerAt(this.chosen)));
    this.replace(design, keyOf([...path.slice(0, -1), path.at(-1) + 1]));
  }
  add(kind, where) {
    const design = copy(this.design),
      path = where ?? this.gapAfter();
    this.listAt(path, design).splice(path.at(-1), 0, this.fresh(kind));
    this.replace(design, keyOf(path));
  }
  // Behind the chosen block; at the end behind the logits, at the beginning behind the image.
  gapAfter() {
    const path = this.pathOf(this.chosen);
    if (path) return [...path.slice(0, -1), path.at(-1) + 1];
    return [this.chosen === "logits" ? this.design.layers.length : 0];
  }
  fresh(kind) {
    const before = this.shownRow(true),
      width =
        before?.shape.length === 3 && before.shape[2] > 1 ? Math.min(before.shape[2], 256) : 16;
    const conv = (filters, kernel_size = 3, activation = "relu") => ({
      layer: "convolution",
      filters,
      kernel_size,
      stride: 1,
      padding: "same",
      activation,
      dilation: 1,
    });
    switch (kind) {
      case "convolution":
        return conv(width);
      case "depthwise_convolution":
        return { layer: kind, kernel_size: 3, stride: 1, padding: "same", activation: "relu" };
      case "shared_convolution":
        return { layer: kind, filters: width, kernel_size: 3, scales: [1, 2], activation: "relu" };
      case "pooling":
        return { layer: kind, kind: "max", size: 2, stride: null, padding: "valid" };
      case "activation":
        return { layer: kind, kind: "relu" };
      case "dropout":
        return { layer: kind, rate: 0.5 };
      case "global_pooling":
        return { layer: kind, kind: "average" };
      case "dense":
        return { layer: kind, units: 64, activation: "relu" };
      case "residual":
        return { layer: kind, body: [conv(width), conv(width, 3, "linear")] };
      case "parallel":
        return {
          layer: kind,
          branches: [[conv(Math.max(4, width >> 1), 1)], [conv(Math.max(4, width >> 1))]],
        };
      default:
        return { layer: kind };
    }
  }

  soon(fresh = false) {
    if (fresh) this.fresher = true;
    this.began ??= performance.now();
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.draw();
    });
  }
  draw() {
    if (!this.header || !this.root.clientWidth) return;
    const style = getComputedStyle(this.root);
    this.type = Math.max(16, Math.round(parseFloat(style.fontSize) * 0.95));
    this.root.classList.toggle("tight", this.root.clientWidth < 46 * parseFloat(style.fontSize));
    const shown = this.candidate?.design ?? this.design;
    this.found = examine(shown, this.header.batch);
    this.inspect();
    this.bar();
    const stage = this.find(".stage"),
      tight = this.root.classList.contains("tight");
    const height = Math.round(
      Math.min(Math.max(innerHeight - 330, 21.5 * parseFloat(style.fontSize)), 560),
    );
    stage.style.height = `${height}px`;
    if (!tight) this.find(".inspector").style.minHeight = `${height}px`;
    if (!this.candidate && !this.held?.moving && !this.drawing.hidden)
      this.drawFlat(stage, height, style);
    this.buttons();
    if (!this.find(".space").hidden) {
      this.space.lay(shown, this.found);
      this.drawSpace(style);
    }
    this.verdict();
    this.table();
    this.drawSeen();
    this.tell();
    this.root.shown = {
      design: copy(shown),
      parameters: this.found.parameters,
      macs: this.found.macs,
      error: this.found.error,
      chosen: this.chosen,
      rows: this.found.rows.map((row) => ({
        name: row.name,
        shape: row.shape,
        parameters: row.parameters,
      })),
    };
    this.root.draws = (this.root.draws ?? 0) + 1;
    this.fresher = false;
    this.began = undefined;
  }
  soonSpace() {
    this.turning ??= requestAnimationFrame(() => {
      this.turning = null;
      this.drawSpace(getComputedStyle(this.root));
    });
  }
  drawSpace(style) {
    const get = (name) => style.getPropertyValue(name).trim(),
      name = this.pathOf(this.chosen) ? this.nameOfChosen() : this.chosen;
    if (this.fresher || !this.colors) {
      this.colors = {
        holds: this.tint("holds"),
        plain: this.tint("plain"),
        edge: this.tint("edge"),
        accent: get("--lb-accent"),
        ground: get("--lb-surface"),
        text: get("--lb-text"),
      };
    }
    this.space.draw({
      chosen: this.chosen,
      name,
      type: this.type,
      face: style.fontFamily,
      colors: this.colors,
    });
  }
  // A color that CSS computes, as the canvas needs it.
  tint(name) {
    this.probe ??= this.root.appendChild(
      Object.assign(document.createElement("i"), { hidden: true }),
    );
    this.probe.style.color = `var(--${name})`;
    return getComputedStyle(this.probe).color;
  }
  drawFlat(stage, height, style) {
    this.pen ??= document.createElement("canvas").getContext("2d");
    const font = `${this.type}px ${style.fontFamily}`;
    if (this.widthsOf !== font) {
      this.widthsOf = font;
      this.pen.font = font;
      this.widths = new Map();
    }
    const held =
      this.drawing.contains(this.root.getRootNode().activeElement) &&
      this.root.getRootNode().activeElement.closest?.(".block");
    const left = this.drawing.scrollLeft,
      top = this.drawing.scrollTop;
    // Before the first drawing the line below it is empty; what it will say has one line or two.
    const line = this.find(".scale"),
      { error } = this.found,
      w = this.header.words;
    line.classList.toggle("wrong", Boolean(error));
    const wrong =
      error &&
      `<b>\u2715 ${escaped(w.impossible.replace("{layer}", error.layer || "network"))}</b> ${escaped(error.problem)} <b>${escaped(error.remedy)}</b>`;
    if (wrong && this.warned !== wrong) line.innerHTML = wrong;
    this.warned = wrong;
    if (!wrong && !line.dataset.said) line.textContent = w.scale;
    this.picture2d = new Drawing(this.design, this.found, {
      height: this.drawing.clientHeight - 2,
      room: stage.clientWidth - 4,
      type: this.type,
      whole: this.whole,
      chosen: this.chosen,
      measure: (text) =>
        this.widths.get(text) ??
        (this.widths.set(text, this.pen.measureText(text).width), this.widths.get(text)),
    });
    const svg = this.picture2d.svg();
    if (this.painted !== svg) {
      // nodes under a pointer or with the focus stay where nothing changed
      this.drawing.innerHTML = svg;
      this.painted = svg;
      this.drawing.scrollLeft = left;
      this.drawing.scrollTop = top;
    }
    const wanted = this.wantFocus ?? (held ? this.chosen : null);
    if (wanted !== null) {
      const block = this.drawing.querySelector(`.block[data-path="${wanted}"]`);
      block?.focus({ preventScroll: true });
      const box = block?.getBoundingClientRect(),
        room = this.drawing.getBoundingClientRect();
      if (box && (box.left < room.left || box.right > room.right))
        this.drawing.scrollLeft += box.left - room.left - room.width / 3;
    }
    this.wantFocus = null;
    const said = w.scale
      .replace("{pixels}", Math.round(100 / this.picture2d.scale))
      .replace("{size}", this.design.input_size);
    if (!wrong && line.textContent !== said) line.textContent = said;
    line.dataset.said = "1";
  }
  buttons() {
    const inSpace = !this.find(".space").hidden;
    this.find(".whole").setAttribute("aria-pressed", this.whole);
    this.find(".solid").setAttribute("aria-pressed", inSpace);
    this.find(".scale").hidden = inSpace && !this.found.error;
  }
  bar() {
    const active = this.root.getRootNode().activeElement;
    for (const query of [".size", ".size-number"]) {
      const box = this.find(query);
      if (box !== active || box.type === "range") box.value = this.design.input_size;
    }
    if (this.find(".classes") !== active) this.find(".classes").value = this.design.classes.length;
    this.find(".undo").disabled = !this.past.length;
    this.find(".redo").disabled = !this.future.length;
  }

  // The controls of the chosen block; built anew only when another block, or other fields, are shown.
  inspect() {
    const layer = this.layerAt(this.chosen),
      key = `${this.chosen}|${layer?.layer ?? ""}|${layer?.branches?.length ?? ""}|${this.root.classList.contains("tight")}`;
    const host = this.find(".inspector"),
      w = this.header.words;
    if (this.inspected !== key) {
      this.inspected = key;
      const fields = (FIELDS[layer?.layer] ?? []).map((field) => this.fieldText(field)).join("");
      const note = layer
        ? FIELDS[layer.layer].length
          ? ""
          : (w[`note-${layer.layer}`] ?? "")
        : w[this.chosen === "logits" ? "note-logits" : "note-image"];
      const moves = layer
        ? [
            ["earlier", w.earlier],
            ["later", w.later],
            ["duplicate", w.duplicate],
            ["remove", w.remove],
          ]
        : [];
      if (layer?.layer === "parallel") moves.unshift(["more", w.more], ["fewer", w.fewer]);
      const inside =
        layer?.layer === "residual"
          ? [["body", w.body]]
          : (layer?.branches ?? []).map((_, b) => [b, `${w.branch} ${b + 1}`]);
      host.innerHTML =
        `<h3></h3>${fields}${note ? `<p>${escaped(note)}</p>` : ""}<div class="foot">` +
        `<div class="row moves">${moves.map(([name, text]) => `<button type="button" class="plain" data-do="${name}">${escaped(text)}</button>`).join("")}</div>` +
        `<div class="add"><select aria-label="${escaped(w.kind)}">${Object.entries(TITLES)
          .map(([kind, title]) => `<option value="${kind}">${title}</option>`)
          .join("")}</select>` +
        `${inside.length ? `<select class="where" aria-label="${escaped(w.where)}"><option value="">${escaped(w.behind)}</option>${inside.map(([at, text]) => `<option value="${at}">${escaped(text)}</option>`).join("")}</select>` : ""}` +
        `<button type="button" class="plain" data-do="add">${escaped(w.add)}</button></div></div>`;
      this.bindInspector(host, layer);
    }
    const name =
      this.chosen === "image" || this.chosen === "logits" ? this.chosen : this.nameOfChosen();
    host.querySelector("h3").textContent = layer
      ? `${TITLES[layer.layer]}: ${name}`
      : name === "image"
        ? w.image
        : w.logits;
    if (!layer) return;
    const active = this.root.getRootNode().activeElement;
    for (const box of host.querySelectorAll("[data-field]")) {
      const field = box.dataset.field,
        value = field === "stride" && layer[field] === null ? layer.size : layer[field];
      if (box === active && box.type === "number") continue;
      box.value = field === "scales" ? value.join(",") : value;
    }
  }
  nameOfChosen() {
    const path = this.pathOf(this.chosen);
    return Drawing.prototype.nameOf.call({ design: this.design }, path);
  }
  fieldText(field) {
    const layer = this.layerAt(this.chosen),
      title = FIELD_NAMES[field],
      { limits, choices, words } = this.header;
    const select = (values, label = (v) => v) =>
      `<label class="field"><span>${title}</span><select data-field="${field}" aria-label="${title}">${values.map((v) => `<option value="${v}">${label(v)}</option>`).join("")}</select></label>`;
    if (field === "scales")
      return select(
        [
          ...SCALES,
          ...(SCALES.some((s) => s.join() === layer.scales.join()) ? [] : [layer.scales]),
        ].map((s) => s.join(",")),
        (v) => v.replaceAll(",", ", "),
      );
    if (choices[field])
      return select(
        field === "kind" && layer.layer === "activation" ? choices.activation : choices[field],
        (v) => (v === "average" ? "average" : v),
      );
    const [low, high] = limits[field],
      step = field === "rate" ? 0.05 : 1;
    return (
      `<div class="field"><span>${title}</span><input type="range" data-field="${field}" aria-label="${title}" min="${low}" max="${SLIDER_ENDS[field] ?? high}" step="${step}">` +
      `<input type="number" data-field="${field}" aria-label="${title}, ${words.number}" min="${low}" max="${high}" step="${step}"></div>`
    );
  }
  bindInspector(host, layer) {
    for (const box of host.querySelectorAll("[data-field]")) {
      const field = box.dataset.field,
        take = (done) => {
          if (box.value === "") return;
          this.change(() => {
            const now = this.layerAt(this.chosen);
            if (box.tagName === "SELECT")
              now[field] = field === "scales" ? box.value.split(",").map(Number) : box.value;
            else {
              const [low, high] = this.header.limits[field],
                value = Math.min(Math.max(Number(box.value), low), high);
              now[field] = field === "rate" ? Math.round(value * 100) / 100 : Math.round(value);
            }
          }, done);
        };
      box.oninput = () => take(false);
      box.onchange = () => take(true);
    }
    const actions = {
      earlier: () => this.shift(-1),
      later: () => this.shift(1),
      duplicate: () => this.duplicate(),
      remove: () => this.remove(),
      more: () =>
        this.change(() => {
          this.layerAt(this.chosen).branches.push([]);
        }, true),
      fewer: () =>
        this.change(() => {
          const { branches } = this.layerAt(this.chosen);
          if (branches.length > 2) branches.pop();
        }, true),
      add: () => {
        const where = host.querySelector(".where")?.value ?? "",
          path = this.pathOf(this.chosen);
        const at = where === "body" ? "body" : Number(where);
        const list =
          where === "" ? null : at === "body" ? layer.body : this.layerAt(this.chosen).branches[at];
        this.add(host.querySelector(".add select").value, list && [...path, at, list.length]);
      },
    };
    for (const button of host.querySelectorAll("[data-do]"))
      button.onclick = () => {
        const name = button.dataset.do;
        actions[name]();
        this.draw();
        host.querySelector(`[data-do="${name}"]`)?.focus({ preventScroll: true });
      };
  }

  verdict() {
    const host = this.find(".verdict"),
      { error, parameters, macs, maps, weights, training } = this.found,
      w = this.header.words;
    host.classList.toggle("wrong", Boolean(error));
    const seen = this.found.rows.filter((row) => row.shape.length === 3).at(-1);
    const facts = error
      ? [[count(parameters), w.counted.replace("{rows}", this.found.rows.length)]]
      : [
          this.header.locked
            ? ["?", w.locked]
            : [count(parameters), w.parameters.replace("{bytes}", bytesText(weights))],
          [millions(macs), w.macs],
          [bytesText(maps), w.maps],
          ...(this.header.locked
            ? []
            : [[bytesText(training), w.training.replace("{batch}", this.found.batch)]]),
          [`${seen.field.size}x${seen.field.size}`, w.sees],
        ];
    const text = facts
      .map(
        ([value, name]) =>
          `<span class="fact"><b>${value}</b> <span>${escaped(name)}</span></span>`,
      )
      .join("");
    if (this.said !== text) {
      host.innerHTML = text;
      this.said = text;
    }
  }
  keyOfRow(row) {
    return row.path ? keyOf(row.path) : row.name === "logits" ? "logits" : "image";
  }
  table() {
    const { rows } = this.found,
      heads = this.header.words["table-heads"].split(" | ");
    const head = this.find("thead");
    if (!head.children.length)
      head.innerHTML = `<tr>${heads.map((text) => `<th scope="col">${escaped(text)}</th>`).join("")}</tr>`;
    const body = this.find("tbody"),
      names = rows.map((row) => row.name).join();
    const texts = rows.map((row) => [
      shapeText(row.shape),
      this.header.locked ? "?" : row.text || "0",
      row.macsText || "0",
      bytesText(row.bytes),
      `${row.field.size}x${row.field.size}`,
    ]);
    if (this.listed !== names) {
      this.listed = names;
      body.innerHTML = rows
        .map((row, i) => {
          const depth = row.path ? (row.path.length - 1) / 2 : 0,
            last = depth
              ? row.name
                  .split(/_branch_\d+_|^(?:residual|parallel)_\d+_/)
                  .filter(Boolean)
                  .at(-1)
              : row.name;
          return `<tr data-path="${this.keyOfRow(row)}" data-name="${row.name}"><th scope="row" title="${row.name}">${"\u00b7 ".repeat(depth)}${escaped(last)}</th>${texts[i].map((text) => `<td>${text}</td>`).join("")}</tr>`;
        })
        .join("");
    }
    [...body.rows].forEach((line, i) => {
      line.dataset.path = this.keyOfRow(rows[i]);
      line.classList.toggle("chosen", line.dataset.path === this.chosen);
      texts[i].forEach((text, c) => {
        const cell = line.cells[c + 1];
        if (cell.textContent !== text) cell.textContent = text;
      });
    });
  }
  // The row whose field is drawn: under the pointer, else the chosen one.
  shownRow(chosenOnly = false) {
    const { rows } = this.found,
      key = chosenOnly ? this.chosen : (this.near ?? this.chosen);
    return (
      (!chosenOnly && this.nearName && rows.find((row) => row.name === this.nearName)) ||
      rows.findLast((row) => this.keyOfRow(row) === key) ||
      rows.at(-1)
    );
  }
  drawSeen() {
    if (!this.found) return;
    const row = this.shownRow(),
      { field } = row,
      S = this.design.input_size,
      canvas = this.find(".seen"),
      g = canvas.getContext("2d"),
      side = 512;
    if (this.sample?.size !== S) this.sample = this.resample(S);
    if (canvas.width !== side) {
      canvas.width = side;
      canvas.height = side;
      this.seenKey = null;
    }
    g.imageSmoothingEnabled = false;
    const middle = Math.min(field.side >> 1, field.side - 1),
      [r, c] = (this.spot ?? [middle, middle]).map((unit) => Math.min(unit, field.side - 1));
    const [top, left, bottom, right] =
      field.high[r] < 0 || field.high[c] < 0
        ? [0, 0, 0, 0]
        : [field.low[r], field.low[c], field.high[r] + 1, field.high[c] + 1];
    const scale = side / S,
      key = [S, top, left, bottom, right, this.pictures].join();
    const paint = this.seenKey !== key;
    this.seenKey = key;
    if (paint) {
      g.drawImage(this.sample.canvas, 0, 0, side, side);
      this.shade(g, side, scale, [top, left, bottom, right]);
    }
    const w = this.header.words,
      cut = right - left < field.size || bottom - top < field.size;
    const text =
      w.field.replace("{name}", row.name).replace("{size}", `${field.size}x${field.size}`) +
      (field.jump
        ? ` ${w.jump.replace("{jump}", field.jump).replace("{pixels}", field.jump === 1 ? "pixel" : "pixels")}`
        : "") +
      (cut ? ` ${w.cut.replace("{rows}", bottom - top).replace("{columns}", right - left)}` : "");
    this.find(".sees").textContent = text;
    canvas.setAttribute("aria-label", text);
    canvas.seen = { name: row.name, unit: [r, c], window: [top, left, bottom, right] };
  }
  // Dark all around what the unit sees, with an edge that shows on any gray.
  shade(g, side, scale, [top, left, bottom, right]) {
    const box = [left * scale, top * scale, (right - left) * scale, (bottom - top) * scale];
    g.fillStyle = "rgba(0,0,0,.55)";
    g.beginPath();
    g.rect(0, 0, side, side);
    g.rect(...box);
    g.fill("evenodd");
    g.strokeStyle = "#fff";
    g.lineWidth = 7;
    g.strokeRect(...box);
    g.strokeStyle = "#0b5fa5";
    g.lineWidth = 3;
    g.strokeRect(...box);
  }
  // The picture at the size that the network reads: means of the pixels under each cell.
  resample(S) {
    const from = this.picture.shape[0],
      canvas = document.createElement("canvas");
    canvas.width = canvas.height = S;
    const image = new ImageData(S, S);
    for (let r = 0; r < S; r++)
      for (let c = 0; c < S; c++) {
        const r0 = Math.floor((r * from) / S),
          r1 = Math.max(r0 + 1, Math.floor(((r + 1) * from) / S)),
          c0 = Math.floor((c * from) / S),
          c1 = Math.max(c0 + 1, Math.floor(((c + 1) * from) / S));
        let total = 0;
        for (let i = r0; i < r1; i++)
          for (let j = c0; j < c1; j++) total += this.picture[i * from + j];
        const gray = total / ((r1 - r0) * (c1 - c0)),
          at = 4 * (r * S + c);
        image.data[at] = image.data[at + 1] = image.data[at + 2] = gray;
        image.data[at + 3] = 255;
      }
    canvas.getContext("2d").putImageData(image, 0, 0);
    return { size: S, canvas };
  }
  tell() {
    const { rows, error, parameters, macs } = this.found,
      w = this.header.words;
    const list = rows.map((row) => `${row.name} ${shapeText(row.shape)}`).join(", ");
    const text = `${w["twin-begins"]
      .replace("{count}", rows.length)
      .replace("{parameters}", this.header.locked ? "?" : count(parameters))
      .replace("{macs}", count(macs))} ${list}.${error ? ` ${error.problem} ${error.remedy}` : ""}`;
    this.find(".twin").textContent = text;
    this.find(".space").setAttribute("aria-label", `${w.space} ${text}`);
  }
  close() {
    cancelAnimationFrame(this.waiting);
    cancelAnimationFrame(this.turning);
    this.observer.disconnect();
  }
}

export default function ({ data, parentElement, setStateValue }) {
  if (!BUILDERS.has(parentElement)) {
    const root = parentElement.querySelector(".architecture");
    BUILDERS.set(parentElement, new Builder(root));
    root.examine = examine; // for the test that compares it with core
  }
  BUILDERS.get(parentElement).load(data, (name, value) => setStateValue(name, value));
  return () => {
    BUILDERS.get(parentElement)?.close();
    BUILDERS.delete(parentElement);
  };
}
