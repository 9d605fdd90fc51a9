"""What a training leaves in its folder besides weights: snapshots, predictions, evaluation."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, IntArray
from core.errors import LessonError
from core.evaluation.report import EvaluationReport
from core.models.cost import total_parameters
from core.models.weights import WEIGHTS_FILE
from core.npz import read_npz, reason
from core.prepared import PreparedSet
from core.training.spec import TrainingSpec

SNAPSHOTS: Final = "snapshots"
PREDICTIONS: Final = "predictions.npz"
EVALUATION: Final = "evaluation.json"
OPEN_TEST: Final = "open-test"
"""A file by which a person asks for the test figures of a run that left the test closed."""
VALIDATION_SCORES: Final = "validation_scores"
SNAPSHOT_BUDGET: Final = 200 * 2**20
"""Bytes that the snapshots of one run may take; larger networks are kept every few epochs."""


def snapshot_path(folder: Path, epoch: int) -> Path:
    """Where the snapshot after ``epoch`` epochs lies; 0 is before the first step."""
    return folder / SNAPSHOTS / f"epoch-{epoch:03d}.npz"


def snapshot_stride(spec: TrainingSpec) -> int:
    """A snapshot is kept every so many epochs (and of the last), to stay within the budget."""
    each = 2 * total_parameters(spec.model)
    return max(1, math.ceil((spec.epochs + 1) * each / SNAPSHOT_BUDGET))


def write_snapshot(
    folder: Path,
    epoch: int,
    weights: Mapping[str, FloatArray],
    validation_scores: FloatArray,
    spec: TrainingSpec,
) -> None:
    """Keep all weights as float16 under the names of their variables, such as
    ``convolution_1/kernel``, and the scores of the validation images in their order.
    """
    if epoch % snapshot_stride(spec) and epoch != spec.epochs:
        return
    arrays = {name: _half(values) for name, values in weights.items()}
    arrays[VALIDATION_SCORES] = validation_scores.astype(np.float32)
    path = snapshot_path(folder, epoch)
    path.parent.mkdir(exist_ok=True)
    _write_arrays(path, arrays)


def write_weights(folder: Path, weights: Mapping[str, FloatArray]) -> None:
    """Keep the best epoch's weights as float32, for those who look inside without Keras."""
    _write_arrays(folder / WEIGHTS_FILE, weights)


def read_snapshot(folder: Path, epoch: int) -> tuple[dict[str, FloatArray], FloatArray]:
    """The weights by name as float32, and the validation scores, after ``epoch`` epochs.

    Raises:
        LessonError: ``model.damaged`` where the file is not whole or not there.
    """
    return _read_snapshot(folder, epoch)


def read_validation_scores(folder: Path, epoch: int) -> FloatArray:
    """The validation scores after ``epoch`` epochs, without the weights, as float32.

    Raises:
        LessonError: As `read_snapshot`.
    """
    return _read_snapshot(folder, epoch, only=(VALIDATION_SCORES,))[1]


def _read_snapshot(
    folder: Path, epoch: int, *, only: tuple[str, ...] | None = None
) -> tuple[dict[str, FloatArray], FloatArray]:
    path = snapshot_path(folder, epoch)
    try:
        found = read_npz(path, only=only)
        arrays = {name: array.astype(np.float32) for name, array in found.items()}
        scores = arrays.pop(VALIDATION_SCORES)
    except (OSError, ValueError, KeyError) as error:
        words = f"there are no {error} in it" if isinstance(error, KeyError) else reason(error)
        raise LessonError(
            "model.damaged",
            problem=f"The snapshot of epoch {epoch} of run {folder.name} cannot be read: {words}.",
            remedy="Choose another epoch.",
        ) from error
    return arrays, scores


def list_snapshots(folder: Path) -> tuple[int, ...]:
    """The epochs that have a snapshot, ascending."""
    try:
        names = [path.stem.removeprefix("epoch-") for path in (folder / SNAPSHOTS).iterdir()]
    except OSError:
        return ()  # none yet, or not to be read: nothing to show either way
    return tuple(sorted(int(name) for name in names if re.fullmatch(r"[0-9]{1,6}", name)))


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
    _write_arrays(folder / PREDICTIONS, arrays)


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


def _write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    partial = path.with_name(f".{path.stem}.partial.npz")
    np.savez(partial, **arrays)
    partial.replace(path)
