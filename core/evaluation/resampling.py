"""How far a figure would move with other patients: one bootstrap by group for all figures.

Images of one patient, or of one series of a hospital, resemble each other. An interval that
takes them for independent promises more than the data holds, so whole groups are drawn, with
replacement, and every figure is computed anew from each draw. Two figures of the same images are
compared draw by draw, so that what both owe to the images cancels.

NumPy only: the server compares networks too. Labels are (N,) integers, scores (N,) for class 1 of
two or (N, C), draws are shared by all figures of the same images.

Source:
    Davison & Hinkley (1997), Bootstrap Methods and their Application, section 3.8 (whole groups
    with replacement); the interval is that of the percentiles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import BoolArray, FloatArray, IntArray
from core.evaluation.estimate import Difference, Estimate, unknown, wilson

RESAMPLES: Final = 2000
"""Draws behind an interval: its ends then vary by about a tenth of its width between seeds."""
_TAILS: Final = (2.5, 97.5)
_ROWS: Final = 256
"""Draws spread over the images at a time, so that large test sets fit into memory."""


@dataclass(frozen=True, eq=False, slots=True)
class Draws:
    """Which groups each draw holds.

    Attributes:
        members: (N,) the group of each image, from 0 to G - 1.
        times: (R + 1, G) float64, how often each group was drawn; the first row is the sample
            itself, each group once.
    """

    members: IntArray
    times: FloatArray

    @property
    def groups(self) -> int:
        """Number of groups G."""
        return self.times.shape[1]

    @property
    def independent(self) -> bool:
        """Whether every image stands for itself."""
        return self.groups == len(self.members)

    def totals(self, values: BoolArray | FloatArray) -> FloatArray:
        """The sum of (N,) values over the images of each draw, (R + 1,)."""
        sums = np.bincount(self.members, weights=values, minlength=self.groups)
        return self.times @ sums

    def spread(self) -> Iterator[FloatArray]:
        """How often each image was drawn, (at most 256, N) at a time."""
        for start in range(0, len(self.times), _ROWS):
            yield self.times[start : start + _ROWS][:, self.members]


@dataclass(frozen=True, eq=False, slots=True)
class Resampled:
    """A figure and what it would have been in each draw.

    Attributes:
        value: Of the sample itself; NaN where it cannot be computed.
        drawn: (R,) of the draws; NaN where a draw lacks a class.
        n: Images it stands on.
        below: What the draws cannot know: where all answers are right, no draw holds a wrong
            one. The lower end of the interval moves down by it.
        above: The same for the upper end.
    """

    value: float
    drawn: FloatArray
    n: int
    below: float = 0.0
    above: float = 0.0

    def estimate(self) -> Estimate:
        """The figure with its 95 % interval, between 0 and 1."""
        if not math.isfinite(self.value):
            return unknown(self.n)
        low, high = _percentiles(self.drawn)
        down = math.hypot(max(self.value - low, 0.0), self.below)
        up = math.hypot(max(high - self.value, 0.0), self.above)
        return Estimate(self.value, max(self.value - down, 0.0), min(self.value + up, 1.0), self.n)

    def minus(self, other: Resampled, *, p: float | None = None) -> Difference:
        """This figure less another of the same images and draws, with its own interval.

        Args:
            other: Made with the same draws.
            p: Of McNemar's test, where it fits.
        """
        value = self.value - other.value
        if not math.isfinite(value):
            return Difference(math.nan, math.nan, math.nan, self.n)
        low, high = _percentiles(self.drawn - other.drawn)
        return Difference(value, low, high, self.n, p)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Figures:
    """What one classifier does on a set of images, ready to be compared with another's.

    Attributes:
        accuracy, balanced_accuracy, auc: The figures.
        right: (N,), whether it answers an image rightly.
    """

    accuracy: Resampled
    balanced_accuracy: Resampled
    auc: Resampled
    right: BoolArray


def draw(groups: IntArray, *, seed: int = 0, resamples: int = RESAMPLES) -> Draws:
    """Draw whole groups with replacement, as many as there are.

    Args:
        groups: (N,), equal numbers stay together.
        seed: Of the draws.
        resamples: How many draws R.
    """
    names, members = np.unique(groups, return_inverse=True)
    count = len(names)
    chosen = np.random.default_rng(seed).integers(0, max(count, 1), (resamples, count))
    # One histogram for all rows: row r counts in its own stretch of numbers.
    offset = np.arange(resamples)[:, None] * count
    times = np.bincount((chosen + offset).ravel(), minlength=resamples * count)
    drawn = times.reshape(resamples, count).astype(np.float64)
    return Draws(members.astype(np.int64), np.concatenate([np.ones((1, count)), drawn]))


def share(hit: BoolArray, draws: Draws, *, among: BoolArray | None = None) -> Resampled:
    """The share of images for which ``hit`` is true.

    Where all or none are hit, or one group holds them all, every draw says the same; there the
    interval is Wilson's with the groups, not the images, as what was counted.

    Args:
        hit: (N,).
        draws: Of these images.
        among: (N,), the images that are asked; all where None.
    """
    asked = np.ones(len(hit), dtype=bool) if among is None else among
    counted = draws.totals(asked)
    found = draws.totals(hit & asked)
    shares = np.divide(found, counted, out=np.full(len(counted), math.nan), where=counted > 0)
    value = float(shares[0]) if len(hit) else math.nan
    below = above = 0.0
    holding = len(np.unique(draws.members[asked]))
    if holding and (value in (0.0, 1.0) or holding == 1):
        bound = wilson(value * holding, holding)
        below, above = value - bound.low, bound.high - value
    return Resampled(value, shares[1:], int(np.count_nonzero(asked)), below, above)


def recalls(
    labels: IntArray, predicted: IntArray, draws: Draws, *, num_classes: int
) -> tuple[Resampled, ...]:
    """For each class the share of its images that are answered rightly."""
    right = labels == predicted
    return tuple(share(right, draws, among=labels == k) for k in range(num_classes))


def accuracy(labels: IntArray, predicted: IntArray, draws: Draws) -> Resampled:
    """The share answered rightly."""
    return share(labels == predicted, draws)


def balanced_accuracy(
    labels: IntArray, predicted: IntArray, draws: Draws, *, num_classes: int = 2
) -> Resampled:
    """Mean of the classes' recalls; classes without an image are left out."""
    found = recalls(labels, predicted, draws, num_classes=num_classes)
    known = [row for row in found if math.isfinite(row.value)]
    if not known:
        return Resampled(math.nan, np.empty(0), len(labels))
    return Resampled(
        value=sum(row.value for row in known) / len(known),
        drawn=np.mean([row.drawn for row in known], axis=0),
        n=len(labels),
        # Half widths of independent parts add as squares (Zou & Donner 2008).
        below=math.hypot(*(row.below for row in known)) / len(known),
        above=math.hypot(*(row.above for row in known)) / len(known),
    )


def auc(labels: IntArray, scores: FloatArray, draws: Draws) -> Resampled:
    """Area under the ROC curve; more than two classes: mean of one against the rest.

    Classes without an image are left out of the mean; NaN with images of one class only. Scores
    may be on any monotone scale.
    """
    if scores.ndim == 1:
        areas = _areas(labels == 1, scores, draws)
    else:
        table = np.stack([_areas(labels == k, scores[:, k], draws) for k in range(scores.shape[1])])
        known = np.isfinite(table)
        count = known.sum(axis=0)
        total = np.where(known, table, 0.0).sum(axis=0)
        areas = np.divide(total, count, out=np.full(len(count), math.nan), where=count > 0)
    below, above = _beyond_draws(areas, labels, scores, draws)
    return Resampled(float(areas[0]), areas[1:], len(labels), below, above)


def matched_auc(labels: IntArray, scores: FloatArray, strata: IntArray, draws: Draws) -> Resampled:
    """Area under the ROC curve over pairs of one stratum only; all strata's pairs together.

    A positive is compared with negatives that are like it in what the strata tell (body part,
    view, hardware), so that knowing those alone is worth 0.5.

    Args:
        labels: (N,) 0 or 1.
        scores: (N,) on any monotone scale.
        strata: (N,) number of each image's stratum.
        draws: Of these images.

    Returns:
        Its ``n`` counts the images of strata that hold both classes; NaN where none does.

    >>> labels, strata = np.array([1, 1, 0, 0]), np.array([0, 1, 0, 1])
    >>> scores, draws = np.array([0.3, 0.9, 0.2, 0.8]), draw(np.arange(4))
    >>> auc(labels, scores, draws).value, matched_auc(labels, scores, strata, draws).value
    (0.75, 1.0)
    """
    won, pairs, count = np.zeros(len(draws.times)), np.zeros(len(draws.times)), 0
    for stratum in np.unique(strata):
        index = np.flatnonzero(strata == stratum)
        if len(np.unique(labels[index])) < 2:
            continue
        own = Draws(draws.members[index], draws.times)
        of_stratum = _pairs_won(labels[index] == 1, scores[index], own)
        won, pairs, count = won + of_stratum[0], pairs + of_stratum[1], count + len(index)
    areas = np.divide(won, pairs, out=np.full(len(pairs), math.nan), where=pairs > 0)
    return Resampled(float(areas[0]), areas[1:], count)


def figures(
    labels: IntArray,
    predicted: IntArray,
    scores: FloatArray,
    draws: Draws,
    *,
    num_classes: int = 2,
) -> Figures:
    """Accuracy, balanced accuracy and AUC of one classifier."""
    return Figures(
        accuracy=accuracy(labels, predicted, draws),
        balanced_accuracy=balanced_accuracy(labels, predicted, draws, num_classes=num_classes),
        auc=auc(labels, scores, draws),
        right=labels == predicted,
    )


def exactly(value: float, draws: Draws, *, n: int) -> Resampled:
    """A figure that no choice of images moves: one class for all is right in one of C classes."""
    return Resampled(value, np.full(len(draws.times) - 1, value), n)


def mcnemar(right: BoolArray, others: BoolArray) -> float:
    """How often chance alone would part two classifiers at least as far, exact and two-sided.

    Only the images count that one of them answers rightly and the other wrongly; if neither is
    better, each such image is a fair coin. Fits where every image stands for itself.

    Args:
        right: (N,), whether the first answers an image rightly.
        others: (N,), the same for the second.

    Source:
        McNemar (1947), Psychometrika 12, 153-157; exact form: Fagerland, Lydersen & Laake (2013).

    >>> round(mcnemar(np.array([True] * 6 + [False]), np.array([False] * 6 + [True])), 4)
    0.125
    """
    first = int(np.count_nonzero(right & ~others))
    second = int(np.count_nonzero(others & ~right))
    both = first + second
    tail = sum(math.comb(both, k) for k in range(min(first, second) + 1))
    return min(1.0, 2 * tail / 2**both)


def compare_answers(right: BoolArray, others: BoolArray, draws: Draws) -> Difference:
    """The first classifier's accuracy less the second's, on the same images.

    Args:
        right: (N,), whether the first answers an image rightly.
        others: (N,), the same for the second.
        draws: Of these images.
    """
    p = mcnemar(right, others) if draws.independent else None
    return share(right, draws).minus(share(others, draws), p=p)


def _areas(positive: BoolArray, scores: FloatArray, draws: Draws) -> FloatArray:
    """The share of (positive, negative) pairs in the right order, a tie counting half, (R + 1,)."""
    won, pairs = _pairs_won(positive, scores, draws)
    return np.divide(won, pairs, out=np.full(len(pairs), math.nan), where=pairs > 0)


def _pairs_won(
    positive: BoolArray, scores: FloatArray, draws: Draws
) -> tuple[FloatArray, FloatArray]:
    """How many (positive, negative) pairs of each draw are in the right order, and how many are."""
    if not len(scores):
        return np.zeros(len(draws.times)), np.zeros(len(draws.times))
    order = np.argsort(scores, kind="stable")
    ranked, hit = scores[order], positive[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    won, pairs = [], []
    for times in draws.spread():
        weights = times[:, order]
        above = np.add.reduceat(np.where(hit, weights, 0.0), starts, axis=1)
        other = np.add.reduceat(np.where(hit, 0.0, weights), starts, axis=1)
        pairs.append(above.sum(axis=1) * other.sum(axis=1))
        won.append((above * (other.cumsum(axis=1) - other / 2)).sum(axis=1))
    return np.concatenate(won), np.concatenate(pairs)


def _beyond_draws(
    areas: FloatArray, labels: IntArray, scores: FloatArray, draws: Draws
) -> tuple[float, float]:
    """How much farther than the draws the interval of an area reaches, below and above.

    Where every pair is in order, or too few groups hold a class, all draws say the same; then the
    interval is Wilson's with the groups of the rarest class as what was counted.
    """
    value, known = float(areas[0]), areas[1:][np.isfinite(areas[1:])]
    told_nothing = not math.isfinite(value) or not np.ptp(scores)
    if told_nothing or (len(known) and np.ptp(known) > 0):
        return 0.0, 0.0
    holding = min(len(np.unique(draws.members[labels == k])) for k in np.unique(labels))
    bound = wilson(value * holding, holding)
    return value - bound.low, bound.high - value


def _percentiles(drawn: FloatArray) -> Sequence[float]:
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return -math.inf, math.inf  # no draw holds every class: nothing is known
    low, high = np.percentile(known, _TAILS)
    return float(low), float(high)
