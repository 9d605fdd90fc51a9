"""The real training in a real worker: killed, resumed, and the same curve in the end."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import LessonError
from core.jobs.cluster import Cluster
from core.jobs.folder import RunFolder, Status
from core.jobs.remote import Tasks, request
from core.models.spec import Convolution, Dense, Dropout, Flatten, ModelSpec, Pooling
from core.prepared import PreparedSet
from core.training.events import BatchEnded, Started
from tests import patience

pytestmark = pytest.mark.slow

MakeRun = Callable[..., RunFolder]
Until = Callable[..., None]


@pytest.fixture(scope="module")
def real() -> Iterator[Cluster]:
    """Workers with TensorFlow."""
    cluster = Cluster().start()
    try:
        assert cluster.wait_until_ready(patience.SECONDS), cluster.state()
        yield cluster
    finally:
        cluster.close()


@pytest.fixture
def settings(prepared: PreparedSet) -> dict[str, Any]:
    """A small network with everything that draws numbers: order, weights, dropout."""
    layers = (Convolution(4), Pooling(), Flatten(), Dense(8), Dropout(0.3))
    return {
        "model": ModelSpec("small", prepared.size, prepared.classes, layers),
        "epochs": 8,
        "batch_size": 6,
        "learning_rate": 1e-3,
    }


def figures(run: RunFolder) -> list[tuple[float, ...]]:
    """Every number of the curve but the seconds."""
    return [
        (row.epoch, row.train.loss, row.train.accuracy, row.validation.loss, row.validation.auc)
        for row in run.history().epochs
    ]


def in_epoch(run: RunFolder) -> int:
    """The epoch of the latest batch; the one before has then left its checkpoint."""
    batches = [event for event in run.reader().events() if isinstance(event, BatchEnded)]
    return batches[-1].epoch if batches else 0


def test_a_killed_worker_changes_nothing_of_the_curve(
    real: Cluster, make_run: MakeRun, until: Until, settings: dict[str, Any]
) -> None:
    whole, broken = make_run(**settings), make_run(**settings)
    real.submit_training(whole)
    until(lambda: whole.status() is Status.FINISHED)
    real.submit_training(broken)
    until(lambda: in_epoch(broken) >= 3)
    os.kill(real.pids()["train"], signal.SIGKILL)
    until(lambda: broken.status() is not Status.RUNNING)
    assert broken.status() is Status.INTERRUPTED
    assert len(broken.history().epochs) < 8
    real.submit_training(broken, resume=True)
    until(lambda: broken.status() is Status.FINISHED)
    started = [event for event in broken.reader().events() if isinstance(event, Started)]
    assert [event.attempt for event in started] == [1, 2]
    assert started[1].from_epoch >= 2
    assert figures(broken) == figures(whole)
    np.testing.assert_array_equal(broken.history().batches, whole.history().batches)
    report = broken.evaluation()
    assert report is not None
    # The second training opens the same test part once more; all figures are the same.
    assert report is not None
    assert report.opening == 2
    assert dataclasses.replace(report, opening=1) == whole.evaluation()


def test_a_trained_network_predicts_and_explains(
    real: Cluster,
    make_run: MakeRun,
    until: Until,
    settings: dict[str, Any],
    prepared: PreparedSet,
) -> None:
    run = make_run(**settings | {"epochs": 1})
    real.submit_training(run)
    until(lambda: run.status() is Status.FINISHED)
    path, index = str(run.model_path), prepared.indices("test")
    images = np.asarray(prepared.images[index])
    logits = real.analyse(request(Tasks.predict, model_path=path, images=images))
    stored = np.load(run.path / "predictions.npz")
    report = run.evaluation()
    assert report is not None
    assert logits.shape == (len(index), 1)
    assert any(
        stored[name].shape[0] == len(index)
        and np.allclose(np.squeeze(stored[name]), 1 / (1 + np.exp(-logits[:, 0])), atol=1e-5)
        for name in stored.files
        if stored[name].dtype.kind == "f"
    )
    shown = real.analyse(request(Tasks.explain, model_path=path, image=images[0], class_index=1))
    assert shown.map.shape == (prepared.size, prepared.size)
    np.testing.assert_allclose(shown.logits, logits[0], atol=1e-5)


def test_a_model_that_is_not_there_or_not_one_or_of_another_size(
    real: Cluster, make_run: MakeRun, tmp_path: Path
) -> None:
    damaged = tmp_path / "model.keras"
    damaged.write_bytes(b"PK\x03\x04 and no more")
    images = np.zeros((1, 32, 32), np.uint8)
    codes = []
    for path in (tmp_path / "nowhere.keras", damaged):
        with pytest.raises(LessonError) as caught:
            real.analyse(request(Tasks.predict, model_path=str(path), images=images))
        codes.append(caught.value.code)
    assert codes == ["model.missing", "model.damaged"]
