"""The figures of one epoch from its logits, the same way for training and validation."""

from __future__ import annotations

import numpy as np

from core.arrays import FloatArray, IntArray
from core.evaluation.epoch_metrics import EpochMetrics
from core.evaluation.metrics import auc_value


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


def epoch_metrics(
    labels: IntArray, logits: FloatArray, *, class_weights: FloatArray
) -> EpochMetrics:
    """Loss, accuracy, balanced accuracy and AUC of one pass over one part.

    Args:
        labels: (N,).
        logits: (N, 1) or (N, C).
        class_weights: (C,), the weight of each class in the loss; ones for a plain mean.
    """
    num_classes = max(logits.shape[1], 2)
    weights = class_weights[labels]
    total = weights.sum()
    right = predicted(logits) == labels
    count = np.bincount(labels, minlength=num_classes)
    hits = np.bincount(labels[right], minlength=num_classes)
    present = count > 0
    return EpochMetrics(
        loss=float((weights * losses(labels, logits)).sum() / total) if total else float("nan"),
        accuracy=float(right.mean()),
        balanced_accuracy=float((hits[present] / count[present]).mean()),
        auc=auc_value(labels, scores(logits)),
    )


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
