// What stands beside the picture: fields of the schema, and what no single field says.

import { bound, choice } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";

/** @type {import("../../browser/state.js").Field} */
const BIAS = {
  ...{ name: "bias", kind: "real", default: 0, label: "Bias" },
  ...{ low: -100, high: 100, step: 0.05 },
};
const SLIDER = 2; // limit of the bias' slider; a number may be typed beyond

/** @typedef {[string, string][]} Options */

/** @param {string} label @param {(value: string) => void} take @param {() => any} now @param {Options} [options] */
const menu = (label, take, now, options = []) =>
  bound(
    { name: label.toLowerCase(), kind: "choice", default: "", label, options },
    () => String(now()),
    take,
  );

/** @param {string[]} names */
const numbered = (names) => /** @type {Options} */ (names.map((name, n) => [String(n), name]));

export class Controls {
  /** @param {any} lesson of `stage.js` */
  constructor(lesson) {
    const { stage, model } = lesson;
    this.lesson = lesson;
    const named = stage.settings.field("kernels").options;
    this.kernel = menu(
      "Kernel",
      (name) => this.choose(name),
      () => model.kernels.nameOf(model.set, model.f),
      named,
    );
    stage.controlsPlace.append(this.kernel.element);
    stage.control(
      ["size", "stride", "padding", "mode"],
      ["dilation", "flip", "filters", "seed", "range", "gain"],
    );
    this.bias = bound(
      BIAS,
      () => model.biasOf(),
      (value) => stage.set({ biases: model.withBias(value) }),
    );
    this.bias.input.min = String(-SLIDER);
    this.bias.input.max = String(SLIDER);
    stage.morePlace.append(this.bias.element);
    this.filter = menu(
      "Filter",
      (f) => lesson.pick(Number(f)),
      () => model.f,
    );
    this.channel = menu(
      "Channel",
      (c) => stage.set({ c: Number(c) }),
      () => model.c,
    );
    stage.aside.append(this.filter.element, this.channel.element);
    const views = stage.settings.field("view").options;
    this.press = choice(stage.aside, "What the stage shows", views, (view) => stage.set({ view }));
    this.views = /** @type {HTMLElement} */ (stage.aside.lastElementChild);
    this.note = make("p", { className: "advice", role: "status" });
    stage.aside.append(this.note);
  }

  /** @param {string} name of a kernel */
  choose(name) {
    const { stage, model, layerSettings } = this.lesson;
    if (name !== "learned") stage.set(model.kernels.choose(model.set, model.f, name));
    else if (model.kernels.learned) stage.set(layerSettings.call(this.lesson));
    else stage.server.trigger("want", "layer");
    this.kernel.show();
  }

  /** Show what can be set now. */
  show() {
    const { model, stage, header } = this.lesson;
    const { dials } = stage;
    const many = model.planes.length > 1;
    const outs = model.filters;
    this.kernel.show();
    this.bias.show();
    dials.size.hide(model.how.mode === "pointwise");
    dials.flip.hide(model.transposed);
    dials.filters.hide(model.depthwise || model.kernels.isLearned(model.set));
    dials.seed.hide(model.kernels.nameOf(model.set, model.f) !== "random");
    const { options } = /** @type {HTMLSelectElement} */ (dials.padding.input);
    for (const option of options) {
      option.disabled = model.transposed && !["valid", "same"].includes(option.value);
    }
    dials.padding.input.value = model.how.padding;
    this.views.hidden = !many || model.transposed;
    this.press(stage.values.view);
    this.channel.hide(!many);
    this.filter.hide(outs < 2);
    if (many) this.channel.offer({ options: numbered(header.channels) });
    const titles = Array.from({ length: outs }, (_, f) => `${f + 1} of ${outs}`);
    if (outs > 1) this.filter.offer({ options: numbered(titles) });
  }
}
