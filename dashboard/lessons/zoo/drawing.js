// A network to scale: the height of a box is the side of its maps, the width how many there are.
const ZOO_GAP = {
  convolution: 4,
  mix: 3,
  depthwise: 3,
  shared: 5,
  pooling: 3,
  vector: 8,
  dense: 8,
  image: 8,
  parallel: 10,
  residual: 9,
};
const ZOO_KINDS = {
  convolution: "convolution",
  mix: "1x1 convolution",
  depthwise: "one kernel a map",
  shared: "shared scales",
  pooling: "pooling",
  vector: "vector",
  dense: "dense",
  parallel: "joined",
  residual: "added",
};
class NetworkDrawing {
  // options: items, side (of the image), width, height (px), type (px; 0: no words), id
  constructor(options) {
    Object.assign(this, options);
    this.labels = [];
  }
  thick(item) {
    return item.s ? Math.max(2.5, item.c * this.unit) : item.k === "dense" ? 6 : 4;
  }
  wide(items) {
    return items.reduce(
      (sum, item) =>
        sum +
        ZOO_GAP[item.k] +
        (item.b
          ? Math.max(...item.b.map((branch) => this.wide(branch))) + (item.k === "residual" ? 6 : 4)
          : this.thick(item)),
      0,
    );
  }
  svg() {
    const room = this.width - 4;
    let low = 0,
      high = 4;
    for (let i = 0; i < 40; i++) {
      this.unit = (low + high) / 2;
      if (this.wide(this.items) < room) low = this.unit;
      else high = this.unit;
    }
    this.unit = low;
    const words = this.type ? this.type * 1.5 : 0,
      top = this.type ? 10 : 3;
    this.full = this.height - words - top - 4;
    this.parts = [];
    const squeeze = Math.min(1, room / this.wide(this.items));
    this.place(this.items, 2, top + this.full / 2, this.full);
    this.words(top + this.full + this.type * 1.25);
    const hatch = `<defs><pattern id="${this.id}h" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V5" stroke="var(--lb-accent)" stroke-width="2.4"/></pattern></defs>`;
    return (
      `<svg width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}" aria-hidden="true">${hatch}` +
      `<g transform="scale(${squeeze} 1)">${this.parts.join("")}</g>${this.labels.join("")}</svg>`
    );
  }
  // Boxes of one chain from x on, around the height `middle`, in a lane of `lane` px.
  place(items, x, middle, lane) {
    const scale = lane / this.side;
    for (const item of items) {
      x += ZOO_GAP[item.k] / 2;
      if (item.k === "parallel") x = this.parallel(item, x, middle, lane);
      else if (item.k === "residual") x = this.residual(item, x, middle, lane);
      else
        x = this.box(item, x, middle, item.s ? Math.max(4, item.s * scale) : this.tall(item, lane));
      x += ZOO_GAP[item.k] / 2;
    }
    return x;
  }
  tall(item, lane) {
    return Math.max(6, Math.min(1, Math.sqrt(item.c / 1024)) * lane * 0.8);
  }
  box(item, x, middle, height) {
    const width = this.thick(item),
      y = middle - height / 2;
    const rect = (extra, dx = 0, dy = 0) =>
      `<rect x="${x + dx}" y="${y - dy}" width="${width}" height="${height}" rx="1" ${extra}/>`;
    const line = 'stroke="var(--lb-accent)" stroke-width="1.3"';
    const looks = {
      image: 'fill="var(--lb-text)"',
      convolution: 'fill="var(--lb-accent)"',
      pooling: 'fill="none" stroke="var(--lb-muted)" stroke-width="1.3"',
      mix: `fill="color-mix(in srgb, var(--lb-accent) 25%, transparent)" ${line}`,
      depthwise: `fill="url(#${this.id}h)" ${line}`,
      vector: 'fill="var(--lb-muted)"',
      dense: 'fill="var(--lb-text)"',
    };
    if (item.k === "shared")
      this.parts.push(
        ...[6, 3, 0].map((d) =>
          rect(`fill="${d ? "none" : "var(--lb-accent)"}" ${line}`, d / 2, d / 2),
        ),
      );
    else this.parts.push(rect(looks[item.k]));
    if (item.s && item.s !== this.said && this.type) {
      this.said = item.s;
      this.marks = [...(this.marks ?? []), [x + width / 2, item.s]];
    }
    return x + width;
  }
  parallel(item, x, middle, lane) {
    const count = item.b.length,
      each = lane / count,
      width = Math.max(...item.b.map((branch) => this.wide(branch)));
    const start = x,
      end = x + width + 4,
      path = [];
    item.b.forEach((branch, i) => {
      const y = middle - lane / 2 + each * (i + 0.5),
        own = this.wide(branch),
        from = start + 2 + (width - own) / 2;
      path.push(
        `M${start - 2} ${middle}L${start + 2} ${y}H${from}M${from + own} ${y}H${end - 2}L${end + 2} ${middle}`,
      );
      this.place(branch, from, y, each * 0.92);
    });
    this.parts.unshift(
      `<path d="${path.join("")}" fill="none" stroke="var(--lb-muted)" stroke-width="1.2"/>`,
    );
    return end;
  }
  residual(item, x, middle, lane) {
    const end = this.place(item.b[0], x + 1, middle, lane) + 4,
      high = middle - (lane * Math.max(item.s, 4)) / this.side / 2 - 7;
    const top = Math.max(high, middle - lane / 2 - 6);
    this.parts.push(
      `<path d="M${x - 3} ${middle}V${top}H${end}V${middle - 3}" fill="none" stroke="var(--lb-text)" stroke-width="1.4"/>` +
        `<circle cx="${end}" cy="${middle}" r="3.2" fill="var(--lb-background)" stroke="var(--lb-text)" stroke-width="1.4"/>`,
    );
    return end + 2;
  }
  words(y) {
    if (!this.type) return;
    let free = -this.width;
    for (const [x, side] of this.marks ?? []) {
      const half = String(side).length * this.type * 0.3,
        at = Math.max(x, half, free + this.type * 0.45 + half);
      if (at - x > 1.8 * this.type) continue;
      free = at + half;
      this.labels.push(
        `<text x="${at}" y="${y}" text-anchor="middle" font-size="${this.type}" fill="var(--lb-muted)">${side}</text>`,
      );
    }
  }
  kinds(items = this.items, found = new Set()) {
    for (const item of items) {
      found.add(item.k);
      item.b?.forEach((branch) => this.kinds(branch, found));
    }
    return found;
  }
}
function drawingLegend(kinds) {
  const swatch = {
    convolution: '<rect x="5" y="2" width="9" height="15" fill="var(--lb-accent)"/>',
    pooling:
      '<rect x="6" y="4" width="7" height="11" fill="none" stroke="var(--lb-muted)" stroke-width="1.5"/>',
    mix: '<rect x="5" y="2" width="9" height="15" fill="color-mix(in srgb, var(--lb-accent) 25%, transparent)" stroke="var(--lb-accent)" stroke-width="1.5"/>',
    depthwise:
      '<rect x="5" y="2" width="9" height="15" fill="none" stroke="var(--lb-accent)" stroke-width="1.5"/><path d="M5 12L14 3M5 17L14 8" stroke="var(--lb-accent)" stroke-width="2"/>',
    shared:
      '<rect x="3" y="5" width="9" height="13" fill="var(--lb-accent)"/><path d="M6 3H14V15M8 1H16V13" fill="none" stroke="var(--lb-accent)" stroke-width="1.5"/>',
    vector: '<rect x="8" y="3" width="4" height="13" fill="var(--lb-muted)"/>',
    dense: '<rect x="7" y="3" width="6" height="13" fill="var(--lb-text)"/>',
    residual:
      '<path d="M2 10V3H15V9" fill="none" stroke="var(--lb-text)" stroke-width="1.5"/><circle cx="15" cy="12" r="3" fill="none" stroke="var(--lb-text)" stroke-width="1.5"/>',
    parallel:
      '<path d="M1 10L5 4H14L19 10L14 16H5Z" fill="none" stroke="var(--lb-muted)" stroke-width="1.5"/>',
  };
  return Object.keys(swatch)
    .filter((kind) => kinds.has(kind))
    .map(
      (kind) =>
        `<span><svg width="20" height="20" viewBox="0 0 20 20">${swatch[kind]}</svg>${ZOO_KINDS[kind]}</span>`,
    )
    .join("");
}
