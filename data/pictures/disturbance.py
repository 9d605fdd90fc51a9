"""A picture turned, dimmed, made noisy or soft, cut smaller, or given a lead marker.

What a person still reads as the same X-ray; what a network makes of it is another matter. Each
kind goes through levels from none to much, and the bars beside the picture stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import cv2
import numpy as np

from core.arrays import UInt8Array
from core.marks import Box

Kind: TypeAlias = Literal["turn", "contrast", "noise", "blur", "crop", "marker"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How far a kind of disturbance goes.

    Attributes:
        title: For people.
        unit: Of its levels.
        levels: In order; `still` is among them.
        still: The level that changes nothing.
    """

    title: str
    unit: str
    levels: tuple[float, ...]
    still: float


SCALES: Final[Mapping[Kind, Scale]] = {
    "turn": Scale(
        title="Turn", unit="degrees", levels=(-40, -30, -20, -10, 0, 10, 20, 30, 40), still=0
    ),
    "contrast": Scale(
        title="Contrast", unit="%", levels=(20, 40, 60, 80, 100, 120, 140, 160, 180), still=100
    ),
    "noise": Scale(
        title="Noise", unit="gray values", levels=(0, 5, 10, 15, 20, 30, 40, 50, 60), still=0
    ),
    "blur": Scale(
        title="Blur", unit="% of the side", levels=(0, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3), still=0
    ),
    "crop": Scale(
        title="Crop", unit="% of the side kept", levels=(100, 95, 90, 85, 80, 75, 70, 60, 50),
        still=100,
    ),
    "marker": Scale(
        title="Marker pasted in", unit="% of the side", levels=(0, 3, 5, 7, 9, 11, 13, 15, 18),
        still=0,
    ),
}  # fmt: skip


def disturbed(image: UInt8Array, kind: Kind, level: float, *, picture: Box) -> UInt8Array:
    """A prepared picture at one level of a kind.

    Args:
        image: (S, S) uint8; not modified.
        kind: What is done to it.
        level: Of `SCALES`.
        picture: Rectangle of the picture in the square, in whole pixels.

    Returns:
        (S, S) uint8; the same pixels where the level changes nothing.
    """
    result = image.copy()
    if level == SCALES[kind].still:
        return result
    rows = slice(int(picture.y), int(picture.y + picture.height))
    columns = slice(int(picture.x), int(picture.x + picture.width))
    changed = _WAYS[kind](image[rows, columns].astype(np.float32), level, len(image))
    result[rows, columns] = np.clip(np.rint(changed), 0, 255).astype(np.uint8)
    return result


def _turn(part: np.ndarray, degrees: float, _: int) -> np.ndarray:
    height, width = part.shape
    how = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    return cv2.warpAffine(part, how, (width, height), flags=cv2.INTER_LINEAR)


def _contrast(part: np.ndarray, percent: float, _: int) -> np.ndarray:
    middle = part.mean()
    return middle + (part - middle) * percent / 100


def _noise(part: np.ndarray, deviation: float, _: int) -> np.ndarray:
    # One pattern for all levels, so that a level more is only more of the same.
    return part + deviation * np.random.default_rng(0).normal(size=part.shape)


def _blur(part: np.ndarray, percent: float, side: int) -> np.ndarray:
    return cv2.GaussianBlur(part, (0, 0), percent / 100 * side)


def _crop(part: np.ndarray, percent: float, _: int) -> np.ndarray:
    height, width = part.shape
    tall, wide = (max(2, round(side * percent / 100)) for side in (height, width))
    top, left = (height - tall) // 2, (width - wide) // 2
    kept = part[top : top + tall, left : left + wide]
    return cv2.resize(kept, (width, height), interpolation=cv2.INTER_LINEAR)


def _marker(part: np.ndarray, percent: float, side: int) -> np.ndarray:
    """A bright R near the upper right corner, as technicians lay it on the cassette in lead."""
    height, width = part.shape
    tall = max(2, round(min(percent / 100 * side, height / 3, width / 3)))
    letter = _letter()
    wide = max(2, round(tall * letter.shape[1] / letter.shape[0]))
    small = cv2.resize(letter, (wide, tall), interpolation=cv2.INTER_AREA)
    top, left = round(0.05 * height), width - wide - round(0.05 * width)
    result = part.copy()
    place = result[top : top + tall, left : left + wide]
    np.maximum(place, small, out=place)
    return result


def _letter() -> np.ndarray:
    canvas = np.zeros((240, 240), np.uint8)
    cv2.putText(canvas, "R", (60, 180), cv2.FONT_HERSHEY_SIMPLEX, 5, 255, 16, cv2.LINE_AA)
    rows, columns = np.nonzero(canvas)
    return canvas[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(np.float32)


_WAYS: Final[Mapping[Kind, Callable[[np.ndarray, float, int], np.ndarray]]] = {
    "turn": _turn,
    "contrast": _contrast,
    "noise": _noise,
    "blur": _blur,
    "crop": _crop,
    "marker": _marker,
}
