"""How well a network does, always with n and an interval.

Labels are (N,) integers. Two classes: scores (N,) are the model's output for class 1, and a score
at or above the threshold is answered with 1. More classes: scores (N, C), answered with the
largest. The figures come from scikit-learn and SciPy; only the intervals they lack are made here.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, roc_auc_score

from core.arrays import BoolArray, FloatArray, IntArray
from core.evaluation.estimate import Estimate, unknown

__all__ = [
    "Estimate",
    "accuracy",
    "answers",
    "auc",
    "auc_value",
    "balanced_accuracy",
    "choose_threshold",
    "confusion",
    "recalls",
    "sensitivity",
    "specificity",
    "wilson",
]

CONFIDENCE: Final = 0.95
RESAMPLES: Final = 1000


def wilson(successes: int, n: int) -> Estimate:
    """A share with Wilson's score interval, which holds for small n and for shares of 0 and 1.

    Source:
        Wilson (1927); Newcombe (1998), Statistics in Medicine 17, 857-872, method 3.

    >>> estimate = wilson(81, 263)
    >>> round(estimate.low, 4), round(estimate.high, 4)
    (0.2553, 0.3662)
    """
    if n == 0:
        return unknown(0)
    interval = binomtest(successes, n).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(successes / n, float(interval.low), float(interval.high), n)


def answers(scores: FloatArray, *, threshold: float = 0.5) -> IntArray:
    """The class that is answered for each image, (N,) int64."""
    if scores.ndim == 2:
        return scores.argmax(axis=1).astype(np.int64)
    return (scores >= threshold).astype(np.int64)


def confusion(labels: IntArray, predicted: IntArray, *, num_classes: int) -> IntArray:
    """Images by true class (rows) and answer (columns), (C, C)."""
    return confusion_matrix(labels, predicted, labels=np.arange(num_classes))


def accuracy(labels: IntArray, predicted: IntArray) -> Estimate:
    """Share answered rightly, with Wilson's interval."""
    return wilson(int(np.count_nonzero(labels == predicted)), len(labels))


def recalls(labels: IntArray, predicted: IntArray, *, num_classes: int) -> tuple[Estimate, ...]:
    """For each class the share of its images answered rightly, with Wilson's interval."""
    table = confusion(labels, predicted, num_classes=num_classes)
    return tuple(wilson(int(table[k, k]), int(table[k].sum())) for k in range(num_classes))


def sensitivity(labels: IntArray, predicted: IntArray) -> Estimate:
    """Share of the positives (class 1) that are found."""
    return recalls(labels, predicted, num_classes=2)[1]


def specificity(labels: IntArray, predicted: IntArray) -> Estimate:
    """Share of the negatives (class 0) that are left in peace."""
    return recalls(labels, predicted, num_classes=2)[0]


def balanced_accuracy(labels: IntArray, predicted: IntArray, *, num_classes: int = 2) -> Estimate:
    """Mean of the classes' recalls; classes without an image are left out.

    The interval joins the Wilson intervals of the recalls (method of variance estimates
    recovery): half widths add as squares, as they do for any sum of independent estimates.

    Source:
        Zou & Donner (2008), Statistics in Medicine 27, 1693-1702.
    """
    found = [row for row in recalls(labels, predicted, num_classes=num_classes) if row.known]
    if not found:
        return unknown(len(labels))
    value = sum(row.value for row in found) / len(found)
    below = math.sqrt(sum((row.value - row.low) ** 2 for row in found)) / len(found)
    above = math.sqrt(sum((row.high - row.value) ** 2 for row in found)) / len(found)
    return Estimate(value, max(value - below, 0.0), min(value + above, 1.0), len(labels))


def auc_value(labels: IntArray, scores: FloatArray) -> float:
    """Area under the ROC curve; more than two classes: mean of one against the rest.

    Classes without an image are left out of the mean; NaN with images of one class only.
    """
    if scores.ndim == 1:
        return _binary_auc(labels == 1, scores)
    columns = [_binary_auc(labels == k, scores[:, k]) for k in range(scores.shape[1])]
    known = [value for value in columns if math.isfinite(value)]
    return float(np.mean(known)) if known else math.nan


def auc(
    labels: IntArray,
    scores: FloatArray,
    *,
    groups: IntArray,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Area under the ROC curve with a bootstrap interval that draws whole groups.

    Images of one patient resemble each other; drawing them one by one would promise more than
    the data holds. The interval is that of the percentiles.

    Args:
        labels: (N,).
        scores: (N,), or (N, C) for more than two classes; any monotone scale.
        groups: (N,), equal numbers stay together.
        seed: Of the draws.
        resamples: How many draws.
    """
    value = auc_value(labels, scores)
    if not math.isfinite(value):
        return unknown(len(labels))
    drawn = resampled_aucs(labels, scores, _draw_groups(groups, seed=seed, resamples=resamples))
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return Estimate(value, math.nan, math.nan, len(labels))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(value, float(low), float(high), len(labels))


def resampled_aucs(labels: IntArray, scores: FloatArray, times: FloatArray) -> FloatArray:
    """`auc_value` of R resamples at once, (R,); NaN where a resample has one class only.

    scikit-learn spends milliseconds a call on checking its arguments, and a bootstrap makes a
    thousand calls; the tests hold this to its result.

    Args:
        labels: (N,).
        scores: (N,) or (N, C).
        times: (R, N), how often each image was drawn.
    """
    if scores.ndim == 1:
        return _weighted_aucs(labels == 1, scores, times)
    columns = [_weighted_aucs(labels == k, scores[:, k], times) for k in range(scores.shape[1])]
    table = np.stack(columns)
    known = np.isfinite(table)
    count = known.sum(axis=0)
    total = np.where(known, table, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(len(count), math.nan), where=count > 0)


def choose_threshold(labels: IntArray, scores: FloatArray) -> float:
    """The threshold with the highest balanced accuracy on these images.

    Thresholds lie halfway between neighboring scores; of several equally good ones the one
    nearest to 0.5 is taken. 0.5 where there is only one class.
    """
    positives = int(np.count_nonzero(labels == 1))
    negatives = len(labels) - positives
    if not positives or not negatives:
        return 0.5
    distinct, where = np.unique(scores.astype(np.float64), return_inverse=True)
    candidates = np.concatenate([distinct[:1], (distinct[1:] + distinct[:-1]) / 2])
    hits = np.bincount(where[labels == 1], minlength=len(distinct))
    alarms = np.bincount(where[labels == 0], minlength=len(distinct))
    # At candidate k all scores from the k-th on are answered with 1.
    found = hits[::-1].cumsum()[::-1] / positives
    false = alarms[::-1].cumsum()[::-1] / negatives
    gain = found - false
    best = np.flatnonzero(gain >= gain.max() - 1e-12)
    return float(min(candidates[best], key=lambda value: abs(value - 0.5)))


def _draw_groups(groups: IntArray, *, seed: int, resamples: int) -> FloatArray:
    """How often each image is drawn when whole groups are, (R, N)."""
    _, members = np.unique(groups, return_inverse=True)
    count = int(members.max()) + 1
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, count, (resamples, count))
    # One histogram for all rows: row r counts in its own stretch of numbers.
    offset = np.arange(resamples)[:, None] * count
    times = np.bincount((drawn + offset).ravel(), minlength=resamples * count)
    return times.reshape(resamples, count)[:, members].astype(np.float32)


def _weighted_aucs(positive: BoolArray, scores: FloatArray, times: FloatArray) -> FloatArray:
    """The share of (positive, negative) pairs in the right order, a tie counting half."""
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    weights, hit = times[:, order].astype(np.float64), positive[order]
    above = np.add.reduceat(np.where(hit, weights, 0.0), starts, axis=1)
    other = np.add.reduceat(np.where(hit, 0.0, weights), starts, axis=1)
    pairs = above.sum(axis=1) * other.sum(axis=1)
    won = (above * (other.cumsum(axis=1) - other / 2)).sum(axis=1)
    return np.divide(won, pairs, out=np.full(len(times), math.nan), where=pairs > 0)


def _binary_auc(positive: BoolArray, scores: FloatArray) -> float:
    if positive.all() or not positive.any():
        return math.nan
    return float(roc_auc_score(positive, scores))
