"""The training cycle repeated: batch after batch from a small pool, every number kept."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from core.arrays import FloatArray, IntArray
from core.descent.cycle import Backward, Forward, Parameters, backward, forward
from core.errors import LessonError

GREATEST_RATE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One turn of the cycle.

    Attributes:
        batch: (B,) positions in the pool.
        before, after: The weights on both sides of the step.
        done, back: Forward and backward pass with the weights before the step.
        loss_after: Loss of the same batch with the weights after the step.
        pool_loss: Mean loss of the whole pool with the weights before the step.
    """

    batch: IntArray
    before: Parameters
    after: Parameters
    done: Forward
    back: Backward
    loss_after: float
    pool_loss: float


def batches(count: int, *, size: int, updates: int, seed: int) -> IntArray:
    """(updates, size) positions 0 to count - 1: shuffled passes over the pool, strung together.

    >>> sorted(batches(4, size=2, updates=2, seed=0).ravel().tolist())
    [0, 1, 2, 3]
    """
    rng = np.random.default_rng(seed)
    passes = [rng.permutation(count) for _ in range(-(-size * updates // count))]
    return np.concatenate(passes)[: size * updates].reshape(updates, size)


def run(
    pool: FloatArray, targets: FloatArray, *, order: IntArray, start: Parameters, rate: float
) -> tuple[Update, ...]:
    """Turn the cycle once for each row of `order`; ends early where numbers stop being finite.

    Args:
        pool: (N, H, H) patches.
        targets: (N,) 0 or 1.
        order: (U, B) positions in the pool.
        start: Weights before the first update.
        rate: Learning rate, 0 to `GREATEST_RATE`.

    Raises:
        LessonError: ``cycle.rate``, and those of `forward`.
    """
    if not 0.0 <= rate <= GREATEST_RATE:
        raise LessonError(
            "cycle.rate",
            problem=f"A learning rate of {rate:g} is outside 0 to {GREATEST_RATE:g}.",
            remedy="Begin with 0.3; smaller is slower, larger may overshoot.",
        )
    found: list[Update] = []
    before = start
    for row in order:
        with np.errstate(over="ignore", invalid="ignore"):
            update = _turn(pool, targets, row, before, rate)
        if not _is_finite(update.after) or not np.isfinite(update.loss_after):
            break
        found.append(update)
        before = update.after
    return tuple(found)


def flat(parameters: Parameters) -> FloatArray:
    """All numbers as one row: kernels, their biases, dense weights, dense bias."""
    values = [np.ravel(getattr(parameters, field.name)) for field in fields(parameters)]
    return np.concatenate(values).astype(np.float64)


def _turn(
    pool: FloatArray, targets: FloatArray, row: IntArray, before: Parameters, rate: float
) -> Update:
    done = forward(pool[row], targets[row], before)
    back = backward(done, before)
    after = before.minus(back.gradient, rate)
    return Update(
        batch=row,
        before=before,
        after=after,
        done=done,
        back=back,
        loss_after=forward(pool[row], targets[row], after).loss,
        pool_loss=forward(pool, targets, before).loss,
    )


def _is_finite(parameters: Parameters) -> bool:
    return bool(np.isfinite(flat(parameters)).all())
