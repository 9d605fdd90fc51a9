// The whole network for one picture: every map, the strongest ties of the one that is pointed at, and the
// activation passing from left to right.

import { count, write } from "../../browser/number.js";
import { box as rectangle, paint } from "../../browser/paint.js";
import { mixed, Scale } from "../../browser/scale.js";
import { css } from "./painter.js";
import { overviewBoxes } from "./places.js";
import { range } from "./values.js";

/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {import("./values.js").Strength & { from: any, to: any, share: number }} Edge */

const MOST_INTO = 40;
const MOST_OUT = 16;
const MOST_FLOWING = 48;
const MOST_ASKED = 160;
const DIMMED = 0.3;
const WAITING = 0.08;

/** @param {any[]} edges @param {number} most */
function strongest(edges, most) {
  const sorted = edges.toSorted((a, b) => b.size - a.size);
  const top = sorted[0]?.size || 1;
  return sorted.slice(0, most).map((edge) => ({ ...edge, share: edge.size / top }));
}

export class Overview {
  /** @param {any} lesson the stage's class */
  constructor(lesson) {
    this.lesson = lesson;
    this.painter = lesson.painter;
    this.forget();
  }

  /** Another picture, other colors, another size. */
  forget() {
    /** @type {HTMLCanvasElement | null} */
    this.still = null;
    this.flows = new Map();
    this.ties = new Map();
  }

  /** Take the sizes that there are now. */
  arrange() {
    const { header, net, surface, barTop } = this.lesson;
    const names = header.shown.map((/** @type {any} */ one) => one.name);
    const dims = Object.fromEntries(names.map((name) => [name, net.dims(name)]));
    this.places = overviewBoxes(header.shown, dims, surface.width, barTop - 4, this.painter.line);
    this.forget();
  }

  /** @param {string} source @param {number} channel */
  tileOf(source, channel) {
    return this.places.boxes[this.lesson.stands.get(source) ?? source]?.tiles[channel] ?? null;
  }

  /** All maps, drawn once. */
  drawn() {
    if (this.still) return this.still;
    const { surface, header, net } = this.lesson;
    this.still = surface.layer((/** @type {Pen} */ pen) => {
      for (const { name } of header.shown) {
        const values = net.dims(name)[0] === 1 ? net.values(name) : null;
        this.places.boxes[name].tiles.forEach((box, u) => {
          this.painter.tile(pen, name, u, box);
          if (values && box.side > 2.2 * this.painter.type) {
            this.painter.number(pen, values[u], box, this.painter.color(name, u, values[u]));
          }
        });
      }
    });
    return this.still;
  }

  /**
   * @param {Pen} pen
   * @param {any} now
   * @param {number} alpha
   * @param {boolean} moves whether the activation may pass
   */
  draw(pen, now, alpha, moves) {
    const { lesson } = this;
    const still = this.drawn();
    const { width, height } = lesson.surface;
    const ratio = still.width / width;
    const position = lesson.transport.position;
    const last = this.places.columns.length - 1;
    const flying = moves && position < last && !now.aim && !lesson.locked;
    const strip = (
      /** @type {number} */ from,
      /** @type {number} */ to,
      /** @type {number} */ opacity,
    ) => {
      const x = Math.max(0, Math.floor(from));
      const wide = Math.min(width, Math.ceil(to)) - x;
      if (wide <= 0) return;
      pen.globalAlpha = alpha * opacity;
      pen.drawImage(still, x * ratio, 0, wide * ratio, still.height, x, 0, wide, height);
    };
    if (!flying) strip(0, width, now.aim && !lesson.locked ? DIMMED : 1);
    else {
      const at = Math.floor(position);
      const share = position - at;
      strip(0, this.left(at + 1), 1);
      strip(this.left(at + 1), this.left(at + 2), WAITING + (1 - WAITING) * share);
      strip(this.left(at + 2), width, WAITING);
      this.drawFlow(pen, at + 1, share, alpha);
    }
    pen.globalAlpha = alpha;
    this.drawNames(pen, now, flying ? Math.floor(position) : null);
    if (now.aim && moves) this.drawAim(pen, now.aim);
  }

  /** Where a column begins. @param {number} column */
  left(column) {
    const nodes = this.places.columns[column];
    if (!nodes) return this.lesson.surface.width;
    const starts = nodes.map((one) => this.places.boxes[one.name].x);
    return Math.min(...starts) - this.painter.type * 0.4;
  }

  /** @param {Pen} pen @param {any} now @param {number | null} current */
  drawNames(pen, now, current) {
    const { painter, lesson } = this;
    const y = lesson.barTop - 4 - painter.line * 1.4;
    this.places.columns.forEach((nodes, c) => {
      const { x, width, room } = this.places.boxes[nodes[0].name];
      const aimed = now.aim && lesson.shown.get(now.aim.node).column === c;
      const strong = aimed || c === current;
      const words = nodes.length > 1 ? `${nodes.length} paths` : nodes[0].short;
      const title = aimed ? lesson.shown.get(now.aim.node).short : words;
      const [name] = nodes.map((one) => one.name);
      let below = nodes.length > 1 ? "" : this.size(name);
      if (c === 0) below = `${lesson.header.size} px`;
      else if (lesson.scope === "layer" && nodes.length === 1 && !lesson.locked) {
        below = `\u00b1${write(painter.limits(name, 0).high, 2)}`;
      }
      pen.font = `400 ${painter.type}px ${painter.theme.font}`;
      const middle = x + width / 2;
      const fits = (/** @type {string} */ said) => pen.measureText(said).width <= room - 4;
      // Where there is no room for "conv 3" it says "c3".
      const said = [title, title.replace(/^(\w)[a-z]* ?/, "$1")].find(fits);
      if (aimed || said) {
        painter.text(pen, aimed ? title : said, middle, y, {
          align: "center",
          muted: !strong,
          bold: aimed,
        });
      }
      pen.font = `400 ${painter.type}px ${painter.theme.font}`;
      if (fits(below)) {
        painter.text(pen, below, middle, y + painter.line * 0.95, { align: "center", muted: true });
      }
    });
  }

  /** @param {string} name */
  size(name) {
    const [height, width, units] = this.lesson.net.dims(name);
    return height === 1 ? count(units) : `${units} \u00d7 ${height}\u00d7${width}`;
  }

  /**
   * The strongest connections into one column, while the activation passes.
   * @param {Pen} pen
   * @param {number} column
   * @param {number} share
   * @param {number} alpha
   */
  drawFlow(pen, column, share, alpha) {
    for (const { name } of this.places.columns[column] ?? []) {
      for (const edge of this.flowInto(name)) {
        pen.globalAlpha = alpha * Math.sin(Math.PI * share) * (0.25 + 0.75 * edge.share);
        this.drawEdge(pen, edge, Math.min(share * 1.6, 1));
      }
    }
  }

  /** @param {string} name @returns {Edge[]} */
  flowInto(name) {
    const { net, shown } = this.lesson;
    if (!net.weights) return [];
    if (!this.flows.has(name)) {
      const [first] = shown.get(name).chain;
      const units = net.dims(name)[2];
      const asked = Math.min(units, MOST_ASKED);
      const found = range(asked).flatMap((i) => {
        const unit = Math.floor((i * units) / asked);
        const [own] = strongest(net.strengths(first, unit), 1);
        const from = own && this.tileOf(own.source, own.channel);
        const to = this.tileOf(name, unit);
        return from && to ? [{ ...own, from, to }] : [];
      });
      this.flows.set(name, strongest(found, MOST_FLOWING));
    }
    return this.flows.get(name);
  }

  /** @param {Pen} pen @param {Edge} edge @param {number} [grown] */
  drawEdge(pen, { from, to, share, sum, size }, grown = 1) {
    const [x1, y1] = [from.x + from.side, from.y + from.side / 2];
    const [x2, y2] = [to.x, to.y + to.side / 2];
    const bend = (x2 - x1) / 2;
    const strength = Math.sign(sum) * Math.min(1, 0.35 + Math.abs(sum) / (size || 1));
    const color = new Scale("weight", 1).rgb(0.84 * strength);
    pen.save();
    // Drawn into the color of words, so that it can be told from the ground of either theme.
    const dark = parseInt(this.painter.theme.background.slice(1, 3), 16) < 128;
    pen.strokeStyle = css(mixed(color, dark ? LIGHT : DARK, 0.25));
    pen.lineWidth = 1 + 3.5 * share;
    pen.beginPath();
    if (grown < 1) {
      pen.rect(x1, 0, (x2 - x1) * grown, this.lesson.surface.height);
      pen.clip();
      pen.beginPath();
    }
    pen.moveTo(x1, y1);
    pen.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
    pen.stroke();
    pen.restore();
  }

  /**
   * What a map reads and who reads it, the strongest first.
   * @param {string} name
   * @param {number} unit
   * @returns {{ into: any[], out: any[], all: number }}
   */
  tiesOf(name, unit) {
    const key = `${name}/${unit}`;
    if (!this.ties.has(key)) {
      const { net, shown, stands, header } = this.lesson;
      const into = net.strengths(shown.get(name).chain[0], unit);
      const readers = header.shown.filter((/** @type {any} */ one) =>
        one.feeds.some((/** @type {string} */ feed) => stands.get(feed) === name),
      );
      const out = readers.flatMap((/** @type {any} */ one) =>
        range(net.dims(one.name)[2]).flatMap((u) =>
          this.readings(one.chain[0], u, name, unit).map((tie) => ({
            ...tie,
            to: one.name,
            at: u,
          })),
        ),
      );
      const found = { into: strongest(into, MOST_INTO), out: strongest(out, MOST_OUT) };
      this.ties.set(key, { ...found, all: into.length });
    }
    return this.ties.get(key);
  }

  /**
   * How a reader's unit reads one map.
   * @param {string} reader
   * @param {number} u
   * @param {string} name
   * @param {number} unit
   * @returns {any[]}
   */
  readings(reader, u, name, unit) {
    const { net, stands } = this.lesson;
    const isOurs = (/** @type {string} */ source) => (stands.get(source) ?? source) === name;
    if (net.readsAll(reader)) {
      const one = isOurs(net.lookThrough(net.node(reader).inputs[0]))
        ? net.strength(reader, unit, u)
        : null;
      return one ? [one] : [];
    }
    return net
      .strengths(reader, u)
      .filter((/** @type {any} */ tie) => isOurs(tie.source) && tie.channel === unit);
  }

  /**
   * One map in focus: what it reads and who reads it, and the map itself under a lens.
   * @param {Pen} pen
   * @param {{ node: string, unit: number }} aim
   */
  drawAim(pen, { node, unit }) {
    const box = this.tileOf(node, unit);
    if (!box) return;
    const { painter, lesson } = this;
    const { into, out } = this.tiesOf(node, unit);
    /** @type {any[]} */
    const edges = [];
    const take = (/** @type {any} */ tie, /** @type {string} */ name, /** @type {number} */ at) => {
      const tile = this.tileOf(name, at);
      if (!tile) return;
      painter.tile(pen, lesson.stands.get(name) ?? name, at, tile);
      edges.push(tie.to ? { ...tie, from: box, to: tile } : { ...tie, from: tile, to: box });
    };
    pen.globalAlpha = 1;
    for (const tie of into) take(tie, tie.source, tie.channel);
    for (const tie of out) take(tie, tie.to, tie.at);
    for (const edge of edges.toReversed()) {
      pen.globalAlpha = 0.25 + 0.75 * edge.share;
      this.drawEdge(pen, edge);
    }
    pen.globalAlpha = 1;
    painter.tile(pen, node, unit, box);
    painter.mark(pen, box);
    if (!lesson.locked) this.drawLens(pen, node, unit, box);
  }

  /**
   * @param {Pen} pen
   * @param {string} name
   * @param {number} unit
   * @param {any} box
   */
  drawLens(pen, name, unit, box) {
    const { painter, lesson } = this;
    const { surface, net } = lesson;
    const side = Math.min(surface.height * 0.45, 300);
    if (box.side >= side * 0.75) return;
    const right = box.x + box.side + side + 3 * painter.type < surface.width;
    const x = right ? box.x + box.side + painter.type * 1.5 : box.x - side - painter.type * 1.5;
    const highest = lesson.barTop - side - painter.line * 2.6;
    const y = Math.min(Math.max(box.y + box.side / 2 - side / 2, 6), highest);
    const around = rectangle(x - 6, y - 6, side + 12, side + 12 + painter.line * 1.2);
    paint(pen, around, { fill: painter.theme.surface, color: painter.theme.border });
    const lens = { x, y, side };
    painter.tile(pen, name, unit, lens);
    const value = lesson.isVector(name) ? net.values(name)?.[unit] : undefined;
    painter.number(pen, value, lens, painter.color(name, unit, value));
    const words = `${lesson.shown.get(name).short}, ${lesson.word(name)} ${unit + 1}`;
    painter.text(pen, words, x, y + side + painter.line * 0.7, { bold: true, wide: side });
  }
}

const LIGHT = [255, 255, 255];
const DARK = [0, 0, 0];
