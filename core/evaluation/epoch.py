"""The figures of one epoch from its logits, the same way for training and validation."""

from __future__ import annotations

import numpy as np

from core.arrays import FloatArray, IntArray
from core.evaluation.epoch_metrics import EpochMetrics
from core.evaluation.logits import losses, predicted, scores
from core.evaluation.metrics import auc_value


def epoch_metrics(
    labels: IntArray,
    logits: FloatArray,
    *,
    class_weights: FloatArray,
    focal_gamma: float = 0.0,
) -> EpochMetrics:
    """Loss, accuracy, balanced accuracy and AUC of one pass over one part.

    Args:
        labels: (N,).
        logits: (N, 1) or (N, C).
        class_weights: (C,), the weight of each class in the loss; ones for a plain mean.
        focal_gamma: Of the loss; 0 for cross-entropy.
    """
    num_classes = max(logits.shape[1], 2)
    weights = class_weights[labels]
    total = weights.sum()
    right = predicted(logits) == labels
    count = np.bincount(labels, minlength=num_classes)
    hits = np.bincount(labels[right], minlength=num_classes)
    present = count > 0
    costs = losses(labels, logits, focal_gamma=focal_gamma)
    return EpochMetrics(
        loss=float((weights * costs).sum() / total) if total else float("nan"),
        accuracy=float(right.mean()),
        balanced_accuracy=float((hits[present] / count[present]).mean()),
        auc=auc_value(labels, scores(logits)),
    )
