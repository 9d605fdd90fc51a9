"""The files of ready runs: figures as JSON, arrays beside them; advice where one is damaged."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from numpy.typing import NDArray

from core.errors import LessonError
from core.npz import read_npz, write_npz

T = TypeVar("T")

FIGURES: Final = "figures.json"


def write_figures(folder: Path, told: Mapping[str, Any]) -> None:
    """Keep figures; the folder is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FIGURES).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def read_figures(folder: Path, read: Callable[[Mapping[str, Any]], T], *, command: str) -> T:
    """Figures as what they were.

    Args:
        folder: Of the ready runs.
        read: Makes them of their JSON.
        command: That makes them anew.

    Raises:
        LessonError: ``ready.damaged``.
    """
    try:
        return read(json.loads((folder / FIGURES).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(FIGURES, error, command) from error


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep arrays; equal arrays make equal files."""
    write_npz(path, {name: arrays[name] for name in sorted(arrays)}, compressed=True)


def read_arrays(path: Path, *, command: str) -> dict[str, NDArray[Any]]:
    """Arrays by name.

    Args:
        path: The file.
        command: That makes it anew.

    Raises:
        LessonError: ``ready.damaged``.
    """
    try:
        return read_npz(path)
    except (OSError, ValueError) as error:
        raise _damaged(path.name, error, command) from error


def _damaged(name: str, error: Exception, command: str) -> LessonError:
    return LessonError(
        "ready.damaged",
        problem=f"The ready runs cannot be read: {name} ({error}).",
        remedy=f"Fetch the project again, or measure anew: {command}",
    )
