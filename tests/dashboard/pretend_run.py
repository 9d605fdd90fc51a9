"""Runs written by hand: folders that say what a test wants them to say."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.evaluation.epoch_metrics import EpochMetrics
from core.evaluation.estimate import Difference, Estimate
from core.evaluation.report import Baseline, EvaluationReport, Lead
from core.jobs.folder import RunFolder, create_run
from core.jobs.ownership import claim, write_whole
from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet, write_prepared
from core.training import events
from core.training.events import BatchEnded, EpochEnded, Event, Started
from core.training.spec import TrainingSpec

CLASSES = ("normal", "fracture")


def small_set(folder: Path, *, size: int = 28, count: int = 40) -> PreparedSet:
    """Noise in the shape of a dataset: 3 in 4 normal, 60 % to train, 20 % to validate."""
    rng = np.random.default_rng(0)
    return write_prepared(
        folder,
        name="synthetic",
        title="Synthetic radiographs",
        classes=CLASSES,
        images=rng.integers(0, 256, (count, size, size), dtype=np.uint8),
        labels=(np.arange(count) % 4 == 0).astype(np.int64),
        split=np.repeat([0, 1, 2], [count * 6 // 10, count * 2 // 10, count * 2 // 10]),
        groups=np.arange(count),
        metadata=np.zeros((count, 0), np.float32),
        metadata_names=(),
        records=[{"id": str(number), "path": None} for number in range(count)],
    )


def pretend_spec(prepared: str = "nowhere", *, epochs: int = 4) -> TrainingSpec:
    """The paper's network on 28 pixels."""
    return TrainingSpec(
        dataset="synthetic",
        fingerprint="0" * 16,
        prepared=prepared,
        model=paper_network(28, CLASSES),
        epochs=epochs,
        batch_size=32,
        learning_rate=0.001,
    )


def metrics(loss: float, accuracy: float) -> EpochMetrics:
    """Figures of one part; balanced accuracy and AUC follow the accuracy."""
    return EpochMetrics(loss, accuracy, accuracy - 0.1, accuracy + 0.05)


def pretend_events(
    epochs: int,
    *,
    batches: int = 5,
    validation: tuple[float, ...] = (0.6, 0.5, 0.55, 0.6),
    start: float = 1000.0,
    of: int | None = None,
) -> list[Event]:
    """One attempt: batches every 0.1 s, then 0.5 s of validation; an epoch takes 1 s."""
    found: list[Event] = [Started(1, 0, "cpu", 1, time=start)]
    clock, step = start, 0
    for epoch in range(1, epochs + 1):
        for batch in range(1, batches + 1):
            step += 1
            clock += 0.5 / batches
            loss = 0.7 / epoch + 0.01 * batch
            found.append(BatchEnded(epoch, batch, batches, step, loss, 0.5, time=clock))
        clock += 0.5
        train = metrics(0.7 / epoch, 0.6 + 0.05 * epoch)
        seen = metrics(validation[(epoch - 1) % len(validation)], 0.7)
        found.append(
            EpochEnded(epoch, of or epochs, 1.0, train, seen, improved=epoch == 1, time=clock)
        )
    return found


def pretend_run(
    root: Path, found: list[Event], *, spec: TrainingSpec | None = None, queued: bool = False
) -> RunFolder:
    """A run that nobody is at: what its events say is all there is."""
    run = create_run(spec or pretend_spec(), root=root)
    for event in found:
        events.append(run.events_path, event)
    if not queued:
        claim(run.path)
    return run


def report(
    *, accuracy: float = 0.7, auc: float = 0.8, majority: float = 0.75, metadata: float = 0.55
) -> EvaluationReport:
    """A test of 100 images, 75 of them normal."""

    def figure(value: float, half: float = 0.05) -> Estimate:
        return Estimate(value, value - half, value + half, 100)

    def ahead(share: float, ranking: float) -> Lead:
        def by(value: float) -> Difference:
            return Difference(value, value - 0.05, value + 0.05, 100)

        return Lead(accuracy=by(share), balanced_accuracy=by(0.1), auc=by(ranking))

    baselines = (
        Baseline(
            name="majority",
            lead=ahead(accuracy - majority, auc - 0.5),
            title="always the most frequent class",
            accuracy=figure(majority),
            balanced_accuracy=figure(0.5),
            auc=figure(0.5),
        ),
        Baseline(
            name="facts",
            title="body part, no pixel",
            accuracy=figure(0.58),
            balanced_accuracy=figure(0.51),
            auc=figure(metadata - 0.03),
            lead=ahead(accuracy - 0.58, auc - metadata + 0.03),
        ),
        Baseline(
            name="metadata",
            title="body part and image size, no pixel",
            lead=ahead(accuracy - 0.6, auc - metadata),
            accuracy=figure(0.6),
            balanced_accuracy=figure(0.52),
            auc=figure(metadata),
        ),
    )
    return EvaluationReport(
        part="test",
        dataset="synthetic",
        fingerprint="0" * 16,
        model="paper",
        classes=CLASSES,
        best_epoch=2,
        groups=90,
        threshold=0.4,
        threshold_rule="0.400, the best balanced accuracy on 8 validation images",
        accuracy=figure(accuracy),
        balanced_accuracy=figure(0.65),
        auc=figure(auc),
        sensitivity=figure(0.62),
        specificity=figure(0.68),
        recalls=(figure(0.68), figure(0.62)),
        confusion=((51, 24), (9, 16)),
        baselines=baselines,
        at_half=figure(0.66),
        class_weights=(2 / 3, 2.0),
        mean_output=0.52,
        mean_at_base_rate=0.27,
    )


def write_report(run: RunFolder, result: EvaluationReport) -> None:
    """Put the evaluation where a worker puts it."""
    write_whole(run.path / "evaluation.json", result.to_json())


def write_answers(run: RunFolder, balanced: float) -> None:
    """What a network stored that answers this share of 50 normal and 50 fractured rightly.

    Of each class the same first images are right, so that networks differ in few of them.
    """
    labels = np.repeat([0, 1], 50)
    right = np.tile(np.arange(50) < round(50 * balanced), 2)
    answered = np.where(right, labels, 1 - labels)
    np.savez(
        run.path / "predictions.npz",
        validation_scores=np.where(answered == 1, 0.9, 0.1),
        validation_labels=labels,
        validation_groups=np.arange(100),
    )
