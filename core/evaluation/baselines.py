"""What can be reached without looking at a pixel: the figures any accuracy must stand beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from core.arrays import FloatArray, IntArray
from core.evaluation import metrics
from core.evaluation.report import Baseline

_TREES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the data as the baselines see it.

    Attributes:
        labels: (N,).
        metadata: (N, M), what is known without pixels; NaN where unknown.
        groups: (N,).
    """

    labels: IntArray
    metadata: FloatArray
    groups: IntArray


def majority(train: Part, scored: Part, *, num_classes: int) -> Baseline:
    """Always answer with the most frequent class of the training part."""
    answer = int(np.bincount(train.labels, minlength=num_classes).argmax())
    predicted = np.full(len(scored.labels), answer, dtype=np.int64)
    return Baseline(
        name="majority",
        title="always the most frequent class",
        accuracy=metrics.accuracy(scored.labels, predicted),
        balanced_accuracy=metrics.balanced_accuracy(
            scored.labels, predicted, num_classes=num_classes
        ),
        auc=metrics.auc(
            scored.labels,
            _constant_scores(len(predicted), num_classes),
            groups=scored.groups,
            resamples=1,
        ),
    )


def metadata_only(
    train: Part, validation: Part, scored: Part, *, num_classes: int, seed: int = 0
) -> Baseline | None:
    """A random forest on the metadata: fitted on training, threshold on validation, then scored.

    The network's own threshold is chosen the same way, so the comparison is fair. None where
    there is no metadata, or only one class to learn.
    """
    if train.metadata.shape[1] == 0 or len(np.unique(train.labels)) < 2:
        return None
    forest = RandomForestClassifier(
        _TREES, min_samples_leaf=5, class_weight="balanced", random_state=seed, n_jobs=1
    )
    forest.fit(train.metadata, train.labels)
    scores = _scores(forest, scored.metadata, num_classes)
    threshold = 0.5
    if num_classes == 2 and len(validation.labels):
        seen = _scores(forest, validation.metadata, num_classes)
        threshold = metrics.choose_threshold(validation.labels, seen)
    predicted = metrics.answers(scores, threshold=threshold)
    return Baseline(
        name="metadata",
        title="metadata only, no pixel",
        accuracy=metrics.accuracy(scored.labels, predicted),
        balanced_accuracy=metrics.balanced_accuracy(
            scored.labels, predicted, num_classes=num_classes
        ),
        auc=metrics.auc(scored.labels, scores, groups=scored.groups, seed=seed),
    )


def _scores(forest: RandomForestClassifier, metadata: FloatArray, num_classes: int) -> FloatArray:
    """(N,) for two classes, else (N, C); a class absent from training scores 0."""
    shares = np.zeros((len(metadata), num_classes))
    if len(metadata):
        shares[:, forest.classes_] = forest.predict_proba(metadata)
    return shares[:, 1] if num_classes == 2 else shares


def _constant_scores(count: int, num_classes: int) -> FloatArray:
    return np.zeros(count) if num_classes == 2 else np.zeros((count, num_classes))
