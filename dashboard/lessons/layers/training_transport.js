// The library's transport, except that there is always more: going on past the end trains.

import { Transport } from "../../browser/transport.js";

const FRAME_MS = 8;

/** @typedef {import("./network.js").NetworkView} NetworkView */

export class TrainingTransport extends Transport {
  /** @type {NetworkView | null} */
  view = null;

  play() {
    this.playing = Boolean(this.view?.mayTrain());
    this.show();
  }

  /** @param {number} by */
  step(by) {
    this.pause();
    const target = Math.max(this.index + by, 0);
    // The start and the end of what was trained; single steps go on from there.
    if (by > 1 && by > this.last) this.go(this.last);
    else if (target > this.last) this.view.trainTo(target);
    else this.go(target);
  }

  /** @param {number} seconds */
  advance(seconds) {
    this.traveled = (this.traveled ?? this.position) + seconds * this.perSecond * this.speed;
    if (!this.view.trainTo(Math.floor(this.traveled), FRAME_MS)) this.traveled = this.position;
    this.sinceShown += seconds;
    if (this.sinceShown < 0.1) return;
    this.sinceShown = 0;
    this.show();
  }
}
