"""How far two maps of one picture say the same: rank correlation over the picture's places. NumPy.

Ranks, because each method has units of its own; over cells of equal size, because each has a
resolution of its own; inside the picture alone, because the black bars beside it say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.arrays import BoolArray, FloatArray, IntArray
from core.marks import Box

GRID: Final = 16
"""Cells a side in which maps are compared, and places are erased."""


def block_edges(size: int, grid: int = GRID) -> IntArray:
    """(G + 1,) where cells begin, and the end, in whole pixels."""
    return np.linspace(0, size, min(grid, size) + 1).round().astype(np.int64)


def in_blocks(values: FloatArray, grid: int = GRID) -> FloatArray:
    """(G, G) the mean of (S, S) values in each cell.

    >>> in_blocks(np.eye(4), 2).tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """
    edges = block_edges(len(values), grid)
    starts, sizes = edges[:-1], np.diff(edges)
    sums = np.add.reduceat(np.add.reduceat(values, starts, axis=0), starts, axis=1)
    return sums / np.outer(sizes, sizes)


def blocks_inside(size: int, picture: Box, grid: int = GRID) -> BoolArray:
    """(G, G) whether the middle of a cell lies in the picture's rectangle."""
    edges = block_edges(size, grid)
    middles = (edges[:-1] + edges[1:]) / 2
    across = (middles >= picture.x) & (middles < picture.x + picture.width)
    down = (middles >= picture.y) & (middles < picture.y + picture.height)
    return down[:, None] & across[None, :]


def ranks(values: FloatArray) -> FloatArray:
    """(N,) from 1 on; equal values share the mean of their ranks.

    >>> ranks(np.array([5.0, 1.0, 5.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]


def rank_correlation(one: FloatArray, other: FloatArray) -> float:
    """Spearman's, of (N,) values; NaN where either is the same everywhere.

    >>> rank_correlation(np.array([1.0, 2.0, 9.0]), np.array([2.0, 3.0, 4.0]))
    1.0
    """
    first, second = (ranked - ranked.mean() for ranked in (ranks(one), ranks(other)))
    scale = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / scale if scale > 0 else float("nan")


def likeness(one: FloatArray, other: FloatArray, picture: Box) -> tuple[float, float]:
    """Rank correlation of two maps (S, S) with their signs, and of their sizes alone."""
    inside = blocks_inside(len(one), picture)
    signed = [in_blocks(values)[inside] for values in (one, other)]
    sizes = [in_blocks(np.abs(values))[inside] for values in (one, other)]
    return rank_correlation(*signed), rank_correlation(*sizes)


def agreement(maps: Sequence[FloatArray], picture: Box) -> FloatArray:
    """(M, M) rank correlation of each two of M maps (S, S), with their signs."""
    inside = blocks_inside(len(maps[0]), picture)
    read = [in_blocks(values)[inside] for values in maps]
    return np.array([[rank_correlation(one, other) for other in read] for one in read])
