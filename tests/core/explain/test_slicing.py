"""The slice of a run, from its folder: every loss is the one that training and validation have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.evaluation.epoch import epoch_metrics
from core.evaluation.logits import balanced_weights
from core.explain.landscape import axes, unflatten
from core.inspect.forward import forward
from core.jobs.folder import RunFolder, create_run
from core.models.layers import BatchNormalization, Convolution, Dense, Dropout, Flatten, Pooling
from core.models.spec import ModelSpec
from core.models.weights import initial_weights
from core.training.results import read_snapshot, write_snapshot
from core.training.spec import TrainingSpec
from data.sets.preparation import prepare

SPEC = ModelSpec(
    "small",
    28,
    ("normal", "fracture"),
    (Convolution(3), BatchNormalization(), Pooling(size=4), Flatten(), Dropout(0.5), Dense(4)),
)
EPOCHS = 5


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run whose snapshots wander; nothing was trained."""
    folder = tmp_path_factory.mktemp("slicing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_CACHE", str(folder / "cache"))
        prepared = prepare("synthetic", size=28, count=120)
    spec = TrainingSpec(
        dataset="synthetic",
        fingerprint=prepared.fingerprint,
        prepared=str(prepared.folder),
        model=SPEC,
        epochs=EPOCHS,
        batch_size=8,
        learning_rate=1e-3,
    )
    made = create_run(spec, root=folder / "runs")
    weights = initial_weights(SPEC, 0)
    rng = np.random.default_rng(1)
    for epoch in range(EPOCHS + 1):
        write_snapshot(made.path, epoch, weights, np.zeros(3), spec)
        weights = {
            k: v + rng.normal(0, 0.1, v.shape).astype(np.float32) for k, v in weights.items()
        }
        weights["batch_normalization_1/moving_variance"] = np.ones(3, np.float32)
    return made


@pytest.mark.reference
@pytest.mark.parametrize("kind", ["path", "random"])
def test_true_losses_are_those_of_validation_and_the_grid_meets_them(
    run: RunFolder, kind: str
) -> None:
    from core.explain.slicing import survey
    from core.prepared import open_prepared

    found = survey(run.path, run.spec(), kind)
    outline = found.outline()
    prepared = open_prepared(Path(run.spec().prepared))
    index = prepared.indices("validation")
    assert outline.images == len(index)  # few enough to take them all
    assert outline.epochs.tolist() == list(range(EPOCHS + 1))
    weights = balanced_weights(prepared.labels[prepared.indices("train")], num_classes=2)
    for row, epoch in enumerate(outline.epochs):
        snapshot, _ = read_snapshot(run.path, int(epoch))
        logits = forward(SPEC, snapshot, prepared.images[index])["logits"]
        metrics = epoch_metrics(prepared.labels[index], logits, class_weights=weights)
        assert outline.true[row] == pytest.approx(metrics.loss, abs=1e-5)
    # The last snapshot lies on the slice, the others beside it.
    assert outline.below[-1] == pytest.approx(outline.true[-1], abs=1e-6)
    assert outline.distances[0] > 0.1
    # A point of the grid is the loss of the weights there, by another road.
    x, y = axes(found.plane, outline.side)
    row = found.row(4)
    logits = forward(
        SPEC, unflatten(found.plane.weights(x[7], y[4]), SPEC), prepared.images[index]
    )["logits"]
    metrics = epoch_metrics(prepared.labels[index], logits, class_weights=weights)
    assert row.shape == (outline.side,)
    assert row[7] == pytest.approx(metrics.loss, rel=1e-4)


@pytest.mark.reference
def test_what_is_missing_is_told(run: RunFolder, tmp_path: Path) -> None:
    from core.explain.slicing import Survey

    spec = run.spec()
    short = create_run(spec, root=tmp_path)
    with pytest.raises(LessonError) as caught:
        Survey.open(short.path, short.spec(), "path")
    assert caught.value.code == "slice.no-snapshots"
    homeless = create_run(replace(spec, prepared=str(tmp_path / "gone")), root=tmp_path)
    for epoch in range(3):
        weights = initial_weights(SPEC, epoch)
        write_snapshot(homeless.path, epoch, weights, np.zeros(3), spec)
    with pytest.raises(LessonError) as caught:
        Survey.open(homeless.path, homeless.spec(), "path")
    assert caught.value.code == "slice.no-images"
    (homeless.path / "snapshots" / "epoch-001.npz").write_bytes(b"broken")
    with pytest.raises(LessonError) as caught:
        Survey.open(homeless.path, homeless.spec(), "path")
    assert caught.value.code == "model.damaged"
