"""A run in one file, to be opened in another Lightbox."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Final

from core.errors import LessonError
from core.jobs.about import ABOUT
from core.jobs.folder import SPEC, RunFolder
from core.jobs.reading import read_json, unreadable

LEFT_OUT: Final = frozenset(
    {"attempt.lock", "checkpoint.keras", "heartbeat", "open-test", "owner.json", "pause",
     "queued.json", "stop", "wish.json", "worker.log"}
)  # fmt: skip
"""What belongs to this computer: who is at work, what a worker said, where training goes on."""


def packed(run: RunFolder) -> bytes:
    """All that is known of a run as a ZIP of its folder, without a path or a person of this place.

    Raises:
        LessonError: ``run.busy`` while it waits or is trained; ``run.damaged``.
    """
    if run.status().is_active:
        raise LessonError(
            "run.busy",
            problem=f"Run {run.id} has not ended.",
            remedy="Wait until it has, or stop it; then take it along.",
        )
    buffer = io.BytesIO()
    try:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(run.path.rglob("*")):
                inside = path.relative_to(run.path)
                if path.is_symlink() or not path.is_file() or _stays(inside):
                    continue
                archive.writestr(f"{run.id}/{inside.as_posix()}", _content(path))
    except OSError as error:
        raise unreadable(run.path, error) from error
    return buffer.getvalue()


def _stays(inside: Path) -> bool:
    return inside.name in LEFT_OUT or any(part.startswith(".") for part in inside.parts)


def _content(path: Path) -> bytes:
    if path.name not in {SPEC, ABOUT}:
        return path.read_bytes()
    data = read_json(path) or {}
    for private in ("prepared", "owner", "group"):
        if private in data:
            data[private] = ""
    return json.dumps(data, indent=1).encode()
