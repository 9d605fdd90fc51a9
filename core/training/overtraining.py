"""Over-training in small: a model with more weights than examples, and when patience ends a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Learning:
    """(E,) losses of each epoch, on the examples learned from and on unseen ones of their kind."""

    train: FloatArray
    unseen: FloatArray


def learn_by_heart(
    *, examples: int = 24, weights: int = 60, epochs: int = 300, rate: float = 0.5, seed: int = 0
) -> Learning:
    """Logistic regression on few examples by gradient descent, with its mean cross-entropy in nats.

    One feature of many says something of the label, and not always the truth; with more weights
    than examples all labels can be learned by heart all the same.

    Args:
        examples: To learn from; ten times as many are unseen.
        weights: Features of each example.
        epochs: Steps, each on all examples.
        rate: Of learning.
        seed: Of examples and labels.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(11 * examples, weights))
    y = (x[:, 0] + 1.5 * rng.normal(size=len(x)) > 0).astype(np.float64)
    known, unseen = slice(0, examples), slice(examples, None)
    weight = np.zeros(weights)
    losses = np.empty((epochs, 2))
    for epoch in range(epochs):
        error = 1 / (1 + np.exp(-x[known] @ weight)) - y[known]
        weight -= rate * x[known].T @ error / examples
        losses[epoch] = [_loss(x[part] @ weight, y[part]) for part in (known, unseen)]
    return Learning(losses[:, 0], losses[:, 1])


def _loss(logits: FloatArray, labels: FloatArray) -> float:
    # log(1 + e^-z) for the label 1, log(1 + e^z) for 0, without overflow.
    return float(np.mean(np.logaddexp(0, np.where(labels == 1, -logits, logits))))


def stops_after(losses: Sequence[float], patience: int) -> int:
    """The epoch after which a run ends that waits so many epochs for a lower validation loss.

    >>> stops_after([0.6, 0.5, 0.55, 0.52, 0.4], patience=2), stops_after([0.6, 0.5], patience=2)
    (4, 2)
    """
    best = 0
    for epoch in range(1, len(losses) + 1):
        if losses[epoch - 1] < losses[best]:
            best = epoch - 1
        if epoch - (best + 1) >= patience:
            return epoch
    return len(losses)
