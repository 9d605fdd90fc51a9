// Controls from a schema: a slider always takes a number too, and what is set goes to the settings.

import { escaped, write } from "./number.js";

/** @typedef {import("./state.js").Field} Field */
/** @typedef {Pick<import("./state.js").Settings, "values" | "field" | "set">} Settings what controls show and set */

const LOG_STEPS = 120;
const LOG_DECADES = 4;

/**
 * What a logarithmic slider reaches, as powers of ten, and in how many steps: from the lowest value where it
 * is above zero, else four decades, up to the highest; fine where the field names the powers.
 * @param {Field} field
 */
function reachOf({ low = 0, high = 1, powers }) {
  if (powers) return { from: powers[0], to: powers[1], steps: 100 * (powers[1] - powers[0]) };
  const to = Math.log10(high);
  return { from: low > 0 ? Math.log10(low) : to - LOG_DECADES, to, steps: LOG_STEPS };
}

/**
 * A position of a logarithmic slider.
 * @param {Field} field
 * @param {number} value
 */
function logStep(field, value) {
  const { from, to, steps } = reachOf(field);
  return value > 0 ? Math.round((steps * (Math.log10(value) - from)) / (to - from)) : 0;
}

/**
 * @param {Field} field
 * @param {number} step
 */
function logValue(field, step) {
  const { from, to, steps } = reachOf(field);
  return Number((10 ** (from + ((to - from) * step) / steps)).toPrecision(field.powers ? 3 : 2));
}

/**
 * @param {Field} field
 * @returns {string}
 */
function markup(field) {
  const label = escaped(field.label ?? field.name);
  const unit = field.unit ? ` <span class="lb-of">${escaped(field.unit)}</span>` : "";
  if (field.kind === "choice") {
    const options = (field.options ?? [])
      .map(([value, title]) => `<option value="${escaped(value)}">${escaped(title)}</option>`)
      .join("");
    return `<label class="lb-control"><span class="lb-label">${label}</span><select class="lb-value" aria-label="${label}">${options}</select></label>`;
  }
  if (field.kind === "flag") {
    return `<label class="lb-control lb-flag"><input type="checkbox" class="lb-value"><span class="lb-label">${label}</span></label>`;
  }
  if (field.kind === "text") {
    return `<label class="lb-control"><span class="lb-label">${label}</span><input type="text" class="lb-value" autocomplete="off" maxlength="${field.longest ?? 200}"></label>`;
  }
  const limits = `min="${field.low}" max="${field.high}" step="${field.log ? "any" : (field.step ?? 1)}"`;
  const slid = field.log ? `min="0" max="${reachOf(field).steps}" step="1"` : limits;
  return (
    `<div class="lb-control lb-dial" role="group" aria-label="${label}"><span class="lb-label">${label}${unit}</span>` +
    `<input type="range" class="lb-value" ${slid} aria-label="${label}">` +
    `<input type="number" class="lb-typed" ${limits} aria-label="${label}, as a number"></div>`
  );
}

/** The control of one field. */
export class Control {
  /**
   * @param {Settings} settings
   * @param {string} name of the field
   */
  constructor(settings, name) {
    this.settings = settings;
    this.field = settings.field(name);
    const holder = document.createElement("div");
    holder.innerHTML = markup(this.field);
    this.element = /** @type {HTMLElement} */ (holder.firstElementChild);
    this.element.dataset.field = name;
    this.input = /** @type {HTMLInputElement} */ (this.element.querySelector(".lb-value"));
    this.typed = /** @type {HTMLInputElement | null} */ (this.element.querySelector(".lb-typed"));
    const live = this.field.kind === "whole" || this.field.kind === "real";
    this.input.addEventListener(live ? "input" : "change", () => this.take(this.input));
    this.typed?.addEventListener("input", () => this.take(/** @type {any} */ (this.typed)));
    // A number that is not one, or lies outside, is put right when its field is left.
    this.typed?.addEventListener("change", () => this.show());
    this.typed?.addEventListener("blur", () => this.show());
    this.show();
  }

  /** @param {HTMLInputElement} input */
  take(input) {
    const { kind, name, low = -Infinity, high = Infinity } = this.field;
    if (kind === "flag") this.settings.set({ [name]: input.checked });
    else if (kind === "choice" || kind === "text") this.settings.set({ [name]: input.value });
    else {
      const log = this.field.log && input === this.input;
      const value = log ? logValue(this.field, Number(input.value)) : Number(input.value);
      if (input.value === "" || !Number.isFinite(value)) return;
      const inside = Math.min(Math.max(kind === "whole" ? Math.round(value) : value, low), high);
      this.settings.set({ [name]: inside });
      this.show();
    }
  }

  /** Show what is set. */
  show() {
    const value = this.settings.values[this.field.name];
    if (this.field.kind === "flag") this.input.checked = value;
    else {
      const { log } = this.field;
      const said =
        typeof value !== "number" ? value : log ? value.toPrecision(5) : value.toFixed(6);
      const text = typeof value === "number" ? String(Number(said)) : said;
      const slid = log ? String(logStep(this.field, value)) : text;
      if (this.input.value !== slid) this.input.value = slid;
      if (log) this.input.setAttribute("aria-valuetext", write(value, 5));
      const root = /** @type {ShadowRoot | Document} */ (this.element.getRootNode());
      const busy =
        this.typed && root.activeElement === this.typed && Number(this.typed.value) === value;
      if (this.typed && !busy && this.typed.value !== text) this.typed.value = text;
    }
  }

  /**
   * Offer other limits or options than the schema's, where the picture allows fewer.
   * @param {{ low?: number, high?: number, options?: [string, string][] }} given
   */
  offer({ low, high, options }) {
    for (const input of [this.input, this.typed]) {
      if (input && low !== undefined) input.min = String(low);
      if (input && high !== undefined) input.max = String(high);
    }
    if (options) {
      this.input.innerHTML = options
        .map(([value, title]) => `<option value="${escaped(value)}">${escaped(title)}</option>`)
        .join("");
    }
    this.show();
  }

  /** @param {boolean} hidden */
  hide(hidden) {
    this.element.hidden = hidden;
  }
}

/**
 * Controls for fields, in that order.
 * @param {HTMLElement} host
 * @param {Settings} settings
 * @param {string[]} names
 * @returns {Record<string, Control>}
 */
export function controls(host, settings, names) {
  return Object.fromEntries(
    names.map((name) => {
      const control = new Control(settings, name);
      host.append(control.element);
      return [name, control];
    }),
  );
}

/**
 * A control of something that no single field of the settings says.
 * @param {Field} field as a schema has it, for its label, limits and options
 * @param {() => any} read what it shows
 * @param {(value: any) => void} take what is chosen
 */
export function bound(field, read, take) {
  const settings = {
    field: () => field,
    get values() {
      return { [field.name]: read() };
    },
    set: (/** @type {Record<string, any>} */ patch) => take(patch[field.name]),
  };
  return new Control(settings, field.name);
}

/**
 * Buttons of which one is pressed.
 * @param {HTMLElement} host
 * @param {string} label of the group
 * @param {[string, string][]} options value and title
 * @param {(value: string) => void} chosen
 * @returns {(value: string) => void} shows which one is pressed
 */
export function choice(host, label, options, chosen) {
  const group = document.createElement("div");
  group.className = "lb-choice";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label);
  const buttons = options.map(([value, title]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = title;
    button.dataset.value = value;
    button.addEventListener("click", () => chosen(value));
    group.append(button);
    return button;
  });
  host.append(group);
  return (value) => {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.value === value));
    }
  };
}

/**
 * A plain button.
 * @param {HTMLElement} host
 * @param {string} title
 * @param {() => void} pressed
 */
export function button(host, title, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = title;
  made.addEventListener("click", pressed);
  host.append(made);
  return made;
}
