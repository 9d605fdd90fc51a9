"""What logits mean: the loss, the shares and the class they stand for. NumPy only."""

from __future__ import annotations

import numpy as np

from core.arrays import FloatArray, IntArray


def losses(labels: IntArray, logits: FloatArray) -> FloatArray:
    """Cross-entropy of each image in nats, (N,) float64, from logits and therefore stable.

    Args:
        labels: (N,).
        logits: (N, 1) for two classes, else (N, C).

    >>> losses(np.array([1, 0]), np.array([[0.0], [0.0]])).round(4)
    array([0.6931, 0.6931])
    """
    z = logits.astype(np.float64)
    if z.shape[1] == 1:
        # -log sigmoid(z) for class 1, -log sigmoid(-z) for class 0.
        return np.logaddexp(0.0, np.where(labels == 1, -z[:, 0], z[:, 0]))
    top = z.max(axis=1)
    total = top + np.log(np.exp(z - top[:, None]).sum(axis=1))
    return total - z[np.arange(len(z)), labels]


def scores(logits: FloatArray) -> FloatArray:
    """The model's output as shares: (N,) for class 1 of two, else (N, C) that sum to 1."""
    z = logits.astype(np.float64)
    if z.shape[1] == 1:
        # exp of a negative number only, so that nothing overflows.
        tail = np.exp(-np.abs(z[:, 0]))
        return np.where(z[:, 0] >= 0, 1.0, tail) / (1.0 + tail)
    shares = np.exp(z - z.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def predicted(logits: FloatArray) -> IntArray:
    """The class answered at threshold 0.5 (two classes) or by the largest logit, (N,) int64."""
    if logits.shape[1] == 1:
        return (logits[:, 0] >= 0).astype(np.int64)
    return logits.argmax(axis=1).astype(np.int64)


def balanced_weights(labels: IntArray, *, num_classes: int) -> FloatArray:
    """Weights N / (C n_k): every class counts the same, and the mean weight of an image is 1.

    >>> balanced_weights(np.array([0, 0, 0, 1]), num_classes=2)
    array([0.66666667, 2.        ])
    """
    count = np.bincount(labels, minlength=num_classes)
    present = int(np.count_nonzero(count))
    weights = np.zeros(num_classes)
    weights[count > 0] = len(labels) / (present * count[count > 0])
    return weights


def constant_loss(learned: IntArray, scored: IntArray, *, weighted: bool) -> float:
    """What the best single output for all images costs, in nats: the level a network must leave.

    Without weights that output is the base rate of the training images; with weights that let
    every class count the same it is one over the number of classes, whatever is scored.

    Args:
        learned: (C,) images of each class in training.
        scored: (C,) images of each class where the loss is taken.
        weighted: Whether each image counts with `balanced_weights` of training.

    >>> round(constant_loss(np.array([411, 89]), np.array([411, 89]), weighted=False), 3)
    0.468
    >>> round(constant_loss(np.array([411, 89]), np.array([50, 50]), weighted=True), 3)
    0.693
    """
    shares = learned / learned.sum()
    if weighted:
        present = learned > 0
        weights = np.where(present, 1.0 / np.where(present, shares, 1.0), 0.0)
        shares = present / np.count_nonzero(present)
    else:
        weights = np.ones(len(learned))
    counted = weights * scored
    with np.errstate(divide="ignore"):
        costs = np.where(counted > 0, -np.log(shares), 0.0)
    return float((counted * costs).sum() / counted.sum()) if counted.sum() else float("nan")
