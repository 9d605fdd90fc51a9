// Thumbnails with their heat: asked for once the wall stands still, kept until others come.

const MOST = 60;
const STILL_MS = 500;

export class Heat {
  /**
   * @param {() => void} touched called when others are here
   * @param {(images: number[]) => void} ask
   */
  constructor(touched, ask) {
    this.touched = touched;
    this.ask = ask;
    /** @type {any} */
    this.sheet = null;
    this.known = "";
    this.asked = "";
  }

  /** @returns {number[]} */
  get images() {
    return this.sheet?.images ?? [];
  }

  /** @param {any} header @param {Uint8Array<ArrayBuffer>} jpeg */
  async load(header, jpeg) {
    if (!header || String(header.images) === this.known) return;
    this.known = String(header.images);
    const image = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
    const at = new Map();
    for (const [n, one] of header.images.entries()) at.set(one, n);
    this.sheet = { ...header, image, at };
    this.touched();
  }

  /** @param {number[]} wall */
  wish(wall) {
    clearTimeout(this.waiting);
    const images = wall.slice(0, MOST);
    if (String(images) === this.asked || images.every((one) => this.sheet?.at.has(one))) return;
    this.waiting = setTimeout(() => {
      this.asked = String(images);
      this.ask(images);
    }, STILL_MS);
  }

  close() {
    clearTimeout(this.waiting);
  }
}
