"""How long an X-ray takes from the uploaded bytes to output and Grad-CAM, on a warm worker.

    python -m benchmarks.prediction_latency [--model NAME_OR_RUN_ID] [--calls 100] [FILE ...]

Everything is real: the embedded cluster, its analysing worker, the way of an upload through
decoding and preprocessing. Without files it draws a full-size film (2304 x 2880) and a small one
(373 x 454); without a model it builds the paper's network at 64 pixels, untrained, which takes as
long as a trained one. The first calls of each file, which load the model and trace its gradient,
are reported apart: they are what "warm" leaves out.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from core.jobs.cluster import Cluster
from core.jobs.remote import Tasks, request
from dashboard.networks.classifiers import find_classifier
from data.pictures.preprocess import decode_bytes, steps

GOAL_MS = 500.0
_BUILD = """
import sys
from core.models.build import build
from core.models.zoo.entries import paper_network
build(paper_network(int(sys.argv[2]), ("normal", "fracture")), seed=0).save(sys.argv[1])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Milliseconds of one call: decoding and preprocessing, the worker with both ways, all."""

    here: float
    worker: float

    @property
    def total(self) -> float:
        """What a person waits for."""
        return self.here + self.worker


def measure(ask: Callable[[np.ndarray], object], raw: bytes, *, size: int) -> Call:
    """One upload, timed."""
    start = time.perf_counter()
    image = steps(decode_bytes(raw), size=size).image
    ready = time.perf_counter()
    ask(image)
    end = time.perf_counter()
    return Call(here=1000 * (ready - start), worker=1000 * (end - ready))


def drawn_film(width: int, height: int) -> bytes:
    """A noisy bone on black as JPEG: as hard to decode as a real film."""
    rng = np.random.default_rng(0)
    x = np.linspace(-1, 1, width)[None, :]
    bone = 40 + 150 * (np.abs(x) < 0.2) + 40 * (np.abs(x) < 0.5)
    noise = rng.normal(0, 6, (height, width))
    image = np.clip(np.broadcast_to(bone, (height, width)) + noise, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def report(name: str, first: Call, calls: list[Call]) -> bool:
    """Print one file's figures; whether the 95th percentile keeps the goal."""
    total = np.array([call.total for call in calls])
    here, worker = (np.median([getattr(c, part) for c in calls]) for part in ("here", "worker"))
    low, high = np.percentile(total, [50, 95])
    kept = bool(high < GOAL_MS)
    print(
        f"{name}: p50 {low:.0f} ms, p95 {high:.0f} ms of {len(calls)} calls"
        f" ({high / GOAL_MS:.2f} of the goal of {GOAL_MS:.0f} ms: {'kept' if kept else 'MISSED'});"
        f" median {here:.0f} ms decoding and preprocessing, {worker:.0f} ms worker;"
        f" first call {first.total:.0f} ms"
    )
    return kept


def main() -> int:
    """0 where every file keeps the goal."""
    parser = argparse.ArgumentParser(description="Latency of prediction with Grad-CAM.")
    parser.add_argument("--model", help="a shipped model's name or a run's id")
    parser.add_argument("--size", type=int, default=64, help="of the network built without --model")
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.model:
            network = find_classifier(given.model)
            path, size = str(network.path), network.spec.input_size
            judged, eye = network.tells_strangers, network.eye
        else:
            judged, eye = False, None
            path, size = str(Path(folder) / "model.keras"), given.size
            environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
            command = [sys.executable, "-c", _BUILD, path, str(size)]
            subprocess.run(command, check=True, env=environment)
        films = {file.name: file.read_bytes() for file in given.files} or {
            "2304 x 2880": drawn_film(2304, 2880),
            "373 x 454": drawn_film(373, 454),
        }
        return run(path, size, films, calls=given.calls, judged=judged, eye=eye)


def run(
    path: str, size: int, films: dict[str, bytes], *, calls: int, judged: bool, eye: str | None
) -> int:
    """Measure every film on one warm worker; ``judged`` where it also tells strange pictures."""
    cluster = Cluster().start()
    try:
        if not cluster.wait_until_ready(120):
            print(f"No worker: {cluster.state().message}", file=sys.stderr)
            return 2

        def ask(image: np.ndarray) -> object:
            if judged:
                cluster.analyse(
                    request(Tasks.judge, model_path=path, images=image[None], eye=eye),
                    timeout_s=120,
                )
            return cluster.analyse(
                request(Tasks.explain, model_path=path, image=image, class_index=1), timeout_s=120
            )

        kept = True
        for name, raw in films.items():
            first = measure(ask, raw, size=size)
            done = [measure(ask, raw, size=size) for _ in range(calls)]
            kept = report(f"{name}, {len(raw) / 1e6:.2f} MB, {size} px", first, done) and kept
        return 0 if kept else 1
    finally:
        cluster.close()


if __name__ == "__main__":
    sys.exit(main())
