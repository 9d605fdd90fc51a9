"""From a network's scores on prepared images to the report of a run."""

from __future__ import annotations

import numpy as np

from core.arrays import FloatArray
from core.evaluation import metrics
from core.evaluation.baselines import Part, majority, metadata_only
from core.evaluation.report import Baseline, EvaluationReport, PartName
from core.prepared import PreparedSet


def evaluate(
    prepared: PreparedSet,
    *,
    part: PartName,
    model: str,
    best_epoch: int,
    validation_scores: FloatArray,
    scores: FloatArray,
    seed: int = 0,
) -> EvaluationReport:
    """Score one part with a threshold that was chosen on validation.

    Args:
        prepared: The set; only its labels, groups and metadata are read.
        part: "test" or "validation".
        model: Name of the network.
        best_epoch: The epoch whose weights made the scores.
        validation_scores: (V,) output for class 1, or (V, C), in the order of
            ``prepared.indices("validation")``.
        scores: The same for ``part``.
        seed: Of the bootstrap and of the metadata model.
    """
    labels = prepared.labels[prepared.indices(part)]
    groups = prepared.groups[prepared.indices(part)]
    threshold, rule = _threshold(prepared, validation_scores)
    predicted = metrics.answers(scores, threshold=0.5 if threshold is None else threshold)
    count = len(prepared.classes)
    found = metrics.recalls(labels, predicted, num_classes=count)
    table = metrics.confusion(labels, predicted, num_classes=count)
    return EvaluationReport(
        part=part,
        dataset=prepared.name,
        fingerprint=prepared.fingerprint,
        model=model,
        classes=prepared.classes,
        best_epoch=best_epoch,
        groups=len(np.unique(groups)),
        threshold=threshold,
        threshold_rule=rule,
        accuracy=metrics.accuracy(labels, predicted),
        balanced_accuracy=metrics.balanced_accuracy(labels, predicted, num_classes=count),
        auc=metrics.auc(labels, scores, groups=groups, seed=seed),
        sensitivity=found[1] if count == 2 else None,
        specificity=found[0] if count == 2 else None,
        recalls=found,
        confusion=tuple(tuple(int(value) for value in row) for row in table),
        baselines=_baselines(prepared, part, seed),
    )


def _threshold(prepared: PreparedSet, scores: FloatArray) -> tuple[float | None, str]:
    if len(prepared.classes) > 2:
        return None, "none: the largest output answers"
    labels = prepared.labels[prepared.indices("validation")]
    threshold = metrics.choose_threshold(labels, scores)
    if len(np.unique(labels)) < 2:
        return threshold, "0.5, since validation has images of one class only"
    rule = f"{threshold:.3f}, the best balanced accuracy on {len(labels):,} validation images"
    return threshold, rule


def _baselines(prepared: PreparedSet, part: PartName, seed: int) -> tuple[Baseline, ...]:
    count = len(prepared.classes)
    train, validation = _part(prepared, "train"), _part(prepared, "validation")
    scored = _part(prepared, part)
    blind = metadata_only(train, validation, scored, num_classes=count, seed=seed)
    always = majority(train, scored, num_classes=count)
    return (always,) if blind is None else (always, blind)


def _part(prepared: PreparedSet, name: str) -> Part:
    index = prepared.indices(name)
    return Part(
        labels=prepared.labels[index],
        metadata=prepared.metadata[index],
        groups=prepared.groups[index],
    )
