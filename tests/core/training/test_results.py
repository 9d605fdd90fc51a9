"""Snapshots and predictions on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.evaluation.epoch_metrics import EpochMetrics
from core.models.zoo.entries import paper_network
from core.training import checkpoint, results
from core.training.checkpoint import TrainingState
from core.training.history import Epoch
from core.training.spec import TrainingSpec

SPEC = TrainingSpec(
    dataset="a",
    fingerprint="b",
    prepared="c",
    model=paper_network(28, ("normal", "fracture")),
    epochs=25,
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
    assert results.snapshot_stride(SPEC) == 1
    long = replace(SPEC, epochs=1000)
    stride = results.snapshot_stride(long)
    # 895,745 parameters of 2 bytes, 1,001 times, are 1.79e9 bytes: 8.55 budgets of 200 MiB.
    assert stride == 9
    for epoch in (0, 8, 9, 1000):
        results.write_snapshot(tmp_path, epoch, {}, np.zeros(1), long)
    assert results.list_snapshots(tmp_path) == (0, 9, 1000)


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
