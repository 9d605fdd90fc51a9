"""What an output was worth in the test: how images with about the same output turned out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray
from core.evaluation.estimate import Estimate

FEWEST_SCORED: Final = 100
"""Test images below which nothing is said: too few lie near any output."""
MOST_NEAR: Final = 100
_Z: Final = 1.959964
"""Standard normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The test images whose outputs lie nearest to a given one.

    Attributes:
        share: How many of them were positive, with Wilson's interval and n.
        lowest: Smallest output among them.
        highest: Largest output among them.
        base: Share of positives among all test images.
    """

    share: Estimate
    lowest: float
    highest: float
    base: float


def outlook(scores: FloatArray, labels: IntArray, output: float) -> Outlook | None:
    """Count the positives among the test images with the outputs nearest to this one.

    Args:
        scores: (N,) outputs for class 1 of the test images.
        labels: (N,) 0 or 1.
        output: The output at hand.

    Returns:
        None where the test is too small to say anything. A fifth of the test, at most 100 images.
    """
    if len(scores) < FEWEST_SCORED:
        return None
    near = min(MOST_NEAR, len(scores) // 5)
    # Stable: equal distances are taken in the order of the test, on every machine.
    index = np.argsort(np.abs(np.asarray(scores, np.float64) - output), kind="stable")[:near]
    return Outlook(
        share=wilson(int(np.count_nonzero(labels[index] == 1)), near),
        lowest=float(scores[index].min()),
        highest=float(scores[index].max()),
        base=float(np.mean(labels == 1)),
    )


def wilson(successes: int, n: int) -> Estimate:
    """A share with Wilson's score interval.

    The same as ``core.evaluation.metrics.wilson``, without SciPy: the server, which shows this,
    stays small.

    Source:
        Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    share, square = successes / n, _Z * _Z
    center = (share + square / (2 * n)) / (1 + square / n)
    half = _Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return Estimate(share, max(0.0, center - half), min(1.0, center + half), n)
