"""Points of two features for networks with two inputs.

Real ones are tumors, measured in a microscope. Drawn ones are the shapes that the field uses to
ask what a network can separate; their noise is drawn apart, so that it can follow a slider.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray

COUNT: Final = 80
FEATURES: Final = ("mean radius", "mean concave points")
_COLUMNS: Final = (0, 7)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """Labeled points of the plane.

    Attributes:
        positions: (N, 2) float64, each feature with mean 0 and standard deviation 1 over all
            569 tumors.
        labels: (N,) 1 malignant, 0 benign.
        features: Name of each column.
        source: Where they come from.
    """

    positions: FloatArray
    labels: IntArray
    features: tuple[str, str]
    source: str


def tumors(*, count: int = COUNT, seed: int = 0) -> Points:
    """A seeded sample of the Breast Cancer Wisconsin (Diagnostic) set, which scikit-learn ships.

    Source: Wolberg, Mangasarian, Street & Street (1995), doi:10.24432/C5DW2B (CC BY 4.0)
    """
    table = np.loadtxt(_table(), delimiter=",", skiprows=1)
    values = table[:, list(_COLUMNS)]
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    rows = np.random.default_rng(seed).choice(len(values), size=count, replace=False)
    return Points(
        positions=values[rows],
        labels=(1 - table[rows, -1]).astype(np.int64),  # there 0 is malignant
        features=FEATURES,
        source="Breast Cancer Wisconsin (Diagnostic), 1995, doi:10.24432/C5DW2B, CC BY 4.0",
    )


MEASURES: Final = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
    "concave points", "symmetry", "fractal dimension",
)  # fmt: skip
"""What was measured of each cell; the table has its mean, its standard error and its worst."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TumorTable:
    """The whole table.

    Attributes:
        values: (569, 30) float64 in the units of the file.
        features: Name of each column.
        source: Where it comes from.
    """

    values: FloatArray
    features: tuple[str, ...]
    source: str


def tumor_table() -> TumorTable:
    """Every tumor with all its measurements, as the file has them."""
    return TumorTable(
        values=np.loadtxt(_table(), delimiter=",", skiprows=1)[:, :-1],
        features=tuple(f"{kind} {m}" for kind in ("mean", "error of", "worst") for m in MEASURES),
        source="Breast Cancer Wisconsin (Diagnostic), 1995, doi:10.24432/C5DW2B, CC BY 4.0",
    )


def _table() -> Path:
    """The file itself: importing scikit-learn for it would cost the server 70 MB."""
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("scikit-learn is not installed")
    return Path(package.origin).parent / "datasets" / "data" / "breast_cancer.csv"


PLANE_COUNT: Final = 200
REACH: Final = 3.0
"""The plane of the sets below is shown from minus this to this, both ways."""

TUMOR_SCALE: Final = 0.7
"""Plane units for one standard deviation, so that the largest tumor stays in sight."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaneSet:
    """Two classes of points in the plane.

    Attributes:
        name, title: For code and for people.
        clean: (N, 2) float32 positions without noise.
        disturbances: (N, 2) float32 standard normal, what a noise of 1 adds.
        labels: (N,) 0 or 1.
        axes: Name of each coordinate.
        classes: Name of the labels 0 and 1.
        source: Where the points come from.
    """

    name: str
    title: str
    clean: FloatArray
    disturbances: FloatArray
    labels: IntArray
    axes: tuple[str, str]
    classes: tuple[str, str]
    source: str

    def positions(self, noise: float = 0.0) -> FloatArray:
        """(N, 2) float64, moved by the noise."""
        return self.clean.astype(np.float64) + noise * self.disturbances.astype(np.float64)


def _circle(rng: np.random.Generator, labels: IntArray) -> FloatArray:
    # Label 1 inside, a gap, label 0 around it; radii so that both are evenly dense to the eye.
    inner, outer = np.where(labels == 1, 0.0, 1.75), np.where(labels == 1, 1.25, 2.5)
    return _around(rng.uniform(inner, outer), rng.uniform(0, 2 * np.pi, len(labels)))


def _xor(rng: np.random.Generator, labels: IntArray) -> FloatArray:
    sides = rng.uniform(0.15, 2.5, (len(labels), 2))
    first = rng.choice([-1.0, 1.0], len(labels))
    signs = np.stack([first, np.where(labels == 1, first, -first)], axis=1)
    return sides * signs


def _gaussians(rng: np.random.Generator, labels: IntArray) -> FloatArray:
    centers = np.where(labels[:, None] == 1, 1.2, -1.2)
    return centers + rng.normal(0.0, 0.6, (len(labels), 2))


def _spiral(rng: np.random.Generator, labels: IntArray) -> FloatArray:
    share = np.sqrt(rng.uniform(0.01, 1.0, len(labels)))
    return _around(2.7 * share, 3.5 * np.pi * share + np.pi * labels)


def _moons(rng: np.random.Generator, labels: IntArray) -> FloatArray:
    arcs = _around(np.full(len(labels), 1.6), np.pi * (rng.uniform(0, 1, len(labels)) - labels))
    shift = np.where(labels[:, None] == 1, (0.8, 0.4), (-0.8, -0.4))
    return arcs + shift + rng.normal(0.0, 0.12, arcs.shape)


def _around(radius: FloatArray, angle: FloatArray) -> FloatArray:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


_DRAWN: Final[dict[str, tuple[str, Callable[[np.random.Generator, IntArray], FloatArray]]]] = {
    "circle": ("Circle", _circle),
    "xor": ("XOR", _xor),
    "gaussians": ("Two clouds", _gaussians),
    "spiral": ("Spiral", _spiral),
    "moons": ("Moons", _moons),
}
PLANE_SETS: Final = (*_DRAWN, "tumors")
"""Names of all sets in the plane."""


def plane_set(name: str, *, count: int = PLANE_COUNT, seed: int = 0) -> PlaneSet:
    """A seeded set of that name.

    Raises:
        KeyError: If there is none; names are written in code, so this is a bug.
    """
    rng = np.random.default_rng([seed, PLANE_SETS.index(name) if name in PLANE_SETS else 0])
    disturbances = rng.standard_normal((count, 2)).astype(np.float32)
    if name == "tumors":
        real = tumors(count=count, seed=seed)
        return PlaneSet(
            name=name,
            title="Tumors (real)",
            clean=(TUMOR_SCALE * real.positions).astype(np.float32),
            disturbances=disturbances,
            labels=real.labels,
            axes=real.features,
            classes=("benign", "malignant"),
            source=real.source,
        )
    title, draw = _DRAWN[name]
    labels = (np.arange(count) % 2).astype(np.int64)
    return PlaneSet(
        name=name,
        title=title,
        clean=draw(rng, labels).astype(np.float32),
        disturbances=disturbances,
        labels=labels,
        axes=("x\u2081", "x\u2082"),
        classes=("class 0", "class 1"),
        source="Drawn here with a seed",
    )
