// Arrays, see component.py: picture, cells (step, row, column, channel, top, left, bottom, right),
// answers, parts (index of up to P parts, -1 for none), products, shares; frames and responses of a
// pleasing picture where one was asked for.
const hierarchies = new WeakMap();
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const COLUMNS = 8;
const RAISED = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";
const said = (value, places = 1) => {
  const size = Math.abs(value);
  if (size && size < 0.001) {
    // an untrained network answers little, and not nothing
    const [digits, power] = value.toExponential(places).split("e-");
    return `${digits.replace("-", "\u2212")}\u00b710\u207b${[...power].map((d) => RAISED[d]).join("")}`;
  }
  return value
    .toFixed(size >= 100 ? 0 : size >= 1 ? 2 : size >= 0.1 || !size ? 3 : 4)
    .replace("-", "\u2212");
};
// The narrow column of rows says "depthwise 3", "residual 6 conv 4" and "branch 2.1 conv 1" for the
// first branch of the second parallel block; sentences and the panel say it in full.
const brief = (title) =>
  title
    .replace(/parallel (\d+) branch (\d+)/g, "branch $1.$2")
    .replace("depthwise convolution", "depthwise")
    .replace(/(.) convolution/, "$1 conv");
class Hierarchy {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector(".picture");
    this.rows = root.querySelector(".rows");
    this.panel = root.querySelector(".unit");
    this.path = [];
    this.rows.onkeydown = (event) => this.walk(event);
    this.transport = new Transport(root.querySelector(".transport"), {
      last: 1,
      perSecond: 0.8,
      name: "Level",
      canvas: this.canvas,
      draw: (position) => this.draw(position),
      layout: () => this.show(),
      moved: (position) => this.mark(position),
    });
  }
  take(header, arrays, tell) {
    this.tell = tell;
    const stamp = `${header.stamp}|${header.locked}`,
      fresh = stamp !== this.stamp;
    this.header = header;
    this.words = header.words;
    [this.picture, this.cells, this.answers, this.parts, this.products, this.shares] = arrays;
    this.frames = arrays[6];
    this.responses = arrays[7];
    if (fresh) {
      this.stamp = stamp;
      this.paint();
      this.begin(header.locked ? 0 : header.starts.length - 1);
    } else this.showUnit();
    const wished = header.wished;
    if (wished && this.wishing === wished.key) {
      this.wishing = null;
      this.animate();
    }
  }
  cell(index) {
    const [step, row, column, channel, top, left, bottom, right] = this.cells.subarray(
      index * COLUMNS,
      index * COLUMNS + COLUMNS,
    );
    return {
      index,
      step,
      row,
      column,
      channel,
      top,
      left,
      bottom,
      right,
      answer: this.answers[index],
      node: this.header.levels[step],
      title: this.header.titles[step],
    };
  }
  partsOf(index) {
    const most = this.parts.shape[1],
      found = [];
    for (let k = 0; k < most; k++) {
      const at = index * most + k;
      if (this.parts[at] >= 0)
        found.push({
          ...this.cell(this.parts[at]),
          product: this.products[at],
          share: this.shares[at],
        });
    }
    return found;
  }
  // The picture once as an image of its own; patches are cut from it.
  paint() {
    const size = this.header.size;
    this.image = new OffscreenCanvas(size, size);
    const pen = this.image.getContext("2d"),
      data = pen.createImageData(size, size);
    this.picture.forEach((value, i) => data.data.set([value, value, value, 255], 4 * i));
    pen.putImageData(data, 0, 0);
  }
  begin(level) {
    this.level = level;
    const first = this.header.starts[level];
    this.path = first.length ? this.descend([first[0]]) : [];
    this.arrange();
  }
  descend(path) {
    for (;;) {
      const parts = this.partsOf(path.at(-1));
      if (!parts.length) return path;
      path.push(parts[0].index);
    }
  }
  choose(row, index) {
    this.path = this.descend([...this.path.slice(0, row), index]);
    this.arrange(row);
  }
  // Left and right follow a neighbor, up and down go to the row above or below.
  walk(event) {
    const button = event.target.closest("button[data-at]"),
      turn = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[
        event.key
      ];
    if (!button || !turn || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const row = Number(button.dataset.at.split(":")[0]);
    const other = turn[0]
      ? this.rows.children[row + turn[0]]?.querySelector("button[aria-pressed=true]")
      : turn[1] < 0
        ? button.previousElementSibling
        : button.nextElementSibling;
    if (!other?.dataset.at) return;
    other.focus({ preventScroll: true });
    if (turn[1]) other.click();
    else {
      this.transport.pause();
      this.transport.go(this.path.length - 1 - row - turn[0]);
    }
  }
  arrange(row = 0) {
    this.transport.setLast(Math.max(this.path.length - 1, 0));
    this.transport.go(Math.max(this.path.length - 1 - row, 0));
    this.show();
    this.transport.touch();
  }
  get row() {
    return Math.max(this.path.length - 1 - this.transport.index, 0);
  }
  mark() {
    this.rows.querySelectorAll(".row").forEach((row, i) => {
      row.toggleAttribute("data-at", i === this.row);
      if (i !== this.row) return;
      const top = row.offsetTop - this.rows.offsetTop,
        below = top + row.offsetHeight - this.rows.clientHeight;
      if (this.rows.scrollTop > top) this.rows.scrollTop = top - 4;
      else if (this.rows.scrollTop < below) this.rows.scrollTop = below + 4;
    });
    this.say();
    this.showUnit();
  }
  show() {
    if (!this.header) return;
    const kept = this.rows.contains(this.root.getRootNode().activeElement)
      ? this.root.getRootNode().activeElement.dataset.at
      : null;
    const large = parseFloat(getComputedStyle(this.root).fontSize) >= 22;
    this.root.classList.toggle("large", large);
    const room = Math.floor((this.rows.clientHeight - 8) / Math.max(this.path.length, 1)) - 14;
    const side = large ? 64 : Math.max(40, Math.min(112, room));
    const lock = this.header.locked
      ? [Object.assign(document.createElement("p"), { textContent: this.words.locked })]
      : [];
    this.rows.style.setProperty("--side", `${side}px`);
    this.rows.replaceChildren(
      ...(this.path.length ? this.path : [-1]).map((index, row) => this.rowOf(index, row)),
      ...lock,
    );
    if (kept) this.rows.querySelector(`[data-at="${kept}"]`)?.focus();
    this.table();
    this.mark();
  }
  rowOf(index, row) {
    const host = document.createElement("div");
    host.className = "row";
    const name = document.createElement("div");
    name.className = "name";
    const patches = document.createElement("div");
    patches.className = "patches";
    host.append(name, patches);
    if (index < 0) {
      name.append(this.levelBox(), this.words.silent);
      return host;
    }
    const at = this.cell(index);
    const shown =
      row === 0
        ? this.header.starts[this.level].map((i) => this.cell(i))
        : this.partsOf(this.path[row - 1]);
    if (row === 0 && this.header.levels.length > 1 && !this.header.locked)
      name.append(this.levelBox());
    else name.append(Object.assign(document.createElement("b"), { textContent: brief(at.title) }));
    name.append(
      Object.assign(document.createElement("span"), {
        textContent: `${this.words.sees} ${this.sizeOf(at)}`,
      }),
    );
    for (const cell of shown) patches.append(this.patch(cell, row, cell.index === index));
    if (!this.partsOf(index).length) {
      const note = Object.assign(document.createElement("span"), {
        className: "pixels",
        textContent: this.words.pixels,
      });
      patches.append(note);
    }
    return host;
  }
  levelBox() {
    // A select cannot break its line, so its text stands behind it.
    const host = Object.assign(document.createElement("div"), { className: "level" });
    const box = document.createElement("select");
    box.setAttribute("aria-label", this.words.begin);
    box.dataset.at = "level";
    box.append(
      ...this.header.titles.map(
        (title, i) => new Option(brief(title), String(i), false, i === this.level),
      ),
    );
    box.onchange = () => this.begin(Number(box.value));
    host.append(
      Object.assign(document.createElement("b"), {
        textContent: brief(this.header.titles[this.level]),
      }),
      box,
    );
    return host;
  }
  sizeOf(cell) {
    return `${cell.bottom - cell.top}\u2009\u00d7\u2009${cell.right - cell.left}`;
  }
  patch(cell, row, chosen) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.at = `${row}:${cell.index}`;
    button.setAttribute("aria-pressed", String(chosen));
    const worth =
      cell.share === undefined ? said(cell.answer, 0) : `${Math.round(100 * cell.share)}\u2009%`;
    button.setAttribute("aria-label", `${this.words.map} ${cell.channel}, ${cell.title}: ${worth}`);
    button.append(this.cut(cell), worth);
    button.onclick = () => this.choose(row, cell.index);
    return button;
  }
  // The square around a window, so that patches keep their shape at the border of the picture.
  cut(cell) {
    const height = cell.bottom - cell.top,
      width = cell.right - cell.left,
      side = Math.max(height, width, 1);
    const canvas = document.createElement("canvas");
    const scale = Math.max(1, Math.ceil(96 / side));
    canvas.width = canvas.height = side * scale;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(
      this.image,
      cell.left,
      cell.top,
      width,
      height,
      ((side - width) / 2) * scale,
      ((side - height) / 2) * scale,
      width * scale,
      height * scale,
    );
    return canvas;
  }
  draw(position) {
    if (!this.image) return;
    const width = this.canvas.clientWidth || 300,
      ratio = devicePixelRatio || 1;
    const side = Math.round(width * ratio);
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const pen = this.canvas.getContext("2d"),
      size = this.header.size,
      zoom = side / size;
    pen.imageSmoothingEnabled = size < 128;
    pen.drawImage(this.image, 0, 0, side, side);
    if (!this.path.length) return;
    const last = this.path.length - 1,
      low = Math.floor(position),
      mix = position - low;
    const one = this.cell(this.path[Math.max(last - low, 0)]),
      other = this.cell(this.path[Math.max(last - Math.min(low + 1, last), 0)]);
    const box = ["top", "left", "bottom", "right"].map(
      (name) => one[name] + (other[name] - one[name]) * mix,
    );
    pen.fillStyle = "rgba(0, 0, 0, .45)";
    pen.fillRect(0, 0, side, box[0] * zoom);
    pen.fillRect(0, box[2] * zoom, side, side);
    pen.fillRect(0, box[0] * zoom, box[1] * zoom, (box[2] - box[0]) * zoom);
    pen.fillRect(box[3] * zoom, box[0] * zoom, side, (box[2] - box[0]) * zoom);
    for (let k = 0; k <= low; k++)
      this.frame(pen, this.cell(this.path[last - k]), zoom, ratio, 1.2, "rgba(255,255,255,.75)");
    this.frame(
      pen,
      { top: box[0], left: box[1], bottom: box[2], right: box[3] },
      zoom,
      ratio,
      2.6,
      "#7db8f0",
    );
    this.canvas.box = box; // read by browser tests
  }
  frame(pen, cell, zoom, ratio, width, color) {
    const at = [
      cell.left * zoom,
      cell.top * zoom,
      (cell.right - cell.left) * zoom,
      (cell.bottom - cell.top) * zoom,
    ];
    pen.lineWidth = (width + 2) * ratio;
    pen.strokeStyle = "rgba(0,0,0,.8)";
    pen.strokeRect(...at);
    pen.lineWidth = width * ratio;
    pen.strokeStyle = color;
    pen.strokeRect(...at);
  }
  say() {
    const text = this.root.querySelector(".sentence"),
      words = this.words;
    if (!this.path.length) {
      text.textContent = words.silent;
      this.canvas.setAttribute("aria-label", words.silent);
      return;
    }
    const cell = this.cell(this.path[this.row]),
      parts = this.partsOf(cell.index);
    const begin = words.told
      .replace("{map}", cell.channel)
      .replace("{layer}", cell.title)
      .replace("{answer}", said(cell.answer))
      .replace("{size}", this.sizeOf(cell))
      .replace("{whole}", `${this.header.size}\u2009\u00d7\u2009${this.header.size}`);
    const made = parts
      .map((part) => `${words.map} ${part.channel} (${said(part.product)})`)
      .join(", ");
    const share = Math.round(100 * parts.reduce((sum, part) => sum + part.share, 0));
    const rest = parts.length
      ? words.made
          .replace("{sum}", made)
          .replace("{layer}", parts[0].title)
          .replace("{share}", share)
      : words.edge;
    text.textContent = `${begin} ${rest}`;
    this.canvas.setAttribute("aria-label", `${this.header.title}. ${begin}`);
  }
  showUnit() {
    if (!this.path.length) {
      this.panel.replaceChildren();
      return;
    }
    const cell = this.cell(this.path[this.row]),
      key = `${cell.node}:${cell.channel}`;
    if (this.unitKey === `${key}|${cell.index}|${this.wishing}|${this.header.wished?.key}`) return;
    this.unitKey = `${key}|${cell.index}|${this.wishing}|${this.header.wished?.key}`;
    const title = Object.assign(document.createElement("h3"), {
      textContent: `${this.words.map} ${cell.channel}, ${cell.title}`,
    });
    const first = Object.assign(document.createElement("p"), { textContent: this.words.saw });
    const nodes = [title, first, this.cut(cell)];
    if (this.header.wished?.key === key && this.frames) nodes.push(...this.pleased());
    else nodes.push(this.wishButton(key));
    this.panel.replaceChildren(...nodes);
    if (this.panel.querySelector(".pleased")) this.panel.scrollTop = this.panel.scrollHeight;
    const seen = this.panel.querySelector("canvas");
    seen.setAttribute("role", "img");
    seen.setAttribute("aria-label", this.words.saw);
  }
  wishButton(key) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "wish",
    });
    button.textContent = this.wishing === key ? this.words.drawing : this.words.wish;
    button.disabled = this.wishing === key;
    button.onclick = () => {
      this.wishing = key;
      this.showUnit();
      this.tell(key);
    };
    return button;
  }
  pleased() {
    const wished = this.header.wished,
      count = this.frames.shape[0];
    const told = Object.assign(document.createElement("p"), { className: "pleased" });
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    const label = document.createElement("label"),
      slider = document.createElement("input");
    Object.assign(slider, {
      type: "range",
      min: "0",
      max: String(count - 1),
      step: "1",
      value: String(count - 1),
    });
    const number = Object.assign(document.createElement("input"), {
      type: "number",
      min: "0",
      max: String(wished.steps.at(-1)),
      step: "1",
    });
    number.setAttribute("aria-label", this.words.typed);
    label.append(this.words.step, number, slider);
    const draw = () => {
      const k = Number(slider.value),
        side = this.frames.shape[1];
      canvas.width = canvas.height = wished.window[2];
      const pen = canvas.getContext("2d"),
        data = pen.createImageData(side, side);
      for (let i = 0; i < side * side; i++) {
        const v = this.frames[k * side * side + i];
        data.data.set([v, v, v, 255], 4 * i);
      }
      const [top, left, extent] = wished.window,
        all = new OffscreenCanvas(side, side);
      all.getContext("2d").putImageData(data, 0, 0);
      pen.drawImage(all, left, top, extent, extent, 0, 0, extent, extent);
      told.textContent = this.words.pleased
        .replace("{step}", wished.steps[k])
        .replace("{sum}", said(this.responses[k]))
        .replace("{first}", said(this.responses[0]));
      canvas.setAttribute("aria-label", told.textContent);
      slider.setAttribute("aria-valuetext", `${wished.steps[k]}`);
      if (this.root.getRootNode().activeElement !== number) number.value = wished.steps[k];
    };
    number.onchange = () => {
      const near = wished.steps.map((step) => Math.abs(step - Number(number.value)));
      slider.value = String(near.indexOf(Math.min(...near)));
      this.stopShow();
      draw();
      number.value = wished.steps[Number(slider.value)];
    };
    slider.oninput = () => {
      this.stopShow();
      draw();
    };
    this.slider = slider;
    this.redraw = draw;
    draw();
    return [told, canvas, label];
  }
  close() {
    this.stopShow();
    this.transport.close();
  }
  stopShow() {
    clearInterval(this.showing);
    this.showing = null;
  }
  animate() {
    this.showUnit();
    this.stopShow();
    if (CALM.matches || !this.slider) return;
    this.slider.value = "0";
    this.showing = setInterval(() => {
      this.slider.value = String(Number(this.slider.value) + 1);
      this.redraw();
      if (this.slider.value === this.slider.max) this.stopShow();
    }, 80);
  }
  table() {
    const words = this.words;
    this.root.querySelector("summary").textContent = words.numbers;
    const table = document.createElement("table"),
      head = table.createTHead().insertRow();
    for (const name of words.columns)
      head.append(Object.assign(document.createElement("th"), { scope: "col", textContent: name }));
    const body = table.createTBody();
    this.path.forEach((index) => {
      const cell = this.cell(index),
        line = body.insertRow();
      const parts = this.partsOf(index)
        .map((part) => `${part.channel}: ${said(part.product)} (${Math.round(100 * part.share)} %)`)
        .join(", ");
      for (const value of [
        cell.title,
        cell.channel,
        `${cell.row}, ${cell.column}`,
        said(cell.answer),
        `${cell.top}\u2013${cell.bottom - 1}, ${cell.left}\u2013${cell.right - 1}`,
        parts || words.pixels,
      ]) {
        line.insertCell().textContent = value;
      }
    });
    this.root.querySelector(".tables").replaceChildren(table);
  }
}
export default function ({ data, parentElement, setStateValue }) {
  const { header, arrays } = unpack(data);
  let view = hierarchies.get(parentElement);
  if (!view) {
    view = new Hierarchy(parentElement.querySelector(".hierarchy"));
    hierarchies.set(parentElement, view);
  }
  view.take(header, arrays, (key) => setStateValue("wish", key));
  return () => {
    view.close();
    hierarchies.delete(parentElement);
  };
}
