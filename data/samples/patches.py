"""Small patches cut from the drawn radiographs: one limb, one place, with and without fracture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray, UInt8Array
from data.synthetic.difficulty import Difficulty
from data.synthetic.radiograph import draw

SIDE: Final = 8
SIZE: Final = 48
"""Of the radiographs: small, so that eight pixels span a bone."""
CANDIDATES: Final = 10
PAIRS: Final = 4
CONTRAST: Final = 64.0
CLEAR: Final = Difficulty(contrast=1.0, displacement=0.5, noise=0.1, blur=0.1, clutter=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchPool:
    """Patches in pairs: a fracture, then the same place of the same limb without one.

    Attributes:
        gray: (N, 8, 8) uint8, as cut.
        values: (N, 8, 8) what a network reads: gray minus the patch's mean, over 64.
        targets: (N,) 1 with a fracture, 0 without.
        origins: (N, 3) number of the radiograph, row and column of the patch's corner.
        regions: Body part of each.
    """

    gray: UInt8Array
    values: FloatArray
    targets: FloatArray
    origins: IntArray
    regions: tuple[str, ...]


def cut_pool(seed: int) -> PatchPool:
    """Four pairs: of ten radiographs those whose fracture changes a patch most.

    The same limb is drawn twice, with its fracture and without; the patch lies where the two
    pictures differ most. That is a kind choice, made so that eight by eight pixels can tell.
    """
    found = []
    for index in range(CANDIDATES):
        broken, whole = (
            draw(index, size=SIZE, seed=seed, difficulty=CLEAR, fractured=fractured)
            for fractured in (True, False)
        )
        change = np.abs(broken.image.astype(np.float64) - whole.image)
        windows = np.lib.stride_tricks.sliding_window_view(change, (SIDE, SIDE)).mean((2, 3))
        row, column = np.unravel_index(int(windows.argmax()), windows.shape)
        place = np.s_[row : row + SIDE, column : column + SIDE]
        found.append((windows.max(), index, (row, column), broken, whole, place))
    found.sort(key=lambda entry: -entry[0])
    chosen = found[:PAIRS]
    gray = np.stack([shot.image[e[5]] for e in chosen for shot in (e[3], e[4])])
    values = gray.astype(np.float64)
    return PatchPool(
        gray=gray,
        values=(values - values.mean((1, 2), keepdims=True)) / CONTRAST,
        targets=np.tile([1.0, 0.0], len(chosen)),
        origins=np.array([(e[1], *e[2]) for e in chosen for _ in range(2)], np.int64),
        regions=tuple(e[3].region for e in chosen for _ in range(2)),
    )
