// The paper's Fig. 1: inputs times weights, their sum with the bias, the activation, the output.
const NEURONS = new WeakMap();
const LETTERS = "\u2080\u2081\u2082\u2083\u2084\u2085\u2086";
const MORE = { x: [0, 0, -1, 0.5, 1, -0.5], w: [0, 0, 0.5, 1, -1, 0.3] }; // of inputs beyond the second

class NeuronStage {
  constructor(root) {
    this.root = root;
    this.find = (query) => root.querySelector(query);
    this.drawing = this.find(".drawing");
    this.plane = this.find(".plane");
    this.drawing.draws = 0;
    for (const query of [".p", ".p-number"])
      this.find(query).oninput = (event) => {
        if (event.target.value === "") return;
        const { low, high } = this.entry.parameter;
        this.parameters[this.entry.name] = Math.min(
          Math.max(Number(event.target.value), low),
          high,
        );
        this.typing = event.target;
        this.soon();
      };
    this.find(".count").onchange = (event) => {
      this.resize(Number(event.target.value));
    };
    this.find(".activation").onchange = (event) => {
      this.entry = this.entries.find((e) => e.name === event.target.value);
      this.soon();
    };
    const move = (event) => {
      if (!this.panel || this.n !== 2 || this.header.locked) return;
      const box = this.plane.getBoundingClientRect();
      const at = [
        this.panel.xOf(event.clientX - box.left),
        this.panel.yOf(event.clientY - box.top),
      ];
      at.forEach((value, i) => {
        this.x[i] = this.clamp(Math.round(value * 20) / 20);
      });
      event.preventDefault();
      this.soon();
    };
    this.plane.onpointerdown = (event) => {
      this.plane.setPointerCapture(event.pointerId);
      move(event);
    };
    this.plane.onpointermove = (event) => {
      if (event.buttons) move(event);
    };
    this.plane.onkeydown = (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
        event.key
      ];
      if (!way || event.ctrlKey || event.metaKey || event.altKey || this.header.locked) return;
      way.forEach((step, i) => {
        this.x[i] = this.clamp(
          Math.round((this.x[i] + step * (event.shiftKey ? 0.5 : 0.1)) * 20) / 20,
        );
      });
      event.preventDefault();
      event.stopPropagation();
      this.soon();
    };
    this.observer = new ResizeObserver(() => this.soon());
    this.observer.observe(this.find(".stage"));
    this.resized = () => this.soon();
    addEventListener("resize", this.resized);
  }
  clamp(value) {
    return Math.min(Math.max(value, -this.header.limit), this.header.limit);
  }
  load(bytes) {
    const { header, arrays } = unpack(bytes);
    const first = !this.header;
    this.header = header;
    [this.points, this.labels] = arrays;
    if (first) {
      this.entries = header.activations;
      this.find(".count").innerHTML = Array.from(
        { length: header.most },
        (_, i) => `<option>${i + 1}</option>`,
      ).join("");
      this.find(".activation").innerHTML = this.entries
        .map((e) => `<option value="${e.name}">${escaped(e.title)}</option>`)
        .join("");
      for (const task of header.tasks) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "plain";
        button.textContent = task.title;
        button.onclick = () => {
          this.task = task.name;
          this.resize(2);
        };
        this.find(".tasks").append(button);
      }
      this.drawing.compute = (name, x, p) => ACTIVATION_MATH[name].map((f) => f(x, p));
      const { x, w, b, activation } = header.asked;
      this.keep = new Keep("neuron_set", {
        n: x.length,
        x: [...x, ...MORE.x.slice(x.length)],
        w: [...w, ...MORE.w.slice(w.length)],
        b,
        act: activation,
        task: header.tasks[0].name,
        p: this.entries.map((e) => e.parameter?.value ?? 0),
      });
    }
    if (first || this.keep.isReset(header.fresh)) this.restore();
    // Nothing can be turned before the prediction is made, and nothing is told.
    for (const part of [".bar", ".rows", ".plane"]) this.find(part).inert = header.locked;
    this.root.classList.toggle("locked", header.locked);
    // Pasted weights arrive with every rerun: only new ones are put in.
    const pasted = header.pasted && JSON.stringify(header.pasted),
      kept = window.__lightboxPasted;
    if (pasted && pasted !== kept) {
      header.pasted.weights.forEach((value, i) => {
        this.w[i] = value;
      });
      this.b = header.pasted.bias;
      this.resize(header.pasted.weights.length);
    }
    window.__lightboxPasted = pasted;
    this.soon();
  }
  restore() {
    const kept = this.keep.read(this.header.fresh),
      whole = Math.round(kept.n);
    Object.assign(this, {
      x: kept.x.map((v) => this.clamp(v)),
      w: kept.w.map((v) => this.clamp(v)),
      b: this.clamp(kept.b),
    });
    this.entry = this.entries.find((e) => e.name === kept.act) ?? this.entries[0];
    this.task = (
      this.header.tasks.find((one) => one.name === kept.task) ?? this.header.tasks[0]
    ).name;
    this.parameters = Object.fromEntries(
      this.entries.map(({ name, parameter }, i) => [
        name,
        parameter ? Math.min(Math.max(kept.p[i], parameter.low), parameter.high) : 0,
      ]),
    );
    this.find(".activation").value = this.entry.name;
    this.resize(Math.min(Math.max(whole, 1), this.header.most));
  }
  remember() {
    this.keep.write({
      n: this.n,
      x: this.x,
      w: this.w,
      b: this.b,
      act: this.entry.name,
      task: this.task,
      p: this.entries.map((e) => this.parameters[e.name]),
    });
  }
  resize(n) {
    this.n = n;
    this.find(".count").value = n;
    const box = (kind, i, label) =>
      `<input type="range" data-kind="${kind}" data-i="${i}" min="${-this.header.limit}" max="${this.header.limit}" step="0.05" aria-label="${label}">` +
      `<input type="number" data-kind="${kind}" data-i="${i}" min="${-this.header.limit}" max="${this.header.limit}" step="0.05" aria-label="${label}, as a number">`;
    this.find(".rows").innerHTML =
      Array.from(
        { length: n },
        (_, i) =>
          `<div class="row"><span>x${LETTERS[i + 1]}</span>${box("x", i, `Input ${i + 1}`)}<span>w${LETTERS[i + 1]}</span>${box("w", i, `Weight ${i + 1}`)}</div>`,
      ).join("") +
      `<div class="row bias"><span>bias b (the paper's threshold is \u2212b)</span>${box("b", 0, "Bias")}</div>`;
    for (const input of this.find(".rows").querySelectorAll("input")) {
      input.oninput = () => {
        const value = Number(input.value);
        if (input.value === "" || !Number.isFinite(value)) return;
        if (input.dataset.kind === "b") this.b = this.clamp(value);
        else this[input.dataset.kind][Number(input.dataset.i)] = this.clamp(value);
        this.typing = input;
        this.soon();
      };
      input.onchange = () => {
        this.typing = null;
        this.soon();
      };
    }
    this.soon();
  }
  soon() {
    this.asked ??= window.event?.timeStamp ?? performance.now(); // read by benchmarks/neuron_drag.py
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
    });
  }
  get p() {
    return this.parameters[this.entry.name];
  }
  f(z) {
    return ACTIVATION_MATH[this.entry.name][0](z, this.p);
  }
  fire(inputs) {
    const products = inputs.map((value, i) => value * this.w[i]);
    const total = products.reduce((sum, value) => sum + value, 0) + this.b;
    const [output, slope] = ACTIVATION_MATH[this.entry.name].map((f) => f(total, this.p));
    return { products, total, output, slope };
  }
  // The total at which the output reaches "yes"; every activation here crosses it once.
  edge() {
    let low = -200,
      high = 200;
    if (!(this.f(high) >= this.header.yes)) return null;
    for (let i = 0; i < 80; i++) {
      const middle = (low + high) / 2;
      if (this.f(middle) >= this.header.yes) high = middle;
      else low = middle;
    }
    return high;
  }
  draw() {
    if (!this.header || !this.root.clientWidth) return;
    const two = this.n === 2;
    this.find(".stage").classList.toggle("two", two);
    this.plane.hidden = !two;
    const type = Math.max(16, parseFloat(getComputedStyle(this.root).fontSize));
    const least = (this.n + 1) * type * 2.35;
    // Where type is large for the screen, the sliders stand below the drawing instead of beside it.
    const tight = this.root.clientWidth < 60 * type;
    this.find(".stage").classList.toggle("tight", tight);
    const sliders = tight ? type * 2.3 * (two ? 3 : Math.ceil(this.n / 2) + 1) : 0;
    const room = tight
      ? innerHeight - 3.8 * type - type * 11 - sliders
      : innerHeight - 345 - type * 4;
    const height = Math.max(Math.min(Math.max(room, tight ? 0 : 300), 620), least);
    const rowHeight = height / (this.n + 1);
    for (const row of this.find(".rows").children)
      row.style.height = `${tight ? type * 2.3 : rowHeight}px`;
    const now = this.fire(this.x.slice(0, this.n));
    this.drawNeuron(now, type, height, rowHeight);
    const right = two ? this.drawPlane(type, height + (tight ? sliders : 0)) : null;
    this.write(now, right);
    this.remember();
    this.drawing.draws += 1;
    this.drawing.waits?.push(performance.now() - this.asked);
    this.asked = null;
  }
  drawNeuron(now, type, height, rowHeight) {
    const width = this.drawing.clientWidth,
      out = [],
      r = type * 1.55,
      flat = Math.min(r, rowHeight * 0.46);
    const middle = Math.max((rowHeight * this.n) / 2, r + type * 1.5),
      left = r + 6,
      end = width - r - 6;
    const plot = Math.min(type * 9, (end - left) * 0.25, height - type * 4),
      boxX = end - r - type * 1.1 - plot;
    const sum = boxX - type * 1.3 - r,
      font = `font-size='${type}' text-anchor='middle'`;
    const halo =
      "paint-order='stroke' stroke='var(--lb-background)' stroke-width='5' stroke-linejoin='round'";
    const color = (value) =>
      value === 0 ? "var(--lb-muted)" : value > 0 ? "var(--weight-for)" : "var(--weight-against)";
    const edge = (x1, y1, weight, text) => {
      const dx = sum - x1,
        dy = middle - y1,
        length = Math.hypot(dx, dy),
        x2 = sum - (dx / length) * r,
        y2 = middle - (dy / length) * r;
      out.push(
        `<path d='M${x1} ${y1}L${x2} ${y2}' stroke='${color(weight)}' stroke-width='${1.5 + 2.2 * Math.abs(weight)}' stroke-dasharray='${weight < 0 ? "10 6" : ""}'/>`,
      );
      // On the side that the line leaves free, so that no stroke runs through digits.
      const x = x1 + 6,
        y =
          y1 +
          (6 * dy) / dx +
          (dy < 0 ? type * 1.15 : -type * 0.5) +
          (dy < 0 ? 1 : -1) * Math.abs(weight);
      return `<text x='${x}' y='${y}' font-size='${type}' ${halo} fill='var(--lb-text)'>${text}</text>`;
    };
    const node = (x, y, text, extra = "") =>
      `<rect x='${x - r}' y='${y - flat}' width='${2 * r}' height='${2 * flat}' rx='${flat}' fill='var(--lb-surface)' stroke='var(--lb-text)' stroke-width='2' ${extra}/>` +
      `<text x='${x}' y='${y + type * 0.35}' ${font} fill='var(--lb-text)' font-weight='600'>${text}</text>`;
    const { locked } = this.header,
      told = (value) => (locked ? "?" : fixed(value));
    const labels = now.products.map((product, i) =>
      edge(
        left + r,
        (i + 0.5) * rowHeight,
        this.w[i],
        `\u00d7 ${fixed(this.w[i])}${locked ? "" : ` = <tspan font-weight='700'>${fixed(product)}</tspan>`}`,
      ),
    );
    const biasY = (this.n + 0.5) * rowHeight;
    labels.push(
      edge(
        left + r,
        biasY,
        this.b,
        `<tspan font-weight='700'>${this.b < 0 ? MINUS : "+"} ${fixed(Math.abs(this.b))}</tspan>`,
      ),
    );
    now.products.forEach((_, i) => out.push(node(left, (i + 0.5) * rowHeight, fixed(this.x[i]))));
    out.push(node(left, biasY, "b", "stroke-dasharray='4 3'"));
    out.push(
      `<path d='M${sum + r} ${middle}H${boxX}M${boxX + plot} ${middle}H${end - r}' stroke='var(--lb-text)' stroke-width='2.5'/>`,
    );
    out.push(
      `<circle cx='${sum}' cy='${middle}' r='${r}' fill='var(--lb-surface)' stroke='var(--lb-accent)' stroke-width='3'/>` +
        `<text x='${sum}' y='${middle + type * 0.35}' ${font} fill='var(--lb-text)' font-weight='700'>${told(now.total)}</text>` +
        `<text x='${sum}' y='${middle - r - type * 0.5}' ${font} ${halo} fill='var(--lb-muted)'>sum z</text>`,
    );
    out.push(this.curve(now, boxX, middle - plot / 2, plot, type));
    const yes = !locked && now.output >= this.header.yes;
    out.push(
      `<circle cx='${end}' cy='${middle}' r='${r}' fill='${yes ? "var(--lb-accent)" : "var(--lb-surface)"}' stroke='var(--lb-accent)' stroke-width='3'/>` +
        `<text x='${end}' y='${middle + type * 0.35}' ${font} fill='${yes ? "var(--lb-background)" : "var(--lb-text)"}' font-weight='700'>${told(now.output)}</text>` +
        `<text x='${end}' y='${middle - r - type * 0.5}' ${font} fill='var(--lb-muted)'>out</text>` +
        `<text x='${end}' y='${middle + r + type * 1.1}' ${font} fill='var(--lb-text)'>${locked ? "" : yes ? "yes" : "no"}</text>`,
    );
    this.drawing.innerHTML = `<svg viewBox='0 0 ${width} ${height}' width='${width}' height='${height}' aria-hidden='true' fill='none'>${out.join("")}${labels.join("")}</svg>`;
  }
  curve(now, x, y, side, type) {
    const { locked } = this.header,
      reach = Math.max(4, locked ? 0 : Math.abs(now.total) * 1.15),
      values = [];
    for (let i = 0; i <= 80; i++) {
      const z = -reach + (i * reach) / 40;
      values.push([z, this.f(z)]);
    }
    const low = Math.min(-0.2, now.output, ...values.map((v) => v[1])),
      high = Math.max(1.1, now.output, ...values.map((v) => v[1]));
    const px = (z) => x + ((z + reach) / (2 * reach)) * side,
      py = (v) => y + side - 5 - ((v - low) / (high - low)) * (side - 10);
    const path = values
      .map(([z, v], i) => `${i ? "L" : "M"}${px(z).toFixed(1)} ${py(v).toFixed(1)}`)
      .join("");
    return (
      `<rect x='${x}' y='${y}' width='${side}' height='${side}' rx='6' fill='var(--lb-surface)' stroke='var(--lb-text)' stroke-width='2'/>` +
      `<path d='M${x} ${py(0)}H${x + side}M${px(0)} ${y}V${y + side}' stroke='var(--lb-border)' stroke-width='1.5'/>` +
      `<path d='${path}' stroke='var(--lb-training)' stroke-width='3'/>` +
      (locked
        ? ""
        : `<path d='M${px(now.total)} ${py(0)}V${py(now.output)}' stroke='var(--lb-text)' stroke-width='1.5' stroke-dasharray='3 3'/>` +
          `<circle cx='${px(now.total)}' cy='${py(now.output)}' r='7' fill='var(--lb-validation)' stroke='var(--lb-background)' stroke-width='2'/>`) +
      `<text x='${x + side / 2}' y='${y - type * 0.5}' font-size='${type}' text-anchor='middle' fill='var(--lb-muted)'>${escaped(SHORT_TITLES[this.entry.name])}</text>`
    );
  }
  cases() {
    const task = this.header.tasks.find((one) => one.name === this.task);
    if (task.table)
      return {
        task,
        at: this.header.corners,
        wanted: task.table,
        range: [-0.6, 1.6],
        names: ["x\u2081", "x\u2082"],
      };
    const at = Array.from({ length: this.labels.length }, (_, i) => [
      this.points[2 * i],
      this.points[2 * i + 1],
    ]);
    return {
      task,
      at,
      wanted: Array.from(this.labels),
      range: [-2.6, 4.2],
      names: this.header.features,
    };
  }
  drawPlane(type, height) {
    const { task, at, wanted, range, names } = this.cases();
    const width = this.plane.clientWidth,
      panel = new Panel({
        id: "plane",
        width,
        height,
        type,
        x: range,
        y: range,
        title: `${names[1]} \u2191`,
        xTitle: `${names[0]} \u2192`,
        margin: 10,
      });
    panel.yOf = (pixel) =>
      range[0] + ((panel.bottom - pixel) / (panel.bottom - panel.top)) * (range[1] - range[0]);
    this.panel = panel;
    const ticks = task.table ? [0, 1] : [-2, 0, 2, 4];
    panel.axes(ticks, ticks);
    if (this.header.locked) {
      this.plane.innerHTML = panel.svg();
      return null;
    }
    const edge = this.edge(),
      [w1, w2] = this.w;
    if (edge !== null) this.half(panel, range, w1, w2, this.b - edge);
    let right = 0;
    const given = at.map((point) => (this.fire(point).output >= this.header.yes ? 1 : 0));
    at.forEach((point, i) => {
      const x = panel.px(point[0]),
        y = panel.py(point[1]),
        ok = given[i] === wanted[i],
        s = task.table ? type * 0.62 : 5.5;
      right += ok;
      const wide = task.table ? 3 : 2;
      panel.over.push(
        wanted[i]
          ? `<circle cx='${x}' cy='${y}' r='${s}' fill='var(--lb-training)' stroke='var(--lb-text)' stroke-width='${wide - 1}'/>`
          : `<rect x='${x - s}' y='${y - s}' width='${2 * s}' height='${2 * s}' fill='var(--lb-background)' stroke='var(--lb-validation)' stroke-width='${wide}'/>`,
      );
      if (task.table)
        panel.over.push(
          `<text x='${x}' y='${y + type * 0.35}' font-size='${type}' font-weight='700' text-anchor='middle' fill='${wanted[i] ? "#fff" : "var(--lb-text)"}'>${wanted[i]}</text>` +
            `<text x='${x}' y='${y - s - type * 0.45}' font-size='${type}' text-anchor='middle' fill='var(--lb-text)' paint-order='stroke' stroke='var(--lb-background)' stroke-width='4'>${ok ? "right" : "wrong"}</text>`,
        );
      else if (!ok)
        panel.over.push(
          `<path d='M${x - 9} ${y - 9}l18 18m0 -18l-18 18' stroke='var(--lb-text)' stroke-width='1.8'/>`,
        );
    });
    const hx = panel.px(this.x[0]),
      hy = panel.py(this.x[1]);
    if (hx >= panel.left && hx <= panel.right && hy >= panel.top && hy <= panel.bottom) {
      panel.over.push(
        `<path d='M${hx} ${hy - 11}L${hx + 11} ${hy}L${hx} ${hy + 11}L${hx - 11} ${hy}Z' fill='none' stroke='var(--lb-accent)' stroke-width='3.5'/>`,
      );
    }
    this.plane.innerHTML = panel.svg();
    return {
      task,
      right,
      count: at.length,
      given,
      majority: Math.max(wanted.filter(Boolean).length, wanted.filter((v) => !v).length),
      edge,
    };
  }
  // The side that says yes, w1 x1 + w2 x2 + c >= 0, clipped to the frame, and its border.
  half(panel, [low, high], w1, w2, c) {
    const corners = [
        [low, low],
        [high, low],
        [high, high],
        [low, high],
      ],
      side = ([a, b]) => w1 * a + w2 * b + c;
    const area = [],
      line = [];
    corners.forEach((from, i) => {
      const to = corners[(i + 1) % 4],
        here = side(from),
        there = side(to);
      if (here >= 0) area.push(from);
      if (here >= 0 !== there >= 0) {
        const t = here / (here - there),
          cut = [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])];
        area.push(cut);
        line.push(cut);
      }
    });
    const at = (points) => points.map(([a, b]) => `${panel.px(a)} ${panel.py(b)}`).join("L");
    if (area.length)
      panel.parts.push(`<path d='M${at(area)}Z' fill='var(--lb-training)' opacity='.22'/>`);
    if (line.length === 2)
      panel.parts.push(`<path d='M${at(line)}' stroke='var(--lb-text)' stroke-width='3'/>`);
    panel.line_ends = line;
  }
  write(now, right) {
    for (const input of this.find(".rows").querySelectorAll("input")) {
      const { kind, i } = input.dataset,
        value = kind === "b" ? this.b : this[kind][Number(i)];
      if (input !== this.typing || input.type === "range")
        input.value = Math.round(value * 1000) / 1000;
    }
    const control = this.find(".parameter"),
      parameter = this.entry.parameter;
    control.classList.toggle("none", !parameter);
    if (parameter) {
      const name =
        `${parameter.meaning} ${parameter.symbol === "b" ? "" : parameter.symbol}`.trim();
      this.find(".p-name").textContent = name;
      for (const box of [this.find(".p"), this.find(".p-number")]) {
        box.min = parameter.low;
        box.max = parameter.high;
        box.step = parameter.step;
        box.setAttribute("aria-label", `${name} of the activation`);
        if (box !== this.typing || box.type === "range") box.value = this.p;
      }
    }
    this.find(".tasks")
      .querySelectorAll("button")
      .forEach((button, i) =>
        button.setAttribute(
          "aria-pressed",
          this.n === 2 && this.header.tasks[i].name === this.task,
        ),
      );
    if (this.header.locked) return this.writeLocked();
    this.find(".count-line").innerHTML = this.judge(right);
    const terms = now.products
      .map((_, i) => `${signedIn(this.x[i])}\u00b7${signedIn(this.w[i])}`)
      .join(" + ");
    this.find(".formula").innerHTML =
      `z = ${terms} ${this.b < 0 ? MINUS : "+"} ${fixed(Math.abs(this.b))} = <b>${fixed(now.total, 3)}</b><br>` +
      `out = ${escaped(SHORT_TITLES[this.entry.name])}(z) = ${escaped(inNumbers(ACTIVATION_WORDS[this.entry.name][0], now.total, this.p, now.output))} = <b>${fixed(now.output, 3)}</b>`;
    const sentence =
      `A neuron with ${this.n} input${this.n > 1 ? "s" : ""}: the products ${now.products.map((v) => fixed(v)).join(", ")} and the bias ${fixed(this.b)} sum to ${fixed(now.total, 3)}; ` +
      `${this.entry.title} makes it ${fixed(now.output, 3)}, which counts as ${now.output >= this.header.yes ? "yes" : "no"}.`;
    this.find(".twin").textContent = `${sentence} ${this.find(".count-line").textContent}`;
    this.drawing.setAttribute("aria-label", sentence);
    this.plane.setAttribute(
      "aria-label",
      `The plane of both inputs with the line where the answer changes; arrow keys move the input (${this.x
        .slice(0, 2)
        .map((v) => fixed(v))
        .join(", ")}). ${this.find(".count-line").textContent}`,
    );
    this.drawing.shown = {
      ...now,
      x: this.x.slice(0, this.n),
      w: this.w.slice(0, this.n),
      b: this.b,
      activation: this.entry.name,
      parameter: this.p,
      right: right?.right,
      given: right?.given,
      edge: right?.edge,
    };
    this.find("thead").innerHTML =
      "<tr>" +
      ["Input", "Value", "Weight", "Product"].map((t) => `<th scope="col">${t}</th>`).join("") +
      "</tr>";
    this.find("tbody").innerHTML =
      now.products
        .map(
          (v, i) =>
            `<tr><th scope="row">x${LETTERS[i + 1]}</th><td>${fixed(this.x[i])}</td><td>${fixed(this.w[i])}</td><td>${fixed(v, 3)}</td></tr>`,
        )
        .join("") +
      `<tr><th scope="row">bias</th><td></td><td></td><td>${fixed(this.b, 3)}</td></tr>`;
  }
  writeLocked() {
    const sentence = `A neuron with the inputs ${this.x
      .slice(0, this.n)
      .map((v) => fixed(v))
      .join(", ")}, the weights ${this.w
      .slice(0, this.n)
      .map((v) => fixed(v))
      .join(", ")} and the bias ${fixed(this.b)}.`;
    this.find(".count-line").textContent = this.header.words.locked;
    this.find(".formula").innerHTML = "z = ?<br>out = ?";
    this.find(".twin").textContent = `${sentence} ${this.header.words.locked}`;
    this.drawing.setAttribute("aria-label", `${sentence} ${this.header.words.locked}`);
    this.plane.setAttribute("aria-label", this.header.words.locked);
    this.find("thead").innerHTML = this.find("tbody").innerHTML = "";
    this.drawing.shown = {
      locked: true,
      x: this.x.slice(0, this.n),
      w: this.w.slice(0, this.n),
      b: this.b,
      activation: this.entry.name,
    };
  }
  judge(right) {
    if (!right) return escaped(this.header.words.only_two);
    const { task, right: ok, count } = right,
      words = this.header.words;
    const said = `<b>${ok} of ${count} right.</b> `;
    if (!task.table) return said + escaped(words.tumors.replace("{majority}", right.majority));
    if (ok === count) return said + escaped(words.done.replace("{task}", task.title));
    if (task.best < count)
      return (
        said +
        escaped(
          (ok === task.best ? words.most : words.impossible)
            .replaceAll("{best}", task.best)
            .replaceAll("{task}", task.title),
        )
      );
    return said + escaped(words.going);
  }
  close() {
    cancelAnimationFrame(this.waiting);
    this.observer.disconnect();
    removeEventListener("resize", this.resized);
  }
}

export default function ({ data, parentElement }) {
  if (!NEURONS.has(parentElement))
    NEURONS.set(parentElement, new NeuronStage(parentElement.querySelector(".neuron")));
  NEURONS.get(parentElement).load(data);
  return () => {
    NEURONS.get(parentElement)?.close();
    NEURONS.delete(parentElement);
  };
}
