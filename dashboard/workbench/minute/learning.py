"""What is learned from a collection: a head on frozen features, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.errors import LessonError
from core.models.spec import ModelSpec
from core.models.zoo.paper import paper_network
from core.prepared import SPLITS, PreparedSet
from core.training.spec import TrainingSpec
from core.transfer.head import EPOCHS, Head, fit_head
from core.transfer.worth import Worth, untested, worth
from dashboard.workbench.minute.collection import Collection
from data.sets.origins import OWN_SET
from data.sets.readers.image_folder import MIN_IMAGES

SMALL_SIDE: Final = 64
"""Input of the network from nothing, in pixels."""
SMALL_EPOCHS: Final = 40
_BATCH: Final = 16
_DESCRIBED: Final = 0.6
_FITTED: Final = 0.7

Describe = Callable[[UInt8Array], FloatArray]
Told = Callable[[str, float], None]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Learned:
    """A head with what is known of it.

    Attributes:
        stamp: Of the collection that it learned from.
        head: Features to scores.
        held: On pictures that it did not learn from, bursts whole; None where that cannot be.
        torn: The same with bursts torn apart, which flatters; None where no burst has two.
        untested: Classes for which there is nothing independent to ask about.
    """

    stamp: str
    head: Head
    held: Worth | None
    torn: Worth | None
    untested: tuple[int, ...]


def require_classes(collection: Collection) -> None:
    """See that there is something to tell apart.

    Raises:
        LessonError: ``head.class-empty``.
    """
    empty = [n for at, n in enumerate(collection.names) if not collection.of_class(at)]
    if empty:
        raise LessonError(
            "head.class-empty",
            problem=f"There is no picture of {' and '.join(empty)} yet.",
            remedy="A network learns what tells classes apart: each needs pictures, two at least.",
        )


def learn(collection: Collection, describe: Describe, told: Told) -> Learned:
    """Describe all pictures, fit a head, and ask others like it about what they did not see.

    Args:
        collection: With pictures of every class.
        describe: Pictures (N, S, S) to features (N, F).
        told: Called with what is done and how much of all is.

    Raises:
        LessonError: ``head.class-empty``; what ``describe`` raises.
    """
    require_classes(collection)
    images, labels, classes = collection.images(), collection.labels, len(collection.names)
    parts = []
    for start in range(0, len(images), _BATCH):
        # The first waits for a worker, which may have to load the backbone.
        said = f"Picture {start + 1} of {len(images)}" if start else "Waiting for a worker"
        told(said, _DESCRIBED * start / len(images))
        parts.append(describe(images[start : start + _BATCH]))
    features = np.concatenate(parts)

    def epoch_told(epoch: int, loss: float) -> None:
        share = epoch / EPOCHS
        told(f"Epoch {epoch} of {EPOCHS}, loss {loss:.3f}", _DESCRIBED + 0.1 * share)

    head = fit_head(features, labels, classes, told=epoch_told)
    told("Asking about pictures left out", _FITTED)
    bursts, alone = collection.bursts(), np.arange(len(labels))
    together = len(np.unique(bursts)) < len(labels)
    return Learned(
        stamp=collection.stamp,
        head=head,
        held=worth(features, labels, bursts, classes),
        torn=worth(features, labels, alone, classes) if together else None,
        untested=untested(labels, bursts, classes),
    )


def require_enough(collection: Collection) -> None:
    """See that a network from nothing can learn, be tuned and be tested on each class.

    Raises:
        LessonError: ``network.too-few``.
    """
    bursts = collection.bursts()
    for label, name in enumerate(collection.names):
        places = collection.of_class(label)
        apart = len(np.unique(bursts[places]))
        if len(places) < MIN_IMAGES or apart < len(SPLITS):
            raise LessonError(
                "network.too-few",
                problem=f"Pictures of {name}: {len(places)}, of them independent: {apart}.",
                remedy=f"A network from nothing needs {MIN_IMAGES} of every class, {len(SPLITS)} "
                "of them independent: some to learn from, others to tune and to test on.",
            )


def small_network(classes: tuple[str, ...]) -> ModelSpec:
    """The paper's network with a quarter of its filters, and nothing behind them but their maxima.

    A dense layer on all places would learn from twenty pictures where things happened to lie.
    """
    return paper_network(
        SMALL_SIDE, classes, filters=(8, 16, 32), dense=0, dropout=0.0, global_pooling="max"
    )


def small_training(prepared: PreparedSet) -> TrainingSpec:
    """How that network is trained."""
    return TrainingSpec(
        dataset=OWN_SET,
        fingerprint=prepared.fingerprint,
        prepared=str(prepared.folder),
        model=small_network(prepared.classes),
        epochs=SMALL_EPOCHS,
        batch_size=8,
        learning_rate=0.003,
    )
