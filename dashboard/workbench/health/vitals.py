"""The state of the server as numbers: who is here, what works, what is held, what went wrong.

No Streamlit here; everything is read from processes, folders and the journal.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.jobs.folder import RunSummary, Status
from core.jobs.signs import ClusterState, WorkerSigns
from core.journal import Entry
from data.sets.tidying import UNPACKED

_NO_SETS = ("slices", "owners")
"""Folders of the cache that hold no prepared set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What lies in one place.

    Attributes:
        name: For people.
        path: Of the folder.
        bytes: Of all files in it.
        entries: Folders that count: runs, sets.
    """

    name: str
    path: Path
    bytes: int
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """One look at the server.

    Attributes:
        open, most: Browser tabs connected now, and at most since the start.
        running, waiting: Trainings of everybody.
        workers: The cluster's own sentence.
        signs: Each worker.
        memory: Bytes by process: server, scheduler, workers.
        free, total: Bytes of the disk of the runs.
        errors: The last ones, newest first.
    """

    open: int
    most: int
    running: int
    waiting: int
    workers: str
    signs: tuple[WorkerSigns, ...]
    memory: Mapping[str, int]
    free: int
    total: int
    errors: tuple[Entry, ...]


def look(
    *,
    open_now: int,
    most: int,
    runs: Sequence[RunSummary],
    state: ClusterState,
    signs: Sequence[WorkerSigns],
    pids: Mapping[str, int],
    root: Path,
    errors: Sequence[Entry],
) -> Vitals:
    """Look at everything that is quick to see.

    Args:
        open_now, most: Tabs.
        runs: All runs.
        state, signs: Of the workers.
        pids: Processes of an embedded cluster by name, empty for somebody else's.
        root: Where runs lie.
        errors: Newest first.
    """
    active = [run for run in runs if run.status.is_active]
    waiting = sum(run.status is Status.QUEUED for run in active)
    disk = shutil.disk_usage(_standing(root))
    return Vitals(
        open=open_now,
        most=most,
        running=len(active) - waiting,
        waiting=waiting,
        workers=state.message,
        signs=tuple(sorted(signs, key=lambda one: one.name)),
        memory={"server": held(os.getpid()), **_held_by_workers(pids, signs)},
        free=disk.free,
        total=disk.total,
        errors=tuple(errors),
    )


def held(pid: int) -> int:
    """Bytes of memory that a process holds, 0 for one that has ended."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def what_lies_where(runs: Path, cache: Path, downloads: Path) -> tuple[Place, ...]:
    """Every place that grows, measured file by file: seconds where there are many.

    Args:
        runs, cache, downloads: The folders of the settings.
    """
    sets = [
        folder
        for folder in _folders(cache)
        if folder.name not in (UNPACKED, *_NO_SETS) and folder.name[0] != "."
    ]
    unpacked = cache / UNPACKED
    in_sets, in_unpacked = sum(map(size, sets)), size(unpacked)
    return (
        _place("Runs", runs),
        Place(name="Prepared sets", path=cache, bytes=in_sets, entries=len(sets)),
        _place("Unpacked uploads", unpacked),
        Place(
            name="Rest of the cache",
            path=cache,
            bytes=max(0, size(cache) - in_sets - in_unpacked),
            entries=0,
        ),
        _place("Downloaded datasets", downloads),
    )


def size(folder: Path) -> int:
    """Bytes of all files below a folder, 0 where there is none; links are not followed."""
    total = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # somebody tidied meanwhile
                if entry.is_dir(follow_symlinks=False):
                    total += size(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    return total


def _place(name: str, folder: Path) -> Place:
    return Place(name=name, path=folder, bytes=size(folder), entries=len(_folders(folder)))


def _folders(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."]
    except OSError:
        return []


def _held_by_workers(pids: Mapping[str, int], signs: Sequence[WorkerSigns]) -> dict[str, int]:
    if pids:
        return {name: held(pid) for name, pid in pids.items()}
    return {one.name: one.memory for one in signs}


def _standing(root: Path) -> Path:
    """The folder itself, or the nearest above it that exists."""
    return next((one for one in (root, *root.parents) if one.is_dir()), Path("/"))
