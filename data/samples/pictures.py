"""Pictures that are always there: drawn X-rays and patterns that make an operation plain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np

from core.arrays import UInt8Array
from data.pictures.preprocess import prepare_image
from data.synthetic.radiograph import draw

RADIOGRAPHS: Final = {"hand": (26, False), "leg": (3, True), "hip": (7, False)}
"""By the ending of a sample's key: index of the drawn X-ray, and whether it has a fracture."""

SMALLEST_DRAWN: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One picture that can be made at any size.

    Attributes:
        key: In addresses and widgets.
        title: For people.
        make: From the side S in pixels to (S, S) uint8, not to be written into.
    """

    key: str
    title: str
    make: Callable[[int], UInt8Array]


def _edge(size: int) -> UInt8Array:
    image = np.full((size, size), 40, np.uint8)
    image[:, size // 2 :] = 220
    return image


def _stripes(size: int) -> UInt8Array:
    """Diagonal stripes that get finer from left to right."""
    row, column = np.mgrid[:size, :size] / size
    wave = np.sin(2 * np.pi * (3 * (column + row) + 6 * column**2))
    return np.round(127.5 + 100 * wave).astype(np.uint8)


def _disk(size: int) -> UInt8Array:
    row, column = (np.mgrid[:size, :size] + 0.5) / size - 0.5
    # One pixel of slope: the rim is round at any size.
    inside = np.clip((0.3 - np.hypot(row, column)) * size + 0.5, 0, 1)
    return np.round(30 + 200 * inside).astype(np.uint8)


def _checkerboard(size: int) -> UInt8Array:
    row, column = np.mgrid[:size, :size] * 8 // size
    return np.where((row + column) % 2, 225, 30).astype(np.uint8)


def _spot(size: int) -> UInt8Array:
    """One bright pixel: what a linear operation answers to it is its kernel."""
    image = np.zeros((size, size), np.uint8)
    image[size // 2, size // 2] = 255
    return image


def _radiograph(index: int, *, fractured: bool) -> Callable[[int], UInt8Array]:
    return lambda size: _drawn(index, size, fractured)


@lru_cache(maxsize=32)
def _drawn(index: int, size: int, fractured: bool) -> UInt8Array:
    """The X-ray at that size, the same array for everybody, so nobody may write into it."""
    # Drawn no smaller than it is meant to be seen, then binned as a detector's pixels are.
    shot = draw(index, size=max(size, SMALLEST_DRAWN), fractured=fractured)
    image = prepare_image(shot.image, size)
    image.setflags(write=False)
    return image


@cache
def _titled(index: int, *, fractured: bool) -> str:
    shown = draw(index, size=32, fractured=fractured)
    state = "with a fracture" if fractured else "normal"
    return f"Drawn X-ray: {shown.region}, {state}"


def samples() -> tuple[Sample, ...]:
    """All of them, an X-ray first."""
    radiographs = [
        Sample(
            key=f"x-ray-{name}",
            title=_titled(index, fractured=fractured),
            make=_radiograph(index, fractured=fractured),
        )
        for name, (index, fractured) in RADIOGRAPHS.items()
    ]
    patterns = [
        Sample(key="edge", title="An edge", make=_edge),
        Sample(key="disk", title="A disk", make=_disk),
        Sample(key="stripes", title="Stripes, finer and finer", make=_stripes),
        Sample(key="checkerboard", title="A checkerboard", make=_checkerboard),
        Sample(key="spot", title="One bright pixel", make=_spot),
    ]
    return (*radiographs, *patterns)
