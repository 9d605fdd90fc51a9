"""Remove persons' images whose time is over, while the server runs. No Streamlit here."""

from __future__ import annotations

from pathlib import Path

from core import journal
from core.configuration import in_force
from core.errors import LessonError
from core.jobs.folder import list_runs
from data.sets.preparation import cache_root
from data.sets.tidying import tidy


def tidy_now() -> list[Path]:
    """Remove what no run was trained on and nobody used for the time that is kept."""
    kept = trained_sets()
    return tidy(cache_root(), unused_for_s=in_force().keep_uploads_h * 3600, kept=kept)


def trained_sets() -> list[Path]:
    """The prepared sets that runs were trained on, which those could not be looked into without."""
    found = []
    for summary in list_runs():
        try:
            found.append(Path(summary.run.spec().prepared))
        except LessonError:
            continue  # damaged: what it was trained on is not known
    return found


def tidy_and_tell() -> None:
    """The same, and what came of it for the log."""
    try:
        removed = tidy_now()
        if removed:
            journal.write("uploads.tidied", folders=len(removed))
    except (OSError, LessonError) as error:
        code = error.code if isinstance(error, LessonError) else type(error).__name__
        journal.write("uploads.untidied", code=code)
