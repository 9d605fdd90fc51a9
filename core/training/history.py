"""What a training has done so far, derived from its events alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.arrays import FloatArray
from core.evaluation.epoch_metrics import EpochMetrics

STEP, FRACTIONAL_EPOCH, LOSS, ACCURACY = range(4)


@dataclass(frozen=True, slots=True)
class Epoch:
    """One finished epoch; ``epoch`` counts from 1.

    Training figures are gathered while the epoch runs, with dropout on and weights that move;
    validation figures are taken at its end with dropout off. Training can so look worse than
    validation without anything being wrong.
    """

    epoch: int
    epochs: int
    seconds: float
    train: EpochMetrics
    validation: EpochMetrics


@dataclass(frozen=True, slots=True)
class History:
    """The curves of a run.

    Attributes:
        batches: (K, 4) float64: global step (from 1), epochs done (2.5: halfway through the
            third), and loss and accuracy as running means of their epoch, as Keras prints them.
        epochs: Finished epochs in order, each once.
    """

    batches: FloatArray
    epochs: tuple[Epoch, ...]

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the lowest validation loss, the earliest on a tie; None before one."""
        return best_of(self.epochs)

    @classmethod
    def from_events(cls, events: Iterable[Any]) -> History:
        """Gather the curves from a run's events (`core.training.events`; other kinds are skipped).

        A resumed run does the epoch it was interrupted in again. What that epoch had written
        the first time is dropped, so that the curve is the one of an uninterrupted run.
        """
        rows: list[tuple[int, float, float, float]] = []
        epochs: dict[int, Epoch] = {}
        for event in events:
            if event.kind == "started":
                rows = [row for row in rows if row[FRACTIONAL_EPOCH] <= event.from_epoch]
                epochs = {key: row for key, row in epochs.items() if key <= event.from_epoch}
            elif event.kind == "batch":
                done = event.epoch - 1 + event.batch / event.batches
                rows.append((event.step, done, event.loss, event.accuracy))
            elif event.kind == "epoch":
                epochs[event.epoch] = Epoch(
                    event.epoch, event.epochs, event.seconds, event.train, event.validation
                )
        batches = np.array(rows, dtype=np.float64).reshape(-1, 4)
        return cls(batches, tuple(epochs[key] for key in sorted(epochs)))


def best_of(epochs: Iterable[Epoch]) -> int | None:
    """The epoch with the lowest validation loss, the earliest on a tie; None without one."""
    ended = [epoch for epoch in epochs if math.isfinite(epoch.validation.loss)]
    return min(ended, key=lambda row: row.validation.loss).epoch if ended else None


def fig7_lines(epoch: Epoch) -> tuple[str, str]:
    """The two lines that the paper's Fig. 7 prints for an epoch.

    >>> metrics = EpochMetrics(1.6839, 0.3842, 0.3842, 0.5)
    >>> fig7_lines(Epoch(1, 25, 148.2, metrics, EpochMetrics(1.3082, 0.5328, 0.5, 0.5)))
    ('Epoch 1/25', '- 148s - loss: 1.6839 - acc: 0.3842 - val_loss: 1.3082 - val_acc: 0.5328')
    """
    train, validation = epoch.train, epoch.validation
    return (
        f"Epoch {epoch.epoch}/{epoch.epochs}",
        f"- {epoch.seconds:.0f}s - loss: {train.loss:.4f} - acc: {train.accuracy:.4f}"
        f" - val_loss: {validation.loss:.4f} - val_acc: {validation.accuracy:.4f}",
    )
