"""Real points of two features for a neuron with two inputs: tumors, measured in a microscope."""

from __future__ import annotations

import importlib.util
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


def _table() -> Path:
    """The file itself: importing scikit-learn for it would cost the server 70 MB."""
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("scikit-learn is not installed")
    return Path(package.origin).parent / "datasets" / "data" / "breast_cancer.csv"
