// The lesson's stage: one tensor, five ways to look at it.
const STAGES = new WeakMap();
const range = (n) => Array.from({ length: n }, (_, i) => i);
const clampTo = (v, low, high) => Math.min(Math.max(v, low), high);
const START = {
  table: "x[:8, :4]",
  series: "x[0]",
  images: "x[2]",
  color: "x[2, ..., 0]",
  video: "x[0, 5]",
};

class TensorStage {
  constructor(root) {
    this.root = root;
    this.find = (query) => root.querySelector(query);
    this.canvas = this.find(".picture");
    this.pen = new Pen(this.canvas);
    this.view = "slice";
    this.name = "images";
    this.texts = { ...START };
    this.batch = 5;
    this.dropLast = false;
    this.element = {};
    this.as = "uint8";
    this.add = 10;
    this.norm = "scaled";
    this.turn = "channels";
    this.shown = {};
    this.find(".index").oninput = (event) => {
      this.asked = event.timeStamp;
      this.texts[this.name] = event.target.value;
      this.read();
      this.fillRows();
      this.soon();
    };
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.grip = null;
      this.point(event, true);
    };
    this.canvas.onpointermove = (event) => {
      if (event.buttons) this.point(event, false);
    };
  }
  load(bytes) {
    const { header, arrays } = unpack(bytes),
      first = !this.header,
      known = this.tensors ?? {},
      now = this.t;
    this.header = header;
    this.words = header.words;
    this.tensors = Object.fromEntries(
      header.tensors.map((about, i) => [
        about.name,
        known[about.name]?.stamp === about.stamp
          ? known[about.name]
          : new Sheets(about, arrays[i], header.cividis),
      ]),
    );
    if (first) Object.assign(this, structuredClone(window.__lightboxTensors ?? {}));
    if (!this.tensors[this.name]) this.name = "images";
    if (first || this.t !== now) this.refit();
    if (first) {
      this.canvas.math = {
        parseIndex,
        takeIndex,
        layoutOf,
        addressOf,
        transposeLayout,
        unravelNumber,
        elementBytes,
        floatParts,
        batchSizes,
        addUint8,
        layouts: this.tensors,
      };
      this.transport = new Transport(this.find(".transport"), {
        last: 1,
        perSecond: 12,
        name: "Frame",
        loop: true,
        rest: 0.05,
        canvas: this.canvas,
        moved: (at) => this.play(Math.min(Math.floor(at + 1e-9), this.transport.last)),
        draw: () => this.draw(),
        layout: () => this.fit(),
      });
      this.buttons();
      this.choose();
    } else {
      this.canvas.math.layouts = this.tensors;
      this.buttons();
      if (this.t !== now) {
        this.orderKey = null;
        this.choose();
      }
    }
  }
  // Another set may hold fewer images: what was chosen beyond its last one moves to the last.
  refit() {
    const size = this.tensors.images.shape[0];
    if ((this.sample ?? 2) >= size) this.sample = size - 1;
    for (const name of ["images", "color"]) {
      if (this.element[name]) this.element[name][0] = Math.min(this.element[name][0], size - 1);
      try {
        parseIndex(this.texts[name], this.tensors[name].shape);
      } catch (error) {
        if (error.code !== "index.bounds") continue;
        this.texts[name] = name === "color" ? "x[0, ..., 0]" : "x[0]";
      }
    }
  }
  get t() {
    if (!this.tensors) return null;
    return this.view === "types"
      ? this.tensors.images
      : this.view === "order"
        ? this.tensors.color
        : this.tensors[this.name];
  }
  buttons() {
    const make = (host, entries, chosen, on) => {
      host.innerHTML = entries
        .map(
          ([name, title, off]) =>
            `<button type="button" data-name="${name}" ${off ? `disabled title="${escapedText(this.words.locked)}"` : ""}>${escapedText(title)}</button>`,
        )
        .join("");
      for (const button of host.children)
        button.onclick = () => {
          on(button.dataset.name);
        };
    };
    make(
      this.find(".kinds"),
      [
        ...this.header.tensors.map((t) => [t.name, t.title, false]),
        ...this.header.closed.map((pair) => [...pair, true]),
      ],
      this.name,
      (name) => {
        this.name = name;
        if (["types", "order"].includes(this.view)) this.view = "slice";
        this.choose();
      },
    );
    make(this.find(".views"), this.header.views, this.view, (view) => {
      this.view = view;
      this.choose();
    });
    this.press();
  }
  press() {
    for (const b of this.find(".kinds").children)
      b.setAttribute("aria-pressed", b.dataset.name === this.t.name);
    for (const b of this.find(".views").children)
      b.setAttribute("aria-pressed", b.dataset.name === this.view);
  }
  choose() {
    this.transport.pause();
    this.press();
    const t = this.t;
    this.element[t.name] ??= t.shape.map((size, axis) =>
      Math.min(size - 1, [2, 10, 20, 20, 0][axis]),
    );
    if (t.name === "video" && this.element.video[0] > 2) this.element.video[0] = 2;
    this.find(".typed").classList.toggle("none", this.view !== "slice");
    this.read();
    this.buildRows();
    const steps = {
      slice: [
        this.playAxis < 0 ? 0 : t.shape[this.playAxis] - 1,
        this.playAxis === 1 && t.name === "video" ? "Frame" : "Sample",
      ],
      batch: [this.sizes().length - 1, "Batch"],
      memory: [countOf(t.shape) - 1, "Element"],
      types: [255, "Add"],
      order: [this.orderShape().count - 1, "Byte"],
    }[this.view];
    this.transport.name = steps[1];
    this.find(".lb-at").firstChild.textContent = `${steps[1]} `;
    this.find(".lb-scrub").setAttribute("aria-label", steps[1]);
    this.transport.perSecond = { slice: 12, batch: 1.5, memory: 30, types: 40, order: 60 }[
      this.view
    ];
    this.syncing = true;
    this.transport.setLast(steps[0]);
    this.transport.go(
      {
        slice: this.playAt(),
        batch: Math.min(this.batchAt ?? 0, steps[0]),
        memory: this.elementNumber(),
        types: clampTo(this.add, 0, 255),
        order: Math.min(this.byte ?? 1000, steps[0]),
      }[this.view],
    );
    this.syncing = false;
    this.soon();
  }
  get playAxis() {
    return this.t.name === "video" ? 1 : 0;
  }
  playAt() {
    const item = this.items?.[this.playAxis];
    return typeof item === "number" ? (item < 0 ? item + this.t.shape[this.playAxis] : item) : 0;
  }
  elementNumber() {
    return addressOf(layoutOf(this.t.shape, 1), this.element[this.t.name]);
  }
  get many() {
    return Math.min(this.batch, this.t.shape[0]);
  }
  sizes() {
    return batchSizes(this.t.shape[0], this.many, this.dropLast);
  }
  // The transport moved, or was moved by us.
  play(at) {
    if (this.syncing) return;
    const before = [this.texts[this.name], this.batchAt, this.add, this.byte].join();
    if (this.view === "slice") {
      if (this.playAt() !== at || typeof this.items[this.playAxis] !== "number") {
        this.items[this.playAxis] = at;
        this.write();
        this.fillRows();
      }
    }
    if (this.view === "batch") this.batchAt = at;
    if (this.view === "memory") {
      this.element[this.t.name] = unravelNumber(at, this.t.shape);
      this.fillRows();
    }
    if (this.view === "types") {
      this.add = at;
      this.fillRows();
    }
    if (this.view === "order") this.byte = at;
    if (
      before !== [this.texts[this.name], this.batchAt, this.add, this.byte].join() ||
      this.view === "memory"
    )
      this.stale = true;
  }
  // ---- the typed index and the rows
  read() {
    const t = this.t,
      text = this.texts[t.name],
      box = this.find(".index");
    if (document.activeElement !== box && box.value !== text) box.value = text;
    if (this.root.getRootNode().activeElement !== box) box.value = text;
    this.trouble = null;
    try {
      this.typed = parseIndex(text, t.shape);
      this.items = expandIndex(this.typed, t.rank).filter((item) => item !== null);
    } catch (error) {
      if (!(error instanceof TypedIndexError)) throw error;
      this.trouble = error;
      this.typed ??= [];
      this.items ??= Array(t.rank).fill(FULL);
      if (this.readName !== t.name) {
        this.typed = [];
        this.items = Array(t.rank).fill(FULL);
      }
    }
    this.readName = t.name;
    box.setAttribute("aria-invalid", Boolean(this.trouble));
  }
  write() {
    const say = (item, size) => {
      if (typeof item === "number") return String(item);
      const part = (v) => (v === null ? "" : v);
      return `${part(item.start === 0 && !(item.step < 0) ? null : item.start)}:${part(item.stop === size && !(item.step < 0) ? null : item.stop)}${item.step === null || item.step === 1 ? "" : `:${item.step}`}`;
    };
    this.texts[this.t.name] =
      `x[${this.items.map((item, axis) => say(item, this.t.shape[axis])).join(", ")}]`;
    this.find(".index").value = this.texts[this.t.name];
    this.read();
  }
  // First entry, entry after the last, and step of an axis, as the handles show them.
  span(axis) {
    const size = this.t.shape[axis],
      item = this.items[axis];
    if (typeof item === "number") {
      const i = item < 0 ? item + size : item;
      return [i, i + 1, 1];
    }
    const { from, step, count } = sliceIndices(item, size);
    if (!count) return [clampTo(from, 0, size), clampTo(from, 0, size), step];
    const last = from + (count - 1) * step;
    return step > 0
      ? [
          from,
          item.stop === null
            ? size
            : clampTo(item.stop < 0 ? item.stop + size : item.stop, last + 1, size),
          step,
        ]
      : [last, from + 1, step];
  }
  setSpan(axis, low, high, step) {
    const back = step < 0;
    this.items[axis] = back
      ? { start: high - 1, stop: low > 0 ? low - 1 : null, step }
      : { start: low, stop: high, step: step === 1 ? null : step };
    if (back && high <= low) this.items[axis] = { start: 0, stop: 0, step: null };
    this.changed();
  }
  changed() {
    this.write();
    this.fillRows();
    this.sync(this.playAt());
    this.soon();
  }
  sync(at) {
    this.syncing = true;
    this.transport.pause();
    this.transport.go(at);
    this.syncing = false;
  }
  buildRows() {
    const t = this.t,
      host = this.find(".rows"),
      slider = (cls, label, min, max, step = 1) =>
        `<input type="range" class="${cls}" min="${min}" max="${max}" step="${step}" aria-label="${label}">`;
    const box = (cls, label, min, max) =>
      `<input type="number" class="${cls}" min="${min}" max="${max}" step="1" aria-label="${label}">`;
    const plain = (name, min, max) =>
      `<div class="row plain"><span class="name">${name}</span>${slider("a", name, min, max)}${box("na", `${name}, as a number`, min, max)}</div>`;
    const pick = (name, cls, entries) =>
      `<div class="row plain"><label class="name" for="t-${cls}">${name}</label><select id="t-${cls}" class="${cls}">${entries.map(([v, s]) => `<option value="${v}">${s}</option>`).join("")}</select></div>`;
    if (this.view === "slice")
      host.innerHTML = t.axes
        .map(
          (name, axis) =>
            `<div class="row" data-axis="${axis}"><span class="chip">${axis}</span><span class="name">${name}</span>` +
            `<select class="kind" aria-label="${name}: one entry or a part"><option value="one">one</option><option value="part">part</option></select>` +
            `<span class="pair">${slider("a", `${name}, from`, 0, t.shape[axis])}${slider("b", `${name}, to`, 0, t.shape[axis])}</span>` +
            `<span class="numbers">${box("na", `${name}, from, as a number`, 0, t.shape[axis])}<span class="c1">:</span>${box("nb", `${name}, to, as a number`, 0, t.shape[axis])}<span class="c2">:</span>${box("nc", `${name}, step`, -t.shape[axis], t.shape[axis])}</span></div>`,
        )
        .join("");
    if (this.view === "batch")
      host.innerHTML =
        plain("Batch size", 1, Math.min(t.shape[0], 128)) +
        pick("Last batch", "drop", [
          ["keep", "keep what is left"],
          ["drop", "leave it out"],
        ]);
    if (this.view === "memory")
      host.innerHTML =
        t.axes
          .map(
            (name, axis) =>
              `<div class="row plain" data-axis="${axis}"><span class="name">${axis} ${name}</span>${slider("a", name, 0, t.shape[axis] - 1)}${box("na", `${name}, as a number`, 0, t.shape[axis] - 1)}</div>`,
          )
          .join("") +
        (t.dtype === "uint8"
          ? pick("Kept as", "as", [
              ["uint8", "uint8, 1 byte"],
              ["float32", "float32, 4 bytes"],
            ])
          : "");
    if (this.view === "types")
      host.innerHTML =
        plain("Picture", 0, t.shape[0] - 1) +
        plain("Add to each", -255, 255) +
        pick("As float32", "norm", [
          ["scaled", "\u00f7 255"],
          ["standardized", "standardized"],
        ]);
    if (this.view === "order")
      host.innerHTML =
        plain("Picture", 0, t.shape[0] - 1) +
        pick("Question", "turn", [
          ["channels", "channels first"],
          ["flip", "turn a picture"],
        ]);
    for (const input of host.querySelectorAll("input, select")) {
      input.addEventListener(input.tagName === "SELECT" ? "change" : "input", (event) => {
        this.asked = event.timeStamp;
        this.take(input);
      });
      input.addEventListener("blur", () => this.fillRows());
    }
    this.fillRows();
  }
  take(input) {
    const row = input.closest(".row"),
      axis = Number(row.dataset.axis),
      value = Math.round(Number(input.value)),
      t = this.t;
    if (input.tagName === "SELECT") {
      if (input.className === "kind") {
        const [low] = this.span(axis);
        this.items[axis] = input.value === "one" ? Math.min(low, t.shape[axis] - 1) : { ...FULL };
        return this.changed();
      }
      if (input.className === "drop") {
        this.dropLast = input.value === "drop";
        this.transport.setLast(Math.max(this.sizes().length - 1, 0));
      }
      if (input.className === "as") this.as = input.value;
      if (input.className === "norm") this.norm = input.value;
      if (input.className === "turn") {
        this.turn = input.value;
        return this.choose();
      }
      return this.soon();
    }
    if (input.value === "" || !Number.isFinite(value)) return;
    this.typing = input;
    if (this.view === "slice") {
      const size = t.shape[axis],
        one = typeof this.items[axis] === "number";
      if (one) {
        this.items[axis] = clampTo(value, 0, size - 1);
        this.changed();
      } else {
        let [low, high, step] = this.span(axis);
        if (["a", "na"].includes(input.className)) {
          low = clampTo(value, 0, size);
          high = Math.max(high, low);
        }
        if (["b", "nb"].includes(input.className)) {
          high = clampTo(value, 0, size);
          low = Math.min(low, high);
        }
        if (input.className === "nc") {
          if (!value) return;
          step = value;
        }
        this.setSpan(axis, low, high, step);
      }
    } else {
      const to = clampTo(value, Number(input.min), Number(input.max)),
        name = row.querySelector(".name").textContent;
      if (this.view === "batch") {
        this.batch = to;
        this.batchAt = 0;
        this.syncing = true;
        this.transport.setLast(this.sizes().length - 1);
        this.transport.go(0);
        this.syncing = false;
      }
      if (this.view === "memory") {
        this.element[t.name][axis] = to;
        this.sync(this.elementNumber());
      }
      if (name === "Picture") this.sample = to;
      if (name === "Add to each") {
        this.add = to;
        this.sync(clampTo(to, 0, 255));
      }
      this.fillRows();
      this.soon();
    }
    this.typing = null;
  }
  fillRows() {
    const put = (input, value) => {
      if (
        input &&
        (input.type === "range" ||
          input !== this.root.getRootNode().activeElement ||
          (input !== this.typing && this.transport?.playing)) &&
        input.value !== String(value)
      )
        input.value = value;
    };
    for (const row of this.find(".rows").children) {
      const axis = Number(row.dataset.axis),
        get = (cls) => row.querySelector(`.${cls}`);
      if (this.view === "slice") {
        const [low, high, step] = this.span(axis),
          one = typeof this.items[axis] === "number";
        get("kind").value = one ? "one" : "part";
        get("pair").classList.toggle("one", one); // a single handle follows a press anywhere on its track
        put(get("a"), low);
        put(get("na"), low);
        put(get("b"), high);
        put(get("nb"), high);
        put(get("nc"), step);
        for (const cls of ["b", "nb", "nc", "c1", "c2"])
          get(cls).style.visibility = one ? "hidden" : "visible";
        for (const cls of ["a", "na"]) {
          const label = `${this.t.axes[axis]}, ${one ? "entry" : "from"}`;
          get(cls).setAttribute("aria-label", cls === "a" ? label : `${label}, as a number`);
        }
        continue;
      }
      const name = row.querySelector(".name").textContent;
      const value =
        this.view === "memory" && row.dataset.axis
          ? this.element[this.t.name][axis]
          : name === "Batch size"
            ? this.many
            : name === "Picture"
              ? (this.sample ?? 2)
              : this.add;
      put(get("a"), value);
      put(get("na"), value);
      if (get("drop")) get("drop").value = this.dropLast ? "drop" : "keep";
      for (const cls of ["as", "norm", "turn"]) if (get(cls)) get(cls).value = this[cls];
    }
    const trouble = this.find(".trouble"),
      words = this.words;
    if (this.view === "slice" && this.trouble) {
      const letters = [...this.texts[this.t.name]],
        { at, length } = this.trouble,
        cut = (a, b) => escapedText(letters.slice(a, b).join(""));
      trouble.innerHTML = `<code>${cut(0, at)}<mark>${cut(at, at + length) || "&nbsp;"}</mark>${cut(at + length)}</code>\n${escapedText(this.trouble.problem)} ${escapedText(this.trouble.remedy)}`;
    } else {
      const told =
        this.view === "slice" || this.view === "batch" || this.view === "memory"
          ? `${this.t.origin} `
          : "";
      if (trouble.textContent !== told + words[this.view])
        trouble.textContent = told + words[this.view];
    }
  }
  // ---- drawing
  soon() {
    this.asked ??= window.event?.timeStamp ?? performance.now();
    this.stale = true;
    this.transport.touch();
  }
  fit() {
    this.stale = true;
    this.transport?.touch();
  }
  draw() {
    if (!this.header || !this.canvas.clientWidth) return;
    const style = getComputedStyle(this.root),
      type = Math.max(16, parseFloat(style.fontSize));
    const tight = this.root.clientWidth < 55 * type;
    this.root.classList.toggle("tight", tight);
    this.find(".stage").classList.toggle("wide", !tight && this.view === "types");
    this.find(".stage").classList.toggle("flat", !tight && this.view === "order");
    // What stands above is one line on a low screen. Controls above the picture take of its height.
    const above = this.find(".stage").classList.contains("flat")
      ? this.find(".side").offsetHeight
      : 0;
    const height =
        Math.round(
          clampTo(innerHeight - (innerHeight > 800 ? 405 : 320) - 3 * type, 17 * type + 60, 760),
        ) - above,
      width = this.canvas.clientWidth;
    const same =
      this.look === [width, height, type, style.getPropertyValue("--lb-background")].join();
    if (same && !this.stale) return;
    this.look = [width, height, type, style.getPropertyValue("--lb-background")].join();
    this.stale = false;
    this.pen.size(width, height, type, style);
    this.pen.clear();
    this.spots = [];
    const told = {
      slice: () => this.drawSlice(),
      batch: () => this.drawBatch(),
      memory: () => this.drawMemory(),
      types: () => this.drawTypes(),
      order: () => this.drawOrder(),
    }[this.view]();
    this.tell(told);
    this.canvas.draws = (this.canvas.draws ?? 0) + 1;
    if (this.asked) this.canvas.waits?.push(performance.now() - this.asked);
    this.asked = null;
  }
  tell({ formula, sentence, table, shown }) {
    this.find(".formula").innerHTML = formula;
    this.canvas.setAttribute("aria-label", sentence);
    this.find(".twin").textContent = sentence;
    if (this.find(".words").open) this.find("table").innerHTML = table();
    else
      this.find(".words").ontoggle = () => {
        this.find("table").innerHTML = table();
      };
    this.canvas.shown = {
      view: this.view,
      name: this.t.name,
      text: this.texts[this.t.name],
      ...shown,
    };
  }
  grid(numbers, caption, dtype) {
    return (
      `<caption>${escapedText(caption)}</caption>` +
      numbers
        .map(
          (row) =>
            `<tr>${row.map((v) => `<td>${typeof v === "number" ? shortNumber(v, dtype) : escapedText(v)}</td>`).join("")}</tr>`,
        )
        .join("")
    );
  }
  // The tensor as a stack of sheets (video: one stack a sample); what is picked is bright.
  drawStack(x, y, w, h) {
    const { pen, t } = this,
      g = pen.g,
      type = pen.type,
      left = type * 1.9,
      bottom = type * 1.8,
      top = type * 1.8;
    const picked = t.shape.map((size, axis) => {
      const item = this.items[axis];
      if (typeof item === "number") return [item < 0 ? item + size : item];
      const { from, step, count } = sliceIndices(item, size);
      return range(count).map((i) => from + i * step);
    });
    if (t.name === "video")
      return this.drawStrips(picked, x + left, y + top, w - left, h - top - bottom);
    const columns = 1,
      stackAxis = t.name === "video" ? 1 : t.name === "table" ? -1 : 0;
    const n = stackAxis < 0 ? 1 : t.shape[stackAxis],
      gap = type;
    const wide = (w - left - gap * (columns - 1)) / columns,
      tall = h - top - bottom;
    const depth = n > 1 ? Math.min(wide * 0.34, tall * 0.45, n * 13) : 0,
      rise = depth * 0.62;
    const ratio = t.picture ? 1 : t.name === "table" ? 0.62 : 0.85;
    let sw = wide - depth,
      sh = tall - rise;
    if (sw / sh > ratio) sw = sh * ratio;
    else sh = sw / ratio;
    const lead = [];
    for (let column = 0; column < columns; column++) {
      const x0 = x + left + column * (sw + depth + gap),
        y0 = y + top + rise,
        on = columns === 1 || picked[0].includes(column);
      const faces = stackAxis < 0 ? [0] : picked[stackAxis],
        face = on && faces.length ? Math.min(...faces) : -1;
      for (let i = n - 1; i >= 0; i--) {
        const sx = x0 + (n > 1 ? (i / (n - 1)) * depth : 0),
          sy = y0 - (n > 1 ? (i / (n - 1)) * rise : 0),
          chosen = on && faces.includes(i);
        const indices = stackAxis < 0 ? [] : columns > 1 ? [column, i] : [i];
        if (chosen || i > face) {
          pen.fill(sx, sy, sw, sh, pen.ground);
          g.globalAlpha = chosen ? 1 : on ? 0.28 : 0.16;
          g.drawImage(t.sheet(indices), sx, sy, sw, sh);
          g.globalAlpha = 1;
        }
        pen.frame(sx, sy, sw, sh, chosen ? pen.accent : pen.muted, chosen ? 2 : 0.6);
        if (i === face) {
          this.veil(picked, sx, sy, sw, sh);
          lead.push(...(lead.length ? [] : indices));
          this.spots.push({ kind: "face", x: sx, y: sy, w: sw, h: sh, column });
        }
      }
      this.spots.push({
        kind: "stack",
        x: x0,
        y: y0 - rise,
        w: sw + depth,
        h: sh + rise,
        column,
        sw,
        depth,
        n,
        stackAxis,
      });
    }
    const row = t.rowAxis,
      base = y + top + rise + sh;
    pen.axis(row, t.axes[row], t.shape[row], x + left - type * 0.95, base, -Math.PI / 2);
    const below = x + left,
      chip = pen.axisWidth(t.axes[row + 1], t.shape[row + 1]);
    pen.axis(row + 1, t.axes[row + 1], t.shape[row + 1], below, base + type);
    if (stackAxis >= 0) pen.axis(stackAxis, `${t.axes[stackAxis]}`, n, x + left, y + type * 0.85);
    if (t.picture)
      pen.axis(t.rank - 1, t.axes[t.rank - 1], t.last, below + chip + type * 0.8, base + type);
  }
  // A film is a strip of frames, and the films lie below each other: rank 5 at a glance.
  drawStrips(picked, x, y, w, h) {
    const { pen, t } = this,
      g = pen.g,
      type = pen.type,
      [films, frames] = t.shape,
      gap = type * 0.5,
      s = Math.min((h - gap * (films - 1)) / films, w * 0.4),
      run = w - s;
    for (let film = 0; film < films; film++) {
      const on = picked[0].includes(film),
        y0 = y + film * (s + gap),
        at = (i) => x + (i / (frames - 1)) * run,
        faces = on ? picked[1] : [],
        face = faces.length ? Math.min(...faces) : -1;
      const one = (i, alpha) => {
        const chosen = faces.includes(i);
        pen.fill(at(i), y0, s, s, pen.ground);
        g.globalAlpha = chosen ? 1 : alpha;
        g.drawImage(t.sheet([film, i]), at(i), y0, s, s);
        g.globalAlpha = 1;
        pen.frame(at(i), y0, s, s, chosen ? pen.accent : pen.muted, chosen ? 2 : 0.6);
      };
      const alpha = on ? 0.6 : 0.5;
      for (let i = frames - 1; i > face; i--) one(i, alpha);
      for (let i = 0; i < face; i++) one(i, alpha);
      if (face >= 0) {
        one(face, 1);
        this.veil(picked, at(face), y0, s, s);
        this.spots.push({ kind: "face", x: at(face), y: y0, w: s, h: s, column: film });
      }
      pen.say(String(film), x - type * 0.45, y0 + s / 2, {
        align: "right",
        bold: on,
        color: on ? pen.accent : pen.muted,
      });
      this.spots.push({
        kind: "stack",
        x,
        y: y0,
        w,
        h: s,
        column: film,
        sw: s,
        depth: run,
        n: frames,
        stackAxis: 1,
      });
    }
    const base = y + films * (s + gap) - gap + type,
      chip = (a) => pen.axisWidth(t.axes[a], t.shape[a]) + type * 0.8;
    pen.axis(0, t.axes[0], films, x - type * 1.5, y - type * 1.1);
    pen.axis(1, t.axes[1], frames, x - type * 1.5 + chip(0), y - type * 1.1);
    [2, 3, 4].reduce(
      (left, a) => {
        pen.axis(a, t.axes[a], t.shape[a], left, base);
        return left + chip(a);
      },
      x - type * 1.5,
    );
  }
  veil(picked, x, y, w, h) {
    const { t, pen } = this,
      g = pen.g,
      rows = t.shape[t.rowAxis],
      cols = t.shape[t.rowAxis + 1],
      ch = h / rows,
      cw = w / cols;
    const onRow = new Set(picked[t.rowAxis]),
      onCol = new Set(picked[t.rowAxis + 1]);
    g.globalAlpha = 0.62;
    g.fillStyle = pen.ground;
    for (let r = 0; r < rows;) {
      let e = r;
      while (e < rows && !onRow.has(e)) e++;
      if (e > r) g.fillRect(x, y + r * ch, w, (e - r) * ch);
      r = e + 1;
    }
    for (let c = 0; c < cols;) {
      let e = c;
      while (e < cols && !onCol.has(e)) e++;
      if (e > c) g.fillRect(x + c * cw, y, (e - c) * cw, h);
      c = e + 1;
    }
    g.globalAlpha = 1;
    if (!onRow.size || !onCol.size) return;
    const r0 = Math.min(...onRow),
      r1 = Math.max(...onRow) + 1,
      c0 = Math.min(...onCol),
      c1 = Math.max(...onCol) + 1;
    pen.frame(
      x + c0 * cw - 1,
      y + r0 * ch - 1,
      (c1 - c0) * cw + 2,
      (r1 - r0) * ch + 2,
      pen.accent,
      2.5,
    );
  }
  drawSlice() {
    const { pen, t } = this,
      type = pen.type,
      kept = takeIndex(t.layout, this.typed),
      half = Math.round(pen.width * 0.54);
    this.drawStack(type * 0.5, type * 0.4, half - type, pen.height - type * 0.9);
    pen.fill(half, type, 1, pen.height - 2 * type, pen.border);
    const x = half + type,
      w = pen.width - x - type * 0.7;
    pen.say(`shape ${shapeText(kept.shape)}`, x, type * 1.35, {
      bold: true,
      scale: 1.35,
      color: pen.accent,
      fit: w,
    });
    const count = countOf(kept.shape),
      bytes = count * kept.itemsize;
    pen.say(
      `rank ${kept.shape.length}  \u00b7  ${grouped(count)} number${count === 1 ? "" : "s"}  \u00b7  ${grouped(bytes)} byte${bytes === 1 ? "" : "s"}`,
      x,
      type * 2.9,
      { color: pen.text, fit: w },
    );
    this.drawKept(kept, x, type * 4, w, pen.height - type * 4.6);
    const names = kept.axes.map((a) => (a < 0 ? "new" : t.axes[a]));
    const lost = t.axes.filter((_, a) => typeof this.items[a] === "number");
    const words = `x has shape ${shapeText(t.shape)} (${t.axes.join(", ")}). ${this.texts[t.name]} leaves shape ${shapeText(kept.shape)}${names.length ? ` (${names.join(", ")})` : ", a single number"}: rank ${kept.shape.length}, ${grouped(count)} numbers.`;
    const terms = t.shape.map((size, a) => {
      const item = this.items[a];
      if (typeof item === "number") return `<span>${t.axes[a]}: one, the axis goes</span>`;
      const { from, step, count: c } = sliceIndices(item, size);
      return `${t.axes[a]}: ${from < 0 ? 0 : from} to ${c ? from + (c - 1) * step : "nothing"}${step === 1 ? "" : ` by ${plainNumber(step)}`}, <b>${c}</b>`;
    });
    return {
      formula: `${lost.length || kept.axes.includes(-1) ? `rank ${t.rank} ` : ""}${lost.length ? `${MINUS} ${lost.length} indexed ` : ""}${kept.axes.filter((a) => a < 0).length ? `+ ${kept.axes.filter((a) => a < 0).length} new ` : ""}${lost.length || kept.axes.includes(-1) ? "= " : ""}rank <b>${kept.shape.length}</b>. ${terms.join(" \u00b7 ")}`,
      sentence: words,
      shown: {
        kept,
        typed: this.typed,
        error: this.trouble && { code: this.trouble.code, at: this.trouble.at },
        first: count
          ? range(Math.min(count, 12)).map((i) =>
              t.at(addressOf(kept, unravelNumber(i, kept.shape))),
            )
          : [],
      },
      table: () => {
        const flat = range(Math.min(count, 64)).map((i) =>
          t.at(addressOf(kept, unravelNumber(i, kept.shape))),
        );
        const per = Math.min(8, kept.shape.at(-1) || 1),
          out = [];
        for (let i = 0; i < flat.length; i += per) out.push(flat.slice(i, i + per));
        return this.grid(
          out,
          `The first ${flat.length} of ${grouped(count)} numbers, in order`,
          t.dtype,
        );
      },
    };
  }
  drawKept(kept, x, y, w, h) {
    const { pen, t } = this,
      g = pen.g,
      type = pen.type;
    if (!countOf(kept.shape)) {
      pen.say(this.words.nothing, x, y + h / 2, { fit: w });
      return;
    }
    let axes = range(kept.shape.length).filter((k) => kept.axes[k] >= 0);
    let channel = t.picture ? (axes.find((k) => kept.axes[k] === t.rank - 1) ?? -1) : -1;
    const others = axes.filter((k) => k !== channel);
    if (channel >= 0 && others.length >= 2) axes = others;
    else channel = -1;
    const channels =
      channel >= 0
        ? range(kept.shape[channel]).map((i) => {
            const { from, step } = sliceIndices(this.items[t.rank - 1], t.last);
            return from + i * step;
          })
        : [];
    while (axes.length > 2 && kept.shape[axes.at(-1)] === 1) axes = axes.slice(0, -1);
    while (axes.length > 2 && kept.shape[axes[0]] === 1) axes = axes.slice(1);
    const number = (address) => shortNumber(t.at(address), t.dtype);
    if (!axes.length) {
      const rgb = t.color(kept.offset),
        side = Math.min(h * 0.6, w * 0.6);
      pen.fill(x, y + 4, side, side, `rgb(${rgb.join()})`);
      pen.frame(x, y + 4, side, side, pen.accent);
      pen.say(number(kept.offset), x + side / 2, y + 4 + side / 2, {
        color: inkOn(rgb),
        align: "center",
        bold: true,
        scale: 2.2,
      });
      return;
    }
    const cellW = type * 3.5,
      cellH = type * 1.75;
    if (axes.length === 1) {
      const k = axes[0],
        n = kept.shape[k],
        per = Math.max(1, Math.floor(w / cellW)),
        rows = Math.max(1, Math.floor(h / cellH));
      const shown = n <= per * rows ? n : per * (rows - 1);
      range(shown).forEach((i) => {
        const a = kept.offset + i * kept.strides[k];
        pen.cell(
          x + (i % per) * cellW,
          y + Math.floor(i / per) * cellH,
          cellW,
          cellH,
          t.color(a),
          number(a),
        );
      });
      if (shown < n)
        pen.say(`\u2026 and ${grouped(n - shown)} more`, x, y + (rows - 0.5) * cellH, {
          color: pen.muted,
        });
      return;
    }
    const [row, col] = axes.slice(-2),
      lead = axes.slice(0, -2),
      rows = kept.shape[row],
      cols = kept.shape[col];
    const many = lead.reduce((p, k) => p * kept.shape[k], 1);
    if (
      many === 1 &&
      rows * cellH <= h &&
      cols * cellW <= w &&
      !(channel >= 0 && channels.length > 1)
    ) {
      const cw = Math.min(w / cols, cellW * 1.4),
        ch = Math.min(h / rows, cellH * 1.4);
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < cols; c++) {
          const a = kept.offset + r * kept.strides[row] + c * kept.strides[col];
          pen.cell(x + c * cw, y + r * ch, cw, ch, t.color(a), number(a));
        }
      return;
    }
    // A contact sheet of pictures: as large as they all fit, down to a size that can be seen.
    const ratio = t.picture ? clampTo(cols / rows, 0.2, 5) : clampTo(cols / rows, 0.6, 1.6);
    let per = 1,
      size = [0, 0],
      best = 0;
    for (let p = 1; p <= Math.min(many, 60); p++) {
      const lines = Math.ceil(many / p),
        cw = w / p,
        ch = h / lines,
        sw = Math.min(cw - 4, (ch - 4) * ratio);
      if (sw > best) {
        best = sw;
        per = p;
        size = [sw, sw / ratio];
      }
    }
    let count = many,
      foot = 0;
    if (Math.min(...size) < 26) {
      foot = type * 1.6;
      size = ratio > 1 ? [26 * ratio, 26] : [26, 26 / ratio];
      per = Math.max(1, Math.floor(w / (size[0] + 4)));
      count = Math.min(many, per * Math.max(1, Math.floor((h - foot) / (size[1] + 4))));
    }
    for (let i = 0; i < count; i++) {
      const index = unravelNumber(
          i,
          lead.map((k) => kept.shape[k]),
        ),
        base = index.reduce((sum, v, j) => sum + v * kept.strides[lead[j]], kept.offset);
      g.drawImage(
        t.paint(kept, base, row, col, channel, channels),
        x + (i % per) * (size[0] + 4),
        y + Math.floor(i / per) * (size[1] + 4),
        ...size,
      );
    }
    if (count < many)
      pen.say(`the first ${count} of ${grouped(many)} sheets`, x, y + h - type * 0.5, {
        color: pen.muted,
      });
  }
  drawBatch() {
    const { pen, t } = this,
      type = pen.type,
      N = t.shape[0],
      sizes = this.sizes(),
      at = clampTo(this.batchAt ?? 0, 0, Math.max(sizes.length - 1, 0));
    const half = Math.round(pen.width * 0.6),
      x = type,
      y = type * 2.2,
      w = half - 2 * type,
      h = pen.height - y - type;
    pen.axis(0, t.axes[0], N, x, type);
    const left = N - sizes.reduce((a, b) => a + b, 0),
      groups = left ? [...sizes, left] : sizes,
      thumb = (i) =>
        t.name === "video" ? t.sheet([i, 0]) : t.name === "table" ? null : t.sheet([i]);
    // The largest tile with which all batches fit, a gap between two of them.
    const flow = (s) => {
      const places = [];
      let cx = 0,
        cy = 0;
      const gap = Math.max(3, s * 0.28);
      groups.forEach((size, b) => {
        for (let i = 0; i < size; i++) {
          if (cx + s > w) {
            cx = 0;
            cy += s + gap;
          }
          places.push([cx, cy, b]);
          cx += s + 1;
        }
        cx += gap;
      });
      return cy + s <= h ? places : null;
    };
    let s = Math.min(h, w, 150),
      places = flow(s);
    while (!places && s > 3) {
      s *= 0.94;
      places = flow(s);
    }
    let number = 0;
    (places ?? []).forEach(([px, py, b], i) => {
      const inBatch = b === at,
        out = b >= sizes.length,
        sheet = thumb(i);
      pen.g.globalAlpha = out ? 0.2 : inBatch ? 1 : 0.5;
      if (sheet) pen.g.drawImage(sheet, x + px, y + py, s, s);
      else pen.fill(x + px, y + py, s, s, inBatch ? pen.accent : b % 2 ? pen.muted : pen.text);
      pen.g.globalAlpha = 1;
      if (s > 7)
        pen.frame(
          x + px,
          y + py,
          s,
          s,
          inBatch ? pen.accent : pen.muted,
          inBatch ? 3 : 1,
          out || groups[b] < this.many ? [5, 4] : [],
        );
      number += 1;
    });
    pen.fill(half, type, 1, pen.height - 2 * type, pen.border);
    const rx = half + type,
      rw = pen.width - rx - type * 0.7,
      size = sizes[at] ?? 0,
      shape = [size, ...t.shape.slice(1)],
      last = sizes.at(-1) ?? 0;
    pen.say(
      sizes.length ? `batch ${at}, ${grouped(sizes.length)} in all` : "no batch",
      rx,
      type * 1.3,
      { color: pen.muted },
    );
    pen.say(shapeText(shape), rx, type * 3, { bold: true, scale: 1.5, color: pen.accent, fit: rw });
    pen.say(`${grouped(countOf(shape) * t.layout.itemsize)} bytes as ${t.dtype}`, rx, type * 4.7, {
      fit: rw,
    });
    const th = pen.height - type * 6.4,
      per = Math.ceil(Math.sqrt((Math.max(size, 1) * rw) / Math.max(th, 1))),
      side =
        Math.min(rw / Math.max(per, 1), th / Math.ceil(Math.max(size, 1) / Math.max(per, 1))) - 3;
    const from = at * this.many;
    for (let i = 0; i < size; i++) {
      const sheet = thumb(from + i),
        px = rx + (i % per) * (side + 3),
        py = type * 5.8 + Math.floor(i / per) * (side + 3);
      if (sheet) pen.g.drawImage(sheet, px, py, side, side);
      else this.rowStrip(from + i, px, py, side);
    }
    const full = Math.floor(N / this.many),
      rest = N % this.many;
    const count =
      this.dropLast || !rest
        ? `\u230a${N} / ${this.many}\u230b = <b>${sizes.length}</b> batches`
        : `\u2308${N} / ${this.many}\u2309 = <b>${sizes.length}</b> batches`;
    const parts = `${full} \u00b7 ${this.many}${rest ? ` + ${rest}` : ""} = ${N}`;
    const note = rest
      ? this.dropLast
        ? `${rest} of ${N} are left out.`
        : `The last batch holds ${last}.`
      : "All batches are full.";
    return {
      formula: `${count}; ${parts}. ${note}`,
      sentence: `${N} samples in batches of ${this.batch}: ${sizes.length} batches. ${note} Batch ${at} has shape ${shapeText(shape)}.`,
      shown: { sizes, at, shape },
      table: () =>
        this.grid(
          [["batch", "samples"], ...sizes.slice(0, 60).map((v, i) => [String(i), String(v)])],
          "Samples in each batch",
          "uint8",
        ),
    };
  }
  rowStrip(i, x, y, side) {
    const { t, pen } = this,
      h = side / t.last;
    for (let f = 0; f < t.last; f++)
      pen.fill(x, y + f * h, side, Math.ceil(h), `rgb(${t.color((i * t.last + f) * 4).join()})`);
  }
  // Bars inside bars: each axis cuts the bytes of the block chosen above it.
  drawMemory() {
    const { pen, t } = this,
      g = pen.g,
      type = pen.type,
      as = t.dtype === "uint8" ? this.as : t.dtype,
      layout = layoutOf(t.shape, ITEM_SIZES[as]),
      index = this.element[t.name];
    const address = addressOf(layout, index),
      raw = t.data[addressOf(layoutOf(t.shape, 1), index)],
      value = as === t.dtype ? raw : Math.fround(raw / 255);
    const labelW = type * 14.5,
      x = labelW,
      w = pen.width - labelW - type,
      levels = t.rank + 1,
      row = (pen.height - type * 2.2) / levels,
      barH = Math.min(row * 0.52, type * 2);
    let y = type * 0.9,
      before = null;
    t.shape.forEach((size, axis) => {
      const stride = layout.strides[axis],
        block = w / size,
        at = index[axis];
      if (before) {
        g.fillStyle = pen.accent;
        g.globalAlpha = 0.22;
        g.beginPath();
        g.moveTo(before[0], before[1]);
        g.lineTo(before[0] + Math.max(before[2], 2), before[1]);
        g.lineTo(x + w, y);
        g.lineTo(x, y);
        g.fill();
        g.globalAlpha = 1;
      }
      pen.fill(x, y, w, barH, pen.ground);
      const sheet = t.picture && axis < t.rowAxis;
      for (let i = 0; i < size; i++) {
        if (i === at) continue;
        if (block > 3)
          pen.fill(x + i * block + 0.5, y, block - 1, barH, i % 2 ? pen.border : pen.muted + "55");
      }
      if (block <= 3) pen.fill(x, y, w, barH, pen.border);
      pen.fill(x + at * block, y, Math.max(block, 3), barH, pen.accent);
      if (sheet && block > barH)
        g.drawImage(
          t.sheet([...index.slice(0, axis + 1), ...Array(t.rowAxis - axis - 1).fill(0)]),
          x + at * block + 1,
          y + 1,
          Math.min(block, barH) - 2,
          barH - 2,
        );
      pen.frame(x, y, w, barH, pen.muted, 1);
      pen.axis(axis, t.axes[axis], size, type * 0.5, y + barH / 2 - type * 0.05);
      pen.say(
        `${at} \u00d7 ${grouped(stride)} = ${grouped(at * stride)}`,
        type * 0.5 + type * 1.5,
        y + barH / 2 + type * 1.25,
        { color: pen.muted, mono: false, fit: labelW - type * 2 },
      );
      this.spots.push({ kind: "bar", x, y, w, h: barH, axis, size });
      before = [x + at * block, y + barH, block];
      y += row;
    });
    const bytes = elementBytes(value, as),
      cw = Math.min(type * 3.2, w / 8);
    g.fillStyle = pen.accent;
    g.globalAlpha = 0.22;
    g.beginPath();
    g.moveTo(before[0], before[1]);
    g.lineTo(before[0] + Math.max(before[2], 2), before[1]);
    g.lineTo(x + cw * bytes.length, y);
    g.lineTo(x, y);
    g.fill();
    g.globalAlpha = 1;
    bytes.forEach((byte, i) => {
      pen.fill(x + i * cw, y, cw - 2, barH, pen.ground);
      pen.frame(x + i * cw, y, cw - 2, barH, pen.accent);
      pen.say(hexByte(byte), x + (i + 0.5) * cw - 1, y + barH / 2, {
        align: "center",
        mono: true,
        bold: true,
      });
      if (!i || i === 3)
        pen.say(grouped(address + i), x + (i ? (i + 1) * cw : 0), y + barH + type * 0.75, {
          align: i ? "right" : "left",
          color: pen.muted,
          fit: 0,
        });
    });
    pen.say(`byte ${grouped(address)}`, type * 0.5, y + barH / 2, {
      bold: true,
      color: pen.accent,
    });
    const parts = floatParts(value),
      tx = x + cw * bytes.length + type;
    pen.say(
      as === "uint8"
        ? `= ${value}   (0x${hexByte(value)} = ${value >> 4} \u00b7 16 + ${value & 15})`
        : `= ${plainNumber(Number(value.toPrecision(8)))}`,
      tx,
      y + barH / 2,
      { bold: true, fit: pen.width - tx - type },
    );
    const sum = index.map((i, axis) => `${i}\u00b7${grouped(layout.strides[axis])}`).join(" + ");
    const bits =
      as === "float32"
        ? ` Its bytes begin with the least important one: sign ${parts.sign}, exponent ${parts.exponent}, fraction ${grouped(parts.fraction)}: ${parts.sign ? MINUS : ""}${parts.exponent ? "1" : "0"}.f \u00b7 2<sup>${plainNumber(parts.exponent ? parts.exponent - 127 : -126)}</sup> with f = ${grouped(parts.fraction)} / 2<sup>23</sup>.`
        : "";
    const total = countOf(t.shape) * layout.itemsize;
    return {
      formula: `offset = \u03a3 index\u00b7stride = ${sum} = <b>${grouped(address)}</b>. All of x: ${t.shape.map(grouped).join(" \u00b7 ")} \u00b7 ${layout.itemsize} = <b>${grouped(total)}</b> bytes.${bits}`,
      sentence: `Element [${index.join(", ")}] of x, ${as}, begins at byte ${grouped(address)} and is ${bytes.map(hexByte).join(" ")}, the number ${plainNumber(value)}. Strides ${shapeText(layout.strides)}.`,
      shown: {
        index: [...index],
        strides: layout.strides,
        address,
        bytes,
        value,
        as,
        parts,
        total,
      },
      table: () =>
        this.grid(
          [
            ["axis", "entries", "stride in bytes", "index", "adds"],
            ...t.shape.map((s, a) => [
              t.axes[a],
              String(s),
              String(layout.strides[a]),
              String(index[a]),
              String(index[a] * layout.strides[a]),
            ]),
          ],
          "Where the element lies",
          "uint8",
        ),
    };
  }
  drawTypes() {
    const { pen, t } = this,
      g = pen.g,
      type = pen.type,
      size = t.shape[1],
      from = (this.sample ?? 2) * size * size,
      gray = t.data.subarray(from, from + size * size),
      add = this.add;
    let sum = 0,
      squares = 0,
      around = 0;
    for (const v of gray) {
      sum += v;
      squares += v * v;
      if (v + add > 255 || v + add < 0) around += 1;
    }
    const mean = sum / gray.length,
      deviation = Math.sqrt(Math.max(squares / gray.length - mean * mean, 0)) || 1;
    const real = (v) =>
      this.norm === "scaled"
        ? Math.fround((v + add) / 255)
        : Math.fround((v - mean + add) / deviation);
    const limits =
      this.norm === "scaled" ? [0, 1] : [(0 - mean) / deviation, (255 - mean) / deviation];
    const low = Math.min(real(0), limits[0]),
      high = Math.max(real(255), limits[1]);
    const half = pen.width / 2,
      n = 3,
      side = Math.min(pen.height - type * 7.2, half - type * (n * 2.9 + 2.5)),
      top = type * 3.4,
      r0 = 30,
      c0 = 28,
      cell = [type * 2.9, type * 1.75];
    [
      ["uint8", (v) => addUint8(v, add), (v) => [v, v, v], (v) => String(v)],
      [
        "float32",
        real,
        (v) => {
          const c = Math.round(255 * clampTo((v - low) / (high - low), 0, 1));
          return [c, c, c];
        },
        (v) => plainNumber(v.toFixed(2)),
      ],
    ].forEach(([name, f, color, text], k) => {
      const x = k * half + type,
        image = new ImageData(size, size);
      gray.forEach((v, i) => {
        const rgb = color(f(v));
        image.data.set([...rgb, 255], 4 * i);
      });
      const small = document.createElement("canvas");
      small.width = size;
      small.height = size;
      small.getContext("2d").putImageData(image, 0, 0);
      pen.say(name, x, type * 1.1, { bold: true, scale: 1.35, color: pen.accent });
      pen.say(
        k
          ? `black ${plainNumber(low.toFixed(2))} to white ${plainNumber(high.toFixed(2))}`
          : "black 0 to white 255",
        x,
        type * 2.5,
        { color: pen.muted, fit: half - 2 * type },
      );
      g.drawImage(small, x, top, side, side);
      const px = side / size;
      pen.frame(x + c0 * px, top + r0 * px, n * px, n * px, pen.accent, 3);
      for (let r = 0; r < n; r++)
        for (let c = 0; c < n; c++) {
          if (x + side + type * 0.7 + (c + 1) * cell[0] > (k + 1) * half) continue;
          const v = f(gray[(r0 + r) * size + c0 + c]);
          pen.cell(
            x + side + type * 0.7 + c * cell[0],
            top + r * cell[1],
            cell[0],
            cell[1],
            color(v),
            text(v),
          );
        }
      const bytes = size * size * (k ? 4 : 1),
        bar = (half - 2 * type) * (k ? 1 : 0.25),
        by = pen.height - type * 2.9;
      pen.fill(x, by, bar, type * 0.7, pen.accent);
      pen.say(`${grouped(bytes)} bytes${k ? ", 4 times as many" : ""}`, x, by + type * 1.6);
    });
    const says = `250 + ${add} = ${250 + add}`,
      wrapped = addUint8(250, add);
    const how =
      wrapped === 250 + add
        ? `fits into 0 to 255`
        : `${250 + add} ${250 + add > 255 ? MINUS : "+"} 256 = <b>${wrapped}</b> in uint8`;
    const norm =
      this.norm === "scaled"
        ? `250 / 255 = ${(250 / 255).toFixed(4)}; the network reads small numbers near 1 instead of up to 255`
        : `(250 ${MINUS} ${mean.toFixed(1)}) / ${deviation.toFixed(1)} = ${plainNumber(((250 - mean) / deviation).toFixed(3))}: mean 0, deviation 1 before anything is added`;
    return {
      formula: `${says.replace("+ -", `${MINUS} `)}: ${how}. <b>${grouped(around)}</b> of ${grouped(gray.length)} pixels went around. float32: ${norm}.`,
      sentence: `One radiograph as uint8 and as float32 with ${plainNumber(add)} added to each pixel: in uint8 ${around} of ${gray.length} pixels leave 0 to 255 and go around.`,
      shown: {
        add,
        around,
        wrapped,
        mean,
        deviation,
        uint8: Array.from(gray.slice(0, 40), (v) => addUint8(v, add)),
        float32: Array.from(gray.slice(0, 40), real),
      },
      table: () =>
        this.grid(
          range(n).map((r) =>
            range(n).map((c) => String(addUint8(gray[(r0 + r) * size + c0 + c], add))),
          ),
          "The framed pixels in uint8",
          "uint8",
        ),
    };
  }
  // The question's array, its turned view and what reshape makes of it instead.
  orderShape() {
    const t = this.tensors.color,
      channels = this.turn === "channels";
    const shape = channels ? [64, 64, 3] : [64, 40],
      order = channels ? [2, 0, 1] : [1, 0];
    return {
      t,
      shape,
      order,
      count: countOf(shape),
      base: (this.sample ?? 2) * 64 * 64 * 3,
      channels,
    };
  }
  orderData() {
    const { t, base, channels, shape } = this.orderShape();
    if (channels) return t.data.subarray(base, base + 64 * 64 * 3);
    const gray = this.tensors.images.data,
      from = (this.sample ?? 2) * 4096,
      [rows, cols] = shape;
    return Uint8Array.from(
      { length: rows * cols },
      (_, i) => gray[from + Math.floor(i / cols) * 64 + 12 + (i % cols)],
    );
  }
  drawOrder() {
    const { pen } = this,
      g = pen.g,
      type = pen.type,
      { shape, order, count, channels } = this.orderShape(),
      data = this.orderData(),
      k = clampTo(this.byte ?? 1000, 0, count - 1);
    const own = layoutOf(shape, 1),
      turned = transposeLayout(own, order),
      cut = layoutOf(turned.shape, 1);
    const index = unravelNumber(k, shape),
      inTurned = order.map((a) => index[a]),
      copied = addressOf(cut, inTurned),
      inCut = unravelNumber(k, cut.shape);
    const planes = (layout) => {
      const [C, H, W] = layout.shape.length === 3 ? layout.shape : [1, ...layout.shape];
      return range(C).map((c) => {
        const image = new ImageData(W, H);
        for (let r = 0; r < H; r++)
          for (let q = 0; q < W; q++) {
            const v = data[addressOf(layout, layout.shape.length === 3 ? [c, r, q] : [r, q])],
              o = 4 * (r * W + q);
            image.data.set([v, v, v, 255], o);
          }
        const canvas = document.createElement("canvas");
        canvas.width = W;
        canvas.height = H;
        canvas.getContext("2d").putImageData(image, 0, 0);
        return canvas;
      });
    };
    const key = [this.turn, this.sample].join();
    if (this.orderKey !== key) {
      this.orderKey = key;
      const whole = document.createElement("canvas"),
        rows = shape[0],
        cols = shape[1],
        image = new ImageData(cols, rows);
      for (let i = 0; i < rows * cols; i++)
        image.data.set(
          channels
            ? [data[3 * i], data[3 * i + 1], data[3 * i + 2], 255]
            : [data[i], data[i], data[i], 255],
          4 * i,
        );
      whole.width = cols;
      whole.height = rows;
      whole.getContext("2d").putImageData(image, 0, 0);
      this.orderPictures = { whole, turned: planes(turned), cut: planes(cut) };
    }
    const { whole, turned: good, cut: bad } = this.orderPictures,
      tape = type * 4.6,
      head = type * 2.2,
      gap = type,
      room = pen.height - tape;
    const foot = channels ? type * 1.5 : type * 0.5,
      side = Math.max(...shape.slice(0, 2)),
      tall = good[0].height,
      wide = good.reduce((sum, p) => sum + p.width + 2, 0);
    // In one row, or a large x beside two rows where these are not much smaller.
    const row = Math.min(
      (room - head - foot) / side,
      (pen.width - 4 * gap) / (shape[1] + 2 * wide),
      channels ? (pen.width - 4 * gap - type * 9) / (2 * wide) : Infinity,
    );
    const pair = Math.min(
        (room - 2 * head - foot - type * 0.5) / 2 / tall,
        (pen.width - 3 * gap) / (2 * side + wide),
      ),
      stacked = channels && pair > 0.8 * row;
    const zoom = stacked ? pair : row,
      large = stacked
        ? Math.min((room - head - foot) / side, (pen.width - 3 * gap) / side - (wide * zoom) / side)
        : row;
    const mark = (x, y, scale, r, c) => {
      for (const [color, line] of [
        [pen.ground, 6],
        [pen.accent, 3],
      ]) {
        g.strokeStyle = color;
        g.lineWidth = line;
        g.beginPath();
        g.arc(x + (c + 0.5) * scale, y + (r + 0.5) * scale, Math.max(7, scale), 0, 7);
        g.stroke();
      }
    };
    const show = (pictures, x, y, scale, title, at, ok) => {
      const width = Math.max(
        pictures.reduce((sum, p) => sum + (p.width + 2) * scale, 0),
        pictures.length > 1 ? 0 : type * 9,
      );
      pen.say(title, x, y + type * 1.1, {
        bold: true,
        mono: true,
        color: ok ? pen.accent : pen.text,
        fit: ok === false ? pen.width - x : width,
      });
      pictures.forEach((picture, i) => {
        const W = picture.width * scale,
          H = picture.height * scale,
          px = x + i * (picture.width + 2) * scale,
          py = y + head;
        g.drawImage(picture, px, py, W, H);
        if (ok === false) pen.frame(px, py, W, H, pen.muted, 2, [6, 5]);
        if (at[0] === i) mark(px, py, scale, at[1], at[2]);
        if (ok && channels)
          pen.say(["red", "green", "blue"][i], px + W / 2, py + H + type * 0.75, {
            align: "center",
            color: pen.muted,
          });
      });
      return x + width + gap;
    };
    const at3 = (i) => (i.length === 3 ? i : [0, ...i]);
    const next = show(
      [whole],
      gap,
      0,
      large,
      `x ${shapeText(shape)}`,
      [0, index[0], index[1]],
      undefined,
    );
    const beyond = show(
      good,
      next,
      0,
      zoom,
      channels ? "x.transpose(2, 0, 1)" : "x.T",
      at3(inTurned),
      true,
    );
    show(
      bad,
      stacked ? next : beyond,
      stacked ? head + tall * zoom + foot : 0,
      zoom,
      `x.reshape${shapeText(cut.shape)}`,
      at3(inCut),
      false,
    );
    // Two tapes: the bytes as they lie, and as a channels-first copy would lay them.
    const cell = type * 2.1,
      per = Math.floor((pen.width - type * 11) / cell),
      line = (y, name, center, value) => {
        pen.say(name, gap, y + type * 0.8, { color: pen.muted });
        const first = clampTo(center - Math.floor(per / 2), 0, count - per);
        for (let i = 0; i < per; i++) {
          const [v, c] = value(first + i),
            x = type * 10.5 + i * cell;
          const rgb = c < 0 ? [v, v, v] : [0, 1, 2].map((q) => (q === c ? v : 0));
          pen.fill(x, y, cell - 2, type * 1.6, `rgb(${rgb.join()})`);
          pen.say(`${c < 0 ? "" : "rgb"[c]}${hexByte(v)}`, x + cell / 2 - 1, y + type * 0.8, {
            color: c === 1 && v > 150 ? "#101418" : inkOn(rgb),
            align: "center",
            mono: true,
          });
          if (first + i === center) pen.frame(x - 1, y - 2, cell, type * 1.6 + 4, pen.accent, 3);
        }
      };
    line(pen.height - tape, "bytes as they lie", k, (i) => [data[i], channels ? i % 3 : -1]);
    line(pen.height - tape + type * 2.3, "bytes of a copy", copied, (i) => {
      const there = unravelNumber(i, cut.shape);
      return [data[addressOf(turned, there)], channels ? there[0] : -1];
    });
    return {
      formula: `x[${index.join(", ")}] is byte <b>${grouped(k)}</b>; ${channels ? "channels first" : "turned"} it is [${inTurned.join(", ")}]. As a view: strides ${shapeText(own.strides)} become <b>${shapeText(turned.strides)}</b>, 0 bytes move. As a copy: strides ${shapeText(cut.strides)}, all <b>${grouped(count)}</b> bytes are written anew, this one to ${grouped(copied)}. Reshape leaves every byte and puts it at [${inCut.join(", ")}].`,
      sentence: `${this.words.orderalt} Byte ${k} is element [${index.join(", ")}] of x, [${inTurned.join(", ")}] of the transposed view and [${inCut.join(", ")}] of the reshaped array.`,
      shown: { k, index, inTurned, inCut, copied, strides: turned.strides, value: data[k] },
      table: () =>
        this.grid(
          [
            ["", "shape", "strides in bytes", "bytes moved"],
            ["x", shapeText(shape), shapeText(own.strides), "0"],
            ["transposed view", shapeText(turned.shape), shapeText(turned.strides), "0"],
            ["copy of it", shapeText(cut.shape), shapeText(cut.strides), grouped(count)],
            ["reshaped", shapeText(cut.shape), shapeText(cut.strides), "0"],
          ],
          "Shapes and strides",
          "uint8",
        ),
    };
  }
  // ---- the hand on the picture
  point(event, down) {
    this.asked = event.timeStamp;
    const box = this.canvas.getBoundingClientRect(),
      x = event.clientX - box.left,
      y = event.clientY - box.top;
    const inside = (s) => x >= s.x && x <= s.x + s.w && y >= s.y - 4 && y <= s.y + s.h + 4;
    if (down)
      this.grip =
        this.spots.find((s) => s.kind === "face" && inside(s)) ?? this.spots.find(inside) ?? null;
    const s = this.grip,
      t = this.t;
    if (!s) return;
    event.preventDefault();
    if (s.kind === "bar") {
      this.element[t.name][s.axis] = clampTo(Math.floor(((x - s.x) / s.w) * s.size), 0, s.size - 1);
      this.sync(this.elementNumber());
      this.fillRows();
      return this.soon();
    }
    if (s.kind === "stack" && s.stackAxis >= 0) {
      if (t.name === "video") this.items[0] = s.column;
      this.items[s.stackAxis] = clampTo(
        Math.round(((x - s.x - s.sw / 2) / Math.max(s.depth, 1)) * (s.n - 1)),
        0,
        s.n - 1,
      );
      return this.changed();
    }
    const row = clampTo(
        Math.floor(((y - s.y) / s.h) * t.shape[t.rowAxis]),
        0,
        t.shape[t.rowAxis] - 1,
      ),
      col = clampTo(
        Math.floor(((x - s.x) / s.w) * t.shape[t.rowAxis + 1]),
        0,
        t.shape[t.rowAxis + 1] - 1,
      );
    if (down) this.corner = [row, col];
    [
      [t.rowAxis, row, this.corner[0]],
      [t.rowAxis + 1, col, this.corner[1]],
    ].forEach(([axis, a, b]) => {
      this.items[axis] = { start: Math.min(a, b), stop: Math.max(a, b) + 1, step: null };
    });
    this.changed();
  }
  close() {
    const { view, name, texts, batch, dropLast, element, as, add, norm, turn, sample } = this;
    window.__lightboxTensors = {
      view,
      name,
      texts,
      batch,
      dropLast,
      element,
      as,
      add,
      norm,
      turn,
      ...(sample === undefined ? {} : { sample }),
    };
    this.transport?.close();
  }
}

export default function ({ data, parentElement }) {
  if (!STAGES.has(parentElement))
    STAGES.set(parentElement, new TensorStage(parentElement.querySelector(".tensors")));
  STAGES.get(parentElement).load(data);
  return () => {
    STAGES.get(parentElement)?.close();
    STAGES.delete(parentElement);
  };
}
