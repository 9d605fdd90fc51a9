"""Maps made small enough to travel where they are only drawn: fewer pixels, in 256 steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.inspect.statistics import LayerStatistics, layer_statistics

COARSE_SIDE: Final = 64
"""Most pixels a side of a map that is only drawn."""
COARSER_SIDE: Final = 32
"""The same in a network of so many maps that none is drawn large."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Condensed:
    """A node's answers to one picture without most of its numbers.

    Attributes:
        steps: (h, w, C) uint8, averaged maps.
        low, high: Values of the first and the last step.
        percentiles: Of the absolute values, in the order in which they were asked for.
        statistics: Of all values.
    """

    steps: UInt8Array
    low: float
    high: float
    percentiles: tuple[float, ...]
    statistics: LayerStatistics


def condense(values: FloatArray, shares: Sequence[float], *, side: int = COARSER_SIDE) -> Condensed:
    """Maps (H, W, C) or a vector (U,) condensed.

    Args:
        values: Of one picture.
        shares: Percentiles of the absolute values that are wanted.
        side: As of `coarse`.
    """
    steps, (low, high) = coarse(values, side=side)
    return Condensed(
        steps=steps,
        low=low,
        high=high,
        percentiles=percentiles(values, shares),
        statistics=layer_statistics(values),
    )


def percentiles(values: FloatArray, shares: Sequence[float]) -> tuple[float, ...]:
    """Percentiles of the absolute values.

    >>> percentiles(np.array([0.0, -4.0, 2.0]), (50.0, 100.0))
    (2.0, 4.0)
    """
    return tuple(float(limit) for limit in np.percentile(np.abs(values), shares))


def coarse(
    values: FloatArray, *, side: int = COARSE_SIDE
) -> tuple[UInt8Array, tuple[float, float]]:
    """Maps averaged to at most ``side`` pixels a side, in 256 steps, and the steps' limits.

    >>> small, limits = coarse(np.arange(128.0 * 128).reshape(128, 128, 1))
    >>> small.shape, limits
    ((64, 64, 1), (64.5, 16318.5))
    """
    maps = values if values.ndim == 3 else values[None, None]
    factor = max(1, -(-maps.shape[0] // side))
    height, width = maps.shape[0] // factor, maps.shape[1] // factor
    cut = maps[: height * factor, : width * factor]
    small = cut.reshape(height, factor, width, factor, -1).mean(axis=(1, 3))
    low, high = float(small.min()), float(small.max())
    steps = np.rint((small - low) * (255.0 / (high - low) if high > low else 0.0))
    return steps.astype(np.uint8), (low, high)
