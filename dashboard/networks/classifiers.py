"""The networks that "Test an X-ray" can ask: shipped ones and finished runs. No Streamlit."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray
from core.errors import LessonError
from core.evaluation.calibration import at_base_rate, gap, gap_by_chance
from core.evaluation.report import EvaluationReport
from core.evaluation.similar_outputs import FEWEST_SCORED, Outlook, outlook
from core.jobs.folder import Status, list_runs
from core.models.layers import (
    Convolution,
    DepthwiseConvolution,
    Layer,
    Parallel,
    Residual,
    SharedConvolution,
)
from core.models.spec import ModelSpec, kind_of
from core.npz import read_npz
from core.prepared import PreparedSet, open_prepared
from core.reference.description import EXPLAINED, FAMILIAR, ReferenceSpec
from dashboard.networks.network import (
    Network,
    network_of_brought,
    network_of_model,
    network_of_run,
    set_title,
)
from data.models.brought import OWN, Brought, find_brought
from data.models.shipped import ShippedModel, eye_path, find_model, reference_model, shipped_models

PREDICTIONS: Final = "predictions.npz"
MOST_SET_PX: Final = 256
"""Thousands of X-rays at 512 pixels would take a gigabyte; what is asked about is the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier(Network):
    """A trained network that answers, and what its test says of it.

    Attributes:
        path: The Keras file.
        spec: What it is built of.
        threshold: A score at or above it is answered with the second class; None where the
            largest output answers.
        report: Its evaluation, None where there is none.
        predictions: Scores of its test, None where they are not here.
    """

    path: Path
    spec: ModelSpec
    threshold: float | None
    report: EvaluationReport | None = None
    predictions: Path | None = None

    @property
    def tells_strangers(self) -> bool:
        """Whether it can be said of a picture that it learned from none like it."""
        return isinstance(self.spec, ReferenceSpec) or (
            self.path.with_name(FAMILIAR).is_file() and eye_path() is not None
        )

    @property
    def learned_from_validation(self) -> bool:
        """Whether it was fitted to the validation part too, once all was chosen."""
        return isinstance(self.spec, ReferenceSpec)

    @property
    def eye(self) -> str | None:
        """File of the backbone that looks at pictures for it; None where nothing is to be told."""
        path = eye_path()
        return str(path) if path is not None and self.tells_strangers else None

    @property
    def set_size(self) -> int:
        """Side at which its set is prepared to choose from: its own, unless that is too large."""
        return min(self.spec.input_size, MOST_SET_PX)

    def knows_parts(self, prepared: PreparedSet) -> bool:
        """Whether the parts of a set are those that it learned from and was tested on."""
        if self.report is None:
            return False
        if self.report.fingerprint == prepared.fingerprint:
            return True
        # The same images at another size are another set; their names tell.
        tested = _test_names(str(self.predictions), self.report.fingerprint)
        return bool(tested) and tested == _names(prepared, "test")

    @property
    def positive(self) -> int:
        """The class whose output is shown: "fracture" where there is one, else the last."""
        classes = self.spec.classes
        return classes.index("fracture") if "fracture" in classes else len(classes) - 1

    def answer(self, outputs: FloatArray) -> str:
        """The class that is answered: by the threshold, or the one with the largest output.

        Args:
            outputs: (C,) outputs between 0 and 1.
        """
        if self.threshold is None:
            return self.spec.classes[int(np.argmax(outputs))]
        return self.spec.classes[int(outputs[1] >= self.threshold)]

    def file_stamp(self) -> tuple[str, int]:
        """Names the file's content: another training under the same name is another network."""
        return str(self.path), self.path.stat().st_mtime_ns


def networks() -> list[Classifier]:
    """All networks that can be asked: shipped ones first, then runs, the newest first."""
    models, reference = list(shipped_models().values()), reference_model()
    if reference is not None:
        models.append(reference)
    return [*(_of_model(model, network_of_model(model)) for model in models), *_runs()]


def classifier_of(found: Brought) -> Classifier:
    """A network that somebody brought, as one that answers; nothing is known of how well."""
    return Classifier(
        **dataclasses.asdict(network_of_brought(found)),
        path=found.path,
        spec=found.spec,
        threshold=0.5 if found.spec.outputs == 1 else None,
    )


def find_classifier(key: str) -> Classifier:
    """A network by a shipped model's name, a run's id or the beginning of one.

    Raises:
        LessonError: ``model.unknown``, ``model.missing``, ``model.damaged``, ``run.ambiguous``.
    """
    if key.startswith(OWN):
        return classifier_of(find_brought(key))
    model = find_model(key)
    known = network_of_model(model)
    return _of_model(model, known if model.card else dataclasses.replace(known, kind="run"))


def _runs() -> Iterator[Classifier]:
    for summary in list_runs():
        ended = summary.status in {Status.FINISHED, Status.STOPPED}
        if not ended or not summary.run.model_path.is_file():
            continue
        try:
            model = find_model(summary.id)
        except LessonError:
            continue  # a damaged run; the Train page says so
        network = network_of_run(summary)
        if network is not None:
            yield _of_model(model, network)


def _of_model(model: ShippedModel, network: Network) -> Classifier:
    predictions = model.path.parent / PREDICTIONS
    return Classifier(
        **dataclasses.asdict(network),
        path=model.path,
        spec=model.spec,
        threshold=model.threshold,
        report=model.report,
        predictions=predictions if predictions.is_file() else None,
    )


def outlook_of(network: Classifier, output: float) -> Outlook | None:
    """How the test images with about this output turned out; None where it is not known."""
    if network.predictions is None or len(network.spec.classes) != 2:
        return None
    return _outlook(network.predictions, _stamp(network.predictions), output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How far outputs lie from shares in a network's test, over tenths of its X-rays by output.

    Attributes:
        gap: Mean distance.
        undone: The same with the class weights divided out; None where all counted alike.
        chance: What a calibrated network with those outputs would show by chance.
        n: Test X-rays.
    """

    gap: float
    undone: float | None
    chance: float
    n: int


def calibration_of(network: Classifier) -> Calibration | None:
    """What the test says of the outputs as shares; None where it is not known."""
    if network.predictions is None or len(network.spec.classes) != 2 or network.report is None:
        return None
    weights = network.report.removable_weights
    return _calibration(network.predictions, _stamp(network.predictions), weights)


# A test does not change, and what it says of an output is drawn from it a thousand times over:
# so all this is kept, under the file's name and stamp.


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@functools.lru_cache(maxsize=64)
def _outlook(path: Path, stamp: tuple[int, int], output: float) -> Outlook | None:
    found = _test_scores(path, stamp)
    return None if found is None else outlook(*found, output)


@functools.lru_cache(maxsize=16)
def _calibration(
    path: Path, stamp: tuple[int, int], weights: tuple[float, ...] | None
) -> Calibration | None:
    found = _test_scores(path, stamp)
    if found is None or len(found[0]) < FEWEST_SCORED:
        return None
    outputs, labels, _ = found
    uneven = weights is not None and not math.isclose(*weights, rel_tol=0.05)
    brought_back = at_base_rate(outputs, weights) if weights is not None and uneven else None
    return Calibration(
        gap=gap(outputs, labels),
        undone=None if brought_back is None else gap(brought_back, labels),
        chance=gap_by_chance(outputs if brought_back is None else brought_back),
        n=len(outputs),
    )


@functools.lru_cache(maxsize=8)
def _test_names(path: str, _fingerprint: str) -> frozenset[str]:
    """Names of the test images, where a network keeps them; empty where it does not."""
    try:
        return frozenset(map(str, read_npz(Path(path), only=("test_ids",)).get("test_ids", ())))
    except (OSError, ValueError):
        return frozenset()


def _names(prepared: PreparedSet, part: str) -> frozenset[str]:
    return _names_of(prepared.folder, prepared.fingerprint, part)


@functools.lru_cache(maxsize=8)
def _names_of(folder: Path, _fingerprint: str, part: str) -> frozenset[str]:
    found = open_prepared(folder)
    records = found.records()
    return frozenset(str(records[int(index)]["id"]) for index in found.indices(part))


@functools.lru_cache(maxsize=8)
def _test_scores(
    path: Path, _stamp: tuple[int, int]
) -> tuple[FloatArray, IntArray, IntArray] | None:
    """Scores, labels and groups of the test images; None where they are not known."""
    try:
        arrays = read_npz(path)
        scores, labels, groups = (arrays[f"test_{name}"] for name in ("scores", "labels", "groups"))
    except (OSError, ValueError, KeyError):
        # Of validation images alone, of a version that kept no groups, or damaged.
        return None
    if scores.ndim != 1 or not scores.shape == labels.shape == groups.shape:
        return None
    return (scores, labels, groups) if np.isfinite(scores).all() else None


def convolution_names(spec: ModelSpec) -> tuple[str, ...]:
    """The convolutional layers that can be explained, as the built network names them."""
    if isinstance(spec, ReferenceSpec):
        return tuple(EXPLAINED)
    return tuple(name for pair in spec.named_layers() for name in _inside(*pair))


def _inside(name: str, layer: Layer) -> Iterator[str]:
    if isinstance(layer, Convolution | DepthwiseConvolution | SharedConvolution):
        yield name
    elif isinstance(layer, Residual):
        yield from _chain(name, layer.body)
    elif isinstance(layer, Parallel):
        for count, branch in enumerate(layer.branches, start=1):
            yield from _chain(f"{name}_branch_{count}", branch)


def _chain(name: str, layers: tuple[Layer, ...]) -> Iterator[str]:
    for count, layer in enumerate(layers, start=1):
        yield from _inside(f"{name}_{kind_of(layer)}_{count}", layer)


def card_sentences(network: Classifier) -> list[str]:
    """What is known of a network before it is asked: set, size, figures with n and interval."""
    size = network.spec.input_size
    known = [_learned_from(network, size)]
    report = network.report
    if network.kind == "brought":
        return [*known, "How good it is was never tested here, so its worth is not known."]
    if report is None:
        return [*known, "It was stopped before a test, so its worth is not known."]
    part = "On its test" if report.part == "test" else "On validation only (it flatters)"
    known.append(f"{part}: AUC {report.auc.plain()}.")
    return [*known, *_beside_no_pixel(report)]


def _learned_from(network: Classifier, size: int) -> str:
    if network.kind == "brought":
        return f"Brought as a file, for {size} by {size} pixels; what it learned from is not known."
    return f"Learned from {set_title(network.dataset)}, at {size} by {size} pixels."


def _beside_no_pixel(report: EvaluationReport) -> list[str]:
    """The network beside what needs no pixel, on the same images where that was compared."""
    blind = report.baseline("metadata")
    if blind is None or not blind.auc.known:
        return []
    known = blind.title.removesuffix(", no pixel")
    told = f"Without looking at a pixel, from {known}: AUC {blind.auc.value:.3f}"
    if blind.lead is None:
        return [f"{told}."]
    lead = blind.lead.auc
    if not lead.told_apart:
        return [f"{told}; these images cannot tell the two apart ({lead.plain()})."]
    side = "ahead of" if lead.value > 0 else "behind"
    return [f"{told}; on the same images the network is {side} that by {lead.plain()}."]


def prevalence_of(network: Classifier) -> float | None:
    """The share of positives for which a network's outputs were made; None where it is not known.

    Half, where both classes counted the same in training; else the share in its own test.
    """
    report = network.report
    if report is None or report.sensitivity is None or report.specificity is None:
        return None
    weights = report.class_weights
    if weights is not None and len(weights) == 2 and not math.isclose(*weights, rel_tol=0.05):
        return 0.5
    positives, negatives = report.sensitivity.n, report.specificity.n
    return positives / (positives + negatives) if positives and negatives else None


def meaning_of(network: Classifier, output: float) -> str:
    """What an output means where both classes counted the same in training, else empty."""
    report = network.report
    if report is not None and report.focal_gamma:
        return (
            "It was trained with a focal loss, which draws outputs toward the middle: read them "
            "beside the threshold, not as shares."
        )
    if report is None or report.class_weights is None or len(report.class_weights) != 2:
        return ""
    negative, positive = report.class_weights
    if math.isclose(negative, positive, rel_tol=0.05):
        return ""
    rate = float(at_base_rate(np.array(output), report.class_weights))
    return (
        f"In its training both classes counted the same, as if half of all X-rays showed "
        f"{report.classes[1]}. At the frequency of its own set this output corresponds to "
        f"{rate:.2f}."
    )


def sentences_of_test(network: Classifier) -> list[str]:
    """What its threshold did in the test, with n and interval."""
    report = network.report
    if report is None or report.sensitivity is None or report.specificity is None:
        return []
    name, other = report.classes[1], report.classes[0]
    part = "test" if report.part == "test" else "validation"
    return [
        f"Sensitivity: it found {report.sensitivity.percent()} of the {part} X-rays with {name}.",
        f"Specificity: it left alone {report.specificity.percent()} of those labeled {other}.",
    ]
