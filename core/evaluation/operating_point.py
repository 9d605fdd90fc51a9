"""What one threshold does to a network's answers: misses, false alarms, and what they cost.

Labels are (N,) 0 or 1, scores (N,) the output for class 1; a score at or above the threshold is
answered with 1, as in `core.evaluation.thresholds`. The browser follows a drag with the same
rules (``dashboard/browser/math/threshold.js``), and a test holds the two together. NumPy only.

Source:
    Fawcett (2006), An introduction to ROC analysis, Pattern Recognition Letters 27, 861-874.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray
from core.evaluation.base_rate import predictive_value
from core.ops.activation import sigmoid

COLDEST: Final = 0.05
HOTTEST: Final = 20.0
"""Ends of the temperatures that are looked through; a network that separates all wants zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Images by what they show and how they are answered.

    Attributes:
        found: Positive, answered positive.
        missed: Positive, answered negative.
        alarms: Negative, answered positive.
        spared: Negative, answered negative.
    """

    found: int
    missed: int
    alarms: int
    spared: int

    @property
    def sensitivity(self) -> float:
        """Share of the positives that are found; NaN where there are none."""
        return _share(self.found, self.found + self.missed)

    @property
    def specificity(self) -> float:
        """Share of the negatives that are spared; NaN where there are none."""
        return _share(self.spared, self.spared + self.alarms)

    def predictive(self, prevalence: float) -> tuple[float, float]:
        """Share of right alarms and of right all-clears where positives are that frequent.

        >>> rare = Counts(found=90, missed=10, alarms=10, spared=90).predictive(0.01)
        >>> [round(value, 3) for value in rare]
        [0.083, 0.999]
        """
        found, spared = self.sensitivity, self.specificity
        right = predictive_value(found, spared, prevalence)
        return right, predictive_value(spared, found, 1 - prevalence)


def count_answers(labels: IntArray, scores: FloatArray, threshold: float) -> Counts:
    """How the images are answered at a threshold.

    >>> count_answers(np.array([0, 1, 1]), np.array([0.2, 0.5, 0.4]), 0.5)
    Counts(found=1, missed=1, alarms=0, spared=1)
    """
    said, positive = scores >= threshold, labels == 1
    return Counts(
        found=int(np.count_nonzero(said & positive)),
        missed=int(np.count_nonzero(~said & positive)),
        alarms=int(np.count_nonzero(said & ~positive)),
        spared=int(np.count_nonzero(~said & ~positive)),
    )


def expected_cost(counts: Counts, *, miss: float, prevalence: float) -> float:
    """Mean cost of an image where a false alarm costs 1.

    Args:
        counts: At some threshold.
        miss: What a miss costs.
        prevalence: Share of positives where the network is used.
    """
    missed, alarmed = 1 - counts.sensitivity, 1 - counts.specificity
    return prevalence * miss * missed + (1 - prevalence) * alarmed


def cheapest_threshold(
    labels: IntArray, scores: FloatArray, *, miss: float, prevalence: float
) -> float:
    """The threshold with the least expected cost on these images.

    It lies in the middle between two neighboring scores, or at 0 or just above the highest one:
    answering all alike may be cheapest. Of several equally cheap ones the lowest, which misses
    least. 0.5 where one class is absent.

    >>> cheapest_threshold(np.array([0, 0, 1]), np.array([0.1, 0.4, 0.6]), miss=1, prevalence=0.5)
    0.5
    """
    if len(np.unique(labels)) < 2:
        return 0.5
    cuts = candidates(scores)
    costs = [
        expected_cost(count_answers(labels, scores, cut), miss=miss, prevalence=prevalence)
        for cut in cuts
    ]
    best = min(costs)
    return float(next(cut for cut, cost in zip(cuts, costs, strict=True) if cost <= best + 1e-12))


def candidates(scores: FloatArray) -> FloatArray:
    """One threshold for each way the scores can be parted, ascending, (K + 1,) for K scores.

    None lies above a score of 1: thresholds go no higher.

    >>> candidates(np.array([0.4, 0.2, 0.4])).round(3).tolist()
    [0.0, 0.3, 0.7]
    """
    distinct = np.unique(scores.astype(np.float64))
    middle = (distinct[1:] + distinct[:-1]) / 2
    above = (distinct[-1:] + 1) / 2
    return np.concatenate([[0.0] * bool(len(distinct)), middle, above[above < 1]])


def temperature(labels: IntArray, scores: FloatArray) -> float:
    r"""The temperature T that makes outputs fit the labels best (least cross-entropy).

    .. math:: p_T = \sigma\!\left(\frac{\operatorname{logit} p}{T}\right)

    T above 1 says that the network was too sure. No answer moves past another.

    Source:
        Guo et al. (2017), On Calibration of Modern Neural Networks, ICML.
    """
    logits, positive = _logits(scores), labels == 1
    low, high = 1 / HOTTEST, 1 / COLDEST
    for _ in range(60):  # the slope of the loss in 1/T rises: its zero is bracketed
        middle = math.sqrt(low * high)
        if float(np.sum((sigmoid(middle * logits) - positive) * logits)) < 0:
            low = middle
        else:
            high = middle
    return 1 / math.sqrt(low * high)


def warmed(scores: FloatArray, by: float) -> FloatArray:
    """Outputs with their logits divided by a temperature.

    >>> warmed(np.array([0.5, 0.9]), 2.0).round(3)
    array([0.5 , 0.75])
    """
    return sigmoid(_logits(scores) / by)


def _logits(scores: FloatArray) -> FloatArray:
    inside = np.clip(scores.astype(np.float64), 1e-7, 1 - 1e-7)
    return np.log(inside / (1 - inside))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
