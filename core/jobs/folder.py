"""A run is a folder: what to do, what happened, who is at it, what came out.

Everything that is said about a run is read from its folder, so it is the same for every session,
survives a restart, and can be copied to another machine.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from core.errors import LessonError
from core.evaluation.report import EvaluationReport
from core.jobs.identity import this_process
from core.jobs.ownership import (
    STOP,
    Ticket,
    enqueue,
    holds,
    owner_of,
    patiently,
    ticket_of,
    write_whole,
)
from core.jobs.reader import EventReader
from core.training import events
from core.training.events import EpochEnded, Event, Failed, Finished, Started, Stopped
from core.training.history import History
from core.training.spec import TrainingSpec

PROJECT: Final = Path(__file__).resolve().parents[2]
SPEC: Final = "spec.json"
ABOUT: Final = "run.json"
_TAIL: Final = 16 * 1024  # bytes; a terminal event is among the last few lines
_CLAIM_S: Final = 0.02
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another


class Status(StrEnum):
    """What can be said of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def is_active(self) -> bool:
        """Whether something will still happen without a person."""
        return self in {Status.QUEUED, Status.RUNNING, Status.STOPPING}

    @property
    def is_resumable(self) -> bool:
        """Whether the run can go on from its last finished epoch."""
        return self in {Status.STOPPED, Status.INTERRUPTED, Status.FAILED}


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run. Cheap to make: nothing is read before it is asked for."""

    path: Path

    @property
    def id(self) -> str:
        """Name of the folder, such as ``20261122-1432-paper-fracatlas-64-x7k2``."""
        return self.path.name

    @property
    def events_path(self) -> Path:
        """Where the worker appends its events."""
        return self.path / "events.jsonl"

    @property
    def log_path(self) -> Path:
        """What the worker said while it was at this run."""
        return self.path / "worker.log"

    @property
    def model_path(self) -> Path:
        """The weights of the best epoch; not there before one has ended."""
        return self.path / "model.keras"

    def spec(self) -> TrainingSpec:
        """What to train.

        Raises:
            LessonError: ``run.damaged`` where it cannot be read; ``training.invalid``.
        """
        return TrainingSpec.from_json(_read_spec(self.path))

    def read_events(self, offset: int = 0) -> tuple[list[Event], int]:
        """Events after ``offset`` bytes, and the offset to go on from."""
        return events.read(self.events_path, offset)

    def reader(self) -> EventReader:
        """The reader of this run that all sessions share."""
        return _reader(self.events_path)

    def history(self) -> History:
        """The curves so far."""
        return self.reader().history()

    def status(self) -> Status:
        """What the folder says about the run now."""
        ticket = ticket_of(self.path)
        if ticket is not None:
            return self._status_in_queue(ticket)
        owner = owner_of(self.path)
        if owner is None and _changed_just_now(self.path):
            # Between leaving the queue and signing as owner a worker needs a moment.
            time.sleep(_CLAIM_S)
            owner = owner_of(self.path)
        # Look for life before looking for last words: a process that ends in between has then
        # written them, and a finished run never reads as interrupted.
        alive = owner is not None and holds(self.path, owner.process)
        last = _last_turn(self.events_path, since=0 if owner is None else owner.events_from)
        if isinstance(last, Finished):
            return Status.FINISHED
        if isinstance(last, Stopped):
            return Status.STOPPED
        if isinstance(last, Failed):
            return Status.FAILED
        if not alive:
            return Status.INTERRUPTED
        return Status.STOPPING if self.is_asked_to_stop() else Status.RUNNING

    def _status_in_queue(self, ticket: Ticket) -> Status:
        if self.is_asked_to_stop():
            return Status.STOPPED
        return Status.QUEUED if holds(self.path, ticket.holder) else Status.INTERRUPTED

    def failure(self) -> Failed | None:
        """Why the last attempt failed, None where it did not."""
        last = _last_turn(self.events_path)
        return last if isinstance(last, Failed) else None

    def ask_stop(self) -> None:
        """End the run within a batch; one that still waits never starts."""
        (self.path / STOP).touch()

    def is_asked_to_stop(self) -> bool:
        """Whether a person wants the run to end."""
        return (self.path / STOP).exists()

    def enqueue(self) -> Ticket:
        """Put the run in the queue on behalf of this process, forgetting an earlier stop.

        Raises:
            LessonError: ``run.busy`` where somebody is at it; ``run.finished``.
        """
        self._require_free()
        patiently(lambda: (self.path / STOP).unlink(missing_ok=True))
        return enqueue(self.path)

    def _require_free(self) -> None:
        ticket, owner = ticket_of(self.path), owner_of(self.path)
        # A new run waits already, in the name of the process that made it.
        if ticket is not None and ticket.holder == this_process():
            return
        if self.status().is_active or (owner is not None and holds(self.path, owner.process)):
            raise LessonError(
                "run.busy",
                problem=f"Run {self.id} is waiting or being trained right now.",
                remedy="Wait until it has ended, or stop it first.",
            )
        if self.status() is Status.FINISHED:
            raise LessonError(
                "run.finished",
                problem=f"Run {self.id} has trained all its epochs.",
                remedy="Start a new run with the same settings and more epochs.",
            )

    def evaluation(self) -> EvaluationReport | None:
        """The figures of the test set, None before it was opened.

        Raises:
            LessonError: ``run.damaged`` where the file cannot be read.
        """
        data = _read_json(self.path / "evaluation.json")
        return None if data is None else EvaluationReport.from_json(data)

    def summary(self) -> RunSummary:
        """What a list shows, read from the ends of the files."""
        spec, about = _read_spec(self.path), _read_json(self.path / ABOUT) or {}
        last = _last_epoch(self.events_path)
        model = spec.get("model", {})
        return RunSummary(
            run=self,
            status=self.status(),
            created=float(about.get("created", 0.0)),
            name=str(about.get("name", "")),
            dataset=str(spec.get("dataset", "")),
            model=str(model.get("name", "")),
            input_size=int(model.get("input_size", 0)),
            epochs=int(spec.get("epochs", 0)),
            last=last,
            group=str(about.get("group", "")),
        )

    def delete(self) -> None:
        """Remove the run and all it made.

        Raises:
            LessonError: ``run.busy`` while it waits or is trained, or a file is in use.
        """
        if self.status().is_active:
            raise LessonError(
                "run.busy",
                problem=f"Run {self.id} has not ended.",
                remedy="Stop it first, then delete it.",
            )
        # Renamed first, so that half a deletion is not listed as a damaged run.
        doomed = self.path.with_name(f".{self.id}.{secrets.token_hex(4)}")
        try:
            self.path.rename(doomed)
        except OSError as error:
            raise LessonError(
                "run.busy",
                problem=f"Run {self.id} cannot be deleted: {error.strerror}.",
                remedy="Close the programs that have its files open, and try again.",
            ) from error
        shutil.rmtree(doomed, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of a list of runs.

    Attributes:
        run: The folder.
        status: What it says now.
        created: Unix seconds.
        name: What a person called it, or "".
        dataset: Name of the dataset.
        model: Name of the network.
        input_size: Side of its input in pixels.
        epochs: How many were asked for.
        last: The latest finished epoch, None before one.
        group: Shared by runs that were begun to be compared, or "".
    """

    run: RunFolder
    status: Status
    created: float
    name: str
    dataset: str
    model: str
    input_size: int
    epochs: int
    last: EpochEnded | None
    group: str = ""

    @property
    def id(self) -> str:
        """Name of the run's folder."""
        return self.run.id

    @property
    def epochs_done(self) -> int:
        """Finished epochs."""
        return 0 if self.last is None else self.last.epoch


def runs_root() -> Path:
    """Where runs lie: ``LIGHTBOX_RUNS``, or ``runs`` in the project."""
    named = os.environ.get("LIGHTBOX_RUNS")
    return Path(named).expanduser().resolve() if named else PROJECT / "runs"


def create_run(
    spec: TrainingSpec, *, root: Path | None = None, name: str = "", group: str = ""
) -> RunFolder:
    """Make the folder of a new run, which appears whole and waits in this process's queue.

    Args:
        spec: What to train.
        root: Where, `runs_root` unless told otherwise.
        name: For people.
        group: Of the comparison that it belongs to; `core.jobs.comparison`.

    Raises:
        LessonError: ``run.unwritable`` where the disk refuses.
    """
    root = runs_root() if root is None else root.resolve()
    try:
        root.mkdir(parents=True, exist_ok=True)
        partial = root / f".new-{secrets.token_hex(6)}"
        partial.mkdir()
        write_whole(partial / SPEC, spec.to_json())
        write_whole(partial / ABOUT, {"name": name, "created": time.time(), "group": group})
        enqueue(partial)
        return RunFolder(_give_name(partial, spec, name))
    except OSError as error:
        raise LessonError(
            "run.unwritable",
            problem=f"A folder for the run cannot be made in {root}: {error.strerror or error}.",
            remedy="Free some disk space, or point LIGHTBOX_RUNS at a folder that can be written.",
        ) from error


def list_runs(root: Path | None = None) -> list[RunSummary]:
    """All runs, newest first. What is no run, or an unreadable one, is left out."""
    summaries = []
    for path in _run_paths(runs_root() if root is None else root):
        try:
            summaries.append(RunFolder(path).summary())
        except (LessonError, FileNotFoundError):
            continue  # damaged, or deleted by another session while we looked
    return sorted(summaries, key=lambda summary: (summary.created, summary.id), reverse=True)


def waiting(root: Path | None = None) -> list[RunFolder]:
    """The runs that wait, the next one first."""
    root = runs_root() if root is None else root
    queue = []
    for path in _run_paths(root):
        ticket = ticket_of(path)
        run = RunFolder(path)
        if ticket is not None and run.status() is Status.QUEUED:
            queue.append((ticket.submitted, run.id, run))
    return [run for _, _, run in sorted(queue, key=lambda item: item[:2])]


def find_run(run_id: str, *, root: Path | None = None) -> RunFolder:
    """The run of that id, or of the only id that begins so.

    Raises:
        LessonError: ``run.unknown``; ``run.ambiguous`` where several begin so.
    """
    root = runs_root() if root is None else root
    names = [path.name for path in _run_paths(root)]
    matches = [run_id] if run_id in names else [n for n in names if run_id and n.startswith(run_id)]
    if len(matches) == 1:
        return RunFolder(root / matches[0])
    if not matches:
        raise LessonError(
            "run.unknown",
            problem=f"There is no run {run_id!r} in {root}.",
            remedy="See the list of runs with: python -m dashboard runs",
        )
    raise LessonError(
        "run.ambiguous",
        problem=f"{len(matches)} runs begin with {run_id!r}: {', '.join(sorted(matches)[:3])} ...",
        remedy="Give more of the id.",
    )


def _run_paths(root: Path) -> list[Path]:
    try:
        entries = sorted(root.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [path for path in entries if path.name[0] != "." and (path / SPEC).is_file()]


def _give_name(partial: Path, spec: TrainingSpec, name: str) -> Path:
    """Rename a new folder to a name that sorts by time, says what it is and is nobody else's."""
    stamp = time.strftime("%Y%m%d-%H%M")
    words = [name] if name else [spec.model.name, spec.dataset, str(spec.model.input_size)]
    middle = "-".join(_slug(word) for word in words)[:60].strip("-")
    while True:
        tail = "".join(secrets.choice(_LETTERS) for _ in range(4))
        path = partial.with_name("-".join(part for part in (stamp, middle, tail) if part))
        if not path.exists():
            return partial.rename(path)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _changed_just_now(folder: Path) -> bool:
    try:
        return abs(time.time() - folder.stat().st_mtime) < 1.0
    except FileNotFoundError:
        return False


def _last_turn(path: Path, *, since: int = 0) -> Event | None:
    """The last event that changed what a run is: started, finished, stopped or failed."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(since, size - _TAIL))
            block = file.read()
    except FileNotFoundError:
        return None
    for line in reversed(block[: block.rfind(b"\n") + 1].splitlines()):
        event = events.decode(line)
        if isinstance(event, Started | Finished | Stopped | Failed):
            return event
    return None


def _last_epoch(path: Path) -> EpochEnded | None:
    """The latest finished epoch, found from the end without parsing what comes before."""
    try:
        block = path.read_bytes()
    except FileNotFoundError:
        return None
    end = len(block)
    while (found := block.rfind(b'"kind":"epoch"', 0, end)) >= 0:
        start, stop = block.rfind(b"\n", 0, found) + 1, block.find(b"\n", found)
        event = events.decode(block[start:stop]) if stop >= 0 else None
        if isinstance(event, EpochEnded):
            return event
        end = start
    return None


def _read_spec(folder: Path) -> dict[str, Any]:
    data = _read_json(folder / SPEC)
    if data is None:
        raise _damaged(folder, f"{SPEC} is missing")
    return data


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise _damaged(path.parent, f"{path.name} is not readable") from error
    if not isinstance(data, dict):
        raise _damaged(path.parent, f"{path.name} holds something else")
    return data


def _damaged(folder: Path, problem: str) -> LessonError:
    return LessonError(
        "run.damaged",
        problem=f"Run {folder.name} is damaged: {problem}.",
        remedy="Delete the run and start it anew.",
    )


@lru_cache(maxsize=32)
def _reader(path: Path) -> EventReader:
    return EventReader(path)
