"""Training of a small network, batch by batch: what the lesson's JavaScript does, in float64.

An epoch is the whole training part: it is shuffled anew each time, and the last batch is applied
even where it is smaller. Nothing is left over for the next epoch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray
from core.descent.rules import RULES
from core.descent.seeded import FIRST_EPOCH, SPLIT, stream
from core.descent.small_network import (
    NetworkSpec,
    accuracy,
    features_of,
    forward,
    gradient,
    initial,
)
from core.errors import LessonError

OPTIMIZERS: Final = ("sgd", "momentum", "adam")
FAR: Final = 1e6
"""A weight beyond this counts as diverged: no picture holds it, and soon it is not a number."""

GOOD: Final = 1.5
"""A loss up to this many times the lowest one so far is still good to go back to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to train.

    Raises:
        LessonError: ``training.optimizer``, ``training.rate`` or ``training.batch``.
    """

    optimizer: str = "sgd"
    rate: float = 0.1
    batch_size: int = 10
    l2: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise LessonError(
                "training.optimizer",
                problem=f"There is no optimizer {self.optimizer!r} here.",
                remedy=f"Choose one of {', '.join(OPTIMIZERS)}.",
            )
        if not (math.isfinite(self.rate) and self.rate >= 0):
            raise LessonError(
                "training.rate",
                problem=f"A learning rate of {self.rate:g} leads nowhere.",
                remedy="Choose a number from 0 up.",
            )
        if self.batch_size < 1:
            raise LessonError(
                "training.batch",
                problem=f"A batch of {self.batch_size} points teaches nothing.",
                remedy="Choose at least 1.",
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Progress:
    """Where a training stands.

    Attributes:
        parameters: (P,), the last good ones where it diverged.
        state: The optimizer's own, each (P,).
        batch: Batches applied so far.
        diverged_at: Batch that led out of all bounds; None while all is well.
    """

    parameters: FloatArray
    state: Mapping[str, FloatArray]
    batch: int
    diverged_at: int | None = None


def split(count: int, *, share: float, seed: int) -> tuple[IntArray, IntArray]:
    """Positions of the points to train on and of those to test on; at least one of each."""
    order = stream(seed, SPLIT).permutation(count)
    cut = min(max(math.floor(share * count + 0.5), 1), count - 1)
    return order[:cut], order[cut:]


def batches_in_epoch(count: int, batch_size: int) -> int:
    """How many updates one pass over the training part makes.

    >>> batches_in_epoch(100, 30)
    4
    """
    return -(-count // batch_size)


def rows_of(batch: int, *, count: int, settings: Settings) -> IntArray:
    """Which points the batch of that number, from 0, holds."""
    epoch, place = divmod(batch, batches_in_epoch(count, settings.batch_size))
    order = stream(settings.seed, FIRST_EPOCH + epoch).permutation(count)
    return order[place * settings.batch_size : (place + 1) * settings.batch_size]


def begin(spec: NetworkSpec, settings: Settings) -> Progress:
    """Before the first batch."""
    parameters = initial(spec, seed=settings.seed)
    return Progress(
        parameters=parameters, state=RULES[settings.optimizer].begin(parameters), batch=0
    )


def train(
    spec: NetworkSpec,
    inputs: FloatArray,
    targets: FloatArray,
    *,
    settings: Settings,
    batches: int,
    start: Progress | None = None,
) -> Progress:
    """Apply `batches` updates from `start`, or from the beginning.

    Args:
        spec: The network.
        inputs: (N, n) features of the training part.
        targets: (N,) 0 or 1.
        settings: How to train.
        batches: Updates to apply; fewer where the weights leave all bounds.
        start: Where to go on.
    """
    now = start or begin(spec, settings)
    rule = RULES[settings.optimizer]
    parameters, state, at = now.parameters, now.state, now.batch
    with np.errstate(all="ignore"):
        for batch in range(at, at + batches):
            rows = rows_of(batch, count=len(targets), settings=settings)
            slope = gradient(spec, parameters, inputs[rows], targets[rows], l2=settings.l2)
            change, after = rule.update(
                slope, parameters, state, batch + 1, settings.rate, rule.settings
            )
            moved = parameters + change
            # Written so that not-a-number is far out too.
            if not (np.abs(moved) <= FAR).all():
                return Progress(
                    parameters=parameters, state=state, batch=batch, diverged_at=batch + 1
                )
            parameters, state = moved, after
    return Progress(parameters=parameters, state=state, batch=at + batches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a network reached on points that it was trained on.

    Attributes:
        right, points: Answers that are right, of how many.
        majority: Right by always giving one answer.
        epochs: Trained for.
    """

    right: int
    points: int
    majority: int
    epochs: int


def attempt(
    spec: NetworkSpec,
    positions: FloatArray,
    labels: IntArray,
    *,
    settings: Settings,
    epochs: int,
) -> Trial:
    """Train on all points, (N, 2), and count what is right."""
    inputs, targets, count = features_of(spec, positions), labels.astype(np.float64), len(labels)
    batches = epochs * batches_in_epoch(count, settings.batch_size)
    done = train(spec, inputs, targets, settings=settings, batches=batches)
    share = accuracy(forward(spec, done.parameters, inputs).logits, targets)
    ones = int(labels.sum())
    return Trial(
        right=round(share * count), points=count, majority=max(ones, count - ones), epochs=epochs
    )


def last_good(losses: Sequence[float]) -> int:
    """Place of the last loss that is at most `GOOD` times the lowest before it.

    >>> last_good([0.7, 0.5, 0.6, 40.0, float("nan")])
    2
    """
    found, lowest = 0, math.inf
    for place, value in enumerate(losses):
        if math.isfinite(value) and value <= GOOD * lowest:
            found = place
        if value < lowest:
            lowest = value
    return found
