"""Where an output becomes an answer. NumPy only.

Labels are (N,) integers. Two classes: scores (N,) are the model's output for class 1, and a score
at or above the threshold is answered with 1. More classes: scores (N, C), answered with the
largest.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray

HALF: Final = 0.5
"""The threshold of an epoch's figures, before one is chosen: where two classes meet."""


def answers(scores: FloatArray, *, threshold: float = HALF) -> IntArray:
    """The class that is answered for each image, (N,) int64."""
    if scores.ndim == 2:
        return scores.argmax(axis=1).astype(np.int64)
    return (scores >= threshold).astype(np.int64)


def choose_threshold(labels: IntArray, scores: FloatArray) -> float:
    """The threshold with the highest balanced accuracy on these images.

    Thresholds lie halfway between neighboring scores; of several equally good ones the one
    nearest to 0.5 is taken. 0.5 where there is only one class.
    """
    positives = int(np.count_nonzero(labels == 1))
    negatives = len(labels) - positives
    if not positives or not negatives:
        return HALF
    distinct, where = np.unique(scores.astype(np.float64), return_inverse=True)
    candidates = np.concatenate([distinct[:1], (distinct[1:] + distinct[:-1]) / 2])
    hits = np.bincount(where[labels == 1], minlength=len(distinct))
    alarms = np.bincount(where[labels == 0], minlength=len(distinct))
    # At candidate k all scores from the k-th on are answered with 1.
    found = hits[::-1].cumsum()[::-1] / positives
    false = alarms[::-1].cumsum()[::-1] / negatives
    gain = found - false
    best = np.flatnonzero(gain >= gain.max() - 1e-12)
    return float(min(candidates[best], key=lambda value: abs(value - HALF)))
