"""What a layer's activations look like as numbers: mean, spread, silence, and limits of color.

A unit is one map, or one entry of a vector. Limits of color are the same above and below zero
where values have both signs, so that zero keeps its one color; values that are never negative
are drawn from zero on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from core.arrays import FloatArray, IntArray

Scope: TypeAlias = Literal["unit", "layer", "network"]
SCOPES: Final = ("unit", "layer", "network")
CLIPS: Final = (100.0, 99.9, 99.0, 95.0, 90.0)
"""Percentiles of the absolute values at which colors may saturate."""
BINS: Final = 32
PICTURE: Final = ("image", "rescaling")
"""Nodes that hold the picture itself; they are drawn in gray and set no limits."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerStatistics:
    """Figures of all activations of one layer for one picture.

    Attributes:
        count: Number of values.
        mean, deviation: Over all values; the deviation is that of the whole population.
        low, high: Smallest and largest value.
        zeros: Share of values that are exactly 0, from 0 to 1.
        silent: Units whose values are all exactly 0.
        units: Number of units.
        edges: (B+1,) borders of the histogram's bins, from `low` to `high`.
        counts: (B,) values in each bin.
    """

    count: int
    mean: float
    deviation: float
    low: float
    high: float
    zeros: float
    silent: int
    units: int
    edges: FloatArray
    counts: IntArray


@dataclass(frozen=True, slots=True)
class ColorRange:
    """Values at the two ends of a color scale."""

    low: float
    high: float

    @property
    def signed(self) -> bool:
        """Whether values below zero are drawn."""
        return self.low < 0.0


def layer_statistics(values: FloatArray, *, bins: int = BINS) -> LayerStatistics:
    """Figures of one layer's activations.

    Args:
        values: (H, W, C) maps or (U,) units of one picture.
        bins: Of the histogram.

    >>> layer_statistics(np.array([0.0, 0.0, 2.0, 2.0])).zeros
    0.5
    """
    flat = np.asarray(values).reshape(-1, values.shape[-1])
    low, high = float(flat.min()), float(flat.max())
    counts, edges = np.histogram(flat, bins=bins, range=_proper(low, high))
    nonzero = np.count_nonzero(flat, axis=0)
    return LayerStatistics(
        count=flat.size,
        mean=float(flat.mean(dtype=np.float64)),
        deviation=float(flat.std(dtype=np.float64)),
        low=low,
        high=high,
        zeros=1.0 - float(nonzero.sum()) / flat.size,
        silent=int((nonzero == 0).sum()),
        units=flat.shape[1],
        edges=edges,
        counts=counts.astype(np.int64),
    )


def _proper(low: float, high: float) -> tuple[float, float]:
    """A range that has a width, also for a layer of one value."""
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def color_range(
    activations: Mapping[str, FloatArray],
    name: str,
    *,
    unit: int | None = None,
    scope: Scope = "layer",
    clip: float = 100.0,
) -> ColorRange:
    """Limits of the color scale for one unit, symmetric where values have both signs.

    Args:
        activations: Of one picture, by node: (H, W, C) or (U,).
        name: The node that is drawn.
        unit: The unit that is drawn; needed for the scope "unit".
        scope: Whose values count: the unit's, the layer's, or those of all layers but the
            picture itself.
        clip: Percentile of the absolute values at which the color saturates.

    >>> color_range({"a": np.array([-1.0, 3.0])}, "a")
    ColorRange(low=-3.0, high=3.0)
    """
    if scope == "network":
        chosen = [values for key, values in activations.items() if key not in PICTURE]
    elif scope == "layer" or unit is None:
        chosen = [activations[name]]
    else:
        chosen = [activations[name][..., unit]]
    flat = np.concatenate([np.asarray(values).reshape(-1) for values in chosen])
    most = limit(flat, clip)
    return ColorRange(-most if flat.min() < 0 else 0.0, most)


def limit(values: FloatArray, clip: float = 100.0) -> float:
    """The percentile ``clip`` of the absolute values, linear between two of them.

    >>> limit(np.array([0.0, -4.0, 2.0]), 50.0)
    2.0
    """
    size = np.abs(np.asarray(values, np.float64))
    return float(size.max()) if clip >= 100.0 else float(np.percentile(size, clip))
