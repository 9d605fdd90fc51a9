// The maps of one layer through the epochs of a training, between which the picture fades.
const FILMS = new WeakMap();

class Film {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.canvas = this.find("reel");
    this.context = this.canvas.getContext("2d");
    this.transport = new Transport(this.find("transport"), {
      last: 1,
      perSecond: 1.5,
      name: "Step",
      canvas: this.canvas,
      moved: () => this.tell(),
      draw: () => this.draw(),
      layout: () => this.layout(),
    });
  }

  load(bytes) {
    const { header, arrays } = unpack(bytes);
    if (this.header?.stamp === header.stamp) return;
    this.header = header;
    [this.maps] = arrays;
    const [epochs, units, h, w] = this.maps.shape;
    // 127 stands for 0, so that zero has its one color.
    const shades = Array.from({ length: 256 }, (_, i) =>
      mix(header.activation, Math.min(i / 254, 1)),
    );
    this.frames = range(epochs).map((e) =>
      range(units).map((u) => {
        const canvas = document.createElement("canvas");
        canvas.width = w;
        canvas.height = h;
        const context = canvas.getContext("2d"),
          pixels = context.createImageData(w, h),
          start = (e * units + u) * h * w;
        for (let i = 0; i < h * w; i++)
          pixels.data.set([...shades[this.maps[start + i]], 255], 4 * i);
        context.putImageData(pixels, 0, 0);
        return canvas;
      }),
    );
    this.find("words").querySelector("summary").textContent = header.words.twin;
    this.transport.pause();
    this.transport.setLast(epochs - 1);
    this.layout();
    this.transport.go(epochs - 1);
    this.table();
    this.tell();
  }

  layout() {
    if (!this.header) return;
    const style = getComputedStyle(this.root),
      get = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
    this.colors = {
      text: get("--lb-text", "#e9ecef"),
      muted: get("--lb-muted", "#a9b3bd"),
      border: get("--lb-border", "#3a424b"),
      accent: get("--lb-accent", "#7db8f0"),
      training: get("--lb-training", "#3d9fdd"),
      validation: get("--lb-validation", "#ee6a4a"),
    };
    this.type = Math.max(16, Math.round(parseFloat(get("--lb-text-px", "17")) * 0.95));
    this.face = get("--st-font", "sans-serif");
    this.line = Math.round(this.type * 1.35);
    this.width = Math.max(this.canvas.parentElement.clientWidth, 320);
    this.height = Math.round(Math.min(Math.max(innerHeight * 0.5, 300), 520));
    const ratio = Math.min(devicePixelRatio || 1, 2);
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const gap = this.type,
      right = Math.min(this.width * 0.34, 420);
    this.tiles = gridBoxes(
      this.header.units.length,
      gap,
      gap,
      this.width - right - 3 * gap,
      this.height - 2 * gap - this.line * 1.4,
      { gap: 0.08 },
    );
    this.chart = {
      x: this.width - right - gap,
      y: gap + this.line * 1.2,
      width: right,
      height: this.height - 2 * gap - this.line * 2.6,
    };
    this.transport.touch();
  }

  draw() {
    if (!this.header || !this.tiles) return;
    const g = this.context,
      p = this.transport.position,
      e = Math.floor(p),
      share = p - e;
    g.clearRect(0, 0, this.width, this.height);
    this.tiles.forEach(({ x, y, side }, u) => {
      const put = (at) => {
        const map = this.frames[at][u];
        g.imageSmoothingEnabled = side < map.width;
        g.drawImage(map, x, y, side, side);
      };
      g.globalAlpha = 1;
      put(e);
      if (share > 0 && e + 1 < this.frames.length) {
        g.globalAlpha = share;
        put(e + 1);
      }
    });
    g.globalAlpha = 1;
    this.drawBar(g);
    this.drawChart(g, p);
  }

  words(g, words, x, y, { align = "left", color = this.colors.muted, weight = 400 } = {}) {
    g.font = `${weight} ${this.type}px ${this.face}`;
    g.textAlign = align;
    g.textBaseline = "middle";
    g.fillStyle = color;
    g.fillText(words, x, y);
  }

  drawBar(g) {
    const y = this.height - this.type - this.line * 0.7,
      x = this.type * 5,
      width = 180,
      { limit, low } = this.header,
      from = low < 0 ? 0 : 0.5;
    const bar = g.createLinearGradient(x, 0, x + width, 0);
    for (let i = 0; i <= 10; i++)
      bar.addColorStop(
        i / 10,
        `rgb(${mix(this.header.activation, from + ((1 - from) * i) / 10).join(" ")})`,
      );
    this.words(g, say(low), x - 6, y + this.line * 0.35, {
      align: "right",
      color: this.colors.text,
    });
    g.fillStyle = bar;
    g.fillRect(x, y, width, this.line * 0.7);
    this.words(g, say(limit), x + width + 6, y + this.line * 0.35, { color: this.colors.text });
    this.words(g, this.header.words.scale, x + width + this.type * 4.5, y + this.line * 0.35);
  }

  // Share of exact zeros and mean, each from 0 to its own largest, with the epoch in question.
  drawChart(g, p) {
    const { x, y, width, height } = this.chart,
      { zeros, means, epochs } = this.header,
      n = epochs.length;
    const px = (i) => x + (n > 1 ? i / (n - 1) : 0.5) * width,
      half = (height - this.line * 2) / 2;
    const rows = [
      [zeros, 1, percent, this.header.words.zeros, this.colors.training, []],
      [
        means,
        Math.max(...means.map(Math.abs), 1e-12),
        say,
        this.header.words.mean,
        this.colors.validation,
        [9, 5],
      ],
    ];
    rows.forEach(([values, top, told, title, color, dash], r) => {
      const low = Math.min(0, ...values) / top,
        base = y + r * (half + this.line * 2) + half;
      const py = (v) => base - ((v / top - low) / (1 - low)) * (half - 4);
      this.words(g, `${title}: ${told(values[Math.round(p)])}`, x, base - half - this.line * 0.6, {
        color: this.colors.text,
        weight: 650,
      });
      g.strokeStyle = this.colors.border;
      g.lineWidth = 1;
      g.strokeRect(x, base - half, width, half);
      g.strokeStyle = color;
      g.lineWidth = 2.5;
      g.setLineDash(dash);
      g.beginPath();
      values.forEach((v, i) => g[i ? "lineTo" : "moveTo"](px(i), py(v)));
      g.stroke();
      g.setLineDash([]);
      g.strokeStyle = this.colors.accent;
      g.lineWidth = 2;
      g.beginPath();
      g.moveTo(px(p), base - half);
      g.lineTo(px(p), base);
      g.stroke();
    });
    this.words(g, `${this.header.words.epoch} ${epochs[0]}`, x, y + height + this.line * 0.6);
    this.words(g, String(epochs.at(-1)), x + width, y + height + this.line * 0.6, {
      align: "right",
    });
  }

  tell() {
    if (!this.header) return;
    const at = Math.round(this.transport.position),
      { epochs, zeros, means, title, words } = this.header;
    const said = `${title}, ${epochs[at] === 0 ? words.before : `${words.after} ${epochs[at]}`}: ${words.mean.toLowerCase()} ${say(means[at])}, ${percent(zeros[at])} ${words.silent}.`;
    if (this.find("sentence").textContent !== said) {
      this.find("sentence").textContent = said;
      this.canvas.setAttribute("aria-label", said);
    }
    this.canvas.epoch = epochs[at]; // read by browser tests
  }

  table() {
    const { epochs, zeros, means, words } = this.header,
      table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const title of [words.epoch, words.mean, words.zeros]) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = title;
      head.append(cell);
    }
    const body = table.createTBody();
    epochs.forEach((epoch, i) => {
      const row = body.insertRow();
      for (const text of [String(epoch), say(means[i]), percent(zeros[i])])
        row.insertCell().textContent = text;
    });
    this.find("tables").replaceChildren(table);
  }

  close() {
    this.transport.close();
  }
}

function range(count) {
  return Array.from({ length: count }, (_, i) => i);
}

export default function ({ data, parentElement }) {
  let film = FILMS.get(parentElement);
  if (!film) {
    film = new Film(parentElement.querySelector(".film"));
    FILMS.set(parentElement, film);
  }
  film.load(data);
  return () => {
    film.close();
    FILMS.delete(parentElement);
  };
}
