"""How far a picture lies from all that the network learned from, in its own features. NumPy.

The mean of each map, over a picture, says what there is in it. Among X-rays of limbs these means
vary in few directions; a picture is strange where it lies far out along them, or off them. The
reference network is asked by its last maps; for the small ones, which see less, the same backbone
looks at their pictures, and the maps of its fifth stage tell (`core.reference.build.build_eye`).
The limit is set on validation pictures, of which nearly all lie below it.

Source:
    Lee, Lee, Lee & Shin (2018), A Simple Unified Framework for Detecting Out-of-Distribution
    Samples, NeurIPS (the distance of Mahalanobis); Moghaddam & Pentland (1997), IEEE PAMI 19,
    696-710, equation 9 (what the directions leave over, by its mean).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray

DIRECTIONS: Final = 64
KEPT: Final = 0.99
"""Share of validation pictures that must lie below the limit."""

_PREFIX: Final = "familiar/"
_FLOOR: Final = 1e-6


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Familiarity:
    """What pictures look like that are known.

    Attributes:
        center: (F,) mean of each feature.
        scale: (F,) its standard deviation.
        basis: (F, D) directions of the largest spread, orthonormal.
        spread: (D,) variance along each.
        rest: Variance of what the directions leave over, for each direction left.
        limit: A distance that nearly all validation pictures keep below; 1 until it is set.
    """

    center: FloatArray
    scale: FloatArray
    basis: FloatArray
    spread: FloatArray
    rest: float
    limit: float = 1.0

    def distances(self, features: FloatArray) -> FloatArray:
        """How strange pictures are: their distance as a multiple of the limit.

        Args:
            features: (N, F).

        Returns:
            (N,) float64; above 1 the network should not be trusted.
        """
        placed = (np.asarray(features, np.float64) - self.center) / self.scale
        along = placed @ self.basis
        left = np.maximum(np.square(placed).sum(axis=1) - np.square(along).sum(axis=1), 0.0)
        return (np.square(along) @ (1.0 / self.spread) + left / self.rest) / self.limit

    def arrays(self) -> dict[str, FloatArray]:
        """To be kept beside the weights; `read_familiarity` is the inverse."""
        return {
            f"{_PREFIX}center": self.center.astype(np.float32),
            f"{_PREFIX}scale": self.scale.astype(np.float32),
            f"{_PREFIX}basis": self.basis.astype(np.float32),
            f"{_PREFIX}spread": self.spread.astype(np.float32),
            f"{_PREFIX}rest_and_limit": np.array([self.rest, self.limit], np.float32),
        }


def learn_familiarity(learned: FloatArray, held_out: FloatArray) -> Familiarity:
    """Learn from some pictures what is usual, and set the limit on others.

    Args:
        learned: (N, F) features.
        held_out: (M, F) of pictures of the same kind, of other groups.
    """
    features = np.asarray(learned, np.float64)
    center, scale = features.mean(axis=0), features.std(axis=0) + _FLOOR
    placed = (features - center) / scale
    _, sizes, directions = np.linalg.svd(placed, full_matrices=False)
    count = min(DIRECTIONS, len(sizes) - 1)
    variances = np.square(sizes) / len(features)
    known = Familiarity(
        center=center,
        scale=scale,
        basis=directions[:count].T,
        spread=variances[:count],
        rest=float(variances[count:].sum() / (features.shape[1] - count)),
    )
    limit = float(np.quantile(known.distances(held_out), KEPT))
    return Familiarity(
        center=center,
        scale=scale,
        basis=known.basis,
        spread=known.spread,
        rest=known.rest,
        limit=limit,
    )


def read_familiarity(arrays: Mapping[str, FloatArray]) -> Familiarity:
    """What `Familiarity.arrays` kept.

    Raises:
        KeyError: A part is missing.
    """
    parts = {
        name: np.asarray(arrays[f"{_PREFIX}{name}"], np.float64)
        for name in ("center", "scale", "basis", "spread")
    }
    rest, limit = (float(value) for value in arrays[f"{_PREFIX}rest_and_limit"])
    return Familiarity(**parts, rest=rest, limit=limit)
