// The camera, and pictures made small in the browser: nothing larger than `side` leaves it.

const QUALITY = 0.9;

/** @typedef {"off" | "starting" | "on" | "refused" | "none" | "busy" | "insecure"} CameraState */

/** The camera of this page: off until it is asked for. */
export class Camera {
  /**
   * @param {HTMLVideoElement} video
   * @param {(state: CameraState) => void} changed
   */
  constructor(video, changed) {
    this.video = video;
    this.changed = changed;
    /** @type {CameraState} */
    this.state = "off";
    /** @type {MediaStream | null} */
    this.stream = null;
    this.left = false;
  }

  /** Whether there is a picture to take. */
  get sees() {
    return this.state === "on" && this.video.videoWidth > 0;
  }

  async start() {
    if (this.stream || this.state === "starting") return;
    if (!navigator.mediaDevices) {
      this.become("insecure"); // plain http from another computer: the browser offers none
      return;
    }
    this.become("starting");
    try {
      const wanted = { width: { ideal: 640 }, height: { ideal: 480 } };
      const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      this.stream = stream;
      if (this.left) {
        this.stop();
        return;
      }
      this.video.srcObject = stream;
      stream.getVideoTracks()[0].addEventListener("ended", () => this.stop());
      await this.video.play();
      this.become("on");
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      this.stop();
      this.become(
        name === "NotAllowedError" || name === "SecurityError"
          ? "refused"
          : name === "NotFoundError" || name === "OverconstrainedError"
            ? "none"
            : "busy",
      );
    }
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    this.become("off");
  }

  /** The page is left, perhaps while the camera is still starting. */
  close() {
    this.left = true;
    this.stop();
  }

  /** @param {CameraState} state */
  become(state) {
    this.state = state;
    this.changed(state);
  }

  /**
   * The middle square of what it sees now, as JPEG in base64.
   * @param {number} side in pixels
   */
  take(side) {
    const { videoWidth, videoHeight } = this.video;
    const square = Math.min(videoWidth, videoHeight);
    const [x, y] = [(videoWidth - square) / 2, (videoHeight - square) / 2];
    const { canvas, pen } = sheet(side, side);
    pen.drawImage(this.video, x, y, square, square, 0, 0, side, side);
    return packed(canvas);
  }
}

/**
 * A file's picture, whole and upright, as JPEG in base64.
 * @param {Blob} file
 * @param {number} side most pixels of its longer side
 * @throws where the browser can read no picture in it
 */
export async function shrunk(file, side) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const size = (/** @type {number} */ length) => Math.max(8, Math.round(length * scale));
  const { canvas, pen } = sheet(size(picture.width), size(picture.height));
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return packed(canvas);
}

/**
 * @param {number} width
 * @param {number} height
 */
function sheet(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  return { canvas, pen: /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")) };
}

/** @param {HTMLCanvasElement} canvas */
const packed = (canvas) => canvas.toDataURL("image/jpeg", QUALITY).split(",")[1];
