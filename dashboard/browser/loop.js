// Drawing once a frame, and only when something changed and can be seen.

/**
 * Count a frame on its picture, and how long the hand waited for it: read by tests and benchmarks.
 * @param {HTMLElement} picture
 * @param {number | undefined} askedAt
 */
export function drawn(picture, askedAt) {
  const counted = /** @type {{ frames?: number, waits?: number[] }} */ (
    /** @type {unknown} */ (picture)
  );
  counted.frames = (counted.frames ?? 0) + 1;
  if (counted.waits && askedAt !== undefined) counted.waits.push(performance.now() - askedAt);
}

/**
 * Draws when it was touched: at most once a frame, never while the picture is out of sight.
 */
export class Loop {
  /**
   * @param {(time: number) => void} draw
   * @param {HTMLElement} [watched] nothing is drawn while it is out of sight; frames are counted on it
   */
  constructor(draw, watched) {
    this.draw = draw;
    this.watched = watched;
    this.visible = true;
    this.dirty = false;
    this.request = 0;
    /** @type {number | undefined} Time of the event that asked for the next frame. */
    this.askedAt = undefined;
    if (watched) {
      this.observer = new IntersectionObserver((entries) => {
        this.visible = /** @type {IntersectionObserverEntry} */ (entries.at(-1)).isIntersecting;
        if (this.visible && this.dirty) this.ask();
      });
      this.observer.observe(watched);
    }
  }

  /** Something changed. */
  touch() {
    this.askedAt ??= window.event?.timeStamp ?? performance.now();
    this.dirty = true;
    if (this.visible) this.ask();
  }

  ask() {
    this.request ||= requestAnimationFrame((time) => {
      this.request = 0;
      this.dirty = false;
      this.draw(time);
      if (this.watched) drawn(this.watched, this.askedAt);
      this.askedAt = undefined;
    });
  }

  close() {
    cancelAnimationFrame(this.request);
    this.observer?.disconnect();
  }
}
