// Draws what Grad-CAM computed on the server over the X-ray it was computed for. The values come
// as arrays; this script colors, interpolates linearly between them and picks one under the hand.
const VIEWS = new WeakMap();
// Kept while the tab lives, so that another picture or page does not undo a person's choice.
const CHOSEN = { opacity: 70, hide: 0, positive: false, input: false, boxes: true };
const STRIPE = 4; // pixels of a stripe in what speaks against: told apart without color

const NUMBER = new Intl.NumberFormat("en", {
  signDisplay: "exceptZero",
  maximumSignificantDigits: 3,
});
function signed(value) {
  return NUMBER.format(value).replace("-", "\u2212");
}

class Overlay {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector(".picture");
    this.canvas.draws = 0; // read by the browser tests
    this.cell = null;
    this.find = (name) => root.querySelector(`.${name}`);
    this.listen();
    this.resized = new ResizeObserver(() => this.layout());
    this.resized.observe(this.canvas);
  }

  load(bytes) {
    const { header, arrays } = unpack(bytes);
    this.header = header;
    [this.image, this.input, this.map, this.cells] = arrays;
    [this.rows, this.columns] = this.cells.shape;
    this.films = { picture: film(this.image), input: film(this.input) };
    const words = header.words;
    for (const [name, text] of [
      ["opacity-name", words.opacity],
      ["hide-name", words.hide],
      ["low", header.low],
      ["high", header.high],
    ])
      this.find(name).textContent = text;
    for (const name of ["positive", "input", "boxes"])
      this.find(name).nextElementSibling.textContent = words[name];
    for (const name of ["opacity", "hide"])
      this.find(`${name}-number`).setAttribute("aria-label", words[`${name}-number`]);
    this.find("boxes-tick").hidden = !header.boxes.length;
    this.find("boxes-tick").style.display = header.boxes.length ? "" : "none";
    this.canvas.setAttribute("aria-label", `${header.summary} ${words.keys}`);
    if (this.cell && (this.cell[0] >= this.rows || this.cell[1] >= this.columns)) this.cell = null;
    this.sorted = this.strengths();
    this.showControls();
    this.drawBar();
    this.layout();
  }

  // Part of the square that is shown: all of it, or the picture without the black bars.
  get part() {
    const { size, placement } = this.header;
    return CHOSEN.input ? [0, 0, size, size] : placement;
  }

  // Magnitudes inside the picture, ascending: a percentile is then a look-up.
  strengths() {
    const [left, top, width, height] = this.header.placement,
      size = this.header.size,
      found = [];
    for (let y = top; y < top + height; y++)
      for (let x = left; x < left + width; x++) {
        found.push(Math.abs(this.map[y * size + x]));
      }
    return Float32Array.from(found).sort();
  }

  get threshold() {
    if (!CHOSEN.hide) return 0;
    return this.sorted[
      Math.min(this.sorted.length - 1, Math.floor((this.sorted.length * CHOSEN.hide) / 100))
    ];
  }

  layout() {
    if (!this.header || !this.canvas.clientWidth) return;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const width = Math.round(this.canvas.clientWidth * ratio),
      height = Math.round(this.canvas.clientHeight * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const shown = CHOSEN.input ? this.films.input : this.films.picture;
    const scale = Math.min(width / shown.width, height / shown.height);
    const w = Math.max(1, Math.round(shown.width * scale)),
      h = Math.max(1, Math.round(shown.height * scale));
    this.frame = { x: Math.round((width - w) / 2), y: Math.round((height - h) / 2), w, h, ratio };
    this.field = this.interpolate(w, h);
    this.heat = null;
    this.draw();
  }

  // The map at every pixel of the frame, linear between centers, as the server enlarges it.
  interpolate(w, h) {
    const [left, top, width, height] = this.part,
      size = this.header.size,
      last = size - 1;
    const field = new Float32Array(w * h);
    for (let y = 0; y < h; y++) {
      const v = Math.min(Math.max(top + ((y + 0.5) * height) / h - 0.5, 0), last);
      const v0 = Math.floor(v),
        v1 = Math.min(v0 + 1, last),
        b = v - v0;
      for (let x = 0; x < w; x++) {
        const u = Math.min(Math.max(left + ((x + 0.5) * width) / w - 0.5, 0), last);
        const u0 = Math.floor(u),
          u1 = Math.min(u0 + 1, last),
          a = u - u0;
        const upper = this.map[v0 * size + u0] * (1 - a) + this.map[v0 * size + u1] * a;
        const lower = this.map[v1 * size + u0] * (1 - a) + this.map[v1 * size + u1] * a;
        field[y * w + x] = upper * (1 - b) + lower * b;
      }
    }
    return field;
  }

  paint() {
    const { w, h, ratio } = this.frame,
      { limit, hot, cold } = this.header;
    const heat = new OffscreenCanvas(w, h),
      g = heat.getContext("2d"),
      pixels = g.createImageData(w, h);
    const data = pixels.data,
      threshold = this.threshold,
      stripe = Math.round(STRIPE * ratio);
    for (let i = 0; limit > 0 && i < w * h; i++) {
      const value = this.field[i],
        strength = Math.abs(value);
      if (strength < threshold || (CHOSEN.positive && value < 0)) continue;
      const color = value < 0 ? cold : hot;
      let alpha = Math.min(strength / limit, 1);
      if (value < 0 && Math.floor(((i % w) + Math.floor(i / w)) / stripe) % 2) alpha *= 0.45;
      data[4 * i] = color[0];
      data[4 * i + 1] = color[1];
      data[4 * i + 2] = color[2];
      data[4 * i + 3] = 255 * alpha;
    }
    g.putImageData(pixels, 0, 0);
    return heat;
  }

  draw() {
    if (!this.frame) return;
    const g = this.canvas.getContext("2d"),
      { x, y, w, h, ratio } = this.frame;
    const shown = CHOSEN.input ? this.films.input : this.films.picture;
    g.clearRect(0, 0, this.canvas.width, this.canvas.height);
    g.imageSmoothingEnabled = !CHOSEN.input; // the network's pixels are shown as pixels
    g.imageSmoothingQuality = "high";
    g.drawImage(shown, x, y, w, h);
    this.heat ??= this.paint();
    g.globalAlpha = CHOSEN.opacity / 100;
    g.drawImage(this.heat, x, y);
    g.globalAlpha = 1;
    if (CHOSEN.boxes)
      for (const box of this.header.boxes) this.rectangle(g, box, [10, 6], 2.5 * ratio, "#ffffff");
    if (this.cell) this.rectangle(g, this.cellBox(), [], 2.5 * ratio, "#7db8f0");
    this.canvas.draws += 1;
  }

  // x, y, width, height in the square's pixels, with a dark edge so that it shows on white bone.
  rectangle(g, [left, top, width, height], dash, line, color) {
    const { x, y, w, h, ratio } = this.frame,
      [pl, pt, pw, ph] = this.part;
    const at = [
      x + ((left - pl) / pw) * w,
      y + ((top - pt) / ph) * h,
      (width / pw) * w,
      (height / ph) * h,
    ];
    g.save();
    g.beginPath();
    g.rect(x, y, w, h);
    g.clip();
    for (const [style, extra] of [
      ["#0b0d10", 2 * ratio],
      [color, 0],
    ]) {
      g.strokeStyle = style;
      g.lineWidth = line + extra;
      g.setLineDash(extra ? [] : dash.map((part) => part * ratio));
      g.strokeRect(...at);
    }
    g.restore();
  }

  cellBox() {
    const size = this.header.size,
      height = size / this.rows,
      width = size / this.columns;
    return [this.cell[1] * width, this.cell[0] * height, width, height];
  }

  drawBar() {
    const bar = this.find("bar"),
      g = bar.getContext("2d"),
      { width, height } = bar;
    const pixels = g.createImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      const share = (2 * (i % width)) / (width - 1) - 1,
        color = share < 0 ? this.header.cold : this.header.hot;
      let alpha = Math.abs(share);
      if (share < 0 && Math.floor(((i % width) + Math.floor(i / width)) / STRIPE) % 2)
        alpha *= 0.45;
      pixels.data.set([...color, 255 * alpha], 4 * i);
    }
    g.putImageData(pixels, 0, 0);
  }

  showControls() {
    for (const name of ["opacity", "hide"]) {
      this.find(name).value = CHOSEN[name];
      if (this.root.getRootNode().activeElement !== this.find(`${name}-number`))
        this.find(`${name}-number`).value = CHOSEN[name];
    }
    for (const name of ["positive", "input", "boxes"]) this.find(name).checked = CHOSEN[name];
    this.read();
  }

  read() {
    const { words, target, summary } = this.header;
    let text = words.hint;
    if (this.cell) {
      const value = this.cells[this.cell[0] * this.columns + this.cell[1]];
      const side = value > 0 ? words.for : value < 0 ? words.against : words.neither;
      text =
        `Row ${this.cell[0] + 1}, column ${this.cell[1] + 1} of ${this.rows} \u00d7 ${this.columns}: ` +
        `${signed(value)} ${side.replace("{target}", target)}`;
    }
    if (this.find("readout").textContent !== text) this.find("readout").textContent = text;
  }

  choose(name, value) {
    if (CHOSEN[name] === value) return;
    CHOSEN[name] = value;
    if (name === "hide" || name === "positive") this.heat = null;
    this.showControls();
    if (name === "input") this.layout();
    else this.draw();
  }

  point(cell) {
    if (String(cell) === String(this.cell)) return;
    this.cell = cell;
    this.read();
    this.draw();
  }

  listen() {
    for (const name of ["opacity", "hide"])
      for (const end of ["", "-number"]) {
        this.find(name + end).addEventListener("input", (event) => {
          const { value, min, max } = event.target;
          if (value === "" || Number.isNaN(Number(value))) return;
          this.choose(
            name,
            Math.round(Math.min(Math.max(Number(value), Number(min)), Number(max))),
          );
        });
      }
    for (const name of ["positive", "input", "boxes"]) {
      this.find(name).addEventListener("change", (event) =>
        this.choose(name, event.target.checked),
      );
    }
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerdown", (event) => this.hover(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  hover(event) {
    if (!this.frame) return;
    const box = this.canvas.getBoundingClientRect(),
      { x, y, w, h, ratio } = this.frame;
    const u = ((event.clientX - box.left) * ratio - x) / w,
      v = ((event.clientY - box.top) * ratio - y) / h;
    if (u < 0 || v < 0 || u >= 1 || v >= 1) return;
    const [left, top, width, height] = this.part,
      size = this.header.size;
    this.point([
      Math.floor(((top + v * height) / size) * this.rows),
      Math.floor(((left + u * width) / size) * this.columns),
    ]);
  }

  key(event) {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) {
      const [down, right] = this.cell ? moves[event.key] : [0, 0];
      const [row, column] = this.cell ?? this.strongest(1);
      this.point([
        Math.min(Math.max(row + down, 0), this.rows - 1),
        Math.min(Math.max(column + right, 0), this.columns - 1),
      ]);
    } else if (event.key === "Home" || event.key === "End") {
      this.point(this.strongest(event.key === "Home" ? 1 : -1));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  strongest(sign) {
    let best = 0;
    for (let i = 1; i < this.cells.length; i++)
      if (sign * this.cells[i] > sign * this.cells[best]) best = i;
    return [Math.floor(best / this.columns), best % this.columns];
  }

  close() {
    this.resized.disconnect();
  }
}

function film(gray) {
  const [height, width] = gray.shape,
    canvas = new OffscreenCanvas(width, height);
  const g = canvas.getContext("2d"),
    pixels = g.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    pixels.data[4 * i] = pixels.data[4 * i + 1] = pixels.data[4 * i + 2] = gray[i];
    pixels.data[4 * i + 3] = 255;
  }
  g.putImageData(pixels, 0, 0);
  return canvas;
}

export default function ({ data, parentElement }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new Overlay(parentElement.querySelector(".overlay"));
    VIEWS.set(parentElement, view);
  }
  view.load(data);
  return () => {
    view.close();
    VIEWS.delete(parentElement);
  };
}
