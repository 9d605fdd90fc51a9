"""From a network's scores on prepared images to the report of a run."""

from __future__ import annotations

import numpy as np

from core.arrays import FloatArray
from core.evaluation import metrics, resampling
from core.evaluation.baselines import Blind, Part, majority, without_pixels
from core.evaluation.calibration import at_base_rate
from core.evaluation.report import Baseline, EvaluationReport, Lead, PartName
from core.evaluation.resampling import Draws, Figures
from core.evaluation.thresholds import HALF, answers, choose_threshold
from core.prepared import PreparedSet


def evaluate(
    prepared: PreparedSet,
    *,
    part: PartName,
    model: str,
    best_epoch: int,
    validation_scores: FloatArray,
    scores: FloatArray,
    class_weights: tuple[float, ...] | None = None,
    focal_gamma: float = 0.0,
    opening: int = 0,
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
        class_weights: How much an image of each class counted in the loss; None: all the same.
        focal_gamma: Of the loss that was trained; 0 for cross-entropy.
        opening: How often these test images had been opened, this time included.
        seed: Of the bootstrap and of the metadata model.
    """
    labels = prepared.labels[prepared.indices(part)]
    groups = prepared.groups[prepared.indices(part)]
    threshold, rule = _threshold(prepared, validation_scores)
    predicted = answers(scores, threshold=HALF if threshold is None else threshold)
    count = len(prepared.classes)
    draws = resampling.draw(groups, seed=seed)
    network = resampling.figures(labels, predicted, scores, draws, num_classes=count)
    found = tuple(
        row.estimate() for row in resampling.recalls(labels, predicted, draws, num_classes=count)
    )
    half = resampling.accuracy(labels, answers(scores), draws).estimate() if count == 2 else None
    table = metrics.confusion(labels, predicted, num_classes=count)
    return EvaluationReport(
        part=part,
        dataset=prepared.name,
        fingerprint=prepared.fingerprint,
        model=model,
        classes=prepared.classes,
        best_epoch=best_epoch,
        groups=draws.groups,
        threshold=threshold,
        threshold_rule=rule,
        accuracy=network.accuracy.estimate(),
        balanced_accuracy=network.balanced_accuracy.estimate(),
        auc=network.auc.estimate(),
        at_half=half,
        sensitivity=found[1] if count == 2 else None,
        specificity=found[0] if count == 2 else None,
        recalls=found,
        confusion=tuple(tuple(int(value) for value in row) for row in table),
        baselines=tuple(
            _baseline(row, network, draws) for row in _blind(prepared, part, draws, seed)
        ),
        class_weights=class_weights,
        focal_gamma=focal_gamma,
        opening=opening,
        mean_output=float(scores.mean()) if count == 2 else None,
        mean_at_base_rate=float(at_base_rate(scores, class_weights).mean())
        if count == 2 and class_weights is not None and not focal_gamma
        else None,
    )


def _threshold(prepared: PreparedSet, scores: FloatArray) -> tuple[float | None, str]:
    if len(prepared.classes) > 2:
        return None, "none: the largest output answers"
    labels = prepared.labels[prepared.indices("validation")]
    threshold = choose_threshold(labels, scores)
    if len(np.unique(labels)) < 2:
        return threshold, "0.5, since validation has images of one class only"
    rule = f"{threshold:.3f}, the best balanced accuracy on {len(labels):,} validation images"
    return threshold, rule


def _blind(prepared: PreparedSet, part: PartName, draws: Draws, seed: int) -> tuple[Blind, ...]:
    count = len(prepared.classes)
    train, validation = _part(prepared, "train"), _part(prepared, "validation")
    scored = _part(prepared, part)
    always = majority(train, scored, draws, num_classes=count)
    forests = without_pixels(train, validation, scored, draws, num_classes=count, seed=seed)
    return (always, *forests)


def _baseline(blind: Blind, network: Figures, draws: Draws) -> Baseline:
    theirs = blind.figures
    return Baseline(
        name=blind.name,
        title=blind.title,
        accuracy=theirs.accuracy.estimate(),
        balanced_accuracy=theirs.balanced_accuracy.estimate(),
        auc=theirs.auc.estimate(),
        lead=Lead(
            accuracy=resampling.compare_answers(network.right, theirs.right, draws),
            balanced_accuracy=network.balanced_accuracy.minus(theirs.balanced_accuracy),
            auc=network.auc.minus(theirs.auc),
        ),
    )


def _part(prepared: PreparedSet, name: str) -> Part:
    index = prepared.indices(name)
    return Part(
        labels=prepared.labels[index],
        metadata=prepared.metadata[index],
        names=prepared.metadata_names,
    )
