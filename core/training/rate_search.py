"""Looking for a learning rate: training on while the rate grows, and reading that course.

A network that has learned nothing yet is trained for some hundred batches, each with a larger rate
than the one before. The loss stays where it is while the rate is too small, falls while it suits,
and rises or breaks off where it is too large.

Source: Smith (2015), arXiv:1506.01186, section 3.3, "LR range test", who reads by eye from which
rate on a network learns and from which on it does so no more. What is named here is found so:

- where the loss plainly falls, the rate at which it falls most steeply over the logarithm of the
  rate, a rule of thumb in wide use, but never more than a tenth of the rate from which on it
  plainly rises: the steepest place may lie right before it;
- where it does not, because so few batches teach this network nothing, a tenth of the rate from
  which on the loss plainly rises: only the second of Smith's bounds can be seen then.

"Plainly" is measured against the ups and downs of the first batches, whose steps are too small to
change anything. NumPy only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from core.arrays import FloatArray

LOWEST: Final = 1e-5
HIGHEST: Final = 1.0
STEPS: Final = 100

BLOWN_UP: Final = 4.0
"""A smoothed loss so many times its lowest ends the search: larger rates tell nothing more."""

MEMORY: Final = 0.8
"""Share of the past in the running mean that is watched while the search goes on."""

FIRST: Final = 20
"""Steps that are too small to change anything: what the loss does there is the batches' doing."""

HALF_WINDOW: Final = 5
"""Batches on either side over which the loss is averaged, and its slope is taken, afterwards. The
same number on both sides: a running mean would show each fall some batches too late, and so at too
large a rate."""

PLAIN: Final = 4.0
"""A change by so many standard errors is not the batches' luck, wherever in the course it is."""

FAINT: Final = 0.03
"""A change by less than this share of the first losses is none: smaller ones came and went with the
seed where the paper's network was searched (docs/measurements.md)."""

SAFE: Final = 0.1
"""Share of the rate that is too large already, where nothing else is known."""

End: TypeAlias = Literal["under way", "all rates", "blown up", "no number", "out of time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How the loss went while the rate grew.

    Attributes:
        rates: Of each step, growing.
        losses: Of each step's batch before it was taken, in nats; as many.
        end: Why it ended.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    end: End

    def smoothed(self) -> FloatArray:
        """(N,) the loss averaged over a few batches on either side, fewer at the ends."""
        return _averaged(np.array(self.losses))

    def suggestion(self) -> Suggestion | None:
        """The rate that this course speaks for; None where the loss neither falls nor rises."""
        losses, count = np.array(self.losses), len(self.losses)
        if count < FIRST + 2 * HALF_WINDOW + 1:
            return None
        first, mean = float(losses[:FIRST].mean()), _averaged(losses)
        error = float(losses[:FIRST].std(ddof=1)) * math.sqrt(1 / FIRST + 1 / (2 * HALF_WINDOW + 1))
        plain = max(PLAIN * error, FAINT * first)
        lowest = int(np.argmin(mean[HALF_WINDOW : count - HALF_WINDOW])) + HALF_WINDOW
        fell = first - mean[lowest] > plain
        rises = _rises(mean, first + plain, since=lowest if fell else FIRST)
        if rises is None and self.end in {"blown up", "no number"}:
            rises = count - 1
        most = math.inf if rises is None else SAFE * self.rates[rises]
        if fell:
            above = np.flatnonzero(mean[:lowest] >= first)
            since = max(int(above[-1]) if len(above) else 0, HALF_WINDOW)
            steepest = min(range(since, lowest + 1), key=lambda at: _slope(losses, at))
            rule = "steepest" if self.rates[steepest] <= most else "held back"
            return Suggestion(
                rate=min(self.rates[steepest], most), rule=rule, steepest=steepest, rises=rises
            )
        return None if rises is None else Suggestion(rate=most, rule="tenth", rises=rises)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What a course says.

    Attributes:
        rate: The one it speaks for.
        rule: ``steepest``: the loss falls most steeply there. ``held back``: it falls most steeply
            so near to where it rises that a tenth of the rate there is less. ``tenth``: it never
            plainly falls; a tenth of the rate from which on it plainly rises.
        steepest: The step of the steepest fall, from 0; None where it never plainly falls.
        rises: The step from which on it plainly rises; None where it never does.
    """

    rate: float
    rule: Literal["steepest", "held back", "tenth"]
    steepest: int | None = None
    rises: int | None = None


def growing(low: float = LOWEST, high: float = HIGHEST, *, steps: int = STEPS) -> tuple[float, ...]:
    """Rates from ``low`` to ``high``, each the same number of times the one before.

    >>> [round(rate, 6) for rate in growing(0.001, 1.0, steps=4)]
    [0.001, 0.01, 0.1, 1.0]
    """
    return tuple(float(rate) for rate in np.geomspace(low, high, steps))


def courses(rates: Sequence[float], losses: Iterable[float]) -> Iterator[Course]:
    """The course so far after each step, until it has told all it can.

    Args:
        rates: To be tried, growing.
        losses: What each step's batch cost before the step was taken; each is asked for once.
    """
    seen: list[float] = []
    total = weight = 0.0
    best = math.inf
    for loss in losses:
        if not math.isfinite(loss):
            yield _course(rates, seen, "no number")
            return
        seen.append(loss)
        total, weight = MEMORY * total + loss, MEMORY * weight + 1.0
        best = min(best, total / weight)
        if total / weight > BLOWN_UP * best:
            yield _course(rates, seen, "blown up")
            return
        if len(seen) == len(rates):
            yield _course(rates, seen, "all rates")
            return
        yield _course(rates, seen, "under way")


def nearest(rate: float, offered: Sequence[float]) -> float:
    """The offered rate that is the fewest times larger or smaller.

    >>> nearest(0.0042, (0.001, 0.003, 0.01))
    0.003
    """
    return min(offered, key=lambda one: abs(math.log(one / rate)))


def _course(rates: Sequence[float], losses: list[float], end: End) -> Course:
    return Course(rates=tuple(rates[: len(losses)]), losses=tuple(losses), end=end)


def _averaged(losses: FloatArray) -> FloatArray:
    """(N,) means over `HALF_WINDOW` on either side; at the ends over what is there."""
    ones = np.ones(2 * HALF_WINDOW + 1)
    # "full" and cut: "same" would swap the roles of a short course and the window.
    at = slice(HALF_WINDOW, HALF_WINDOW + len(losses))
    return np.convolve(losses, ones)[at] / np.convolve(np.ones(len(losses)), ones)[at]


def _rises(mean: FloatArray, level: float, *, since: int) -> int | None:
    """The first step from one on at which a mean lies above a level; None where it never does."""
    above = np.flatnonzero(mean[since:] > level)
    return since + int(above[0]) if len(above) else None


def _slope(losses: FloatArray, at: int) -> float:
    """Of the least-squares line through the losses around a step, in nats a step."""
    around = np.arange(-HALF_WINDOW, HALF_WINDOW + 1)
    return float(around @ losses[at - HALF_WINDOW : at + HALF_WINDOW + 1] / (around @ around))
