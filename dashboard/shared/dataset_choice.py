"""The dataset that is open, on every page."""

from __future__ import annotations

from core.errors import LessonError
from core.jobs.folder import find_run
from dashboard import state
from dashboard.opened import Gone
from data.sets.registry import DATASETS

FIRST = "synthetic"
"""The set that pages begin with: it is always there."""


def opened_dataset() -> str:
    """Name of the dataset that is open: the one chosen, else that of the open run, else the first.

    Raises:
        Gone: ``dataset.gone`` where the registry knows none of that name.
    """
    opened = state.opened()
    name = opened.dataset or dataset_of_run(opened.network) or FIRST
    if name not in DATASETS:
        raise Gone(
            "dataset",
            "dataset.gone",
            problem=f"There is no dataset {name!r} here.",
            remedy=f"Choose one of {', '.join(info.title for info in DATASETS.values())}.",
        )
    return name


def dataset_of_run(key: str) -> str:
    """The set that a run learned from; "" for what is no run here."""
    if not key or ":" in key:
        return ""
    try:
        return find_run(key).summary().dataset
    except LessonError:
        return ""
