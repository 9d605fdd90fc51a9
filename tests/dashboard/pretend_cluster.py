"""A cluster that takes runs and never trains them, for pages that begin trainings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.jobs.cluster import ClusterState
from core.jobs.folder import RunFolder
from dashboard import cache
from dashboard.background.prepared_sets import Preparations
from tests.dashboard.pretend_run import small_set


@dataclass
class PretendCluster:
    """Takes runs and never trains them."""

    submitted: list[str] = field(default_factory=list)

    def submit_training(self, run: RunFolder, *, resume: bool = False) -> None:
        run.enqueue()
        self.submitted.append(run.id)

    def state(self) -> ClusterState:
        return ClusterState(True, 1, 1, "Ready.")


def keep_apart(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs and prepared sets of this test lie in its own folder."""
    monkeypatch.setenv("LIGHTBOX_RUNS", str(folder / "runs"))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(folder / "cache"))


def stand(folder: Path, monkeypatch: pytest.MonkeyPatch, *, count: int) -> PretendCluster:
    """Such a cluster for the app, and a small set of so many images for whatever is asked."""
    keep_apart(folder, monkeypatch)
    prepared = small_set(folder / "set", count=count)
    made = PretendCluster()
    monkeypatch.setattr(cache, "cluster", lambda: made)
    shared = Preparations(lambda request, progress: prepared)
    monkeypatch.setattr(cache, "preparations", lambda: shared)
    return made
