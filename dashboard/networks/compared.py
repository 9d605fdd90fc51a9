"""What trained networks answered on their validation images, ready to be compared. No Streamlit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from core.arrays import BoolArray, FloatArray, IntArray
from core.evaluation import resampling
from core.evaluation.resampling import Figures
from core.evaluation.thresholds import HALF, answers, choose_threshold
from core.npz import read_npz
from core.training.results import PREDICTIONS

KEPT: Final = 64
"""Networks whose validation figures are kept in memory."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Compared:
    """What a network answers on the validation images.

    Attributes:
        labels: (V,).
        groups: (V,).
        indices: (V,) positions in the prepared set; empty where they were not kept.
        scores: (V,) output for class 1 of two, or (V, C).
        threshold: Of the answers, chosen on these very images.
        figures: With the draws that all networks on these images share.
    """

    labels: IntArray
    groups: IntArray
    indices: IntArray
    scores: FloatArray
    threshold: float
    figures: Figures

    def same_images(self, other: Compared) -> bool:
        """Whether two networks were asked the same."""
        return np.array_equal(self.labels, other.labels) and np.array_equal(
            self.groups, other.groups
        )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Disagreement:
    """Validation images that one of two networks answers rightly and the other does not.

    Attributes:
        first: (A,) places among the images where only the first is right, the other's worst first.
        second: (B,) where only the second is right, the first's worst first.
        images: How many both were asked.
    """

    first: IntArray
    second: IntArray
    images: int


def compared(folder: Path) -> Compared | None:
    """The validation figures of a run, from what it stored; None where they are not known.

    The threshold is the run's own, chosen on these very images: all networks are flattered alike.

    Args:
        folder: Of the run.
    """
    path = folder / PREDICTIONS
    try:
        stamp = path.stat().st_mtime_ns
        return _compared(str(path), stamp)
    except (OSError, ValueError, KeyError):
        return None  # not there yet, damaged, or of a version without groups


def disagreement(first: Compared, second: Compared) -> Disagreement | None:
    """The images on which two networks differ; None where they were not asked the same images."""
    if not first.same_images(second):
        return None
    right, others = first.figures.right, second.figures.right
    return Disagreement(
        first=_worst_first(right & ~others, second),
        second=_worst_first(others & ~right, first),
        images=len(first.labels),
    )


def _worst_first(asked: BoolArray, wrong: Compared) -> IntArray:
    """Places where ``asked`` holds, the most confident mistakes of the one that is wrong first."""
    places = np.flatnonzero(asked)
    if wrong.scores.ndim == 2:
        surety = wrong.scores.max(axis=1)
    else:
        surety = np.abs(wrong.scores - wrong.threshold)
    return places[np.argsort(-surety[places], kind="stable")]


@lru_cache(maxsize=KEPT)
def _compared(path: str, stamp: int) -> Compared:
    arrays = read_npz(Path(path))
    labels, groups, scores = (
        arrays[f"validation_{name}"] for name in ("labels", "groups", "scores")
    )
    threshold = HALF if scores.ndim == 2 else choose_threshold(labels, scores)
    figures = resampling.figures(
        labels,
        answers(scores, threshold=threshold),
        scores,
        resampling.draw(groups),
        num_classes=2 if scores.ndim == 1 else scores.shape[1],
    )
    return Compared(
        labels=labels,
        groups=groups,
        indices=arrays.get("validation_indices", np.empty(0, np.int64)),
        scores=scores,
        threshold=threshold,
        figures=figures,
    )
