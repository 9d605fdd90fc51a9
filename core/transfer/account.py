"""From the outputs of all trainings to the figures of the lesson. NumPy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray
from core.evaluation import resampling
from core.evaluation.estimate import Difference, Estimate
from core.evaluation.resampling import Draws, Resampled
from core.transfer.plan import WAYS, Trial

MEASURES: Final = ("auc", "matched")
"""On all pairs, and on pairs alike in body part, view and hardware only."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Exam:
    """What the trainings are asked: the test part.

    Attributes:
        labels: (T,) 0 or 1.
        groups: (T,).
        strata: (T,) as `core.evaluation.resampling.matched_auc` takes them.
    """

    labels: IntArray
    groups: IntArray
    strata: IntArray

    def figure(self, measure: str, logits: FloatArray, draws: Draws) -> Resampled:
        """One of `MEASURES`."""
        if measure == "auc":
            return resampling.auc(self.labels, logits, draws)
        return resampling.matched_auc(self.labels, logits, self.strata, draws)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One way at one share of the X-rays.

    Attributes:
        way: Of `core.transfer.plan.WAYS`.
        share: Of the training part.
        count, fractured: X-rays learned from, of the first seed.
        seconds: That the first seed took.
        figures: By measure, the mean over seeds with its interval by group.
        each: By measure, the figure of each seed.
        lead: By measure, what is gained over the way before it in the order of `WAYS`, of the seeds
            that both have, so that both learned from the same X-rays; None where there is none.
    """

    way: str
    share: float
    count: int
    fractured: int
    seconds: float
    figures: Mapping[str, Estimate]
    each: Mapping[str, tuple[float, ...]]
    lead: Mapping[str, Difference] | None


def points(
    exam: Exam, trials: Sequence[Trial], found: Mapping[str, Mapping[str, NDArray[Any]]]
) -> tuple[Point, ...]:
    """The figures of all ways and shares.

    Args:
        exam: Labels and groups of the test part.
        trials: What was trained.
        found: By the trial's name: ``logits`` of the test part (T,), ``count``, ``fractured``,
            ``seconds``.
    """
    draws = resampling.draw(exam.groups)
    each: dict[tuple[str, float], list[Trial]] = {}
    for trial in sorted(trials, key=lambda one: one.seed):
        each.setdefault((trial.way, trial.share), []).append(trial)
    single = {
        (trial, name): exam.figure(name, found[trial.name]["logits"], draws)
        for trial in trials
        for name in MEASURES
    }
    told = []
    for (way, share), own in sorted(each.items(), key=lambda item: _place(*item[0])):
        first = found[own[0].name]
        before = each.get((WAYS[WAYS.index(way) - 1], share), []) if WAYS.index(way) else []
        told.append(
            Point(
                way=way,
                share=share,
                count=int(first["count"]),
                fractured=int(first["fractured"]),
                seconds=float(first["seconds"]),
                figures={
                    name: _mean([single[one, name] for one in own]).estimate() for name in MEASURES
                },
                each={name: tuple(single[one, name].value for one in own) for name in MEASURES},
                lead=_lead(own, before, single),
            )
        )
    return tuple(told)


def _lead(
    own: Sequence[Trial],
    before: Sequence[Trial],
    single: Mapping[tuple[Trial, str], Resampled],
) -> dict[str, Difference] | None:
    """What is gained over another way that learned from the same X-rays; None without one."""
    common = {one.seed for one in own} & {one.seed for one in before}
    if not common:
        return None
    return {
        name: _mean([single[one, name] for one in own if one.seed in common]).minus(
            _mean([single[one, name] for one in before if one.seed in common])
        )
        for name in MEASURES
    }


def _mean(figures: Sequence[Resampled]) -> Resampled:
    """The mean over seeds, draw by draw: all were asked the same X-rays."""
    return Resampled(
        value=float(np.mean([one.value for one in figures])),
        drawn=np.mean([one.drawn for one in figures], axis=0),
        n=figures[0].n,
        below=float(np.mean([one.below for one in figures])),
        above=float(np.mean([one.above for one in figures])),
    )


def _place(way: str, share: float) -> tuple[int, float]:
    return WAYS.index(way), share


def kept(start: FloatArray, end: FloatArray) -> FloatArray:
    """(F,) how much of its start each kernel (K, K, 1, F) still has: the cosine between the two.

    >>> start = np.ones((3, 3, 1, 2)); end = start.copy(); end[..., 1] *= -2
    >>> kept(start, end).round(6).tolist()
    [1.0, -1.0]
    """
    first, last = (kernels.reshape(-1, kernels.shape[-1]) for kernels in (start, end))
    sizes = np.linalg.norm(first, axis=0) * np.linalg.norm(last, axis=0)
    return np.asarray((first * last).sum(axis=0) / np.maximum(sizes, 1e-12))
