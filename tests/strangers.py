"""Pictures that are no X-ray of a limb, drawn or taken from scikit-learn: none is fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import cv2
import numpy as np
from sklearn.datasets import load_sample_image

from core.arrays import FloatArray, UInt8Array

HEIGHT, WIDTH = 454, 373
EACH: Final = 8
"""Pictures of a kind."""

Maker = Callable[[np.random.Generator], UInt8Array]


def photograph(rng: np.random.Generator) -> UInt8Array:
    """A gray part of a photograph of a palace or a flower."""
    color = load_sample_image(("china.jpg", "flower.jpg")[rng.integers(2)])
    gray = cv2.cvtColor(color, cv2.COLOR_RGB2GRAY)
    height = int(rng.integers(250, 427))
    width = int(rng.integers(250, 600))
    top, left = rng.integers(427 - height + 1), rng.integers(640 - width + 1)
    return np.ascontiguousarray(gray[top : top + height, left : left + width])


def text(rng: np.random.Generator) -> UInt8Array:
    """A page of letters, dark on light or light on dark."""
    page = np.full((HEIGHT, WIDTH), 250, np.uint8)
    letters = "abcdefghijklmnopqrstuvwxyz     "
    size = float(rng.uniform(0.35, 0.7))
    for row in range(24, HEIGHT, int(40 * size) + 4):
        line = "".join(letters[k] for k in rng.integers(len(letters), size=50))
        cv2.putText(page, line, (12, row), cv2.FONT_HERSHEY_SIMPLEX, size, 20, 1, cv2.LINE_AA)
    return page if rng.random() < 0.5 else 255 - page


def noise(rng: np.random.Generator) -> UInt8Array:
    """Noise, fine or blurred to blotches."""
    values = rng.random((HEIGHT, WIDTH)).astype(np.float32)
    width = float(rng.choice([0.0, 2.0, 8.0, 25.0]))
    return _stretched(cv2.GaussianBlur(values, (0, 0), width) if width else values)


def synthetic(rng: np.random.Generator) -> UInt8Array:
    """Rectangles, disks and lines of one gray each on a ramp."""
    picture = np.tile(np.linspace(0, 255, WIDTH), (HEIGHT, 1)).astype(np.uint8)
    for _ in range(12):
        x, y, gray = (int(v) for v in (*rng.integers(0, 370, 2), rng.integers(256)))
        far = (x + int(rng.integers(20, 150)), y + int(rng.integers(20, 150)))
        kind = rng.integers(3)
        if kind == 0:
            cv2.rectangle(picture, (x, y), far, gray, -1)
        elif kind == 1:
            cv2.circle(picture, (x, y), int(rng.integers(10, 70)), gray, -1)
        else:
            cv2.line(picture, (x, y), far, gray, int(rng.integers(1, 12)))
    return picture


def slice_of_ct(rng: np.random.Generator) -> UInt8Array:
    """What a slice through a belly looks like: an oval body, organs, a vertebra, a table."""
    side = 512
    picture = np.zeros((side, side), np.float32)
    middle = (side // 2, side // 2 + int(rng.integers(-15, 16)))
    axes = (int(rng.integers(185, 225)), int(rng.integers(135, 165)))
    _oval(picture, middle, axes, 70)
    _oval(picture, middle, (axes[0] - 14, axes[1] - 14), 115)
    for _ in range(9):
        place = (middle[0] + int(rng.integers(-120, 121)), middle[1] + int(rng.integers(-80, 60)))
        _oval(picture, place, tuple(rng.integers(12, 60, 2)), float(rng.uniform(90, 150)))
    spine = (middle[0], middle[1] + axes[1] - 45)
    _oval(picture, spine, (26, 22), 230)
    _oval(picture, (spine[0], spine[1] + 26), (9, 9), 120)
    cv2.ellipse(picture, (side // 2, side + 60), (240, 160), 0, 200, 340, 60, 3)
    return _grainy(picture, rng, blur=1.2, grain=5)


def chest(rng: np.random.Generator) -> UInt8Array:
    """What a chest looks like: two dark lungs, a heart, a spine, ribs, shoulders, both sides."""
    height, width = 430, 512
    picture = np.full((height, width), 165, np.float32)
    for side in (-1, 1):
        place = (width // 2 + side * int(rng.integers(98, 112)), 215)
        _oval(picture, place, (int(rng.integers(72, 86)), int(rng.integers(150, 172))), 55)
    _oval(picture, (width // 2 + 28, 285), (int(rng.integers(60, 82)), 78), 175)
    cv2.rectangle(picture, (width // 2 - 17, 0), (width // 2 + 17, height), 195, -1)
    ribs = np.zeros_like(picture)
    for number in range(9):
        for side in (-1, 1):
            place = (width // 2 + side * 30, 95 + 34 * number)
            cv2.ellipse(ribs, place, (155, 60), 0, *((180, 275) if side < 0 else (265, 360)), 38, 9)
    picture += cv2.GaussianBlur(ribs, (0, 0), 2)
    for side in (-1, 1):
        end = (width // 2 + side * 220, 60)
        cv2.line(picture, (width // 2 + side * 25, 62), end, 215, 13)
        _oval(picture, (width // 2 + side * 262, 150), (34, 150), 25)
    return _grainy(picture, rng, blur=2.5, grain=4)


def screen(rng: np.random.Generator) -> UInt8Array:
    """A window with a menu, a table and a curve."""
    picture = np.full((360, 560), 240, np.uint8)
    cv2.rectangle(picture, (0, 0), (560, 26), 60, -1)
    cv2.rectangle(picture, (0, 26), (110, 360), 215, -1)
    for row in range(50, 350, 22):
        cv2.putText(picture, "Item", (10, row), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 40, 1, cv2.LINE_AA)
        cv2.line(picture, (120, row), (320, row), 190, 1)
    points = np.stack([np.arange(340, 550, 6), rng.integers(80, 320, 35)], axis=1)
    cv2.polylines(picture, [points.astype(np.int32)], False, 30, 2, cv2.LINE_AA)
    return picture


def skull(rng: np.random.Generator) -> UInt8Array:
    """What a skull looks like from the side: a vault with a bright rim, orbit, teeth, neck."""
    height, width = 480, 440
    picture = np.full((height, width), 18, np.float32)
    middle = (230 + int(rng.integers(-12, 13)), 190)
    axes = (int(rng.integers(165, 185)), int(rng.integers(140, 158)))
    _oval(picture, middle, axes, 215)
    _oval(picture, middle, (axes[0] - 11, axes[1] - 11), 120)
    for row in range(4):  # vessels and sutures
        start = int(rng.integers(180, 360))
        inner = (axes[0] - 30 * row - 25, axes[1] - 25 * row - 25)
        cv2.ellipse(picture, middle, inner, 0, start, start + 50, 100, 2)
    face = np.array([[75, 200], [60, 300], [95, 390], [190, 400], [250, 300]], np.int32)
    cv2.fillPoly(picture, [face], 150.0)
    _oval(picture, (110, 235), (30, 26), 60)
    _oval(picture, (100, 300), (24, 18), 45)
    for tooth in range(7):
        cv2.rectangle(picture, (72 + 17 * tooth, 335), (83 + 17 * tooth, 365), 235.0, -1)
    for vertebra in range(4):
        cv2.rectangle(picture, (262, 330 + 38 * vertebra), (318, 358 + 38 * vertebra), 170.0, -1)
    return _grainy(picture, rng, blur=1.8, grain=4)


def spine(rng: np.random.Generator) -> UInt8Array:
    """What a back looks like from the front: a column of vertebrae, pedicles, ribs, hip bones."""
    height, width = 540, 360
    picture = np.tile(np.linspace(70, 105, height, dtype=np.float32)[:, None], (1, width))
    bend = float(rng.uniform(-14, 14))
    for number in range(9):
        row = 30 + 50 * number
        column = width // 2 + int(bend * np.sin(number / 2))
        wide = 30 + number
        cv2.rectangle(picture, (column - wide, row), (column + wide, row + 38), 190.0, -1)
        for side in (-1, 1):
            _oval(picture, (column + side * (wide - 9), row + 16), (6, 9), 235)
            if number < 5:
                place = (column + side * wide, row + 60)
                cv2.ellipse(picture, place, (115, 60), 0, *_turned(side), 150, 8)
        cv2.line(picture, (column, row + 8), (column, row + 46), 225, 6)
    for side in (-1, 1):
        _oval(picture, (width // 2 + side * 118, height - 20), (70, 85), 165)
    return _grainy(picture, rng, blur=2.0, grain=5)


KINDS: Final[dict[str, Maker]] = {
    "photograph": photograph,
    "text": text,
    "noise": noise,
    "synthetic": synthetic,
    "slice of a CT": slice_of_ct,
    "chest": chest,
    "screen": screen,
    "skull": skull,
    "spine": spine,
}


def strangers(kind: str, *, seed: int = 0) -> Iterator[UInt8Array]:
    """Pictures (H, W) uint8 of a kind, always the same for one seed."""
    rng = np.random.default_rng([seed, list(KINDS).index(kind)])
    for _ in range(EACH):
        yield KINDS[kind](rng)


def in_plaster(x_ray: UInt8Array, seed: int) -> UInt8Array:
    """An X-ray (H, W) as through a cast: a bright, mottled sleeve over the middle of the limb."""
    rng = np.random.default_rng(seed)
    height, width = x_ray.shape
    blotches = cv2.GaussianBlur(
        rng.normal(0, 1, x_ray.shape).astype(np.float32), (0, 0), width / 60
    )
    weave = 6 * np.sin(np.arange(height) * (2 * np.pi / max(height / 70, 4)))[:, None]
    soft = cv2.GaussianBlur(x_ray, (0, 0), width / 60)
    level, _ = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    limb = cv2.GaussianBlur((soft > level).astype(np.float32), (0, 0), width / 25) > 0.25
    sleeve = np.zeros(x_ray.shape, np.float32)
    sleeve[height // 6 : -height // 6] = 1
    cover = cv2.GaussianBlur(sleeve * limb, (0, 0), width / 100)
    veil = 70 + 12 * blotches / blotches.std() + weave
    return np.clip(x_ray * (1 - 0.35 * cover) + veil * cover, 0, 255).astype(np.uint8)


def _turned(side: int) -> tuple[int, int]:
    """From and to which angle the ribs of a side are drawn, in degrees."""
    return (180, 260) if side < 0 else (280, 360)


def _oval(picture: FloatArray, middle: tuple[int, int], axes: tuple[int, ...], gray: float) -> None:
    cv2.ellipse(picture, middle, tuple(int(axis) for axis in axes), 0, 0, 360, gray, -1, cv2.LINE_8)


def _grainy(
    picture: FloatArray, rng: np.random.Generator, *, blur: float, grain: float
) -> UInt8Array:
    smooth = cv2.GaussianBlur(picture, (0, 0), blur)
    return np.clip(smooth + rng.normal(0, grain, picture.shape), 0, 255).astype(np.uint8)


def _stretched(values: FloatArray) -> UInt8Array:
    return ((values - values.min()) / np.ptp(values) * 255).astype(np.uint8)
