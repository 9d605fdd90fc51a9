// A model of your own: pictures by class at the left, the camera beside them, at the side the training and
// what is answered to the camera's picture. Scores come from the server, one small picture at a time.

import { button } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { mount } from "../../browser/mount.js";
import { fixed } from "../../browser/number.js";
import { Plot, ticks } from "../../browser/plot.js";
import { Box, chooser, takeDrops } from "./box.js";
import { Camera, shrunk } from "./camera.js";
import { way } from "./live.js";
import { scoreList } from "./scores.js";

/** @typedef {import("./live.js").Answer} Answer */

const RECORDED_EVERY_MS = 150;
const PATIENCE_MS = 8000; // an answer that has not come by then comes no more

class Minute {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {any} */
    this.header = null;
    /** @type {Box[]} */
    this.boxes = [];
    /** @type {Record<string, any>[]} What was done and is not taken yet; the first is under way. */
    this.edits = [];
    this.number = 0;
    this.sheet = { url: "", tile: 1, columns: 1, rows: 1 };
    /** @type {string[]} Pictures of the burst that is being recorded. */
    this.burst = [];
    this.asked = { frame: "", at: 0 };
    /** @type {Answer | null} */
    this.answer = null;
    /** @type {string} A picture that is tested instead of the camera's. */
    this.tested = "";
    stage.pictures.classList.add("minute-places");
    this.classes = make("div", { className: "minute-classes" });
    stage.pictures.append(this.classes, this.eye());
    this.build();
    way.hear = (answer) => this.hear(answer);
  }

  /** The camera's place: its picture, or one that is tested. */
  eye() {
    this.video = make("video", { muted: true, playsInline: true, hidden: true });
    this.video.setAttribute("aria-label", "What the camera sees, in gray");
    this.still = make("img", { hidden: true, alt: "The picture that is tested, in gray" });
    this.told = make("p", { className: "minute-told", role: "status" });
    this.seen = make("p", { className: "lb-of minute-gray" });
    this.tools = make("div", { className: "minute-foot" });
    this.camera = new Camera(this.video, () => this.look());
    const view = make("div", { className: "minute-view" }, this.video, this.still, this.told);
    const place = { className: "minute-eye", "data-picture": "", "aria-label": "Camera" };
    const eye = make("section", place, view, this.seen, this.tools);
    takeDrops(eye, (files) => this.test(files[0]));
    return eye;
  }

  /** What stands at the side. */
  build() {
    const { aside } = this.stage;
    this.train = button(aside, "", () => this.edit({ do: "train" }));
    this.train.classList.add("minute-train");
    this.bar = make("progress", { max: 1, hidden: true });
    this.phase = make("p", { className: "minute-phase", role: "status" });
    this.curve = make("div", { className: "minute-curve" });
    this.bars = make("div", { className: "minute-bars" });
    aside.append(this.bar, this.phase, this.bars, this.curve);
  }

  /**
   * @param {any} header
   * @param {Uint8Array[]} arrays
   * @param {boolean} first
   */
  load(header, [jpeg], first) {
    const before = this.header;
    this.header = header;
    if (first) this.begin();
    if (this.edits.length && String(this.edits[0].number) === header.taken) {
      this.edits.shift();
      this.send();
    }
    if (!before || String(before.classes.map(places)) !== String(header.classes.map(places))) {
      this.thumbnails(jpeg);
    }
    while (this.boxes.length < header.classes.length) this.addBox();
    while (this.boxes.length > header.classes.length) this.boxes.pop()?.host.remove();
    this.boxes.forEach((box, at) => {
      box.show(header.classes[at], this.sheet, header.classes.length > 2);
    });
    this.more.hidden = header.classes.length >= header.limits.classes;
    const learned = header.losses.length > 0;
    if (before && String(before.losses) !== String(header.losses)) this.again();
    this.train.textContent = learned ? header.words.again : header.words.train;
    this.train.disabled = Boolean(header.progress);
    this.bar.hidden = !header.progress;
    this.bar.value = header.progress?.share ?? 0;
    this.bar.setAttribute("aria-label", header.words.train);
    const stale = header.stale ? header.words.stale : "";
    this.phase.textContent = header.progress?.phase ?? (header.said || stale);
    this.stage.say(header.worth);
    this.look();
    this.drawCurve();
    this.drawBars();
    this.tell();
  }

  begin() {
    const { words, limits } = this.header;
    this.stage.control(["view"]);
    this.seen.textContent = words.gray;
    this.more = button(this.tools, words.more, () => this.edit({ do: "more" }));
    this.start = button(this.tools, words.start, () => {
      if (this.camera.stream) this.camera.stop();
      else this.watch();
    });
    chooser(this.tools, words.test, false, ([file]) => this.test(file));
    this.side = limits.side;
    this.clock = setInterval(() => this.tick(), 50);
  }

  addBox() {
    const label = this.boxes.length;
    const { words, limits } = this.header;
    const edit = (/** @type {Record<string, any>} */ one) => this.edit({ label, ...one });
    const box = new Box(this.classes, label + 1, words, limits.name, {
      name: (name) => edit({ do: "name", name }),
      remove: (place) => edit({ do: "remove", place }),
      empty: () => edit({ do: "empty" }),
      fewer: () => edit({ do: "fewer" }),
      files: (files) => this.takeFiles(label, files),
      hold: () => this.record(label),
      release: () => this.release(),
    });
    this.boxes.push(box);
  }

  /** Thumbnails of all classes, cut from one picture.
   * @param {Uint8Array} jpeg */
  thumbnails(jpeg) {
    const { tile, columns, classes } = this.header;
    const count = classes.reduce((sum, one) => sum + one.places.length, 0);
    if (this.sheet.url) URL.revokeObjectURL(this.sheet.url);
    const url = count
      ? URL.createObjectURL(new Blob([new Uint8Array(jpeg)], { type: "image/jpeg" }))
      : "";
    this.sheet = { url, tile, columns, rows: Math.max(1, Math.ceil(count / columns)) };
  }

  /** Tell the server what was done; one message is under way at a time.
   * @param {Record<string, any>} what */
  edit(what) {
    this.number += 1;
    this.edits.push({ ...what, number: `${performance.timeOrigin}.${this.number}`.slice(-18) });
    if (this.edits.length === 1) this.send();
  }

  send() {
    if (this.edits.length) this.stage.server.trigger("edit", JSON.stringify(this.edits[0]));
  }

  /**
   * @param {number} label
   * @param {File[]} files
   */
  async takeFiles(label, files) {
    /** @type {string[]} */
    const strange = [];
    /** @type {string[]} */
    const pictures = [];
    for (const file of files) {
      try {
        pictures.push(await shrunk(file, this.side));
      } catch {
        strange.push(file.name);
      }
    }
    const { atOnce } = this.header.limits;
    for (let at = 0; at < pictures.length; at += atOnce) {
      const part = pictures.slice(at, at + atOnce);
      this.edit({ do: "add", label, source: "file", pictures: part });
    }
    if (strange.length) this.refuse(strange);
  }

  /** @param {string[]} names */
  refuse(names) {
    const listed = names.slice(0, 3).join(", ") + (names.length > 3 ? ", \u2026" : "");
    this.refused = this.header.words.unreadable.replace("{names}", listed);
    this.look();
  }

  watch() {
    this.tested = "";
    this.refused = "";
    this.answer = null;
    this.camera.start();
  }

  /** @param {number} label */
  record(label) {
    if (!this.camera.sees) {
      this.watch();
      return;
    }
    this.recording = label;
    this.burst = [];
    this.boxes[label]?.mark(true);
    this.next = 0;
  }

  release() {
    const label = this.recording;
    if (label === undefined) return;
    this.recording = undefined;
    this.boxes[label]?.mark(false);
    if (!this.burst.length && this.camera.sees) this.burst.push(this.camera.take(this.side));
    if (this.burst.length) {
      this.edit({ do: "add", label, source: "camera", pictures: this.burst });
    }
    this.burst = [];
  }

  /** Twenty times a second: a picture of a burst, or the next question to the server. */
  tick() {
    const now = performance.now();
    if (this.recording !== undefined) {
      if (now < (this.next ?? 0) || !this.camera.sees) return;
      this.next = now + RECORDED_EVERY_MS;
      this.burst.push(this.camera.take(this.side));
      if (this.burst.length >= this.header.limits.atOnce) this.release();
      return;
    }
    const learned = this.header.losses.length > 0 || this.header.network;
    if (!learned || !way.ask || document.hidden || this.edits.length) return;
    if (this.asked.frame && now - this.asked.at < PATIENCE_MS) return;
    // As long a rest as the last answer took: clocks of the page are heard in between.
    if (now - this.asked.at < Math.max(this.header.pace, 2 * (this.took ?? 0))) return;
    const picture = this.tested || (this.camera.sees ? this.camera.take(this.side) : "");
    if (!picture || (this.tested && this.answer)) return;
    this.number += 1;
    this.asked = { frame: String(this.number), at: now };
    way.ask(JSON.stringify({ frame: this.asked.frame, picture }));
  }

  /** @param {Answer} answer */
  hear(answer) {
    if (!answer.frame || answer.frame !== this.asked.frame) return;
    this.took = performance.now() - this.asked.at;
    this.asked.frame = "";
    this.answer = answer;
    this.drawBars();
  }

  /** Another head answers: what was said is no longer true. */
  again() {
    this.answer = null;
    this.asked = { frame: "", at: 0 };
  }

  /** @param {File | undefined} file */
  async test(file) {
    if (!file) return;
    try {
      const picture = await shrunk(file, this.side);
      this.camera.stop();
      this.again();
      this.refused = "";
      this.tested = picture;
      this.still.src = `data:image/jpeg;base64,${picture}`;
      this.look();
      this.drawBars();
    } catch {
      this.refuse([file.name]);
    }
  }

  /** Show what the camera's place has to show. */
  look() {
    if (!this.header) return;
    const { words } = this.header;
    const { state } = this.camera;
    this.video.hidden = state !== "on";
    this.still.hidden = !this.tested || state === "on";
    const silent = state === "on" || (state === "off" && this.tested);
    this.told.textContent = this.refused || (silent ? "" : words[state]);
    this.start.textContent = this.camera.stream ? words.stop : words.start;
    this.stage.pictures.classList.toggle("minute-large", this.stage.values.view === "answer");
  }

  changed() {
    this.look();
    this.drawCurve();
  }

  arranged() {
    this.drawCurve();
  }

  drawCurve() {
    const { losses, words, classes } = this.header;
    const width = this.stage.aside.clientWidth;
    // Many scores need the room more.
    this.curve.hidden = !losses.length || classes.length > 3;
    if (this.curve.hidden || width < 60) return;
    const type = parseFloat(getComputedStyle(document.documentElement).fontSize) || 17;
    const top = Math.max(...losses) * 1.05;
    const plot = new Plot({
      ...{ id: "minute-loss", width, height: type * 8, type, margin: type },
      ...{ x: [0, losses.length], y: [0, top], title: words.loss, xTitle: words.epochs },
    });
    plot.axes(ticks(0, losses.length, 2), ticks(0, top, 3));
    const points = losses.map((/** @type {number} */ y, /** @type {number} */ x) => [x, y]);
    plot.line(points, { color: "var(--lb-training)" });
    this.curve.innerHTML = plot.svg();
  }

  drawBars() {
    const { classes, words, losses, network } = this.header;
    if (!losses.length && !network) {
      this.bars.replaceChildren(make("p", { className: "lb-of" }, words.untrained));
      return;
    }
    const { answer } = this;
    if (!answer || answer.problem) {
      const said = answer?.problem || words.ask;
      this.bars.replaceChildren(make("p", { className: "lb-of" }, said));
      return;
    }
    const whole = (/** @type {number[] | null} */ scores) => scores?.length === classes.length;
    /** @type {[string, string, number[]][]} */
    const who = [];
    if (whole(answer.scores)) who.push([words.head, "var(--lb-accent)", answer.scores]);
    if (answer.network && whole(answer.network)) {
      who.push([words.network, "var(--lb-reference)", answer.network]);
    }
    this.bars.replaceChildren(scoreList(classes, who));
    Object.assign(this.bars, { took: this.took, answer }); // for tests
  }

  /** The text twin. */
  tell() {
    const { classes, losses, worth, words } = this.header;
    const told = `Pictures: ${classes.map((one) => `${one.name} ${one.places.length}`).join(", ")}`;
    const plain = make("p", { innerHTML: worth }).textContent ?? "";
    this.stage.tellTwin(`${told}. ${plain || words.untrained}`, () => [
      {
        caption: "Pictures",
        head: ["class", "pictures", "independent"],
        rows: classes.map((one) => [one.name, String(one.places.length), String(one.bursts)]),
      },
      ...(losses.length
        ? [
            {
              caption: words.loss,
              head: [words.epochs, words.loss],
              rows: losses
                .map((/** @type {number} */ loss, /** @type {number} */ at) => [at, loss])
                .filter(([at]) => at % 20 === 0 || at === losses.length - 1)
                .map(([at, loss]) => [String(at), fixed(loss, 3)]),
            },
          ]
        : []),
    ]);
  }

  close() {
    clearInterval(this.clock);
    way.hear = null;
    this.camera.close();
    if (this.sheet.url) URL.revokeObjectURL(this.sheet.url);
  }
}

/** @param {{ places: number[], name: string }} shown */
const places = ({ places: at, name }) => `${name}:${at};`;

export default await mount((stage) => new Minute(stage), [new URL("./style.css", import.meta.url)]);
