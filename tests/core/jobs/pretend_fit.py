"""A training without Keras, and tasks without a purpose, for the tests of the job engine.

Workers import this by name. What it does is steered by the spec alone, so that a test reads as
what it wants: ``learning_rate`` is the seconds a batch takes, ``weight_decay`` picks a mishap.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from core.errors import LessonError
from core.evaluation.epoch_metrics import EpochMetrics
from core.prepared import PreparedSet
from core.training.events import BatchEnded, EpochEnded, Event, Finished, Started, Stopped
from core.training.spec import TrainingSpec

BATCHES = 4
FAILS_WITH_ADVICE, FAILS_WITH_A_BUG, IS_SILENT_AT_THE_END = 1.0, 2.0, 3.0


def fit(
    spec: TrainingSpec,
    prepared: PreparedSet,
    folder: Path,
    *,
    emit: Callable[[Event], None],
    asked_to_stop: Callable[[], bool],
    resume: bool = False,
    wished: Callable[[int], TrainingSpec | None] | None = None,
) -> None:
    """Count through epochs and batches as a training would, with a checkpoint an epoch."""
    checkpoint = folder / "checkpoint.json"
    done = json.loads(checkpoint.read_text())["epoch"] if resume and checkpoint.exists() else 0
    emit(Started(1, done, "none", os.getpid()))
    if spec.weight_decay == FAILS_WITH_ADVICE:
        raise LessonError("data.bad", problem="Nothing to see.", remedy="Bring a lamp.")
    if spec.weight_decay == FAILS_WITH_A_BUG:
        raise ZeroDivisionError("as planned")
    epoch = done
    while True:
        epoch += 1
        spec = (wished and wished(epoch)) or spec
        if epoch > spec.epochs:
            break
        for batch in range(1, BATCHES + 1):
            if asked_to_stop():
                emit(Stopped(epoch - 1))
                return
            time.sleep(spec.learning_rate)
            step = (epoch - 1) * BATCHES + batch
            emit(BatchEnded(epoch, batch, BATCHES, step, 1 / step, 0.5))
        figures = EpochMetrics(1 / epoch, 0.5, 0.5, 0.5)
        checkpoint.write_text(json.dumps({"epoch": epoch}))
        emit(EpochEnded(epoch, spec.epochs, 0.1, figures, figures, True))
    if spec.weight_decay != IS_SILENT_AT_THE_END:
        emit(Finished(spec.epochs, 1.0))


def add(*, left: int, right: int) -> int:
    """Answer at once."""
    return left + right


def advise() -> None:
    """Fail as a person's mistake does."""
    raise LessonError("lamp.broken", problem="It is dark.", remedy="Bring another lamp.")


def stumble() -> None:
    """Fail as a bug does."""
    raise ZeroDivisionError("as planned")


def process() -> int:
    """The number of the process that answers."""
    return os.getpid()


def sleep(*, seconds: float) -> None:
    """Answer late."""
    time.sleep(seconds)


def die() -> None:
    """End the process without a word."""
    os._exit(3)
