"""How far the predicted duration is off, on three networks the prediction has not seen.

    python -m benchmarks.forecast_error

The machine's speed is calibrated on one run of the paper's network at 64 pixels; then three other
trainings are predicted and done. The processor time is printed as well: on a machine that other
programs use, only that one can be compared.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from core.models.zoo.entries import paper_network
from core.prepared import write_prepared
from core.training.events import EpochEnded, Event, Phase
from core.training.fit import fit, limit_threads
from core.training.forecast import TimedRun, calibrate, predict_seconds
from core.training.spec import TrainingSpec

CLASSES = ("normal", "fracture")
TRAIN, HELD = 480, 96
KNOWN: dict[str, Any] = {"size": 64, "batch": 32}
UNSEEN: tuple[dict[str, Any], ...] = (
    {"size": 48, "batch": 16, "kernel_size": 5},
    {"size": 80, "batch": 32, "batch_normalization": True, "global_pooling": "average"},
    {"size": 112, "batch": 64, "filters": (16, 32, 64), "dense": 64},
)


def _spec(place: Path, *, size: int, batch: int, **network: Any) -> TrainingSpec:
    rng = np.random.default_rng(0)
    count = TRAIN + 2 * HELD
    prepared = write_prepared(
        place / f"set-{size}",
        name="benchmark",
        title="Benchmark",
        classes=CLASSES,
        images=rng.integers(0, 256, (count, size, size)).astype(np.uint8),
        labels=rng.integers(0, 2, count),
        split=np.repeat([0, 1, 2], [TRAIN, HELD, HELD]),
        groups=np.arange(count),
        metadata=np.zeros((count, 0)),
        metadata_names=(),
        records=[{"id": str(index)} for index in range(count)],
    )
    return TrainingSpec(
        dataset=prepared.name,
        fingerprint=prepared.fingerprint,
        prepared=str(prepared.folder),
        model=paper_network(size, CLASSES, **network),
        epochs=4,
        batch_size=batch,
        learning_rate=1e-4,
    )


def _train(spec: TrainingSpec, folder: Path) -> tuple[list[float], list[float]]:
    """Seconds of each epoch on the clock and of processor time."""
    from core.prepared import open_prepared

    wall: list[float] = []
    processor: list[float] = []
    mark = [0.0]

    def emit(event: Event) -> None:
        if isinstance(event, EpochEnded):
            wall.append(event.seconds)
            processor.append(time.process_time() - mark[0])
        if isinstance(event, EpochEnded | Phase):
            mark[0] = time.process_time()

    folder.mkdir()
    prepared = open_prepared(Path(spec.prepared))
    fit(spec, prepared, folder, emit=emit, asked_to_stop=lambda: False)
    return wall, processor


def main() -> None:
    """Measure and print."""
    limit_threads()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        known = _spec(place, **KNOWN)
        speeds = [
            calibrate([TimedRun(known, TRAIN, HELD, tuple(seconds))])
            for seconds in _train(known, place / "known")
        ]
        print(f"calibrated on {KNOWN}: {speeds[0]:.5f} s for 1e9 multiply-adds")
        for number, options in enumerate(UNSEEN):
            spec = _spec(place, **options)
            measured = _train(spec, place / f"run-{number}")
            for clock, speed, seconds in zip(("wall", "processor"), speeds, measured, strict=True):
                told = predict_seconds(
                    spec, num_train=TRAIN, num_validation=HELD, seconds_per_gmac=speed
                ).seconds_per_epoch
                taken = statistics.median(seconds[1:])
                print(
                    f"{options}, {clock}: predicted {told:.2f} s an epoch, took {taken:.2f} s,"
                    f" error {100 * (told / taken - 1):+.0f} %"
                )


if __name__ == "__main__":
    main()
