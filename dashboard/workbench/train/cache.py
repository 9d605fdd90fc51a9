"""What Train keeps between reruns; see `dashboard.cache`.

All who watch a run look at the same: it is worked out once for each of its events.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import streamlit as st

from core.arrays import UInt8Array
from core.bounded import Bounded
from core.errors import LessonError
from core.explain.result import Reaction
from core.jobs.folder import RunFolder, Status
from core.marks import Marks
from core.prepared import open_prepared
from core.training.augment import preview
from core.training.coach import GENTLE
from core.training.events import Finished
from core.training.history import History
from core.training.moment import Moment
from core.training.results import list_snapshots
from core.training.spec import TrainingSpec
from dashboard.background.once import Once
from dashboard.workbench.train.film import Kept
from dashboard.workbench.train.progress import Progress, progress
from data.synthetic.radiograph import draw


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
        kept: Epochs whose weights are kept.
    """

    run: RunFolder
    spec: TrainingSpec
    status: Status
    events: int
    progress: Progress
    history: History
    total_seconds: float | None
    kept: tuple[int, ...]


def view_run(run: RunFolder) -> RunView:
    """Read a run's folder, at the cost of what is new in it.

    Raises:
        LessonError: ``run.damaged`` or ``training.invalid``.
    """
    spec = run.spec()
    # Status first: an event that ends the run is then surely among those read after it.
    status = status_of(run)
    return _view(str(run.path), status, len(run.reader()), spec)


SEEN_FOR_S: Final = 0.25
"""So long what one person saw of a run is what the next one sees: a class looks at the same."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen of a run, when (by the monotonic clock), and how its folder was then."""

    status: Status
    at: float
    stamp: tuple[int, int]


@Once
def _statuses() -> tuple[Bounded[Path, _Seen], threading.Lock]:
    return Bounded(32), threading.Lock()


def status_of(run: RunFolder) -> Status:
    """A run's status, not asked anew for each of those who look on.

    Files that come, go or grow are noticed at once; that a process has died, a moment later.
    """
    kept, lock = _statuses()
    try:
        stamp = (run.path.stat().st_mtime_ns, run.events_size())
    except OSError:
        return run.status()
    with lock:
        seen = kept.find(run.path)
    now = time.monotonic()
    if seen is None or seen.stamp != stamp or now - seen.at > SEEN_FOR_S:
        seen = _Seen(run.status(), now, stamp)
        with lock:
            kept.put(run.path, seen)
    return seen.status


@Once
def _messages() -> tuple[Bounded[Hashable, bytes], threading.Lock]:
    return Bounded(32), threading.Lock()


def message(seen: Hashable, make: Callable[[], bytes]) -> bytes:
    """What the stage of a training is sent, made once for all who see the same of it.

    Args:
        seen: All that it depends on.
        make: Makes it.
    """
    kept, lock = _messages()
    with lock:
        found = kept.find(seen)
    if found is None:
        found = make()
        with lock:
            kept.put(seen, found)
    return found


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
        kept=list_snapshots(run.path),
    )


@dataclass(frozen=True, slots=True)
class SetFacts:
    """What the coach wants to know of a prepared set.

    Attributes:
        leaking: Share of held-out images with a twin or a relative in training, where the split
            was not made by group.
        thin_px: Median of the shorter sides of its marked places; None where none is marked.
        count: Radiographs that were drawn for it, None for another set.
    """

    leaking: float = 0.0
    thin_px: float | None = None
    count: int | None = None


@st.cache_data(max_entries=64, show_spinner=False)
def set_facts(folder: str) -> SetFacts:
    """What the coach wants to know of a prepared set; nothing where it is gone."""
    try:
        prepared = open_prepared(Path(folder))
    except LessonError:
        return SetFacts()
    options = prepared.details.get("options", {})
    leak = prepared.details.get("leakage", {}).get("actual", {})
    shares = (leak.get("twin_share", 0.0), leak.get("group_share", 0.0))
    sides = [
        min(box.width, box.height)
        for record in prepared.records()
        for box in (record.get("marks") or Marks(size=(1, 1))).boxes
    ]
    return SetFacts(
        leaking=0.0 if options.get("split", "grouped") == "grouped" else max(shares),
        thin_px=median(sides) if sides else None,
        count=options.get("count"),
    )


DRAWS: Final = 12
_PREVIEW_PX: Final = 96
_COLUMNS: Final = 4


@st.cache_data(max_entries=1, show_spinner=False)
def augmented() -> UInt8Array:
    """One X-ray as twelve epochs would see it, three rows of four.

    It is a drawn one: the set that was chosen may have to be prepared first.
    """
    image = draw(0, size=_PREVIEW_PX, fractured=True).image
    tiles = preview(image, GENTLE, seed=0, count=DRAWS)
    rows = [np.hstack(list(tiles[at : at + _COLUMNS])) for at in range(0, DRAWS, _COLUMNS)]
    return np.vstack(rows)


@Once
def films() -> Bounded[tuple[str, str], Kept]:
    """What was found of runs at their moments, whatever is looked at; some 10 kB a moment."""
    return Bounded(16)


@Once
def reactions() -> Bounded[Hashable, dict[Moment, Reaction]]:
    """What runs made of X-rays that anybody can open, by run and picture; some 50 kB a moment."""
    return Bounded(12)
