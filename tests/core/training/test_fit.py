"""The training itself, with real Keras on tiny sets."""

from __future__ import annotations

import itertools
import json
import math
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.errors import LessonError
from core.evaluation.epoch_metrics import EpochMetrics
from core.evaluation.logits import balanced_weights, losses, scores
from core.evaluation.report import EvaluationReport
from core.evaluation.thresholds import choose_threshold
from core.inspect.forward import forward
from core.models.spec import Convolution, Dense, Flatten, ModelSpec
from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet
from core.training import checkpoint
from core.training import fit as fitting
from core.training.events import (
    BatchEnded,
    EpochEnded,
    Event,
    Finished,
    Started,
    Stopped,
    Warned,
    append,
)
from core.training.fit import fit
from core.training.history import History
from core.training.results import list_moments, list_snapshots, read_moment, read_snapshot
from core.training.spec import Augmentation, TrainingSpec

# Keras hands NumPy a variable in a way that NumPy 2 frowns upon.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

EPOCHS = 3
BATCH = 32


def spec_for(prepared: PreparedSet, **changes: Any) -> TrainingSpec:
    # Dropout, normalization, augmentation and weight decay are on: each has a state or a draw
    # that a resumed run could get wrong.
    network = paper_network(
        prepared.size,
        prepared.classes,
        filters=(8, 16),
        dense=16,
        dropout=0.3,
        batch_normalization=True,
    )
    values: dict[str, Any] = {
        "dataset": prepared.name,
        "fingerprint": prepared.fingerprint,
        "prepared": str(prepared.folder),
        "model": network,
        "epochs": EPOCHS,
        "batch_size": BATCH,
        "learning_rate": 3e-3,
        "augmentation": Augmentation(flip=True, shift=0.05, contrast=0.1),
        "weight_decay": 1e-3,
        "schedule": "cosine",
    }
    return TrainingSpec(**(values | changes))


class Watch:
    """Collects events, and stops or breaks off where told."""

    def __init__(self, folder: Path, *, stop_at: int = 0, break_at: int = 0) -> None:
        self.events: list[Event] = []
        self.folder, self.stop_at, self.break_at = folder, stop_at, break_at
        self.asked = 0

    def emit(self, event: Event) -> None:
        self.events.append(event)
        append(self.folder / "events.jsonl", event)
        if isinstance(event, BatchEnded) and event.step == self.break_at:
            raise KeyboardInterrupt

    def asked_to_stop(self) -> bool:
        steps = [event.step for event in self.events if isinstance(event, BatchEnded)]
        return bool(self.stop_at) and bool(steps) and steps[-1] >= self.stop_at

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def train(
    spec: TrainingSpec, prepared: PreparedSet, folder: Path, *, resume: bool = False, **how: int
) -> Watch:
    folder.mkdir(exist_ok=True)
    watch = Watch(folder, **how)
    fit(
        spec,
        prepared,
        folder,
        emit=watch.emit,
        asked_to_stop=watch.asked_to_stop,
        resume=resume,
    )
    return watch


def curve(events: list[Event]) -> tuple[np.ndarray, list[Any]]:
    history = History.from_events(events)
    return history.batches, [(row.epoch, row.train, row.validation) for row in history.epochs]


@pytest.fixture(scope="module")
def squares(make_set: Callable[..., PreparedSet]) -> PreparedSet:
    return make_set()


@pytest.fixture(scope="module")
def finished(squares: PreparedSet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Watch]:
    folder = tmp_path_factory.mktemp("run")
    return folder, train(spec_for(squares), squares, folder)


def inputs(prepared: PreparedSet, part: str) -> np.ndarray:
    return prepared.images[prepared.indices(part)][..., None].astype(np.float32)


def report_in(folder: Path) -> EvaluationReport:
    text = (folder / "evaluation.json").read_text()
    return EvaluationReport.from_json(json.loads(text))


@pytest.mark.reference
def test_two_runs_of_one_spec_draw_the_same_curve_and_another_seed_a_different_one(
    squares: PreparedSet, finished: tuple[Path, Watch], tmp_path: Path
) -> None:
    again = train(spec_for(squares), squares, tmp_path / "again")
    other = train(spec_for(squares, seed=1, epochs=1), squares, tmp_path / "other")
    batches, epochs = curve(finished[1].events)
    np.testing.assert_array_equal(curve(again.events)[0], batches)
    assert curve(again.events)[1] == epochs
    assert other.of(BatchEnded)[0].loss != batches[0, 2]


@pytest.mark.reference
def test_the_start_is_kept_within_the_first_two_epochs(
    squares: PreparedSet, finished: tuple[Path, Watch], tmp_path: Path
) -> None:
    folder, _ = finished
    inside = [moment for moment in list_moments(folder) if moment.batch]
    # 120 images make 4 batches: after 1 and 2 of the first epoch, at the quarters of the second.
    places = [(moment.epoch, moment.batch) for moment in inside]
    assert places == [(0, 1), (0, 2), (1, 1), (1, 2), (1, 3)]
    validation = squares.indices("validation")
    for moment in inside:
        found = read_moment(folder, moment)
        assert found.places is not None
        assert 0 < len(found.places) == len(found.scores) < len(validation)
        images = squares.images[validation[found.places]]
        logits = forward(spec_for(squares).model, found.weights, images)["logits"]
        np.testing.assert_allclose(found.scores, scores(logits), atol=5e-3)  # weights are halves
    kernels = [read_moment(folder, one).weights["convolution_1/kernel"] for one in inside]
    assert not any(np.array_equal(one, other) for one, other in itertools.pairwise(kernels))
    # A run that was broken off within the second epoch keeps the same.
    broken = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(spec_for(squares), squares, broken, break_at=6)
    train(spec_for(squares), squares, broken, resume=True)
    for moment in list_moments(folder):
        here, there = read_moment(folder, moment), read_moment(broken, moment)
        np.testing.assert_array_equal(here.scores, there.scores)


@pytest.mark.reference
@pytest.mark.parametrize("break_at", [2, 6, 11])
def test_a_broken_run_resumes_with_the_curve_of_an_unbroken_one(
    squares: PreparedSet, finished: tuple[Path, Watch], tmp_path: Path, break_at: int
) -> None:
    # 120 images make 4 batches an epoch: the breaks lie in epochs 1, 2 and 3.
    folder = tmp_path / "run"
    folder.mkdir()
    first = Watch(folder, break_at=break_at)
    with pytest.raises(KeyboardInterrupt):
        fit(
            spec_for(squares),
            squares,
            folder,
            emit=first.emit,
            asked_to_stop=first.asked_to_stop,
        )
    second = train(spec_for(squares), squares, folder, resume=True)

    batches, epochs = curve(finished[1].events)
    joined = curve(first.events + second.events)
    np.testing.assert_array_equal(joined[0], batches)
    assert joined[1] == epochs
    started = second.of(Started)[0]
    assert (started.attempt, started.from_epoch) == (2, (break_at - 1) // 4)
    assert report_in(folder) == report_in(finished[0])
    ours, theirs = read_snapshot(folder, EPOCHS)[0], read_snapshot(finished[0], EPOCHS)[0]
    for name, values in ours.items():
        np.testing.assert_array_equal(values, theirs[name])


@pytest.mark.reference
def test_a_kill_while_the_checkpoint_is_written_leaves_the_one_before(
    squares: PreparedSet,
    finished: tuple[Path, Watch],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    watch = Watch(folder)
    saver = fitting._saver

    def breaking(model: keras.Model, *, optimizer: bool) -> Callable[[Path], None]:
        save = saver(model, optimizer=optimizer)

        def half(path: Path) -> None:
            save(path)
            if optimizer and len(watch.of(EpochEnded)) == 2:
                path.write_bytes(path.read_bytes()[:1000])
                raise KeyboardInterrupt

        return half

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "_saver", breaking)
        with pytest.raises(KeyboardInterrupt):
            fit(
                spec_for(squares),
                squares,
                folder,
                emit=watch.emit,
                asked_to_stop=watch.asked_to_stop,
            )
    state = checkpoint.read_state(folder)
    assert state is not None
    assert state.done == 1
    second = train(spec_for(squares), squares, folder, resume=True)
    assert curve(watch.events + second.events)[1] == curve(finished[1].events)[1]


@pytest.mark.reference
def test_a_stop_ends_within_a_batch_and_leaves_the_test_images_unseen(
    squares: PreparedSet, finished: tuple[Path, Watch], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    watch = train(spec_for(squares), squares, folder, stop_at=6)
    assert watch.of(BatchEnded)[-1].step == 6
    assert watch.events[-1].kind == "stopped"
    assert watch.of(Stopped)[0].epoch == 1
    report = report_in(folder)
    assert report.part == "validation"
    assert report.n == len(squares.indices("validation"))
    with np.load(folder / "predictions.npz") as predictions:
        assert not [name for name in predictions.files if name.startswith("test")]
    # A person who thinks again loses nothing.
    second = train(spec_for(squares), squares, folder, resume=True)
    assert curve(watch.events + second.events)[1] == curve(finished[1].events)[1]
    assert report_in(folder) == report_in(finished[0])


@pytest.mark.reference
def test_a_stop_before_the_first_epoch_ends_leaves_no_model(
    squares: PreparedSet, tmp_path: Path
) -> None:
    watch = train(spec_for(squares), squares, tmp_path / "run", stop_at=1)
    assert watch.of(Stopped)[0].epoch == 0
    assert not (tmp_path / "run" / "model.keras").exists()
    assert not (tmp_path / "run" / "evaluation.json").exists()


@pytest.mark.reference
def test_the_model_kept_is_the_epoch_with_the_lowest_validation_loss(
    squares: PreparedSet, finished: tuple[Path, Watch]
) -> None:
    folder, watch = finished
    rows = watch.of(EpochEnded)
    best = min(rows, key=lambda row: row.validation.loss)
    assert watch.of(Finished)[0].best_epoch == best.epoch
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    index = squares.indices("validation")
    logits = np.asarray(model(squares.images[index][..., None].astype(np.float32)))
    weights = balanced_weights(squares.labels[squares.indices("train")], num_classes=2)
    each = weights[squares.labels[index]]
    loss = (each * losses(squares.labels[index], logits)).sum() / each.sum()
    assert loss == pytest.approx(best.validation.loss, abs=1e-5)
    # Weights alone: the optimizer's moments, twice as many bytes, stay in the checkpoint.
    with zipfile.ZipFile(folder / "model.keras") as archive:
        kept = archive.getinfo("model.weights.h5").file_size
    assert kept < (folder / "checkpoint.keras").stat().st_size / 2


@pytest.mark.reference
def test_predictions_are_the_model_s_own_and_the_threshold_comes_from_validation(
    squares: PreparedSet, finished: tuple[Path, Watch]
) -> None:
    folder, _ = finished
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    with np.load(folder / "predictions.npz") as archive:
        given = dict(archive)
    for part in ("validation", "test"):
        index = squares.indices(part)
        np.testing.assert_array_equal(given[f"{part}_indices"], index)
        np.testing.assert_array_equal(given[f"{part}_labels"], squares.labels[index])
        logits = np.asarray(model(squares.images[index][..., None].astype(np.float32)))[:, 0]
        np.testing.assert_allclose(
            given[f"{part}_scores"], 1 / (1 + np.exp(-logits.astype(float))), atol=1e-5
        )
    report = report_in(folder)
    assert report.part == "test"
    assert report.n == len(squares.indices("test"))
    assert report.threshold == choose_threshold(
        given["validation_labels"], given["validation_scores"]
    )
    right = (given["test_scores"] >= report.threshold) == given["test_labels"]
    assert report.accuracy.value == right.mean()
    assert {row.name for row in report.baselines} == {"majority", "metadata"}


@pytest.mark.reference
def test_the_first_batches_of_balanced_classes_lose_about_ln_2(
    finished: tuple[Path, Watch],
) -> None:
    folder, watch = finished
    assert watch.of(BatchEnded)[0].loss == pytest.approx(math.log(2), abs=0.02)
    _, scores = read_snapshot(folder, 0)
    # Before the first step every image scores near one half.
    np.testing.assert_allclose(scores, 0.5, atol=0.02)
    assert list_snapshots(folder) == (0, 1, 2, 3)


@pytest.mark.reference
def test_a_step_is_the_step_that_keras_itself_would_make(
    make_set: Callable[..., PreparedSet], tmp_path: Path
) -> None:
    prepared = make_set(count=80, positive_share=0.25)
    network = paper_network(32, prepared.classes, filters=(4, 8), dense=8, dropout=0.0)
    spec = spec_for(
        prepared,
        model=network,
        epochs=2,
        augmentation=Augmentation(),
        weight_decay=0.01,
        schedule="constant",
        batch_size=20,
    )
    folder = tmp_path / "run"
    train(spec, prepared, folder)

    theirs = fitting.build(network, seed=spec.seed)
    optimizer = keras.optimizers.Adam(spec.learning_rate, weight_decay=0.01)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    theirs.compile(optimizer=optimizer, loss=keras.losses.BinaryCrossentropy(from_logits=True))
    index = prepared.indices("train")
    weights = balanced_weights(prepared.labels[index], num_classes=2)
    for epoch in (1, 2):
        order = fitting._order(index, seed=spec.seed, epoch=epoch)
        for start in range(0, len(order), 20):
            part = order[start : start + 20]
            theirs.train_on_batch(
                prepared.images[part][..., None].astype(np.float32),
                prepared.labels[part][:, None].astype(np.float32),
                sample_weight=weights[prepared.labels[part]].astype(np.float32),
            )
    saved = keras.saving.load_model(folder / "checkpoint.keras")
    for ours, reference in zip(saved.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(ours, reference, atol=2e-5)


@pytest.mark.reference
def test_several_classes_are_learned_from_softmax(
    make_set: Callable[..., PreparedSet], tmp_path: Path
) -> None:
    prepared = make_set(count=240, classes=("none", "bright", "dark"))
    network = paper_network(32, prepared.classes, filters=(8, 16), dense=0, global_pooling="max",
                            dropout=0.0)  # fmt: skip
    spec = spec_for(prepared, model=network, epochs=8, learning_rate=0.02,
                    augmentation=Augmentation())  # fmt: skip
    folder = tmp_path / "run"
    watch = train(spec, prepared, folder)
    assert watch.of(BatchEnded)[0].loss == pytest.approx(math.log(3), abs=0.1)
    report = report_in(folder)
    assert report.threshold is None
    assert report.sensitivity is None
    assert len(report.recalls) == 3
    assert report.balanced_accuracy.value > 0.9
    with np.load(folder / "predictions.npz") as archive:
        np.testing.assert_allclose(archive["test_scores"].sum(axis=1), 1.0)


@pytest.mark.reference
def test_a_separable_set_is_learned(squares: PreparedSet, tmp_path: Path) -> None:
    network = paper_network(32, squares.classes, filters=(8, 16), dense=0, global_pooling="max",
                            dropout=0.0)  # fmt: skip
    spec = spec_for(squares, model=network, epochs=8, learning_rate=0.02)
    watch = train(spec, squares, tmp_path / "run")
    report = report_in(tmp_path / "run")
    assert report.balanced_accuracy.value > 0.9
    assert report.auc.value > 0.95
    assert watch.of(EpochEnded)[-1].validation.auc > 0.95


@pytest.mark.reference
def test_patience_ends_a_run_whose_validation_loss_no_longer_falls(
    squares: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = iter([0.5, 0.4, 0.45, 0.41, 0.3, 0.2])
    measure = fitting.epoch_metrics

    def scripted(labels: np.ndarray, *rest: Any, **named: Any) -> EpochMetrics:
        metrics = measure(labels, *rest, **named)
        validating = len(labels) == len(squares.indices("validation"))
        return replace(metrics, loss=next(script)) if validating else metrics

    monkeypatch.setattr(fitting, "epoch_metrics", scripted)
    watch = train(spec_for(squares, epochs=6, patience=2), squares, tmp_path / "run")
    assert [row.improved for row in watch.of(EpochEnded)] == [True, True, False, False]
    assert watch.of(Finished)[0].best_epoch == 2
    # The figures are those of the epoch kept, not of the last one.
    model = keras.saving.load_model(tmp_path / "run" / "model.keras", compile=False)
    logits = np.asarray(model(inputs(squares, "test")))[:, 0].astype(float)
    with np.load(tmp_path / "run" / "predictions.npz") as archive:
        np.testing.assert_allclose(archive["test_scores"], 1 / (1 + np.exp(-logits)), atol=1e-5)
    np.testing.assert_allclose(
        read_snapshot(tmp_path / "run", 2)[1],
        1 / (1 + np.exp(-np.asarray(model(inputs(squares, "validation")))[:, 0])),
        atol=1e-4,
    )


def test_each_epoch_has_its_own_order_of_all_images() -> None:
    index = np.arange(10, 60)
    orders = [fitting._order(index, seed=0, epoch=epoch) for epoch in (1, 2, 1)]
    assert sorted(orders[0]) == sorted(orders[1]) == index.tolist()
    assert not np.array_equal(orders[0], orders[1])
    np.testing.assert_array_equal(orders[0], orders[2])
    assert not np.array_equal(orders[0], fitting._order(index, seed=1, epoch=1))


@pytest.mark.reference
def test_a_falling_rate_changes_the_curve_from_the_second_epoch_on(
    squares: PreparedSet, finished: tuple[Path, Watch], tmp_path: Path
) -> None:
    constant = curve(train(spec_for(squares, schedule="constant"), squares, tmp_path / "r").events)
    falling = curve(finished[1].events)
    assert constant[1][0] == falling[1][0]
    assert constant[1][1] != falling[1][1]


@pytest.mark.reference
def test_a_diverging_loss_fails_with_advice(squares: PreparedSet, tmp_path: Path) -> None:
    linear = ModelSpec(
        "linear",
        32,
        squares.classes,
        (Convolution(2, activation="linear"), Flatten(), Dense(8, activation="linear")),
    )
    spec = spec_for(squares, learning_rate=100.0, optimizer="sgd", model=linear)
    (tmp_path / "run").mkdir()
    watch = Watch(tmp_path / "run")
    with pytest.raises(LessonError) as caught:
        fit(
            spec,
            squares,
            tmp_path / "run",
            emit=watch.emit,
            asked_to_stop=watch.asked_to_stop,
        )
    assert caught.value.code == "training.diverged"
    assert "100" in caught.value.problem
    assert "10." in caught.value.remedy
    assert watch.of(Warned)[-1].code == "training.diverged"


@pytest.mark.reference
def test_the_test_images_are_opened_once(
    squares: PreparedSet,
    finished: tuple[Path, Watch],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[int] = []
    test = set(squares.indices("test").tolist())
    look = fitting._images

    def counted(prepared: PreparedSet, index: np.ndarray) -> np.ndarray:
        opened.extend(value for value in index.tolist() if value in test)
        return look(prepared, index)

    monkeypatch.setattr(fitting, "_images", counted)
    folder = tmp_path / "run"
    train(spec_for(squares, epochs=1), squares, folder)
    assert sorted(opened) == sorted(test)
    # Resumed after its end (killed before the last event): the figures stand, nothing is reopened.
    watch = train(spec_for(squares, epochs=1), squares, folder, resume=True)
    assert watch.of(Finished)
    assert not watch.of(BatchEnded)
    assert len(opened) == len(test)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": paper_network(28, ("normal", "fracture"))}, "training.other-size"),
        ({"model": paper_network(32, ("a", "b"))}, "training.other-classes"),
    ],
)
def test_says_what_does_not_fit(
    squares: PreparedSet, tmp_path: Path, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(LessonError) as caught:
        train(spec_for(squares, **change), squares, tmp_path / "run")
    assert caught.value.code == code


def test_a_checkpoint_of_other_settings_is_not_resumed(
    squares: PreparedSet, finished: tuple[Path, Watch]
) -> None:
    with pytest.raises(LessonError) as caught:
        train(spec_for(squares, seed=5), squares, finished[0], resume=True)
    assert caught.value.code == "training.other-spec"
