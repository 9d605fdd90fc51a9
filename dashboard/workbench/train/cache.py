"""What Train keeps between reruns; see `dashboard.cache`.

All who watch a run look at the same: it is worked out once for each of its events.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.jobs.folder import RunFolder, Status
from core.training.events import Finished
from core.training.history import History
from core.training.spec import TrainingSpec
from dashboard.workbench.train.progress import Progress, progress


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One look at a run.

    Attributes:
        run: Its folder.
        spec: What it trains.
        status: What the folder says.
        events: How many things have happened so far.
        progress: How far it is.
        history: Its curves.
        total_seconds: Training time where it finished.
    """

    run: RunFolder
    spec: TrainingSpec
    status: Status
    events: int
    progress: Progress
    history: History
    total_seconds: float | None


def view_run(run: RunFolder) -> RunView:
    """Read a run's folder, at the cost of what is new in it.

    Raises:
        LessonError: ``run.damaged`` or ``training.invalid``.
    """
    spec = run.spec()
    # Status first: an event that ends the run is then surely among those read after it.
    status = run.status()
    return _view(str(run.path), status, len(run.reader()), spec)


# Few: each holds the curves of its moment, and nobody looks at an earlier one again.
@st.cache_resource(max_entries=8, show_spinner=False)
def _view(folder: str, status: Status, events: int, _spec: TrainingSpec) -> RunView:
    run = RunFolder(Path(folder))
    found = run.reader().events()
    ends = [event for event in found if isinstance(event, Finished)]
    return RunView(
        run=run,
        spec=_spec,
        status=status,
        events=events,
        progress=progress(found, epochs=_spec.epochs),
        history=run.reader().history(),
        total_seconds=ends[-1].seconds if ends else None,
    )
