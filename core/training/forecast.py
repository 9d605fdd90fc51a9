"""How long a training will take, told before it begins.

An epoch is arithmetic, plus a share for each step, plus a share for its end. A training step
costs about three times the multiply-adds of a forward pass (the error is carried back through
inputs and through weights), a validation image one. Small networks are slower than their
multiply-adds say, since filters over one channel, normalization and pooling move memory and count
for nothing; so the numbers that each layer writes are counted too.

What the machine makes of a billion multiply-adds is measured on earlier runs; before the first
one a default stands in, and the forecast says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from core.models.cost import layer_table, total_multiply_adds, total_parameters
from core.models.spec import ModelSpec
from core.training.spec import TrainingSpec

# Fitted to the processor time of ten networks (28 to 128 pixels, batches of 8 to 64), each within
# 4 %, and written as the multiply-adds that pass in the same time.
TRAINING_FACTOR: Final = 3.0
"""A training step over a forward pass."""

WRITE_COST: Final = 80.0
"""Writing one number of a map, and reading it back for the gradient."""

STEP_COST: Final = 1.4e8
"""Starting one step: gathering the batch, the event, the calls."""

UPDATE_COST: Final = 540.0
"""Updating one parameter with its two moments."""

EPOCH_COST: Final = 6.2e9
"""Metrics, snapshot, checkpoint."""

DEFAULT_SECONDS_PER_GMAC: Final = 0.0045
"""Of two idle cores of 2024; only until a first run was measured."""

START_SECONDS: Final = 2.0
"""Building the network and compiling its step on a warm worker."""

END_SECONDS: Final = 2.0
"""Evaluation: bootstrap intervals and the metadata-only baseline."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A predicted duration.

    Attributes:
        seconds: Of the whole training.
        seconds_per_epoch: Of one epoch.
        measured: Whether the machine's speed comes from earlier runs.
    """

    seconds: float
    seconds_per_epoch: float
    measured: bool


@dataclass(frozen=True, slots=True)
class TimedRun:
    """One earlier run as calibration sees it.

    Attributes:
        spec: What was trained.
        num_train, num_validation: Images in those parts.
        epoch_seconds: Of its epochs, in order.
    """

    spec: TrainingSpec
    num_train: int
    num_validation: int
    epoch_seconds: tuple[float, ...]


def predict_seconds(
    spec: TrainingSpec,
    *,
    num_train: int,
    num_validation: int,
    seconds_per_gmac: float | None = None,
) -> Forecast:
    """How long a training takes if no patience ends it earlier.

    Args:
        spec: What to train.
        num_train: Images to train on.
        num_validation: Images looked at after each epoch.
        seconds_per_gmac: The machine's speed, from `calibrate`; None for the default.
    """
    speed = DEFAULT_SECONDS_PER_GMAC if seconds_per_gmac is None else seconds_per_gmac
    work = epoch_work(spec, num_train=num_train, num_validation=num_validation)
    epoch = work / 1e9 * speed
    return Forecast(
        START_SECONDS + spec.epochs * epoch + END_SECONDS, epoch, seconds_per_gmac is not None
    )


def epoch_work(spec: TrainingSpec, *, num_train: int, num_validation: int) -> float:
    """One epoch in multiply-adds, the cost of memory and of starting steps included."""
    image = _image_work(spec.model)
    steps = math.ceil(num_train / spec.batch_size)
    update = UPDATE_COST * total_parameters(spec.model)
    return image * (TRAINING_FACTOR * num_train + num_validation) + (
        steps * (STEP_COST + update) + EPOCH_COST
    )


def calibrate(runs: Iterable[TimedRun]) -> float | None:
    """Seconds for a billion multiply-adds, from earlier runs; None without one.

    The median over the runs, so that one that shared the machine does not spoil the rest. The
    first epoch of a run is left out where there is another: it includes compiling.
    """
    speeds = [speed for run in runs if (speed := _speed(run)) is not None]
    return _median(speeds) if speeds else None


def _speed(run: TimedRun) -> float | None:
    seconds = run.epoch_seconds[1:] or run.epoch_seconds
    if not seconds:
        return None
    work = epoch_work(run.spec, num_train=run.num_train, num_validation=run.num_validation)
    return _median(seconds) / work * 1e9


def _image_work(model: ModelSpec) -> float:
    written = sum(math.prod(row.output_shape) for row in layer_table(model))
    return total_multiply_adds(model) + WRITE_COST * written


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
