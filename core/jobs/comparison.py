"""Several runs that were begun together to be compared.

A comparison is nothing but a word that its runs share in their folders: it survives what they
survive, can be read on another machine, and shrinks when a run is deleted.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.jobs.folder import RunFolder, RunSummary, Status, create_run, list_runs
from core.training.spec import TrainingSpec

_KIND: Final = "~"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs of one group, in the order in which they were begun.

    Attributes:
        id: The word they share.
        runs: What each folder says.
    """

    id: str
    runs: tuple[RunSummary, ...]

    @property
    def created(self) -> float:
        """Unix seconds of its first run."""
        return self.runs[0].created

    @property
    def is_active(self) -> bool:
        """Whether something will still happen without a person."""
        return any(run.status.is_active for run in self.runs)

    @property
    def resumable(self) -> tuple[RunFolder, ...]:
        """Runs that can go on from their last finished epoch."""
        return tuple(run.run for run in self.runs if run.status.is_resumable)

    def ask_stop(self) -> None:
        """End what is trained within a batch; what waits never starts."""
        # The last first: otherwise the next in the queue would begin before it is asked.
        for run in reversed(self.runs):
            if run.run.status() in {Status.QUEUED, Status.RUNNING}:
                run.run.ask_stop()


def new_group(kind: str = "") -> str:
    """A word for a new comparison, which sorts by time.

    Args:
        kind: A word before it: who compares something else than the zoo's networks says so.
    """
    kind += _KIND if kind else ""
    return f"{kind}{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


def create_comparison(
    specs: Iterable[TrainingSpec], *, group: str, root: Path | None = None, owner: str = ""
) -> list[RunFolder]:
    """Make the folders of all runs, in order; each waits in this process's queue.

    Raises:
        LessonError: ``run.unwritable`` where the disk refuses.
    """
    return [create_run(spec, root=root, group=group, owner=owner) for spec in specs]


def list_comparisons(root: Path | None = None, *, kind: str = "") -> list[Comparison]:
    """All comparisons of a kind, newest first; those of the zoo where it is not told."""
    found: dict[str, list[RunSummary]] = {}
    for summary in list_runs(root):  # newest first
        if summary.group and _kind_of(summary.group) == kind:
            found.setdefault(summary.group, []).append(summary)
    return [Comparison(group, tuple(reversed(runs))) for group, runs in found.items()]


def _kind_of(group: str) -> str:
    before, found, _ = group.partition(_KIND)
    return before if found else ""
