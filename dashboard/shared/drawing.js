const boards = new WeakMap();
const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
class Board {
  constructor(parent, size, pixels, words) {
    this.size = size;
    this.pixels = pixels;
    this.words = words;
    this.cursor = null;
    this.canvas = parent.querySelector("canvas");
    this.canvas.width = this.canvas.height = size;
    this.pen = parent.querySelector(".size input");
    this.rub = parent.querySelector(".rub");
    this.say = parent.querySelector(".words");
    this.say.textContent = words.hint;
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.cursor = null;
      this.last = this.cell(event);
      this.stroke(this.last, this.last);
    };
    this.canvas.onpointermove = (event) => {
      if (!this.last) return;
      const to = this.cell(event);
      this.stroke(this.last, to);
      this.last = to;
    };
    this.canvas.onpointerup = this.canvas.onpointercancel = () => {
      if (this.last) {
        this.last = null;
        this.send();
      }
    };
    this.canvas.onkeydown = (event) => this.key(event);
    this.rub.onclick = () =>
      this.rub.setAttribute(
        "aria-pressed",
        String(this.rub.getAttribute("aria-pressed") !== "true"),
      );
    parent.querySelector(".clear").onclick = () => {
      this.pixels.fill(0);
      this.draw();
      this.send();
    };
    this.draw();
  }
  cell(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      ((event.clientY - box.top) / box.height) * this.size - 0.5,
      ((event.clientX - box.left) / box.width) * this.size - 0.5,
    ];
  }
  key(event) {
    const move = KEYS[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    const middle = (this.size - 1) / 2;
    const from = this.cursor || [Math.round(middle), Math.round(middle)];
    if (event.key === " ") {
      this.cursor = from;
      this.stroke(from, from);
      this.send();
      return;
    }
    const clamp = (v) => Math.min(Math.max(v, 0), this.size - 1);
    this.cursor = [clamp(from[0] + move[0]), clamp(from[1] + move[1])];
    if (event.shiftKey) {
      this.stroke(from, this.cursor);
      this.send();
    }
    this.say.textContent = `${this.words.row} ${this.cursor[0]}, ${this.words.column} ${this.cursor[1]}: ${this.pixels[this.cursor[0] * this.size + this.cursor[1]]}`;
    this.draw();
  }
  // A round pen with one pixel of soft rim, along the line from one cell to another.
  stroke(from, to) {
    const radius = Number(this.pen.value) * 0.6,
      rub = this.rub.getAttribute("aria-pressed") === "true";
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let k = 0; k <= steps; k++) {
      const row = from[0] + ((to[0] - from[0]) * k) / steps,
        column = from[1] + ((to[1] - from[1]) * k) / steps;
      for (
        let r = Math.max(0, Math.floor(row - radius - 1));
        r <= Math.min(this.size - 1, row + radius + 1);
        r++
      ) {
        for (
          let c = Math.max(0, Math.floor(column - radius - 1));
          c <= Math.min(this.size - 1, column + radius + 1);
          c++
        ) {
          const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(r - row, c - column)));
          const at = r * this.size + c,
            value = Math.round(255 * cover);
          this.pixels[at] = rub
            ? Math.min(this.pixels[at], 255 - value)
            : Math.max(this.pixels[at], value);
        }
      }
    }
    this.draw();
  }
  draw() {
    const pen = this.canvas.getContext("2d"),
      image = pen.createImageData(this.size, this.size);
    this.pixels.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
    pen.putImageData(image, 0, 0);
    if (this.cursor) {
      pen.strokeStyle = "#7db8f0";
      pen.lineWidth = 0.5;
      pen.strokeRect(this.cursor[1] + 0.1, this.cursor[0] + 0.1, 0.8, 0.8);
    }
  }
  send() {
    this.report(btoa(String.fromCharCode(...this.pixels)));
  }
}
export default function ({ data, parentElement, setStateValue }) {
  const { header, arrays } = unpack(data);
  let board = boards.get(parentElement);
  if (!board) {
    board = new Board(parentElement, header.size, Uint8Array.from(arrays[0]), header.words);
    boards.set(parentElement, board);
  }
  if (header.restored && header.restored !== board.restored && !board.last) {
    board.pixels = Uint8Array.from(arrays[0]);
    board.draw();
  }
  board.restored = header.restored;
  board.report = (pixels) => setStateValue("pixels", pixels);
  return () => {};
}
