"""What a training leaves in its folder besides weights: snapshots, predictions, evaluation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, IntArray
from core.errors import LessonError
from core.evaluation.report import EvaluationReport
from core.models.weights import WEIGHTS_FILE
from core.npz import read_npz, reason, write_npz
from core.prepared import PreparedSet
from core.training.moment import Moment, moment_of, stride
from core.training.spec import TrainingSpec

SNAPSHOTS: Final = "snapshots"
PREDICTIONS: Final = "predictions.npz"
EVALUATION: Final = "evaluation.json"
OPEN_TEST: Final = "open-test"
"""A file by which a person asks for the test figures of a run that left the test closed."""
PAUSE: Final = "pause"
"""A file by which a person asks that a run which is told to stop only rests."""
START: Final = "start.npz"
"""The weights that a run begins with which goes on from another: a copy of that one's snapshot."""
VALIDATION_SCORES: Final = "validation_scores"
VALIDATION_PLACES: Final = "validation_places"
"""Which of the validation images the scores are of, within an epoch: not all are looked at then."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """A network at one moment of its training.

    Attributes:
        weights: By name, float32.
        scores: (P,) or (P, C) of the validation images that were looked at, float32.
        places: (P,) which of the validation images those are; None for all of them.
    """

    weights: Mapping[str, FloatArray]
    scores: FloatArray
    places: IntArray | None = None


def snapshot_path(folder: Path, epoch: int) -> Path:
    """Where the snapshot after ``epoch`` epochs lies; 0 is before the first step."""
    return folder / SNAPSHOTS / f"epoch-{epoch:03d}.npz"


def write_snapshot(
    folder: Path,
    moment: Moment | int,
    weights: Mapping[str, FloatArray],
    validation_scores: FloatArray,
    spec: TrainingSpec,
    *,
    places: IntArray | None = None,
) -> None:
    """Keep all weights as float16 under the names of their variables, such as
    ``convolution_1/kernel``, and the scores of the validation images in their order.

    Args:
        folder: Of the run.
        moment: When this is; a number stands for the end of that epoch.
        weights: By name.
        validation_scores: Of all validation images, or of those at ``places``.
        spec: What is trained; its long runs leave epochs out.
        places: Which of the validation images were looked at, None for all.
    """
    if isinstance(moment, int):
        moment = Moment(moment)
    if not moment.batch and moment.epoch % stride(spec) and moment.epoch != spec.epochs:
        return
    arrays: dict[str, Any] = {name: _half(values) for name, values in weights.items()}
    arrays[VALIDATION_SCORES] = validation_scores.astype(np.float32)
    if places is not None:
        arrays[VALIDATION_PLACES] = places.astype(np.int32)
    path = folder / SNAPSHOTS / f"{moment.stem}.npz"
    path.parent.mkdir(exist_ok=True)
    write_npz(path, arrays)


def write_weights(folder: Path, weights: Mapping[str, FloatArray]) -> None:
    """Keep the best epoch's weights as float32, for those who look inside without Keras."""
    write_npz(folder / WEIGHTS_FILE, weights)


def read_moment(folder: Path, moment: Moment, *, weights: bool = True) -> Snapshot:
    """What is kept of one moment.

    Args:
        folder: Of the run.
        moment: One of `list_moments`.
        weights: Whether they are wanted too.

    Raises:
        LessonError: ``model.damaged`` where the file is not whole or not there.
    """
    path = folder / SNAPSHOTS / f"{moment.stem}.npz"
    try:
        found = read_npz(path, only=None if weights else (VALIDATION_SCORES, VALIDATION_PLACES))
        scores = found.pop(VALIDATION_SCORES).astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        words = f"there are no {error} in it" if isinstance(error, KeyError) else reason(error)
        raise LessonError(
            "model.damaged",
            problem=f"The snapshot of epoch {moment.place:.3g} of run {folder.name} cannot be "
            f"read: {words}.",
            remedy="Choose another epoch.",
        ) from error
    places = found.pop(VALIDATION_PLACES, None)
    return Snapshot(
        weights={name: array.astype(np.float32) for name, array in found.items()},
        scores=scores,
        places=None if places is None else places.astype(np.int64),
    )


def read_snapshot(folder: Path, epoch: int) -> tuple[dict[str, FloatArray], FloatArray]:
    """The weights by name as float32, and the validation scores, after ``epoch`` epochs.

    Raises:
        LessonError: As `read_moment`.
    """
    found = read_moment(folder, Moment(epoch))
    return dict(found.weights), found.scores


def read_validation_scores(folder: Path, epoch: int) -> FloatArray:
    """The validation scores after ``epoch`` epochs, without the weights, as float32.

    Raises:
        LessonError: As `read_moment`.
    """
    return read_moment(folder, Moment(epoch), weights=False).scores


def read_start(folder: Path) -> dict[str, FloatArray]:
    """The weights by name, as float32, that a run begins with.

    Raises:
        LessonError: ``model.damaged`` where the file is not whole or not there.
    """
    try:
        arrays = read_npz(folder / START)
    except (OSError, ValueError) as error:
        raise LessonError(
            "model.damaged",
            problem=f"The weights that run {folder.name} begins with cannot be read: "
            f"{reason(error)}.",
            remedy="Rewind its parent once more.",
        ) from error
    arrays.pop(VALIDATION_SCORES, None)
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def list_snapshots(folder: Path) -> tuple[int, ...]:
    """The epochs at whose end there is a snapshot, ascending."""
    return tuple(moment.epoch for moment in list_moments(folder) if not moment.batch)


def list_moments(folder: Path) -> tuple[Moment, ...]:
    """All moments that are kept, within epochs too, in their order."""
    try:
        stems = [path.stem for path in (folder / SNAPSHOTS).iterdir()]
    except OSError:
        return ()  # none yet, or not to be read: nothing to show either way
    return tuple(sorted(found for stem in stems if (found := moment_of(stem)) is not None))


def write(
    folder: Path,
    report: EvaluationReport,
    prepared: PreparedSet,
    scores: Mapping[str, FloatArray],
) -> None:
    """Write ``predictions.npz`` and then ``evaluation.json``, each whole or not at all."""
    write_predictions(folder, prepared, scores)
    partial = folder / f".{EVALUATION}.partial"
    partial.write_text(json.dumps(report.to_json(), indent=1), encoding="utf-8")
    partial.replace(folder / EVALUATION)


def write_predictions(
    folder: Path, prepared: PreparedSet, scores: Mapping[str, FloatArray]
) -> None:
    """Keep what a network said of each image of the scored parts, in ``predictions.npz``.

    The arrays hold for each scored part ``<part>_indices`` (positions in the prepared set),
    ``<part>_scores`` (output for class 1, or (N, C)), ``<part>_labels`` and ``<part>_groups``
    (images of one group are no independent witnesses).
    """
    arrays: dict[str, FloatArray | IntArray] = {}
    for part, given in scores.items():
        index = prepared.indices(part)
        arrays[f"{part}_indices"] = index
        arrays[f"{part}_scores"] = given
        arrays[f"{part}_labels"] = prepared.labels[index]
        arrays[f"{part}_groups"] = prepared.groups[index]
    write_npz(folder / PREDICTIONS, arrays)


def evaluated_part(folder: Path) -> str | None:
    """The part that was scored last, None before an evaluation."""
    return evaluated(folder)[0]


def evaluated(folder: Path) -> tuple[str | None, int | None]:
    """The part that was scored last, and the epoch that was; None before an evaluation."""
    try:
        data: Any = json.loads((folder / EVALUATION).read_text(encoding="utf-8"))
        epoch = data.get("best_epoch")
        return str(data["part"]), epoch if isinstance(epoch, int) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None, None


def _half(values: FloatArray) -> FloatArray:
    """float16, unless a value would overflow it (65,504)."""
    small = np.abs(values).max(initial=0.0) < np.finfo(np.float16).max
    return values.astype(np.float16 if small else np.float32)
