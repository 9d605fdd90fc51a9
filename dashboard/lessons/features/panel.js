// The controls beside the picture: which view, of which layer, map, row and column; and the colors.

import { choice } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";

const VIEWS = ["whole", "layer", "cell", "images", "film"];

export class Panel {
  /** @param {any} lesson the stage's class */
  constructor(lesson) {
    this.lesson = lesson;
    const { stage, words } = lesson;
    /** @type {[string, string][]} */
    const views = VIEWS.map((view) => [view, words[`view-${view}`]]);
    this.pressed = choice(stage.controlsPlace, "View", views, (view) => lesson.look(view));
    this.layers = make("select", { className: "lb-value", "aria-label": words.layer });
    this.layers.onchange = () => {
      const { view, unit } = lesson.now;
      lesson.open(view === "whole" ? "layer" : view, { node: this.layers.value, unit });
    };
    const label = make("span", { className: "lb-label" }, words.layer);
    this.box = make("label", { className: "lb-control" }, label, this.layers);
    stage.controlsPlace.append(this.box);
    stage.control(["unit", "row", "column"], ["scope", "clip"]);
  }

  /** Another network has other layers. */
  offerLayers() {
    const { nodes } = this.lesson.header;
    const options = nodes.map((/** @type {any} */ { name, title }) => new Option(title, name));
    this.layers.replaceChildren(...options);
  }

  /** Show what can be set in a view. @param {string} view */
  show(view) {
    const { stage, header, locked, net, node, now } = this.lesson;
    const [rows, columns, units] = net.dims(node);
    const vector = this.lesson.isVector(node);
    this.pressed(view);
    for (const button of stage.controlsPlace.querySelectorAll("button")) {
      button.hidden = button.dataset.value === "film" && header.epochs < 2;
      button.disabled = locked && button.dataset.value !== "whole";
    }
    this.layers.value = node;
    this.box.hidden = locked;
    const { unit, row, column } = stage.dials;
    unit.element.querySelector(".lb-label").textContent = vector ? "Unit" : "Map";
    unit.hide(["whole", "film"].includes(view));
    unit.offer({ low: 1, high: units });
    for (const [dial, high, at] of [
      [row, rows, now.row],
      [column, columns, now.column],
    ]) {
      dial.hide(view !== "cell" || vector);
      dial.offer({ low: 1, high });
      // What is not set yet is the middle.
      if (!stage.values[dial.field.name]) {
        dial.input.value = String(at + 1);
        dial.typed.value = String(at + 1);
      }
    }
  }
}
