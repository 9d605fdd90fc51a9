"""A tiny dataset, runs on it, and a cluster that a whole session of tests shares."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.jobs.cluster import Cluster
from core.jobs.folder import RunFolder, create_run
from core.models.spec import Dense, Flatten, ModelSpec
from core.prepared import PreparedSet, write_prepared
from core.training.spec import TrainingSpec
from tests import patience

PRETEND = "tests.core.jobs.pretend_fit"
CLASSES = ("normal", "fracture")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> PreparedSet:
    """120 images of 32 px; the fractured ones are a little brighter."""
    count = 120
    rng = np.random.default_rng(7)
    labels = np.arange(count) % 2
    images = rng.integers(0, 200, (count, 32, 32)) + 40 * labels[:, None, None]
    return write_prepared(
        tmp_path_factory.mktemp("cache") / "toy",
        name="toy",
        title="Toy",
        classes=CLASSES,
        images=images.astype(np.uint8),
        labels=labels,
        split=np.repeat([0, 1, 2], (72, 24, 24)).astype(np.int8),
        groups=np.arange(count),
        metadata=np.zeros((count, 1), np.float32),
        metadata_names=("view",),
        records=[{"id": str(number)} for number in range(count)],
    )


@pytest.fixture(scope="session")
def make_spec(prepared: PreparedSet) -> Callable[..., TrainingSpec]:
    """A spec on the tiny set, with what the test wants changed."""

    def make(**changes: Any) -> TrainingSpec:
        values: dict[str, Any] = {
            "dataset": "toy",
            "fingerprint": prepared.fingerprint,
            "prepared": str(prepared.folder),
            "model": ModelSpec("tiny", 32, CLASSES, (Flatten(), Dense(4))),
            "epochs": 3,
            "batch_size": 18,
            "learning_rate": 0.01,
        }
        return TrainingSpec(**(values | changes))

    return make


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where this test's runs lie."""
    return tmp_path / "runs"


@pytest.fixture
def make_run(root: Path, make_spec: Callable[..., TrainingSpec]) -> Callable[..., RunFolder]:
    """A new run on the tiny set."""
    return lambda **changes: create_run(make_spec(**changes), root=root)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Real workers whose trainings are pretended; TensorFlow is loaded by those who need it."""
    cluster = Cluster(fit=f"{PRETEND}:fit", warm=False).start()
    try:
        assert cluster.wait_until_ready(patience.SECONDS), cluster.state()
        yield cluster
    finally:
        cluster.close()


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """Wait for something that another process brings about, and fail with its name if not.

    Seconds are those of a quiet machine, for what has to be prompt.
    """

    def wait(what: Callable[[], object], *, seconds: float | None = None) -> None:
        begun = time.monotonic()
        while not what():
            limit = patience.SECONDS if seconds is None else patience.stretched(seconds)
            if time.monotonic() > begun + limit:
                pytest.fail(f"Not so after {limit:.1f} s.")
            time.sleep(0.01)

    return wait
