"""Learning-rate schedules: from the number of a step to its rate.

Steps count from 1; `steps` is the length of the whole walk.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Schedule = Callable[[int], float]

PARTS: Final = 4
"""A stepped schedule halves the rate after each of so many equal parts of the walk."""

WARM_UP: Final = 5
"""Warm-up takes one such part of the walk."""


def constant(rate: float) -> Schedule:
    """The same learning rate at every step."""
    return lambda step: rate


def stepped(rate: float, steps: int) -> Schedule:
    """Halved after each quarter of the walk.

    >>> [stepped(0.8, 8)(step) for step in (1, 2, 3, 8)]
    [0.8, 0.8, 0.4, 0.1]
    """
    every = max(1, steps // PARTS)
    return lambda step: rate * 0.5 ** ((step - 1) // every)


def cosine(rate: float, steps: int) -> Schedule:
    """Half a cosine from `rate` toward 0.

    Source: Loshchilov & Hutter (2017), SGDR, arXiv:1608.03983
    """
    return lambda step: rate * 0.5 * (1.0 + math.cos(math.pi * (step - 1) / steps))


def warm_up(rate: float, steps: int) -> Schedule:
    """A straight rise over the first fifth of the walk, then constant.

    Source: Goyal et al. (2017), Accurate, Large Minibatch SGD, arXiv:1706.02677

    >>> [warm_up(1.0, 10)(step) for step in (1, 2, 3)]
    [0.5, 1.0, 1.0]
    """
    rise = max(1, steps // WARM_UP)
    return lambda step: rate * min(1.0, step / rise)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSchedule:
    """A schedule for a menu: key, name for people, and how it is made for a walk."""

    name: str
    title: str
    make: Callable[[float, int], Schedule]


SCHEDULES: Final[dict[str, NamedSchedule]] = {
    entry.name: entry
    for entry in (
        NamedSchedule(name="constant", title="Constant", make=lambda rate, steps: constant(rate)),
        NamedSchedule(name="step", title="Halved in steps", make=stepped),
        NamedSchedule(name="cosine", title="Cosine", make=cosine),
        NamedSchedule(name="warm-up", title="Warm-up", make=warm_up),
    )
}
