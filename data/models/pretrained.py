"""The reference network as it is shipped: its folder, its card, its figures.

``data/models/reference/`` holds ``backbone.npz`` and ``reference.npz`` (what it began from, and
what it learned from X-rays), ``card.json``, ``README.md`` (the same for people),
``predictions.npz``, ``training.log`` and the license of what it began from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import LessonError
from core.evaluation.report import EvaluationReport, summary_lines
from core.npz import read_npz, write_npz
from core.reference.account import Section
from core.reference.description import BACKBONE, NAME, WEIGHTS
from core.training.results import PREDICTIONS
from data.models.shipped import CARD, FOLDER, README

FORMAT: Final = 1
TITLE: Final = "Reference network: FracAtlas"
COMMAND: Final = "python3 -m dashboard reference train"
LOG: Final = "training.log"


def reference_folder(folder: Path = FOLDER) -> Path:
    """Where the reference network lies."""
    return folder / NAME


def read_backbone(folder: Path = FOLDER) -> dict[str, NDArray[Any]]:
    """The backbone's arrays by name, in 16 bits as they lie on disk.

    Raises:
        LessonError: ``model.damaged``.
    """
    try:
        return read_npz(reference_folder(folder) / BACKBONE)
    except (OSError, ValueError) as error:
        raise _damaged(f"{BACKBONE} cannot be read ({error})") from error


def write_backbone(arrays: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Keep the backbone, in 16 bits."""
    halves = {name: np.asarray(array, np.float16) for name, array in arrays.items()}
    _write(reference_folder(folder) / BACKBONE, halves)


def write_learned(arrays: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Keep what was learned from X-rays."""
    _write(reference_folder(folder) / WEIGHTS, arrays)


def _write(path: Path, arrays: Mapping[str, Any]) -> None:
    """Whole or not at all; equal arrays make equal files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_npz(path, {name: arrays[name] for name in sorted(arrays)}, compressed=True)


def write_card(
    report: EvaluationReport,
    sections: Sequence[Section],
    *,
    notes: str,
    folder: Path = FOLDER,
) -> None:
    """Put the figures on the card and into the README.

    Args:
        report: On the test part.
        sections: What else was measured.
        notes: What a person must know before using it.
        folder: Of shipped models.
    """
    place = reference_folder(folder)
    card = {
        "format": FORMAT,
        "title": TITLE,
        "command": COMMAND,
        "notes": notes,
        "dataset": report.dataset,
        "fingerprint": report.fingerprint,
        "report": report.to_json(),
        "sections": [section.to_json() for section in sections],
    }
    (place / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (place / README).write_text(_readme(card, report), encoding="utf-8")


def write_predictions(predictions: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Keep outputs of validation and test, from which every figure can be made again."""
    _write(reference_folder(folder) / PREDICTIONS, predictions)


def read_predictions(folder: Path = FOLDER) -> dict[str, NDArray[Any]]:
    """What `write_predictions` kept.

    Raises:
        LessonError: ``model.damaged``.
    """
    try:
        return read_npz(reference_folder(folder) / PREDICTIONS)
    except (OSError, ValueError) as error:
        raise _damaged(f"{PREDICTIONS} cannot be read ({error})") from error


def _readme(card: Mapping[str, Any], report: EvaluationReport) -> str:
    lines = [f"# {card['title']}", "", str(card["notes"]), "", "Made with:", ""]
    lines += [f"    {card['command']}", "", "Measured:", ""]
    lines += [f"    {line}" for line in summary_lines(report)]
    for section in card["sections"]:
        lines += ["", f"## {section['title']}", "", *(f"- {line}" for line in section["lines"])]
    return "\n".join([*lines, "", "Not a medical device: for teaching only."]) + "\n"


def _damaged(problem: str) -> LessonError:
    return LessonError(
        "model.damaged",
        problem=f"The reference network is damaged: {problem}.",
        remedy="Fetch the project again, or choose another model.",
    )
