// Play, pause, step, scrub, speed, keyboard and reduced motion, the same in every lesson.
//
//   this.transport = new Transport(root.querySelector(".transport"), {
//     last: 120,                    // positions run from 0 to last, both reached
//     perSecond: 12,                // positions a second at speed 1
//     name: "Step",                 // what one position is: "Step 3 of 120"
//     moved: (position) => {},      // position changed: at most once a frame; may be fractional
//     draw: (position) => {},       // draw one frame; called only when something changed
//     layout: () => {},             // size or theme changed: read the CSS variables anew
//     canvas,                       // optional: keys work on it, frames are counted on it,
//                                   //   and nothing is drawn while it is out of sight
//     autoplay: false, loop: false, rest: 2 });
//   transport.touch()               // something else changed: draw in the next frame
//   transport.setLast(n), .go(position), .step(by), .play(), .pause(), .toggle(), .close()
//   transport.index                 // the whole position; .position may lie between two
//
// It starts still; `autoplay` is ignored where the viewer asked for reduced motion, and there a
// play moves in whole positions. Keys: space, left and right arrow, Home, End, comma and full stop
// (a tenth). Streamlit's r, c and escape are left alone; a key the lesson uses itself, with
// preventDefault called before, is left alone too.
const TRANSPORT_ICONS = {
  play: "M7 4l13 8-13 8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  back: "M7 5h3v14H7zM19 5v14l-8-7z",
  next: "M14 5h3v14h-3zM5 5l8 7-8 7z",
  start: "M4 5h3v14H4zM20 5v14l-11-7z",
};
const TRANSPORT_SPEEDS = [
  [0.1, "very slow"],
  [0.25, "slow"],
  [1, "normal"],
  [4, "fast"],
  [16, "very fast"],
];
const TRANSPORT_STILL = matchMedia("(prefers-reduced-motion: reduce)");

class Transport {
  constructor(host, options) {
    Object.assign(this, { last: 1, perSecond: 10, name: "Step", loop: false, rest: 2 }, options);
    this.host = host;
    this.position = 0;
    this.speed = 1;
    this.seen = true;
    this.dirty = true;
    this.build();
    this.watch();
    this.playing = Boolean(options.autoplay) && !TRANSPORT_STILL.matches;
    this.show();
  }

  get index() {
    return Math.min(Math.floor(this.position + 1e-9), this.last);
  }

  touch() {
    this.dirty = true;
  }

  setLast(last) {
    this.last = Math.max(last, 0);
    this.scrub.max = String(this.last);
    if (this.position > this.last) this.position = this.last;
    this.dirty = true;
    this.show();
  }

  go(position) {
    this.position = Math.min(Math.max(position, 0), this.last);
    this.rested = 0;
    this.arrive();
  }

  step(by) {
    this.pause();
    this.go(this.index + by);
  }
  pause() {
    if (this.playing) {
      this.playing = false;
      this.show();
    }
  }
  play() {
    if (this.position >= this.last) this.go(0);
    this.playing = this.last > 0;
    this.show();
  }
  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  close() {
    cancelAnimationFrame(this.raf);
    clearInterval(this.themes);
    this.resized.disconnect();
    this.visible?.disconnect();
    removeEventListener("resize", this.onWindow);
  }

  arrive() {
    this.dirty = true;
    this.moved?.(this.position);
    this.show();
  }

  build() {
    const icon = (name) =>
      `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${TRANSPORT_ICONS[name]}"/></svg>`;
    const button = (kind, label) =>
      `<button type="button" class="lb-${kind}" aria-label="${label}" title="${label}">${icon(kind)}</button>`;
    const unit = this.name.toLowerCase();
    this.host.classList.add("lb-transport");
    this.host.setAttribute("role", "group");
    this.host.setAttribute("aria-label", "Playback");
    this.host.innerHTML =
      button("play", "Play") +
      button("start", "Back to the start") +
      button("back", `One ${unit} back`) +
      button("next", `One ${unit} forward`) +
      `<input type="range" class="lb-scrub" min="0" max="${this.last}" step="1" value="0" aria-label="${this.name}">` +
      `<label class="lb-at">${this.name} <input type="number" class="lb-at-number" min="0" step="1" value="0"> ` +
      `<span class="lb-of"></span></label><label class="lb-speed-label">Speed <select class="lb-speed">` +
      TRANSPORT_SPEEDS.map(
        ([value, word]) =>
          `<option value="${value}"${value === 1 ? " selected" : ""}>${word}</option>`,
      ).join("") +
      `</select></label>`;
    const find = (name) => this.host.querySelector(`.lb-${name}`);
    this.scrub = find("scrub");
    this.number = find("at-number");
    this.of = find("of");
    this.button = find("play");
    this.button.addEventListener("click", () => this.toggle());
    find("start").addEventListener("click", () => this.step(-this.last - 1));
    find("back").addEventListener("click", () => this.step(-1));
    find("next").addEventListener("click", () => this.step(1));
    this.scrub.addEventListener("input", () => {
      this.pause();
      this.go(Number(this.scrub.value));
    });
    this.number.addEventListener("change", () => {
      const wanted = Number(this.number.value);
      this.pause();
      this.go(Number.isFinite(wanted) ? Math.round(wanted) : this.index);
    });
    find("speed").addEventListener("change", (event) => {
      this.speed = Number(event.target.value);
    });
    this.host.addEventListener("keydown", (event) => {
      if (event.target === this.host || event.target.tagName === "BUTTON") this.key(event);
    });
    if (this.canvas) this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  // Returns whether the key was used.
  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
    const onButton = event.target.tagName === "BUTTON";
    if (onButton && (event.key === " " || event.key === "Enter")) return false; // the button's own
    const tenth = Math.max(1, Math.round(this.last / 10));
    const action = {
      " ": () => this.toggle(),
      ArrowRight: () => this.step(1),
      ArrowLeft: () => this.step(-1),
      Home: () => this.step(-this.last - 1),
      End: () => this.step(this.last + 1),
      ".": () => this.step(tenth),
      ",": () => this.step(-tenth),
    }[event.key];
    if (!action) return false;
    event.preventDefault();
    event.stopPropagation();
    action();
    return true;
  }

  tick(now) {
    this.raf = requestAnimationFrame((time) => this.tick(time));
    // A tab that slept must not leap ahead: at most a tenth of a second counts.
    const passed = Math.min((now - (this.before ?? now)) / 1000, 0.1);
    this.before = now;
    if (!this.seen) return;
    if (this.playing) this.advance(passed);
    if (!this.dirty) return;
    this.dirty = false;
    this.draw?.(this.position);
    if (this.canvas) this.canvas.frames = (this.canvas.frames || 0) + 1; // read by browser tests
  }

  advance(seconds) {
    if (this.position >= this.last) {
      this.rested = (this.rested || 0) + seconds;
      if (!this.loop) this.pause();
      else if (this.rested >= this.rest) this.go(0);
      return;
    }
    this.travelled =
      (TRANSPORT_STILL.matches ? (this.travelled ?? this.position) : this.position) +
      seconds * this.perSecond * this.speed;
    const next = Math.min(this.travelled, this.last);
    this.position = TRANSPORT_STILL.matches ? Math.floor(next) : next;
    this.dirty = true;
    this.moved?.(this.position);
    // Text ten times a second is enough to read and leaves the frame to the canvas.
    this.sinceShown = (this.sinceShown || 0) + seconds;
    if (this.sinceShown > 0.1) {
      this.sinceShown = 0;
      this.show();
    }
  }

  show() {
    if (!this.playing) this.travelled = undefined;
    const at = String(this.index);
    if (this.scrub.value !== at) this.scrub.value = at;
    this.scrub.setAttribute("aria-valuetext", `${this.name} ${at} of ${this.last}`);
    if (this.host.getRootNode().activeElement !== this.number && this.number.value !== at)
      this.number.value = at;
    this.number.max = String(this.last);
    const of = `of ${this.last}`;
    if (this.of.textContent !== of) this.of.textContent = of;
    const label = this.playing ? "Pause" : "Play";
    if (this.button.getAttribute("aria-label") === label) return;
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
    this.button
      .querySelector("path")
      .setAttribute("d", TRANSPORT_ICONS[this.playing ? "pause" : "play"]);
  }

  watch() {
    const relay = () => {
      this.layout?.();
      this.dirty = true;
    };
    // Only a width of another size is news: a picture that sets its own height would go in circles.
    this.resized = new ResizeObserver(([entry]) => {
      const width = Math.round(entry.contentRect.width);
      if (width && width !== this.width) {
        this.width = width;
        relay();
      }
    });
    this.resized.observe(this.host);
    if (this.canvas) {
      this.visible = new IntersectionObserver((entries) => {
        this.seen = entries.at(-1).isIntersecting;
      });
      this.visible.observe(this.canvas);
    }
    this.onWindow = relay;
    addEventListener("resize", relay);
    // The theme lives in CSS variables; a switch sends no event.
    this.themes = setInterval(() => {
      const style = getComputedStyle(this.host);
      const look =
        style.getPropertyValue("--lb-background") + style.getPropertyValue("--lb-text-px");
      if (this.look !== undefined && look !== this.look) relay();
      this.look = look;
    }, 400);
    this.raf = requestAnimationFrame((time) => this.tick(time));
  }
}
