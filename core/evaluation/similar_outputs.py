"""What an output was worth in the test: how images with about the same output turned out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray
from core.evaluation import resampling
from core.evaluation.estimate import Estimate

FEWEST_SCORED: Final = 100
"""Test images below which nothing is said: too few lie near any output."""
MOST_NEAR: Final = 100


@dataclass(frozen=True, slots=True)
class Outlook:
    """The test images whose outputs lie nearest to a given one.

    Attributes:
        share: How many of them were positive, with n and an interval by group.
        groups: Groups that they come from.
        lowest: Smallest output among them.
        highest: Largest output among them.
        base: Share of positives among all test images.
    """

    share: Estimate
    groups: int
    lowest: float
    highest: float
    base: float


def outlook(
    scores: FloatArray, labels: IntArray, groups: IntArray, output: float
) -> Outlook | None:
    """Count the positives among the test images with the outputs nearest to this one.

    Args:
        scores: (N,) outputs for class 1 of the test images.
        labels: (N,) 0 or 1.
        groups: (N,), images of one group are no independent witnesses.
        output: The output at hand.

    Returns:
        None where the test is too small to say anything. A fifth of the test, at most 100 images.
    """
    if len(scores) < FEWEST_SCORED:
        return None
    near = min(MOST_NEAR, len(scores) // 5)
    # Stable: equal distances are taken in the order of the test, on every machine.
    index = np.argsort(np.abs(np.asarray(scores, np.float64) - output), kind="stable")[:near]
    share = resampling.share(labels[index] == 1, resampling.draw(groups[index]))
    return Outlook(
        share=share.estimate(),
        groups=len(np.unique(groups[index])),
        lowest=float(scores[index].min()),
        highest=float(scores[index].max()),
        base=float(np.mean(labels == 1)),
    )
