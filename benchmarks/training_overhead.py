"""Whole epochs of a dashboard training against bare ``keras.Model.fit``, in one run.

    python -m benchmarks.training_overhead [--images 2000] [--size 64] [--batch 32] [--epochs 7]

Both train the same network on the same arrays with the same split, batch size and optimizer.
``fit`` is bare: default settings, validation data, the accuracy metric, no callback but a clock.
The dashboard's training has everything on: events of each batch and epoch in a file, balanced
accuracy and AUC on both parts, snapshots, best model and checkpoint. Epochs take turns, so that a
change of the machine's speed hits both; the first of each (compilation) is left out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from core.models.build import build
from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet, write_prepared
from core.training.events import EpochEnded, Event, Phase, append
from core.training.fit import fit, limit_threads
from core.training.spec import TrainingSpec


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on the clock, and seconds of processor time of all threads.

    Only one side works at a time, so the processor time is its own; it does not grow when other
    programs take the machine.
    """

    wall: float
    processor: float

    @classmethod
    def now(cls) -> Spent:
        """The present reading of both clocks."""
        return cls(time.perf_counter(), time.process_time())

    def since(self, earlier: Spent) -> Spent:
        """What has passed between two readings."""
        return Spent(self.wall - earlier.wall, self.processor - earlier.processor)


class Turns:
    """Lets two threads work one after the other, an epoch each."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._turn = "ours"
        self._over: set[str] = set()

    def wait(self, name: str) -> None:
        """Block until it is this side's turn."""
        with self._ready:
            self._ready.wait_for(lambda: self._turn == name)

    def give(self, name: str) -> None:
        """Hand over to the other side, unless it has ended."""
        other = {"ours": "theirs", "theirs": "ours"}[name]
        with self._ready:
            self._turn = name if other in self._over else other
            self._ready.notify_all()

    def end(self, name: str) -> None:
        """This side is done."""
        with self._ready:
            self._over.add(name)
        self.give(name)


class _Clock(keras.callbacks.Callback):
    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self.turns, self.seconds, self._begun = turns, list[Spent](), Spent.now()

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.turns.wait("theirs")
        self._begun = Spent.now()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.seconds.append(Spent.now().since(self._begun))
        self.turns.give("theirs")


def _bare(spec: TrainingSpec, prepared: PreparedSet, turns: Turns, seconds: list[Spent]) -> None:
    # Our side clears Keras's session when it begins, so this model must be made after that.
    turns.wait("theirs")
    parts = {
        part: (
            prepared.images[prepared.indices(part)][..., None].astype(np.float32),
            prepared.labels[prepared.indices(part)].astype(np.float32),
        )
        for part in ("train", "validation")
    }
    model = build(spec.model, seed=spec.seed)
    model.compile(
        optimizer=keras.optimizers.Adam(spec.learning_rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    clock = _Clock(turns)
    model.fit(
        *parts["train"],
        batch_size=spec.batch_size,
        epochs=spec.epochs,
        validation_data=parts["validation"],
        verbose=0,  # pyright: ignore[reportArgumentType]  # Keras: a number too
        callbacks=[clock],
    )
    seconds += clock.seconds
    turns.end("theirs")


def _dashboard(
    spec: TrainingSpec, prepared: PreparedSet, folder: Path, turns: Turns, seconds: list[Spent]
) -> None:
    """Time each epoch from its first batch to the next epoch's, so with its checkpoint."""
    begun: list[Spent] = []
    ended = [True]

    def emit(event: Event) -> None:
        append(folder / "events.jsonl", event)
        if isinstance(event, EpochEnded):
            ended[0] = True
        elif isinstance(event, Phase) and event.name == "evaluation":
            seconds.append(Spent.now().since(begun[-1]))

    def before_batch() -> bool:
        if ended[0]:
            if begun:
                seconds.append(Spent.now().since(begun[-1]))
                turns.give("ours")
            turns.wait("ours")
            begun.append(Spent.now())
            ended[0] = False
        return (folder / "stop").exists()

    fit(spec, prepared, folder, emit=emit, asked_to_stop=before_batch)
    turns.end("ours")


def _draw(folder: Path, *, images: int, size: int) -> PreparedSet:
    """Noise with a square; the time of a step does not depend on what is in the picture.

    ``images`` train, a fifth of that validate.
    """
    rng = np.random.default_rng(0)
    held = images // 5
    count = images + 2 * held
    labels = rng.integers(0, 2, count)
    pixels = rng.integers(0, 256, (count, size, size)).astype(np.uint8)
    pixels[labels == 1, 8:14, 8:14] = 255
    return write_prepared(
        folder,
        name="benchmark",
        title="Benchmark",
        classes=("normal", "fracture"),
        images=pixels,
        labels=labels,
        split=np.repeat([0, 1, 2], [images, held, held]),
        groups=np.arange(count),
        metadata=rng.normal(size=(count, 3)),
        metadata_names=("a", "b", "c"),
        records=[{"id": str(index)} for index in range(count)],
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=7)
    options = parser.parse_args()
    limit_threads()
    with tempfile.TemporaryDirectory() as place:
        prepared = _draw(Path(place) / "set", images=options.images, size=options.size)
        spec = TrainingSpec(
            dataset=prepared.name,
            fingerprint=prepared.fingerprint,
            prepared=str(prepared.folder),
            model=paper_network(options.size, prepared.classes),
            epochs=options.epochs,
            batch_size=options.batch,
            learning_rate=1e-3,
        )
        folder = Path(place) / "run"
        folder.mkdir()
        turns, ours, theirs = Turns(), list[Spent](), list[Spent]()
        sides = [
            threading.Thread(target=_dashboard, args=(spec, prepared, folder, turns, ours)),
            threading.Thread(target=_bare, args=(spec, prepared, turns, theirs)),
        ]
        for side in sides:
            side.start()
        for side in sides:
            side.join()
    _print(ours, theirs)


def _print(ours: list[Spent], theirs: list[Spent]) -> None:
    print("epoch   dashboard (processor)   keras.Model.fit (processor)   ratio (processor)")
    for number, (mine, bare) in enumerate(zip(ours, theirs, strict=True), start=1):
        print(
            f"{number:5d}   {mine.wall:8.3f}s {mine.processor:10.3f}s"
            f"   {bare.wall:14.3f}s {bare.processor:10.3f}s"
            f"   {mine.wall / bare.wall:5.3f} {mine.processor / bare.processor:9.3f}"
        )
    for clock in ("wall", "processor"):
        mine = statistics.median(getattr(row, clock) for row in ours[1:])
        bare = statistics.median(getattr(row, clock) for row in theirs[1:])
        print(
            f"{clock}: median of epochs 2 to {len(ours)}: {mine:.3f} s against {bare:.3f} s,"
            f" ratio {mine / bare:.3f}"
        )


if __name__ == "__main__":
    main()
