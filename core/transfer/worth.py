"""What a head is worth that learned from few pictures: asked about those it did not see. NumPy.

Pictures that were taken in one go are nearly one picture. So they stand on one side of a split
together, and an interval counts them once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import BoolArray, FloatArray, IntArray
from core.evaluation.estimate import Estimate, wilson
from core.transfer.head import fit_head

FOLDS: Final = 10
"""At most; with fewer bursts each of them is left out once."""
FEWEST_BURSTS: Final = 2
"""Of a class: one to learn from while the other is asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """How a head does on pictures that it did not learn from.

    Attributes:
        right: Pictures that were answered rightly.
        n: Pictures that were asked about.
        bursts: Independent ones among them: what the interval counts.
        estimate: The share, with Wilson's interval for so many bursts.
        base: Share of the largest class: what always saying its name is worth.
    """

    right: int
    n: int
    bursts: int
    estimate: Estimate
    base: float


def untested(labels: IntArray, bursts: IntArray, classes: int) -> tuple[int, ...]:
    """Classes that cannot be tested: all their pictures come from one burst, or there are none."""
    return tuple(
        label for label in range(classes) if len(np.unique(bursts[labels == label])) < FEWEST_BURSTS
    )


def worth(features: FloatArray, labels: IntArray, bursts: IntArray, classes: int) -> Worth | None:
    """Ask heads about the bursts that they did not learn from.

    Args:
        features: (N, F).
        labels: (N,) from 0 to K - 1.
        bursts: (N,) number of the burst; no burst has pictures of two classes.
        classes: K.

    Returns:
        None where a class would have nothing to learn from (`untested`).
    """
    if untested(labels, bursts, classes):
        return None
    fold = folds(labels, bursts)
    right = np.zeros(len(labels), dtype=bool)
    for number in range(int(fold.max()) + 1):
        held = fold == number
        head = fit_head(features[~held], labels[~held], classes)
        right[held] = head.scores(features[held]).argmax(axis=1) == labels[held]
    return counted(right, labels, bursts)


def counted(right: BoolArray, labels: IntArray, bursts: IntArray) -> Worth:
    """What was answered rightly as a share, with what fits it: each burst counts once.

    Args:
        right: (N,).
        labels, bursts: (N,) as of `worth`.

    >>> apart = counted(np.arange(10) < 8, np.arange(10) % 2, np.arange(10))
    >>> apart.estimate.percent()
    '80.0 % (49.0 to 94.3, n = 10)'
    >>> held = counted(np.ones(40, bool), np.repeat([0, 1], 20), np.repeat([0, 1, 2, 3], 10))
    >>> held.n, held.bursts, round(held.estimate.low, 2)
    (40, 4, 0.51)
    """
    count = len(np.unique(bursts))
    share = float(right.mean())
    return Worth(
        right=int(right.sum()),
        n=len(labels),
        bursts=count,
        estimate=wilson(share * count, count),
        base=float(np.bincount(labels).max() / len(labels)),
    )


def folds(labels: IntArray, bursts: IntArray) -> IntArray:
    """The fold of each picture, (N,): bursts stay whole, and each class lies in two folds or more.

    Args:
        labels, bursts: (N,) as of `worth`; every class has two bursts at least.

    >>> folds(np.array([0, 0, 0, 1, 1]), np.array([7, 7, 8, 9, 3])).tolist()
    [0, 0, 1, 3, 2]
    """
    names, first = np.unique(bursts, return_index=True)
    order = np.lexsort((names, labels[first]))
    most = min(FOLDS, len(names))
    fold_of = dict(zip(names[order].tolist(), (np.arange(len(names)) % most).tolist(), strict=True))
    return np.array([fold_of[burst] for burst in bursts.tolist()], dtype=np.int64)


def joined(bursts: Sequence[int], pairs: IntArray) -> IntArray:
    """Bursts with those made one that share nearly equal pictures, (N,).

    Args:
        bursts: (N,) as they were taken.
        pairs: (P, 2) places of pictures that are nearly equal.

    >>> joined([1, 1, 2, 3], np.array([[1, 2]])).tolist()
    [1, 1, 1, 3]
    """
    found = np.array(bursts, dtype=np.int64)
    for one, other in pairs:
        low, high = sorted((int(found[one]), int(found[other])))
        found[found == high] = low
    return found
