// Pictures of tensors on a canvas: sheets, stacks, cells. No state of the lesson lives here.
const MINUS = "\u2212";
const plainNumber = (v) => String(v).replace("-", MINUS);
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");
const shapeText = (shape) => `(${shape.map(grouped).join(", ")}${shape.length === 1 ? "," : ""})`;
const shortNumber = (v, dtype) =>
  plainNumber(
    dtype === "uint8" ? v : Math.abs(v) >= 1000 ? Math.round(v) : Number(v.toPrecision(3)),
  );
const escapedText = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const inkOn = ([r, g, b]) => (0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#101418" : "#ffffff");

// A tensor with what drawing needs: colors of values, sheets drawn once.
class Sheets {
  constructor(about, data, cividis) {
    Object.assign(this, about, { data, shape: data.shape, cividis });
    this.dtype = data instanceof Uint8Array ? "uint8" : "float32";
    this.layout = layoutOf(this.shape, ITEM_SIZES[this.dtype]);
    this.picture = this.axes.includes("height");
    this.rank = this.shape.length;
    this.last = this.shape[this.rank - 1];
    this.cache = new Map();
    if (this.dtype === "float32") {
      this.low = Array(this.last).fill(Infinity);
      this.high = Array(this.last).fill(-Infinity);
      data.forEach((v, i) => {
        const f = i % this.last;
        if (v < this.low[f]) this.low[f] = v;
        if (v > this.high[f]) this.high[f] = v;
      });
    }
  }
  at(address) {
    return this.data[address / this.layout.itemsize];
  }
  // One number as a color: gray, or its place between the least and the greatest of its feature.
  color(address) {
    const number = address / this.layout.itemsize,
      v = this.data[number];
    if (this.dtype === "uint8") return [v, v, v];
    const f = number % this.last,
      t = ((v - this.low[f]) / (this.high[f] - this.low[f] || 1)) * (this.cividis.length - 1);
    const i = Math.min(Math.floor(t), this.cividis.length - 2),
      part = t - i;
    return this.cividis[i].map((c, k) => Math.round(c + part * (this.cividis[i + 1][k] - c)));
  }
  // rows x columns of a layout as a small canvas; `channel` is the kept axis of channels, or -1.
  paint(layout, base, rowAxis, colAxis, channel, channels) {
    const rows = layout.shape[rowAxis],
      cols = layout.shape[colAxis],
      image = new ImageData(cols, rows),
      out = image.data;
    const sr = layout.strides[rowAxis],
      sc = layout.strides[colAxis];
    for (let r = 0, o = 0; r < rows; r++)
      for (let c = 0; c < cols; c++, o += 4) {
        const address = base + r * sr + c * sc;
        if (channel >= 0 && this.last === 3) {
          for (let k = 0; k < layout.shape[channel]; k++)
            out[o + channels[k]] = this.data[address + k * layout.strides[channel]];
        } else {
          const rgb = this.color(address);
          out[o] = rgb[0];
          out[o + 1] = rgb[1];
          out[o + 2] = rgb[2];
        }
        out[o + 3] = 255;
      }
    const canvas = document.createElement("canvas");
    canvas.width = cols;
    canvas.height = rows;
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  }
  // The whole last sheet behind leading indices: a picture, a window, a table.
  sheet(lead) {
    const key = lead.join();
    if (!this.cache.has(key)) {
      const row = this.picture ? this.rank - 3 : this.rank - 2;
      const base = lead.reduce((sum, i, axis) => sum + i * this.layout.strides[axis], 0);
      this.cache.set(
        key,
        this.paint(this.layout, base, row, row + 1, this.picture ? this.rank - 1 : -1, [0, 1, 2]),
      );
    }
    return this.cache.get(key);
  }
  get rowAxis() {
    return this.picture ? this.rank - 3 : this.rank - 2;
  }
}

class Pen {
  constructor(canvas) {
    this.canvas = canvas;
    this.g = canvas.getContext("2d");
  }
  size(width, height, type, style) {
    const ratio = Math.min(devicePixelRatio || 1, 2),
      get = (name) => style.getPropertyValue(`--lb-${name}`).trim();
    const w = Math.round(width * ratio),
      h = Math.round(height * ratio);
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
    }
    this.canvas.style.height = `${height}px`;
    this.g.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.g.imageSmoothingEnabled = false;
    Object.assign(this, {
      width,
      height,
      type,
      face: style.fontFamily,
      mono: get("mono"),
      text: get("text"),
      muted: get("muted"),
      accent: get("accent"),
      border: get("border"),
      ground: get("background"),
      surface: get("surface"),
    });
  }
  clear() {
    this.g.clearRect(0, 0, this.width, this.height);
  }
  say(
    text,
    x,
    y,
    {
      color = this.text,
      align = "left",
      bold = false,
      scale = 1,
      mono = false,
      turn = 0,
      base = "middle",
      fit = 0,
    } = {},
  ) {
    const g = this.g;
    g.font = `${bold ? 650 : 400} ${this.type * scale}px ${mono ? this.mono : this.face}`;
    g.fillStyle = color;
    g.textAlign = align;
    g.textBaseline = base;
    if (fit && g.measureText(text).width > fit) {
      while (text.length > 1 && g.measureText(`${text}\u2026`).width > fit)
        text = text.slice(0, -1);
      text += "\u2026";
    }
    if (!turn) {
      g.fillText(text, x, y);
      return g.measureText(text).width;
    }
    g.save();
    g.translate(x, y);
    g.rotate(turn);
    g.fillText(text, 0, 0);
    g.restore();
    return g.measureText(text).width;
  }
  frame(x, y, w, h, color, width = 2, dash = []) {
    this.g.strokeStyle = color;
    this.g.lineWidth = width;
    this.g.setLineDash(dash);
    this.g.strokeRect(x, y, w, h);
    this.g.setLineDash([]);
  }
  fill(x, y, w, h, color) {
    this.g.fillStyle = color;
    this.g.fillRect(x, y, w, h);
  }
  // "(1) frames 20": the number in a disc is the axis, as in the rows beside the picture.
  axis(number, name, size, x, y, turn = 0) {
    const g = this.g,
      r = this.type * 0.66;
    g.save();
    g.translate(x, y);
    g.rotate(turn);
    g.fillStyle = this.accent;
    g.beginPath();
    g.arc(r, 0, r, 0, 7);
    g.fill();
    this.say(String(number), r, 1, { color: this.ground, align: "center", bold: true, scale: 0.9 });
    this.say(`${name} ${grouped(size)}`, 2 * r + 5, 0);
    g.restore();
  }
  axisWidth(name, size) {
    this.g.font = `400 ${this.type}px ${this.face}`;
    return this.g.measureText(`${name} ${grouped(size)}`).width + this.type * 1.32 + 8;
  }
  cell(x, y, w, h, rgb, text, mono = true) {
    this.fill(x, y, w - 1, h - 1, `rgb(${rgb.join()})`);
    this.say(text, x + w / 2, y + h / 2, { color: inkOn(rgb), align: "center", mono });
  }
}
