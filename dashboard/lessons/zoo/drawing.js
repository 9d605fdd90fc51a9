// A network to scale: the height of a box is the side of its maps, the width how many there are.

import { escaped } from "../../browser/number.js";

/**
 * As `dashboard.lessons.zoo.outline.Item` sends it.
 * @typedef {object} Item
 * @property {string} k kind
 * @property {number} s side of the maps, 0 for a vector
 * @property {number} c how many
 * @property {string} l label
 * @property {Item[][]} [b] branches
 */

/** @type {Record<string, { gap: number, title?: string, swatch?: string }>} */
const KINDS = {
  image: { gap: 8 },
  convolution: {
    gap: 4,
    title: "convolution",
    swatch: '<rect x="5" y="2" width="9" height="15" fill="var(--lb-accent)"/>',
  },
  pooling: {
    gap: 3,
    title: "pooling",
    swatch:
      '<rect x="6" y="4" width="7" height="11" fill="none" stroke="var(--lb-muted)" stroke-width="1.5"/>',
  },
  mix: {
    gap: 3,
    title: "1x1 convolution",
    swatch:
      '<rect x="5" y="2" width="9" height="15" fill="color-mix(in srgb, var(--lb-accent) 25%, transparent)" stroke="var(--lb-accent)" stroke-width="1.5"/>',
  },
  depthwise: {
    gap: 3,
    title: "one kernel a map",
    swatch:
      '<rect x="5" y="2" width="9" height="15" fill="none" stroke="var(--lb-accent)" stroke-width="1.5"/><path d="M5 12L14 3M5 17L14 8" stroke="var(--lb-accent)" stroke-width="2"/>',
  },
  shared: {
    gap: 5,
    title: "shared scales",
    swatch:
      '<rect x="3" y="5" width="9" height="13" fill="var(--lb-accent)"/><path d="M6 3H14V15M8 1H16V13" fill="none" stroke="var(--lb-accent)" stroke-width="1.5"/>',
  },
  vector: {
    gap: 8,
    title: "vector",
    swatch: '<rect x="8" y="3" width="4" height="13" fill="var(--lb-muted)"/>',
  },
  dense: {
    gap: 8,
    title: "dense",
    swatch: '<rect x="7" y="3" width="6" height="13" fill="var(--lb-text)"/>',
  },
  residual: {
    gap: 9,
    title: "added",
    swatch:
      '<path d="M2 10V3H15V9" fill="none" stroke="var(--lb-text)" stroke-width="1.5"/><circle cx="15" cy="12" r="3" fill="none" stroke="var(--lb-text)" stroke-width="1.5"/>',
  },
  parallel: {
    gap: 10,
    title: "joined",
    swatch:
      '<path d="M1 10L5 4H14L19 10L14 16H5Z" fill="none" stroke="var(--lb-muted)" stroke-width="1.5"/>',
  },
};

const WIDEST = 16; // pixels a map, where few maps have much room

/** One network, drawn as text by `svg`. */
export class NetworkDrawing {
  /**
   * @param {{ items: Item[], side: number, width: number, height: number, type: number, id: string }} options
   *   `side` of the image, `width`, `height` and `type` in pixels (type 0: no words), `id` unique in its root
   */
  constructor({ items, side, width, height, type, id }) {
    this.items = items;
    this.side = side;
    this.width = width;
    this.height = height;
    this.type = type;
    this.id = id;
    this.unit = 0;
    this.said = 0;
    /** @type {string[]} */
    this.parts = [];
    /** @type {[number, number][]} Where the side of the maps changes, and to what. */
    this.marks = [];
  }

  /** @param {Item} item */
  thick(item) {
    return item.s ? Math.max(2.5, item.c * this.unit) : item.k === "dense" ? 6 : 4;
  }

  /** @param {Item[]} items */
  wide(items) {
    const inside = (/** @type {Item} */ item) =>
      item.b
        ? Math.max(...item.b.map((branch) => this.wide(branch))) + (item.k === "residual" ? 6 : 4)
        : this.thick(item);
    return items.reduce((sum, item) => sum + KINDS[item.k].gap + inside(item), 0);
  }

  /** The drawing as markup. */
  svg() {
    const { width, height, type, id } = this;
    const room = width - 4;
    let [low, high] = [0, WIDEST];
    for (let i = 0; i < 40; i++) {
      this.unit = (low + high) / 2;
      if (this.wide(this.items) < room) low = this.unit;
      else high = this.unit;
    }
    this.unit = low;
    const top = type ? 10 : 3;
    const full = height - (type ? type * 1.5 : 0) - top - 4;
    const squeeze = Math.min(1, room / this.wide(this.items));
    this.place(this.items, 2, top + full / 2, full);
    const labels = type ? this.words(top + full + type * 1.25) : "";
    const hatch = `<defs><pattern id="${id}h" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V5" stroke="var(--lb-accent)" stroke-width="2.4"/></pattern></defs>`;
    return (
      `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">${hatch}` +
      `<g transform="scale(${squeeze} 1)">${this.parts.join("")}</g>${labels}</svg>`
    );
  }

  /**
   * Boxes of one chain from x on, around the height `middle`, in a lane of so many pixels.
   * @param {Item[]} items
   * @param {number} x
   * @param {number} middle
   * @param {number} lane
   * @returns {number} where it ends
   */
  place(items, x, middle, lane) {
    for (const item of items) {
      const { gap } = KINDS[item.k];
      x += gap / 2;
      if (item.k === "parallel") x = this.parallel(item, x, middle, lane);
      else if (item.k === "residual") x = this.residual(item, x, middle, lane);
      else x = this.box(item, x, middle, lane);
      x += gap / 2;
    }
    return x;
  }

  /**
   * @param {Item} item
   * @param {number} x
   * @param {number} middle
   * @param {number} lane
   */
  box(item, x, middle, lane) {
    const tall = Math.max(6, Math.min(1, Math.sqrt(item.c / 1024)) * lane * 0.8);
    const height = item.s ? Math.max(4, (item.s * lane) / this.side) : tall;
    const width = this.thick(item);
    const y = middle - height / 2;
    const rect = (/** @type {string} */ look, by = 0) =>
      `<rect x="${x + by}" y="${y - by}" width="${width}" height="${height}" rx="1" ${look}/>`;
    const line = 'stroke="var(--lb-accent)" stroke-width="1.3"';
    /** @type {Record<string, string>} */
    const looks = {
      image: 'fill="var(--lb-text)"',
      convolution: 'fill="var(--lb-accent)"',
      pooling: 'fill="none" stroke="var(--lb-muted)" stroke-width="1.3"',
      mix: `fill="color-mix(in srgb, var(--lb-accent) 25%, transparent)" ${line}`,
      depthwise: `fill="url(#${this.id}h)" ${line}`,
      vector: 'fill="var(--lb-muted)"',
      dense: 'fill="var(--lb-text)"',
    };
    if (item.k === "shared") {
      for (const by of [6, 3, 0]) {
        this.parts.push(rect(`fill="${by ? "none" : "var(--lb-accent)"}" ${line}`, by / 2));
      }
    } else this.parts.push(rect(looks[item.k]));
    if (item.s && item.s !== this.said && this.type) {
      this.said = item.s;
      this.marks.push([x + width / 2, item.s]);
    }
    return x + width;
  }

  /**
   * @param {Item} item
   * @param {number} start
   * @param {number} middle
   * @param {number} lane
   */
  parallel(item, start, middle, lane) {
    const branches = /** @type {Item[][]} */ (item.b);
    const each = lane / branches.length;
    const width = Math.max(...branches.map((branch) => this.wide(branch)));
    const end = start + width + 4;
    let path = "";
    branches.forEach((branch, i) => {
      const y = middle - lane / 2 + each * (i + 0.5);
      const own = this.wide(branch);
      const from = start + 2 + (width - own) / 2;
      path +=
        `M${start - 2} ${middle}L${start + 2} ${y}H${from}` +
        `M${from + own} ${y}H${end - 2}L${end + 2} ${middle}`;
      this.place(branch, from, y, each * 0.92);
    });
    this.parts.unshift(
      `<path d="${path}" fill="none" stroke="var(--lb-muted)" stroke-width="1.2"/>`,
    );
    return end;
  }

  /**
   * @param {Item} item
   * @param {number} x
   * @param {number} middle
   * @param {number} lane
   */
  residual(item, x, middle, lane) {
    const [body] = /** @type {Item[][]} */ (item.b);
    const end = this.place(body, x + 1, middle, lane) + 4;
    const high = middle - (lane * Math.max(item.s, 4)) / this.side / 2 - 7;
    const top = Math.max(high, middle - lane / 2 - 6);
    this.parts.push(
      `<path d="M${x - 3} ${middle}V${top}H${end}V${middle - 3}" fill="none" stroke="var(--lb-text)" stroke-width="1.4"/>` +
        `<circle cx="${end}" cy="${middle}" r="3.2" fill="var(--lb-background)" stroke="var(--lb-text)" stroke-width="1.4"/>`,
    );
    return end + 2;
  }

  /**
   * Sides of the maps below the boxes, as many as have room.
   * @param {number} y
   */
  words(y) {
    const { type } = this;
    let free = -this.width;
    let labels = "";
    for (const [x, side] of this.marks) {
      const half = String(side).length * type * 0.3;
      const at = Math.max(x, half, free + type * 0.45 + half);
      if (at - x > 1.8 * type) continue;
      free = at + half;
      labels += `<text x="${at}" y="${y}" text-anchor="middle" font-size="${type}" fill="var(--lb-muted)">${side}</text>`;
    }
    return labels;
  }
}

/**
 * What the kinds of boxes mean, as markup.
 * @param {Item[]} items
 */
export function legend(items) {
  const found = new Set();
  const collect = (/** @type {Item[]} */ some) => {
    for (const item of some) {
      found.add(item.k);
      item.b?.forEach(collect);
    }
  };
  collect(items);
  return Object.entries(KINDS)
    .filter(([kind, { swatch }]) => swatch && found.has(kind))
    .map(
      ([, { title, swatch }]) =>
        `<span><svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">${swatch}</svg>${title}</span>`,
    )
    .join("");
}

/**
 * Every layer with the branch it stands in, in words.
 * @param {Item[]} items
 * @param {string} [where]
 * @returns {[string, string][]}
 */
export function layersOf(items, where = "trunk") {
  return items.flatMap((item) => {
    const branches = item.b ?? [];
    const inside = branches.flatMap((branch, at) =>
      layersOf(branch, branches.length > 1 ? `branch ${at + 1}` : "in the block"),
    );
    return [...inside, /** @type {[string, string]} */ ([where, item.l])];
  });
}

/**
 * A drawing in one sentence.
 * @param {{ title: string, side: number, outline: Item[] }} exhibit
 */
export function spoken({ title, side, outline }) {
  const layers = layersOf(outline).map(([, label]) => label);
  return escaped(`${title} for ${side} by ${side} pixels: ${layers.join("; ")}.`);
}
