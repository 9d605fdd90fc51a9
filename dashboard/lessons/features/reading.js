// What is set in the stage, read as what is shown: counted from 0, inside the network that is open, and
// also while it plays or something is pointed at.

export const ALL_PASSED = 99;

/** @param {number} at @param {number} count */
const within = (at, count) => Math.min(Math.max(at, 0), count - 1);

export class Reading {
  /** @param {any} lesson the stage's class */
  constructor(lesson) {
    this.lesson = lesson;
  }

  get values() {
    return this.lesson.stage.values;
  }

  /** The layer that is set, or what stands in for one that this network has not. */
  get node() {
    const { layer } = this.values;
    if (this.lesson.net?.node(layer)) return layer;
    const { nodes } = this.lesson.header;
    const plain = nodes.find((/** @type {any} */ node) => node.kind === "convolution");
    return (plain ?? nodes[1]).name;
  }

  /** All that is shown now, counted from 0; also while it plays or something is pointed at. */
  get now() {
    const { values } = this;
    const { node } = this;
    const playing = this.lesson.transport?.playing;
    const set = playing ? { ...values, ...this.settingsAt(this.lesson.transport.index) } : values;
    const view = this.viewOf(set.view);
    const hover = playing ? null : this.lesson.hover;
    const own = {
      node,
      unit: set.unit - 1,
      row: set.row ? set.row - 1 : Infinity,
      column: set.column ? set.column - 1 : Infinity,
      term: set.term,
      ...(view === "whole" ? {} : hover),
    };
    const [rows, columns, units] = this.lesson.net.dims(own.node);
    const middle = (/** @type {number} */ at, /** @type {number} */ count) =>
      at === Infinity ? Math.floor(count / 2) : within(at, count);
    const aimed = set.aimed && !playing ? { node, unit: within(own.unit, units) } : null;
    return {
      ...own,
      view,
      unit: within(own.unit, units),
      row: middle(own.row, rows),
      column: middle(own.column, columns),
      aim: view === "whole" ? (this.aimOf(hover) ?? this.aimOf(aimed)) : null,
      passed: within(set.passed, this.lesson.header.columns),
      snapshot: this.lesson.film.indexOf(set.epoch),
      place: within(set.place - 1, Math.max(this.lesson.images.images.length, 1)),
      gone: values.layer && values.layer !== node && view !== "whole" ? values.layer : "",
      layer: this.lesson.titleOf(node),
      untrained: set.view === "film" && view !== "film",
    };
  }

  /** Only what the drawing of the whole network shows can be pointed at there. @param {any} found */
  aimOf(found) {
    return found && this.lesson.shown.has(found.node)
      ? { node: found.node, unit: found.unit }
      : null;
  }

  /** @param {string} view */
  viewOf(view) {
    if (this.lesson.locked) return "whole";
    return view === "film" && this.lesson.header.epochs < 2 ? "layer" : view;
  }

  /** Whether a step of the transport is a unit. @param {string} view */
  walksUnits(view) {
    return view === "layer" || (view === "cell" && this.lesson.isVector(this.node));
  }

  /** What is set where the transport stands. @param {number} index */
  settingsAt(index) {
    const view = this.viewOf(this.values.view);
    if (view === "whole")
      return { passed: index >= this.lesson.header.columns - 1 ? ALL_PASSED : index };
    if (view === "film") return { epoch: this.lesson.film.epochs[index] ?? this.values.epoch };
    if (view === "images") return { place: index + 1 };
    if (this.walksUnits(view)) return { unit: index + 1, term: 0 };
    const columns = this.lesson.net.dims(this.node)[1];
    return { row: Math.floor(index / columns) + 1, column: (index % columns) + 1 };
  }

  /** Last position of the transport, and the one that is set. @param {any} now */
  position({ view, unit, row, column, passed, snapshot, place }) {
    const { header, film, images, net } = this.lesson;
    if (view === "whole") return [header.columns - 1, passed];
    if (view === "film") return [film.epochs.length - 1, snapshot];
    if (view === "images") return [images.images.length - 1, place];
    const [rows, columns, units] = net.dims(this.node);
    if (this.walksUnits(view)) return [units - 1, unit];
    return [rows * columns - 1, row * columns + column];
  }
}
