"""The one gate through which what lies in a run's folder is read.

A folder may be half written, copied in parts, edited by hand or on a disk that fails. Whatever is
found, the answer is a value that was checked or a `LessonError` that names file and reason: one
damaged run never stands in the way of the others.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from core.errors import LessonError

MOST_BYTES: Final = 8 * 2**20
"""Of a JSON file; the largest of ours takes a hundredth of that."""

_ATTEMPTS: Final = 20
_PAUSE_S: Final = 0.01

T = TypeVar("T")


def patiently(act: Callable[[], T]) -> T:
    """Do something with a file that others use too.

    On Windows a file that is being read at this moment can be neither replaced nor removed, nor
    one that is being replaced be read; a moment later it can.
    """
    for _ in range(_ATTEMPTS):
        try:
            return act()
        except PermissionError:
            time.sleep(_PAUSE_S)
    return act()


def damaged(run: str, reason: str) -> LessonError:
    """What is said of a run that cannot be read.

    Args:
        run: Its id.
        reason: The file and what is wrong with it, without a full stop.
    """
    return LessonError(
        "run.damaged",
        problem=f"Run {run} is damaged: {reason}.",
        remedy="Restore its folder from a copy, or delete the run and start it anew.",
    )


def unreadable(path: Path, error: OSError) -> LessonError:
    """What is said where the system refuses to read a file of a run."""
    return damaged(path.parent.name, f"{path.name} cannot be read ({why(error)})")


def unwritable(folder: Path, error: OSError, what: str) -> LessonError:
    """What is said where the system refuses to write into the folder of a run.

    Args:
        folder: Of the run.
        error: The system's refusal.
        what: Could not be done, as in "cannot be resumed".
    """
    return LessonError(
        "run.unwritable",
        problem=f"Run {folder.name} {what}: its folder cannot be written ({why(error)}).",
        remedy="Free some space or make the folder writable for the server, and try again.",
    )


def why(error: OSError) -> str:
    """The system's words without a path, which is not everybody's to know."""
    return (error.strerror or type(error).__name__).lower()


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file of a run, None where there is no such file.

    Raises:
        LessonError: ``run.damaged``.
    """
    try:
        # Only on Windows is a refusal ever over in a moment; a list of runs must not wait for it.
        raw = patiently(lambda: _first_bytes(path)) if os.name == "nt" else _first_bytes(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    if len(raw) > MOST_BYTES:
        raise damaged(path.parent.name, f"{path.name} is larger than {MOST_BYTES // 2**20} MB")
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise damaged(path.parent.name, f"{path.name} is not whole") from error
    if not isinstance(data, dict):
        raise damaged(path.parent.name, f"{path.name} holds no settings")
    return data


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def text(data: Mapping[str, Any], name: str, default: str = "") -> str:
    """The text of that name.

    Raises:
        ValueError: It is something else.
    """
    value = data.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"{name} is {brief(value)}, not a text")
    return value


def number(data: Mapping[str, Any], name: str, default: float | None = None) -> float:
    """The finite number of that name.

    Raises:
        ValueError: It is something else, or missing without a default.
    """
    value = data.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is {brief(value)}, not a number")
    if not (abs(value) < 1e15 and math.isfinite(value)):
        raise ValueError(f"{name} is out of range")
    return float(value)


def brief(value: object) -> str:
    """A received value, short enough for a sentence."""
    written = repr(value)
    return written if len(written) <= 40 else written[:37] + "..."
