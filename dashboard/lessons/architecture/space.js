// The same blocks in space, on a canvas: turned by dragging or by arrow keys. An extra view; the
// plain drawing tells the same and hides nothing behind anything.
class Space {
  constructor(canvas, redraw) {
    this.canvas = canvas;
    this.redraw = redraw;
    this.turn = -0.62;
    this.tilt = -0.38;
    this.near = 1;
    this.boxes = [];
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.from = [event.clientX, event.clientY];
    };
    canvas.onpointermove = (event) => {
      if (!event.buttons || !this.from) return;
      this.turnBy((event.clientX - this.from[0]) * 0.008, (this.from[1] - event.clientY) * 0.008);
      this.from = [event.clientX, event.clientY];
    };
    canvas.onkeydown = (event) => {
      const step = {
        ArrowLeft: [-0.12, 0],
        ArrowRight: [0.12, 0],
        ArrowUp: [0, 0.1],
        ArrowDown: [0, -0.1],
      }[event.key];
      if (step) this.turnBy(...step);
      else if (event.key === "+" || event.key === "-") {
        this.near = Math.min(Math.max(this.near * (event.key === "+" ? 1.15 : 1 / 1.15), 0.4), 4);
        this.redraw();
      } else return;
      event.preventDefault();
    };
  }
  turnBy(turn, tilt) {
    this.turn += turn;
    this.tilt = Math.min(Math.max(this.tilt + tilt, -1.3), 1.3);
    this.redraw();
  }
  // One box a row that is a layer of its own: along x, branches side by side along z.
  lay(design, found) {
    const boxes = [],
      S = design.input_size,
      unit = 100 / S;
    const sizes = (row) =>
      row.shape.length === 1
        ? [2.5, Math.min(8 + 2.2 * Math.sqrt(row.shape[0]), 90), 2.5]
        : [
            THIN.has(row.kind) ? 1.5 : 1.2 + 1.7 * Math.sqrt(row.shape[2]),
            Math.max(row.shape[0] * unit, 2),
            Math.max(row.shape[0] * unit, 2),
          ];
    const rowOf = (path) =>
      found.rows.findLast((row) => row.path && keyOf(row.path) === keyOf(path));
    const place = (layers, path, x, z) => {
      layers.forEach((layer, i) => {
        const here = [...path, i],
          row = rowOf(here);
        if (!row) return;
        if (layer.layer === "residual") {
          x = place(layer.body, [...here, "body"], x + 2, z) + 2;
          return;
        }
        if (layer.layer === "parallel") {
          const deep = row.shape.length === 3 ? row.shape[0] * unit : 12,
            gap = Math.max(deep * 1.25, 16);
          x =
            Math.max(
              ...layer.branches.map((branch, b) =>
                place(branch, [...here, b], x + 3, z + (b - (layer.branches.length - 1) / 2) * gap),
              ),
            ) + 3;
          return;
        }
        const [w, h, d] = sizes(row);
        boxes.push({ x: x + w / 2, z, w, h, d, key: keyOf(here), holds: HOLDS.has(layer.layer) });
        x += w + 6;
      });
      return x;
    };
    boxes.push({ x: 1, z: 0, w: 2, h: 100, d: 100, key: "image", holds: false });
    let end = place(design.layers, [], 9, 0);
    const logits = found.rows.find((row) => row.name === "logits");
    if (logits) {
      const [w, h, d] = sizes(logits);
      boxes.push({ x: end + w / 2, z: 0, w, h, d, key: "logits", holds: true });
      end += w;
    }
    for (const box of boxes) box.x -= end / 2;
    this.boxes = boxes;
    this.reach = Math.max(end, 110);
  }
  draw({ chosen, name, type, face, colors }) {
    const g = this.canvas.getContext("2d"),
      ratio = Math.min(devicePixelRatio || 1, 2),
      { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.canvas.width !== Math.round(width * ratio))
      this.canvas.width = Math.round(width * ratio);
    if (this.canvas.height !== Math.round(height * ratio))
      this.canvas.height = Math.round(height * ratio);
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    const [ct, st, cp, sp] = [
      Math.cos(this.turn),
      Math.sin(this.turn),
      Math.cos(this.tilt),
      Math.sin(this.tilt),
    ];
    const scale =
      Math.min(width / (this.reach * Math.max(Math.abs(ct), 0.35) + 110), height / 205) * this.near;
    const seen = ([x, y, z]) => {
      const a = x * ct + z * st,
        b = -x * st + z * ct;
      return [width / 2 + a * scale, height / 2 - (y * cp - b * sp) * scale, y * sp + b * cp];
    };
    const faces = [];
    for (const box of this.boxes) {
      const c = (i, j, k) => [box.x + (i * box.w) / 2, (j * box.h) / 2, box.z + (k * box.d) / 2];
      const sides = [
        [
          [1, 0, 0],
          [
            [1, -1, -1],
            [1, 1, -1],
            [1, 1, 1],
            [1, -1, 1],
          ],
          0.94,
        ],
        [
          [-1, 0, 0],
          [
            [-1, -1, -1],
            [-1, 1, -1],
            [-1, 1, 1],
            [-1, -1, 1],
          ],
          0.94,
        ],
        [
          [0, 1, 0],
          [
            [-1, 1, -1],
            [1, 1, -1],
            [1, 1, 1],
            [-1, 1, 1],
          ],
          1.08,
        ],
        [
          [0, -1, 0],
          [
            [-1, -1, -1],
            [1, -1, -1],
            [1, -1, 1],
            [-1, -1, 1],
          ],
          0.8,
        ],
        [
          [0, 0, 1],
          [
            [-1, -1, 1],
            [1, -1, 1],
            [1, 1, 1],
            [-1, 1, 1],
          ],
          0.86,
        ],
        [
          [0, 0, -1],
          [
            [-1, -1, -1],
            [1, -1, -1],
            [1, 1, -1],
            [-1, 1, -1],
          ],
          0.86,
        ],
      ];
      const far = seen([box.x, 0, box.z])[2];
      for (const [normal, corners, light] of sides) {
        const towards = normal[1] * sp + (-normal[0] * st + normal[2] * ct) * cp;
        if (towards < 0)
          faces.push({ far, box, light, points: corners.map(([i, j, k]) => seen(c(i, j, k))) });
      }
    }
    faces.sort((a, b) => b.far - a.far);
    for (const { box, light, points } of faces) {
      g.beginPath();
      points.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
      g.closePath();
      g.fillStyle = box.key === chosen ? colors.accent : box.holds ? colors.holds : colors.plain;
      g.fill();
      g.fillStyle = light > 1 ? `rgba(255,255,255,${(light - 1) * 2})` : `rgba(0,0,0,${1 - light})`;
      g.fill();
      g.strokeStyle = box.key === chosen ? colors.accent : colors.edge;
      g.lineWidth = box.key === chosen ? 3 : 1;
      g.stroke();
    }
    const named = this.boxes.find((box) => box.key === chosen);
    if (named) {
      g.font = `${type}px ${face}`;
      const [x, y] = seen([named.x, named.h / 2, named.z]),
        half = g.measureText(name).width / 2;
      g.textAlign = "center";
      g.lineWidth = 5;
      g.lineJoin = "round";
      const at = Math.min(Math.max(x, half + 8), width - half - 8),
        up = Math.max(y - type * 0.9, type * 1.2);
      g.strokeStyle = colors.ground;
      g.strokeText(name, at, up);
      g.fillStyle = colors.text;
      g.fillText(name, at, up);
    }
    this.canvas.frames = (this.canvas.frames ?? 0) + 1;
  }
}
