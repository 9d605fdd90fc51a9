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
from core.models.weights import WEIGHTS_FILE, Weights, check_weights, initial_weights, read_weights
from core.models.zoo.entries import find_entry
from core.training.results import read_snapshot
from dashboard.networks.network import ZOO, Network, find_network, set_title
from data.models.shipped import shipped_models

UNTRAINED_SIZE: Final = 64
UNTRAINED_CLASSES: Final = ("normal", "fracture")
UNTRAINED_SEED: Final = 0


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
    known = "before training" if epoch == 0 else f"after epoch {epoch}"
    note = ", its best" if epoch == best else ""
    return _opened(network, spec, weights, epoch, f"As it was {known}{note}.")


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
