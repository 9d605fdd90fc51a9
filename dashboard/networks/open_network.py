"""Networks that can be looked into: description and weights, without Keras. No Streamlit.

A trained run has its weights of every epoch in its snapshots, a shipped network has its own, and
a network of the zoo can be looked at as it is before any training.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Final

from core.errors import LessonError
from core.jobs.folder import RunFolder
from core.models.spec import ModelSpec
from core.models.weights import (
    WEIGHTS_FILE,
    Weights,
    check_weights,
    damaged,
    initial_weights,
    read_weights,
)
from core.models.zoo.entries import find_entry
from core.reference.backbone_spec import OPENED, backbone_spec, read_backbone
from core.reference.description import BACKBONE, SIZE
from core.training.results import read_snapshot
from core.training.spec import Start
from dashboard.networks.network import ZOO, Network, find_network, set_title
from data.models.brought import find_brought
from data.models.shipped import shipped_models

UNTRAINED_SIZE: Final = 64
UNTRAINED_CLASSES: Final = ("normal", "fracture")
UNTRAINED_SEED: Final = 0
BACKBONE_ORIGIN: Final = (
    f"The backbone of the reference network, learned from ImageNet and frozen, at {OPENED} pixels."
    f" The whole network reads a picture at {SIZE} and at {OPENED} pixels; a linear head on both"
    " and a locator make its answer, and they are not opened here."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenNetwork(Network):
    """A network with the weights of one epoch; its title names the epoch.

    Attributes:
        spec: What it is built of.
        weights: Arrays by the names of Keras's variables.
        epoch: Epochs of training behind these weights; None for a shipped or untrained network.
        origin: One sentence on where the weights come from.
        fingerprint: Names spec and weights; a small key for caches.
    """

    spec: ModelSpec
    weights: Weights = field(repr=False)
    epoch: int | None
    origin: str
    fingerprint: str


def read_network(key: str, epoch: int | None = None) -> OpenNetwork:
    """A network with the weights of one epoch.

    Args:
        key: As in `Network`.
        epoch: One of the network's epochs; None for the best one, or the only state.

    Raises:
        LessonError: As `find_network`; ``model.no-snapshots`` for an epoch without one;
            ``model.missing``, ``model.damaged``, ``model.other-weights``.
    """
    network = find_network(key)
    if network.folder is None:
        return _untrained(network)
    if network.kind == "shipped":
        spec = shipped_models()[network.key].spec
        weights = read_weights(network.folder / WEIGHTS_FILE)
        origin = f"Shipped with Lightbox, learned from {set_title(network.dataset)}."
        return _opened(network, spec, weights, None, origin)
    if network.kind == "backbone":
        path = network.folder / BACKBONE
        try:
            weights = read_backbone(path)
        except (OSError, ValueError) as error:
            raise damaged(path, error) from error
        return _opened(network, backbone_spec(), weights, None, BACKBONE_ORIGIN)
    if network.kind == "brought":
        found = find_brought(network.key)
        weights = read_weights(network.folder / WEIGHTS_FILE)
        origin = "Brought as a file; what it learned from is not known here."
        return _opened(network, found.spec, weights, None, origin)
    return _of_run(network, RunFolder(network.folder), epoch)


def _untrained(network: Network) -> OpenNetwork:
    entry = find_entry(network.key.removeprefix(ZOO))
    spec = entry.build(UNTRAINED_SIZE, UNTRAINED_CLASSES)
    return _opened(
        network,
        spec,
        initial_weights(spec, UNTRAINED_SEED),
        None,
        f"Untrained: random weights, seed {UNTRAINED_SEED}.",
    )


def _of_run(network: Network, run: RunFolder, epoch: int | None) -> OpenNetwork:
    spec = run.spec().model
    exact, best, epochs = run.path / WEIGHTS_FILE, network.best, network.epochs
    if epoch is None:
        epoch = best if best and exact.is_file() else _nearest(epochs, best)
    if epoch == best and exact.is_file():
        # The snapshots of a long run may leave the best epoch out, and are rounded.
        return _opened(network, spec, read_weights(exact), epoch, f"Epoch {epoch}, its best.")
    if epoch not in epochs:
        raise LessonError(
            "model.no-snapshots",
            problem=f"Run {run.id} has no snapshot of epoch {epoch}.",
            remedy=f"Choose one from {epochs[0]} to {epochs[-1]} that was kept.",
        )
    weights, _ = read_snapshot(run.path, epoch)
    known = f"after epoch {epoch}" if epoch else _begun(run.spec().start)
    note = ", its best" if epoch == best else ""
    return _opened(network, spec, weights, epoch, f"As it was {known}{note}.")


def _begun(start: Start | None) -> str:
    """How a run's network was before its first epoch: one that goes on from another had learned."""
    if start is None or not start.epoch:
        return "before training"
    return f"at its start, with the weights of epoch {start.epoch} of another run"


def _nearest(epochs: tuple[int, ...], best: int | None) -> int:
    """The kept epoch nearest to the best one; the last where no epoch has ended."""
    return epochs[-1] if best is None else min(epochs, key=lambda epoch: abs(epoch - best))


def _opened(
    network: Network, spec: ModelSpec, weights: Weights, epoch: int | None, origin: str
) -> OpenNetwork:
    check_weights(spec, weights)
    title = network.title if epoch is None else f"{network.title}, epoch {epoch}"
    return OpenNetwork(
        **{**asdict(network), "title": title},
        spec=spec,
        weights=weights,
        epoch=epoch,
        origin=origin,
        fingerprint=network.stamp(epoch),
    )
