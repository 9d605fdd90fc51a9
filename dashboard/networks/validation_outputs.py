"""What a network said of its validation images, epoch by epoch. No Streamlit.

The test part is not read here: it is opened on purpose, elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray
from core.errors import LessonError
from core.evaluation.operating_point import temperature
from core.jobs.folder import RunFolder
from core.models.spec import ModelSpec
from core.npz import read_npz, reason
from core.prepared import PreparedSet
from core.reference.description import NAME as REFERENCE
from core.training.results import PREDICTIONS, read_validation_scores
from dashboard.networks.layer_history import some
from dashboard.networks.network import Network
from data.models.shipped import ShippedModel, reference_model, shipped_models

MOST_EPOCHS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValidationOutputs:
    """Outputs of V validation images through E epochs of a training.

    Attributes:
        classes: The two classes; the second is the positive one.
        epochs: Epochs that are known, ascending; (None,) where there is one state only.
        scores: (E, V) float32, output for the positive class.
        labels: (V,) 0 or 1.
        groups: (V,), images of one group are no independent witnesses.
        indices: (V,) positions in the prepared set; -1 where they are not known.
        best: Position in ``epochs`` of the best one.
        temperatures: (E,) what would make the outputs of each epoch fit the labels best.
    """

    classes: tuple[str, str]
    epochs: tuple[int | None, ...]
    scores: FloatArray
    labels: IntArray
    groups: IntArray
    indices: IntArray
    best: int
    temperatures: tuple[float, ...]

    @property
    def base_rate(self) -> float:
        """Share of positives among the images."""
        return float(np.mean(self.labels == 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenedTest:
    """Outputs of a network's test images, which a person has asked for.

    Attributes:
        scores: (N,) output for the positive class.
        labels: (N,) 0 or 1.
        groups: (N,).
    """

    scores: FloatArray
    labels: IntArray
    groups: IntArray


def validation_outputs(network: Network, prepared: PreparedSet | None) -> ValidationOutputs:
    """Read what a network said of its validation images.

    Args:
        network: Shipped, or a run with at least one snapshot.
        prepared: The set it learned from; None where it is not here.

    Raises:
        LessonError: ``results.classes`` where there are more than two; ``results.none`` where
            nothing is known; ``model.damaged``.
    """
    spec = spec_of(network)
    classes = () if spec is None else spec.classes
    if len(classes) != 2:
        raise LessonError(
            "results.classes",
            problem=f"{network.title} tells {len(classes)} classes apart; a threshold parts two.",
            remedy="Choose a network with two classes. The figures of this one stand on Train.",
        )
    pair = (classes[0], classes[1])
    if network.kind == "run" and network.epochs:
        return _of_run(network, pair, prepared)
    return _of_predictions(network, pair, prepared)


def outputs_of_test(network: Network) -> OpenedTest | None:
    """What the network said of its test images; None where its test was never opened.

    Raises:
        LessonError: ``model.damaged``.
    """
    found = _predictions(network)
    if "test_scores" not in found:
        return None
    return OpenedTest(
        scores=found["test_scores"], labels=found["test_labels"], groups=found["test_groups"]
    )


def spec_of(network: Network) -> ModelSpec | None:
    """What a network is built of; None for one of the zoo.

    Raises:
        LessonError: ``run.damaged`` and its kin.
    """
    if network.kind == "run" and network.folder is not None:
        return RunFolder(network.folder).spec().model
    model = shipped(network)
    return None if model is None else model.spec


def shipped(network: Network) -> ShippedModel | None:
    """The shipped network of that key, the reference among them; None for another one."""
    if network.key == REFERENCE:
        return reference_model()
    return shipped_models().get(network.key)


def _of_run(
    network: Network, classes: tuple[str, str], prepared: PreparedSet | None
) -> ValidationOutputs:
    folder, epochs = Path(network.folder or "."), network.epochs
    best = network.best if network.best in epochs else None
    kept = tuple(sorted({*some(epochs, MOST_EPOCHS), *(() if best is None else (best,))}))
    scores = np.stack([read_validation_scores(folder, epoch) for epoch in kept])
    labels, groups, indices = _facts(network, prepared)
    if scores.ndim != 2 or scores.shape[1] != len(labels):
        raise _none(network)
    return ValidationOutputs(
        classes=classes,
        epochs=kept,
        scores=scores,
        labels=labels,
        groups=groups,
        indices=indices,
        best=len(kept) - 1 if best is None else kept.index(best),
        temperatures=tuple(temperature(labels, row) for row in scores),
    )


def _facts(network: Network, prepared: PreparedSet | None) -> tuple[IntArray, IntArray, IntArray]:
    """Labels, groups and positions: of the set, or as the run wrote them down at its end."""
    if prepared is not None:
        indices = prepared.indices("validation")
        return prepared.labels[indices], prepared.groups[indices], indices
    found = _predictions(network)
    if "validation_labels" not in found:
        raise _none(network)
    return found["validation_labels"], found["validation_groups"], found["validation_indices"]


def _of_predictions(
    network: Network, classes: tuple[str, str], prepared: PreparedSet | None
) -> ValidationOutputs:
    found = _predictions(network)
    if "validation_scores" not in found:
        raise _none(network)
    scores, labels = found["validation_scores"].astype(np.float32), found["validation_labels"]
    return ValidationOutputs(
        classes=classes,
        epochs=(None,),
        scores=scores[None],
        labels=labels,
        groups=found["validation_groups"],
        indices=_indices(found, prepared),
        best=0,
        temperatures=(temperature(labels, scores),),
    )


def _indices(found: Mapping[str, NDArray[Any]], prepared: PreparedSet | None) -> IntArray:
    """Where the images stand: as written down, or by the names that a set knows them by."""
    if "validation_indices" in found:
        return found["validation_indices"]
    names = found.get("validation_ids", np.array([], str))
    known = {} if prepared is None else {r["id"]: n for n, r in enumerate(prepared.records())}
    return np.array([known.get(str(name), -1) for name in names], np.int64)


def _predictions(network: Network) -> dict[str, NDArray[Any]]:
    path = Path(network.folder or ".") / PREDICTIONS
    try:
        return read_npz(path)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise LessonError(
            "model.damaged",
            problem=f"The outputs of {network.title} cannot be read: {reason(error)}.",
            remedy="Choose another network, or resume the run to have it evaluated again.",
        ) from error


def _none(network: Network) -> LessonError:
    return LessonError(
        "results.none",
        problem=f"What {network.title} said of its validation images is not known here.",
        remedy="Its images may have been cleared away. Train it again, or choose another network.",
    )
