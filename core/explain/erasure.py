"""What becomes of an output when a picture is erased place by place, in a map's order. NumPy.

A map that is right about what counts makes the output fall fast when its highest places go first,
and rise fast when they come first. Beside it stands the same in random order: without that curve
nothing is known, because a half-erased picture is a strange one in any order.

Source:
    Petsiuk, Das and Saenko (2018), RISE, section 4.3. https://arxiv.org/abs/1806.07421
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray, UInt8Array
from core.explain.agreement import block_edges, blocks_inside, in_blocks
from core.marks import Box

STEPS: Final = 10
RANDOM: Final = 4
"""Random orders; their spread is shown too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErasureCurves:
    """Outputs while a picture is erased or filled in.

    Attributes:
        shares: (K,) of the picture's cells, 0 to 1.
        deleted: (K,) outputs with that share erased, the map's highest first.
        inserted: (K,) outputs with that share shown, the highest first, all else erased.
        random: (R, K) outputs with that share erased in random order.
        order: (C, 2) row and column of the cells, the map's highest first.
        gray: What erased places hold.
    """

    shares: FloatArray
    deleted: FloatArray
    inserted: FloatArray
    random: FloatArray
    order: IntArray
    gray: int

    @property
    def random_inserted(self) -> FloatArray:
        """(R, K) outputs with that share shown in random order: the same pictures, backwards."""
        return self.random[:, ::-1]

    def area(self, curve: FloatArray) -> float:
        """The mean of a curve (K,) over all shares."""
        return float(np.trapezoid(curve, self.shares))


def erasure_curves(
    ask: Callable[[UInt8Array], FloatArray],
    image: UInt8Array,
    values: FloatArray,
    picture: Box,
    *,
    steps: int = STEPS,
    random: int = RANDOM,
    seed: int = 0,
) -> ErasureCurves:
    """Erase a picture step by step in a map's order, and ask for the output each time.

    Args:
        ask: Outputs (N,) of pictures (N, S, S).
        image: (S, S), 0 to 255; not modified.
        values: (S, S) map.
        picture: Rectangle of the picture in the square; the bars beside it are never erased.
        steps: Steps from the whole picture to none of it.
        random: Random orders beside the map's.
        seed: Of these.
    """
    inside = blocks_inside(len(image), picture)
    places = np.argwhere(inside)
    order = places[np.argsort(-in_blocks(values)[inside], kind="stable")]
    rng = np.random.default_rng(seed)
    orders = [order, order[::-1], *(rng.permutation(places) for _ in range(random))]
    gray = mean_gray(image, picture)
    shares = np.linspace(0, 1, steps + 1)
    counts = np.rint(shares * len(places)).astype(int)
    outputs = np.stack(
        [ask(np.stack([erased(image, one[:count], gray) for count in counts])) for one in orders]
    )
    return ErasureCurves(
        shares=shares,
        deleted=outputs[0],
        # The lowest places gone first, read from the end: the highest shown first.
        inserted=outputs[1][::-1],
        random=outputs[2:],
        order=order,
        gray=gray,
    )


def mean_gray(image: UInt8Array, picture: Box) -> int:
    """The mean of the picture inside its square."""
    rows = slice(int(picture.y), int(picture.y + picture.height))
    columns = slice(int(picture.x), int(picture.x + picture.width))
    return int(image[rows, columns].mean().round())


def erased(image: UInt8Array, cells: IntArray, gray: int) -> UInt8Array:
    """(S, S) with some cells (C, 2) of the grid in one gray."""
    result, edges = image.copy(), block_edges(len(image))
    for row, column in cells:
        result[edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = gray
    return result
