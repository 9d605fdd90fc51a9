"""A flat slice through the loss of a trained network, and how far its training lay from it.

A network has a million weights; a picture has two directions. So the loss is drawn on a plane
through the weights at the end of the training, and the way of the training is projected onto it.
The points of that way do NOT lie on the plane: each has a distance from it, and a true loss that
differs from the loss drawn below it. Both are computed here, so that no picture hides them.

NumPy only; `core.explain.slicing` asks Keras for the logits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np

from core.arrays import FloatArray, IntArray
from core.errors import LessonError
from core.evaluation.logits import losses
from core.models.cost import total_multiply_adds
from core.models.spec import ModelSpec
from core.models.weights import weight_shapes
from core.training.results import list_snapshots, snapshot_path

Kind: TypeAlias = Literal["path", "random"]
KINDS: Final[tuple[Kind, ...]] = ("path", "random")
GRID: Final = 21
SMALL_GRID: Final = 15
MARGIN: Final = 0.3
"""Of the way's extent, added on each side of it."""

FEWEST_SNAPSHOTS: Final = 3
_LARGE: Final = 1e8
_BUDGET: Final = 1.6e12
_FEWEST, _MOST = 32, 128
_NEGLIGIBLE: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plane:
    """A plane through the last snapshot, and the snapshots projected onto it.

    Attributes:
        kind: "path": the two directions in which the training moved most (principal components
            of the snapshots' differences from the last one), each as long as the straight way
            from the first snapshot to the last. "random": drawn by chance, each filter as long
            as the network's own.
        origin: (P,) weights of the last snapshot.
        directions: (2, P).
        coordinates: (E, 2) of each snapshot's nearest point on the plane.
        distances: (E,) from each snapshot to that point.
        lengths: (E,) from each snapshot to the last one.
        shares: (2,) share of all squared lengths that lies along each direction (together: in
            the plane; for random directions the second is what the plane adds to the first).
    """

    kind: Kind
    origin: FloatArray
    directions: FloatArray
    coordinates: FloatArray
    distances: FloatArray
    lengths: FloatArray
    shares: FloatArray

    @property
    def explained(self) -> float:
        """Share of the way that the plane shows, 0 to 1."""
        return float(self.shares.sum())

    def weights(self, x: float, y: float) -> FloatArray:
        """(P,) the weights of a point on the plane."""
        return self.origin + x * self.directions[0] + y * self.directions[1]

    def domain(self) -> tuple[float, float, float, float]:
        """(x low, x high, y low, y high) that holds the whole way, with room around it."""
        low, high = self.coordinates.min(axis=0), self.coordinates.max(axis=0)
        if self.kind == "random":
            # A whole filter's length each way; the way itself is hardly to be seen there.
            low, high = np.minimum(low, -1.0), np.maximum(high, 1.0)
            return float(low[0]), float(high[0]), float(low[1]), float(high[1])
        extent = high - low
        extent = np.maximum(extent, 0.2 * extent.max())
        middle = (low + high) / 2
        low = middle - extent * (0.5 + MARGIN)
        high = middle + extent * (0.5 + MARGIN)
        return float(low[0]), float(high[0]), float(low[1]), float(high[1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outline:
    """All that is small about a slice: what is sent and drawn beside the grid.

    Attributes:
        kind, domain, side: Directions, extent and points a side.
        epochs: (E,) of the snapshots.
        coordinates: (E, 2) on the slice.
        distances, lengths: (E,) from the slice, and from the last snapshot.
        shares: (2,) of the way along each direction.
        true: (E,) loss at the snapshots themselves.
        below: (E,) loss at their nearest points on the slice, computed, not interpolated.
        images: Validation images that every loss is the mean of.
        weighted: Whether the loss weighs the classes, as the training did.
        focal_gamma: Of the loss, as the training had it; 0 for cross-entropy.
    """

    kind: Kind
    domain: tuple[float, float, float, float]
    side: int
    epochs: IntArray
    coordinates: FloatArray
    distances: FloatArray
    lengths: FloatArray
    shares: FloatArray
    true: FloatArray
    below: FloatArray
    images: int
    weighted: bool
    focal_gamma: float = 0.0


def flatten(weights: Mapping[str, FloatArray], spec: ModelSpec) -> FloatArray:
    """(P,) all numbers of a network in one row, in the order of `weight_shapes`."""
    return np.concatenate([np.ravel(weights[name]) for name in weight_shapes(spec)])


def unflatten(vector: FloatArray, spec: ModelSpec) -> dict[str, FloatArray]:
    """The arrays by name again; a variance below 0, as a plane can have it, becomes 0."""
    found: dict[str, FloatArray] = {}
    at = 0
    for name, shape in weight_shapes(spec).items():
        count = math.prod(shape)
        values = vector[at : at + count].reshape(shape).astype(np.float32)
        found[name] = np.maximum(values, 0) if name.endswith("moving_variance") else values
        at += count
    return found


def path_plane(vectors: FloatArray) -> Plane:
    """The plane through the last snapshot that holds most of the way to it.

    Args:
        vectors: (E, P) the snapshots, the last one the end.

    Raises:
        LessonError: ``slice.short``, ``slice.still``.

    Source: Li et al. (2018), Visualizing the Loss Landscape of Neural Nets, arXiv:1712.09913, 7.2
    """
    differences = _differences(vectors)
    # (E, E) products instead of (P, P): there are a million weights and a dozen snapshots.
    powers, turns = np.linalg.eigh(differences @ differences.T)
    order = np.argsort(powers)[::-1][:2]
    directions = turns[:, order].T @ differences
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    if lengths[1] <= _NEGLIGIBLE * lengths[0]:
        raise LessonError(
            "slice.short",
            problem="These snapshots lie on one line, which spans no plane.",
            remedy="Train for more epochs.",
        )
    directions = directions / lengths * np.linalg.norm(differences[0])
    # The way begins at the left, its bulge upwards: one picture, not four mirrored ones.
    coordinates = differences @ directions.T  # up to a factor
    bulge = coordinates[np.abs(coordinates[:, 1]).argmax(), 1]
    signs = np.array([-1.0 if coordinates[0, 0] > 0 else 1.0, -1.0 if bulge < 0 else 1.0])
    return _plane("path", vectors[-1], directions * signs[:, None], differences)


def random_plane(vectors: FloatArray, spec: ModelSpec, *, seed: int) -> Plane:
    """A plane through the last snapshot in two random, filter-normalized directions.

    Each filter (and each dense unit's row of weights) of a direction is as long as the network's
    own; biases and batch normalization do not move.

    Source: Li et al. (2018), arXiv:1712.09913, section 4
    """
    differences = _differences(vectors)
    end = unflatten(vectors[-1], spec)
    random = np.random.default_rng(seed)
    directions = np.stack([_filter_normalized(end, spec, random) for _ in range(2)])
    return _plane("random", vectors[-1], directions, differences)


def _filter_normalized(
    end: Mapping[str, FloatArray], spec: ModelSpec, random: np.random.Generator
) -> FloatArray:
    parts = []
    for name, shape in weight_shapes(spec).items():
        if not name.endswith("kernel"):
            parts.append(np.zeros(math.prod(shape)))
            continue
        drawn = random.standard_normal(shape)
        axes = tuple(range(drawn.ndim - 1))
        own = np.sqrt(np.square(end[name], dtype=np.float64).sum(axis=axes))
        parts.append((drawn * (own / np.sqrt(np.square(drawn).sum(axis=axes)))).ravel())
    return np.concatenate(parts)


def _differences(vectors: FloatArray) -> FloatArray:
    if len(vectors) < FEWEST_SNAPSHOTS:
        raise LessonError(
            "slice.short",
            problem=f"A slice needs {FEWEST_SNAPSHOTS} snapshots; there are {len(vectors)}.",
            remedy="Train for more epochs.",
        )
    differences = vectors.astype(np.float64) - vectors[-1].astype(np.float64)
    if not np.abs(differences).max() > 0:
        raise LessonError(
            "slice.still",
            problem="The weights did not move in this training.",
            remedy="Train again with a larger learning rate.",
        )
    return differences


def _plane(
    kind: Kind, origin: FloatArray, directions: FloatArray, differences: FloatArray
) -> Plane:
    # Random directions are not quite at right angles: nearest points by least squares.
    coordinates = np.linalg.solve(directions @ directions.T, directions @ differences.T).T
    distances = np.linalg.norm(differences - coordinates @ directions, axis=1)
    squares = np.square(differences).sum()
    first = directions[0] / np.linalg.norm(directions[0])
    along = np.square(differences @ first).sum() / squares
    inside = 1.0 - np.square(distances).sum() / squares
    return Plane(
        kind=kind,
        origin=origin.astype(np.float64),
        directions=directions,
        coordinates=coordinates,
        distances=distances,
        lengths=np.linalg.norm(differences, axis=1),
        shares=np.array([along, max(inside - along, 0.0)]),
    )


def grid_side(spec: ModelSpec) -> int:
    """Points along each side of the slice; fewer where a network is slow."""
    return SMALL_GRID if total_multiply_adds(spec) > _LARGE else GRID


def sample_size(spec: ModelSpec) -> int:
    """Images that each point is judged by: as many as a minute or two allow."""
    points = grid_side(spec) ** 2
    return int(np.clip(_BUDGET / (points * total_multiply_adds(spec)), _FEWEST, _MOST))


def axes(plane: Plane, side: int) -> tuple[FloatArray, FloatArray]:
    """x (G,) and y (G,) of the points that are computed."""
    x0, x1, y0, y1 = plane.domain()
    return np.linspace(x0, x1, side), np.linspace(y0, y1, side)


def stamp_of(folder: Path) -> int:
    """When the newest snapshot of a run was written, 0 without one."""
    epochs = list_snapshots(folder)
    return snapshot_path(folder, epochs[-1]).stat().st_mtime_ns if epochs else 0


def weighted_loss(
    logits: FloatArray, labels: IntArray, class_weights: FloatArray, *, focal_gamma: float = 0.0
) -> float:
    """The loss as it is trained, from logits, with the same class weights.

    Args:
        logits: (N, 1) or (N, C); far out they may be infinite, and so is the loss then.
        labels: (N,).
        class_weights: (C,).
        focal_gamma: Of the loss; 0 for cross-entropy.
    """
    own = class_weights[labels]
    with np.errstate(all="ignore"):
        return float((own * losses(labels, logits, focal_gamma=focal_gamma)).sum() / own.sum())
