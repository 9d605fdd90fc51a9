"""How well a network does on the images at hand, from scikit-learn.

Labels are (N,) integers, scores (N,) the output for class 1 of two, or (N, C). How far a figure
would move with other images is for `core.evaluation.resampling`.
"""

from __future__ import annotations

import math

import numpy as np
from sklearn.metrics import confusion_matrix, roc_auc_score

from core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["auc_value", "confusion"]


def confusion(labels: IntArray, predicted: IntArray, *, num_classes: int) -> IntArray:
    """Images by true class (rows) and answer (columns), (C, C)."""
    return confusion_matrix(labels, predicted, labels=np.arange(num_classes))


def auc_value(labels: IntArray, scores: FloatArray) -> float:
    """Area under the ROC curve; more than two classes: mean of one against the rest.

    Classes without an image are left out of the mean; NaN with images of one class only.
    """
    if scores.ndim == 1:
        return _binary_auc(labels == 1, scores)
    columns = [_binary_auc(labels == k, scores[:, k]) for k in range(scores.shape[1])]
    known = [value for value in columns if math.isfinite(value)]
    return float(np.mean(known)) if known else math.nan


def _binary_auc(positive: BoolArray, scores: FloatArray) -> float:
    if positive.all() or not positive.any():
        return math.nan
    return float(roc_auc_score(positive, scores))
