"""A network as people choose it: one value that choosers, pages and links speak of. No Streamlit.

What it holds is opened elsewhere: its weights in `dashboard.networks.open_network`, its answers in
`dashboard.networks.classifiers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from core.errors import LessonError
from core.jobs.folder import RunFolder, RunSummary, find_run, list_runs
from core.models.weights import WEIGHTS_FILE
from core.models.zoo.entries import MODELS, find_entry
from core.reference.description import BACKBONE
from core.reference.description import NAME as REFERENCE
from core.training.results import list_snapshots, snapshot_path
from data.models.brought import OWN, Brought, find_brought
from data.models.shipped import ShippedModel, eye_path, shipped_models
from data.sets.registry import DATASETS

ZOO: Final = "zoo:"
"""What the key of an untrained network begins with."""

BACKBONE_TITLE: Final = "Reference network: backbone"
Kind: TypeAlias = Literal["shipped", "run", "zoo", "brought", "backbone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Where a network comes from, what people call it, and where it lies.

    Attributes:
        kind: Shipped with Lightbox, trained here, of the zoo and untrained, brought by somebody, or
            the part of the reference network that can be looked into.
        key: A shipped model's name, a run's id, "zoo:" and a name of the zoo, or "own:" and the id
            of a brought one; what an address holds.
        title: For people.
        dataset: Name of the set it learned from, "" for an untrained or brought network.
        folder: Where its files lie, None for an untrained network.
        prepared: Folder of the images it learned from, "" where that is not known.
        count: Radiographs that were drawn for it, None for the usual number or real ones: another
            number is another set, with other parts.
    """

    kind: Kind
    key: str
    title: str
    dataset: str
    folder: Path | None = None
    prepared: str = ""
    count: int | None = None

    @property
    def epochs(self) -> tuple[int, ...]:
        """Epochs whose weights a run has kept until now; () where there is one state only."""
        return list_snapshots(self.folder) if self.folder and self.kind == "run" else ()

    @property
    def best(self) -> int | None:
        """Epoch of a run's best validation loss so far, None where it is not known."""
        if self.folder is None or self.kind != "run":
            return None
        try:
            return RunFolder(self.folder).history().best_epoch
        except LessonError:
            return None  # a damaged run; the Train page says so

    def stamp(self, epoch: int | None) -> str:
        """Names the weights: another training under the same name is another stamp."""
        if self.folder is None:
            return f"{self.key}@{epoch}:0"
        files = [snapshot_path(self.folder, kept) for kept in self.epochs[-1:]]
        files += [self.folder / WEIGHTS_FILE, self.folder / BACKBONE]
        times = [file.stat().st_mtime_ns for file in files if file.is_file()]
        return f"{self.key}@{epoch}:{max(times, default=0)}"


def every_network() -> list[Network]:
    """All that every page can look into: shipped, then runs (newest first), then the zoo.

    `backbone_network` is for pages that can show a network without logits.
    """
    runs = [found for one in list_runs() if (found := network_of_run(one)) and found.epochs]
    return [*shipped_networks(), *runs, *(_of_zoo(name) for name in MODELS)]


def shipped_networks() -> list[Network]:
    """The shipped networks."""
    return [network_of_model(model) for model in shipped_models().values()]


def backbone_network() -> Network | None:
    """What can be looked into of the reference network; None where it is not here."""
    path = eye_path()
    if path is None:
        return None
    return Network(
        kind="backbone", key=REFERENCE, title=BACKBONE_TITLE, dataset="", folder=path.parent
    )


def find_network(key: str) -> Network:
    """The network of that key, which can be looked into; of the reference network its backbone.

    Raises:
        LessonError: ``model.unknown``, ``run.unknown``, ``model.no-snapshots``.
    """
    if key == REFERENCE and (backbone := backbone_network()) is not None:
        return backbone
    if key.startswith(ZOO):
        return _of_zoo(find_entry(key.removeprefix(ZOO)).name)
    if key.startswith(OWN):
        return network_of_brought(find_brought(key))
    models = shipped_models()
    if key in models:
        return network_of_model(models[key])
    run = find_run(key)
    network = network_of_run(run.summary())
    if network is None or not network.epochs:
        raise LessonError(
            "model.no-snapshots",
            problem=f"Run {run.id} has kept no snapshot of its weights.",
            remedy="Train it again (its first snapshot is written at once), or choose another.",
        )
    return network


def network_of_model(model: ShippedModel) -> Network:
    """A shipped network."""
    return Network(
        kind="shipped",
        key=model.name,
        title=model.title,
        dataset=model.dataset,
        folder=model.path.parent,
        count=model.card.get("count"),
    )


def network_of_run(summary: RunSummary) -> Network | None:
    """What a run trains, named as its person named it; None for a damaged run."""
    try:
        prepared = summary.run.spec().prepared
    except LessonError:
        return None  # the Train page says so
    name = summary.name or f"{set_title(summary.dataset)} {summary.input_size} px, {summary.model}"
    return Network(
        kind="run",
        key=summary.id,
        title=f"{name} ({summary.id[-4:]})",
        dataset=summary.dataset,
        folder=summary.run.path,
        prepared=prepared,
    )


def network_of_brought(found: Brought) -> Network:
    """A network that somebody brought."""
    return Network(
        kind="brought", key=found.key, title=found.title, dataset="", folder=found.folder
    )


def set_title(dataset: str) -> str:
    """A dataset's name for people."""
    return DATASETS[dataset].title if dataset in DATASETS else dataset


def _of_zoo(name: str) -> Network:
    return Network(
        kind="zoo", key=f"{ZOO}{name}", title=f"{MODELS[name].title}, untrained", dataset=""
    )
