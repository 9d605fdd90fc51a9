"""Snapshots and predictions on disk."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.evaluation.epoch_metrics import EpochMetrics
from core.models.cost import total_parameters
from core.models.zoo.entries import MODELS, paper_network
from core.training import checkpoint, results
from core.training.checkpoint import TrainingState
from core.training.history import Epoch
from core.training.moment import OVERHEAD, Moment, stride, within
from core.training.spec import TrainingSpec

SPEC = TrainingSpec(
    dataset="a",
    fingerprint="b",
    prepared="c",
    model=paper_network(28, ("normal", "fracture")),
    epochs=20,
    batch_size=32,
    learning_rate=1e-3,
)


def test_a_snapshot_comes_back_within_half_precision(tmp_path: Path) -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 1, 8)).astype(np.float32)
    huge = np.array([1e6], np.float32)  # float16 ends at 65,504
    scores = np.linspace(0, 1, 7)
    weights = {"convolution_1/kernel": kernel, "odd/one": huge}
    results.write_snapshot(tmp_path, 3, weights, scores, SPEC)
    back, back_scores = results.read_snapshot(tmp_path, 3)
    np.testing.assert_allclose(back["convolution_1/kernel"], kernel, rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(back["odd/one"], huge)
    np.testing.assert_allclose(back_scores, scores, atol=1e-7)
    assert results.list_snapshots(tmp_path) == (3,)
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == ["epoch-003.npz"]


def test_long_runs_of_large_networks_keep_fewer_snapshots(tmp_path: Path) -> None:
    # 895,745 parameters of 2 bytes and 40,000 more: 27 snapshots in 50 MB, 4 of them within epochs.
    assert stride(replace(SPEC, epochs=22)) == 1
    assert stride(replace(SPEC, epochs=25)) == 2
    long = replace(SPEC, epochs=1000)
    every = stride(long)
    assert every == 48
    for epoch in (0, every - 1, every, 1000):
        results.write_snapshot(tmp_path, epoch, {}, np.zeros(1), long)
    assert results.list_snapshots(tmp_path) == (0, every, 1000)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("size", [28, 64, 128, 224])
def test_no_plan_takes_more_than_50_megabytes(name: str, size: int) -> None:
    model = MODELS[name].build(size, ("normal", "fracture"))
    each = 2 * total_parameters(model) + OVERHEAD
    for epochs, batches in itertools.product((1, 2, 5, 10, 25, 60, 1000), (1, 3, 80, 5000)):
        spec = replace(SPEC, model=model, epochs=epochs)
        ends = {*range(0, epochs, stride(spec)), epochs}
        assert (len(ends) + len(within(spec, batches))) * each <= 50_000_000
        assert {0, epochs} <= ends


def test_the_paper_network_is_kept_each_epoch_and_at_its_start() -> None:
    spec = replace(SPEC, model=paper_network(64, ("normal", "fracture")), epochs=10)
    assert stride(spec) == 1
    inside = [(moment.epoch, moment.batch) for moment in within(spec, 80)]
    assert inside == [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (0, 32), (0, 64), (1, 20), (1, 40),
                      (1, 60)]  # fmt: skip


def test_a_moment_within_an_epoch_says_which_images_it_looked_at(tmp_path: Path) -> None:
    weights = {"convolution_1/kernel": np.ones((3, 3, 1, 2), np.float32)}
    moment = Moment(1, 20, 80)
    results.write_snapshot(
        tmp_path, moment, weights, np.array([0.25, 0.75]), SPEC, places=np.array([3, 5])
    )
    results.write_snapshot(tmp_path, 2, weights, np.zeros(9), SPEC)
    found = results.read_moment(tmp_path, moment)
    assert found.places is not None
    assert found.places.tolist() == [3, 5]
    assert found.scores.tolist() == [0.25, 0.75]
    assert list(found.weights) == list(weights)
    assert results.read_moment(tmp_path, Moment(2), weights=False).places is None
    # Who asks for epochs gets epochs.
    assert results.list_moments(tmp_path) == (moment, Moment(2))
    assert results.list_snapshots(tmp_path) == (2,)


def state() -> TrainingState:
    row = EpochMetrics(0.7, 0.5, 0.5, float("nan"))
    return TrainingState({"seed": 1}, (Epoch(1, 3, 2.5, row, replace(row, loss=0.6)),))


def test_the_state_travels_in_the_checkpoint(tmp_path: Path) -> None:
    import zipfile

    def save(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", "{}")

    checkpoint.write_archive(tmp_path / checkpoint.CHECKPOINT, save, state=state())
    back = checkpoint.read_state(tmp_path)
    assert back is not None
    assert (back.done, back.best_epoch, back.spec) == (1, 1, {"seed": 1})
    assert back.epochs[0].validation.loss == 0.6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.keras"]


@pytest.mark.parametrize("content", [None, b"", b"PK not a zip"])
def test_no_checkpoint_or_a_broken_one_is_no_state(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / checkpoint.CHECKPOINT).write_bytes(content)
    assert checkpoint.read_state(tmp_path) is None


def test_a_failing_save_leaves_the_file_before(tmp_path: Path) -> None:
    path = tmp_path / checkpoint.MODEL
    path.write_bytes(b"before")

    def save(partial: Path) -> None:
        partial.write_bytes(b"ha")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        checkpoint.write_archive(path, save)
    assert path.read_bytes() == b"before"
