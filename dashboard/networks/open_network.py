"""Networks that can be looked into: description and weights, without Keras. No Streamlit.

A trained run has its weights of every epoch in its snapshots, a shipped network has its own, and
a network of the zoo can be looked at as it is before any training.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.errors import LessonError
from core.jobs.folder import RunFolder, RunSummary, find_run, list_runs
from core.models.spec import ModelSpec
from core.models.weights import WEIGHTS_FILE, Weights, check_weights, initial_weights, read_weights
from core.models.zoo.entries import MODELS, find_entry
from core.training.results import list_snapshots, read_snapshot, snapshot_path
from dashboard.networks.classifiers import set_title
from data.models.shipped import ShippedModel, shipped_models

ZOO: Final = "zoo:"
UNTRAINED_SIZE: Final = 64
UNTRAINED_CLASSES: Final = ("normal", "fracture")
UNTRAINED_SEED: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A network that can be looked into, before its weights are read.

    Attributes:
        key: A shipped model's name, a run's id, or "zoo:" and a name of the zoo.
        title: For people.
        dataset: Name of the set it learned from, "" for an untrained network.
        epochs: Epochs with a snapshot; () where there is one state only.
        best: Epoch of the best validation loss, None where it is not known.
        prepared: Folder of the images it learned from, "" where that is not known.
        files: What its state depends on; their times are part of its stamp.
    """

    key: str
    title: str
    dataset: str
    epochs: tuple[int, ...] = ()
    best: int | None = None
    prepared: str = ""
    files: tuple[Path, ...] = ()

    def stamp(self, epoch: int | None) -> str:
        """Names the weights: another training under the same name is another stamp."""
        times = [file.stat().st_mtime_ns for file in self.files if file.is_file()]
        return f"{self.key}@{epoch}:{max(times, default=0)}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenNetwork:
    """A network with its weights.

    Attributes:
        key: Of its `Source`.
        title: For people, with the epoch.
        spec: What it is built of.
        weights: Arrays by the names of Keras's variables.
        epoch: Epochs of training behind these weights; None for a shipped or untrained network.
        epochs: All epochs that can be chosen.
        dataset: Name of the set it learned from, "" for none.
        origin: One sentence on where the weights come from.
        fingerprint: Names spec and weights; a small key for caches.
        prepared: Folder of the images it learned from, "" where that is not known.
    """

    key: str
    title: str
    spec: ModelSpec
    weights: Weights = field(repr=False)
    epoch: int | None
    epochs: tuple[int, ...]
    dataset: str
    origin: str
    fingerprint: str
    prepared: str = ""


def sources() -> list[Source]:
    """Every network there is to look into: shipped, then runs (newest first), then the zoo."""
    runs = [source for summary in list_runs() if (source := _source_of_run(summary))]
    return [*shipped_sources(), *runs, *(_source_of_zoo(name) for name in MODELS)]


def shipped_sources() -> list[Source]:
    """The shipped networks."""
    return [_source_of_model(model) for model in shipped_models().values()]


def find_source(key: str) -> Source:
    """The network of that key.

    Raises:
        LessonError: ``model.unknown``, ``run.unknown``, ``model.no-snapshots``.
    """
    if key.startswith(ZOO):
        return _source_of_zoo(find_entry(key.removeprefix(ZOO)).name)
    models = shipped_models()
    if key in models:
        return _source_of_model(models[key])
    run = find_run(key)
    source = _source_of_run(run.summary())
    if source is None:
        raise LessonError(
            "model.no-snapshots",
            problem=f"Run {run.id} has kept no snapshot of its weights.",
            remedy="Train it again (its first snapshot is written at once), or choose another.",
        )
    return source


def read_network(key: str, epoch: int | None = None) -> OpenNetwork:
    """A network with the weights of one epoch.

    Args:
        key: As in `Source`.
        epoch: One of the source's epochs; None for the best one, or the only state.

    Raises:
        LessonError: As `find_source`; ``model.no-snapshots`` for an epoch without one;
            ``model.missing``, ``model.damaged``, ``model.other-weights``.
    """
    source = find_source(key)
    if key.startswith(ZOO):
        return _untrained(source)
    models = shipped_models()
    if key in models:
        return _of_model(source, models[key])
    return _of_run(source, find_run(key), epoch)


def _source_of_model(model: ShippedModel) -> Source:
    file = model.path.with_name(WEIGHTS_FILE)
    return Source(key=model.name, title=model.title, dataset=model.dataset, files=(file,))


def _source_of_run(summary: RunSummary) -> Source | None:
    """None for a run without snapshots: there is nothing to look into."""
    epochs = list_snapshots(summary.run.path)
    if not epochs:
        return None
    name = summary.name or f"{set_title(summary.dataset)} {summary.input_size} px, {summary.model}"
    try:
        prepared = summary.run.spec().prepared
        best = summary.run.history().best_epoch
    except LessonError:
        return None  # a damaged run; the Train page says so
    return Source(
        key=summary.id,
        title=f"{name} ({summary.id[-4:]})",
        dataset=summary.dataset,
        epochs=epochs,
        best=best,
        prepared=prepared,
        files=(snapshot_path(summary.run.path, epochs[-1]), summary.run.path / WEIGHTS_FILE),
    )


def _source_of_zoo(name: str) -> Source:
    return Source(key=f"{ZOO}{name}", title=f"{MODELS[name].title}, untrained", dataset="")


def _untrained(source: Source) -> OpenNetwork:
    entry = find_entry(source.key.removeprefix(ZOO))
    spec = entry.build(UNTRAINED_SIZE, UNTRAINED_CLASSES)
    return _network(
        source,
        spec,
        initial_weights(spec, UNTRAINED_SEED),
        None,
        f"Untrained: random weights, seed {UNTRAINED_SEED}.",
    )


def _of_model(source: Source, model: ShippedModel) -> OpenNetwork:
    weights = read_weights(model.path.with_name(WEIGHTS_FILE))
    origin = f"Shipped with Lightbox, learned from {set_title(model.dataset)}."
    return _network(source, model.spec, weights, None, origin)


def _of_run(source: Source, run: RunFolder, epoch: int | None) -> OpenNetwork:
    spec = run.spec().model
    exact = run.path / WEIGHTS_FILE
    if epoch is None:
        epoch = source.best if source.best and exact.is_file() else _nearest(source)
    if epoch == source.best and exact.is_file():
        # The snapshots of a long run may leave the best epoch out, and are rounded.
        return _network(source, spec, read_weights(exact), epoch, f"Epoch {epoch}, its best.")
    if epoch not in source.epochs:
        raise LessonError(
            "model.no-snapshots",
            problem=f"Run {run.id} has no snapshot of epoch {epoch}.",
            remedy=f"Choose one from {source.epochs[0]} to {source.epochs[-1]} that was kept.",
        )
    weights, _ = read_snapshot(run.path, epoch)
    known = "before training" if epoch == 0 else f"after epoch {epoch}"
    note = ", its best" if epoch == source.best else ""
    return _network(source, spec, weights, epoch, f"As it was {known}{note}.")


def _nearest(source: Source) -> int:
    """The kept epoch nearest to the best one; the last where no epoch has ended."""
    if source.best is None:
        return source.epochs[-1]
    best = source.best
    return min(source.epochs, key=lambda epoch: abs(epoch - best))


def _network(
    source: Source, spec: ModelSpec, weights: Weights, epoch: int | None, origin: str
) -> OpenNetwork:
    check_weights(spec, weights)
    return OpenNetwork(
        key=source.key,
        title=source.title if epoch is None else f"{source.title}, epoch {epoch}",
        spec=spec,
        weights=weights,
        epoch=epoch,
        epochs=source.epochs,
        dataset=source.dataset,
        origin=origin,
        fingerprint=source.stamp(epoch),
        prepared=source.prepared,
    )
