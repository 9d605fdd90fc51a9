"""A run is a folder: what to do, what happened, who is at it, what came out.

Everything that is said about a run is read from its folder, so it is the same for every session,
survives a restart, and can be copied to another machine.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from core.configuration import in_force
from core.errors import LessonError
from core.evaluation.report import EvaluationReport
from core.jobs.about import ABOUT, About, read_about
from core.jobs.identity import this_process
from core.jobs.ownership import (
    OWNER,
    QUEUED,
    STOP,
    Ticket,
    enqueue,
    holds,
    is_at_work,
    owner_of,
    ticket_of,
    write_whole,
)
from core.jobs.reader import EventReader
from core.jobs.reading import (
    damaged,
    patiently,
    read_json,
    unreadable,
    unwritable,
    why,
)
from core.jobs.resting import Resting
from core.jobs.turns import Waiting, in_turn
from core.training import events
from core.training.events import EpochEnded, Event, Failed, Finished, Started, Stopped
from core.training.history import History
from core.training.results import OPEN_TEST, PAUSE, START, evaluated_part, snapshot_path
from core.training.spec import Change, TrainingSpec, drops

PROJECT: Final = Path(__file__).resolve().parents[2]
SPEC: Final = "spec.json"
WISH: Final = "wish.json"
"""What a person changed and the worker has not taken yet."""
_NO_TURNS: Final = (b'"kind":"batch"', b'"kind":"epoch"')
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
    PAUSED = "paused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    DAMAGED = "damaged"

    @property
    def is_active(self) -> bool:
        """Whether something will still happen without a person."""
        return self in {Status.QUEUED, Status.RUNNING, Status.STOPPING}

    @property
    def is_resumable(self) -> bool:
        """Whether the run can go on from its last finished epoch."""
        return self in {Status.STOPPED, Status.PAUSED, Status.INTERRUPTED, Status.FAILED}


_AT_WORK: Final = frozenset({Status.RUNNING, Status.STOPPING})


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
        return _spec_of(self.path)

    def read_events(self, offset: int = 0) -> tuple[list[Event], int]:
        """Events after ``offset`` bytes, and the offset to go on from.

        Raises:
            LessonError: ``run.damaged`` where the system refuses.
        """
        try:
            return events.read(self.events_path, offset)
        except OSError as error:
            raise unreadable(self.events_path, error) from error

    def reader(self) -> EventReader:
        """The reader of this run that all sessions share."""
        return _reader(self.events_path)

    def owner(self) -> str:
        """Who began it, "" where people were not told apart or it cannot be read."""
        return read_about(self.path)[0].owner

    def events_size(self) -> int:
        """Bytes of events so far; 0 where there are none or they cannot be read."""
        try:
            return self.events_path.stat().st_size
        except OSError:
            return 0

    def history(self) -> History:
        """The curves so far.

        Raises:
            LessonError: ``run.damaged`` where the system refuses.
        """
        return self.reader().history()

    def status(self) -> Status:
        """What the folder says about the run now. Never an error: what it cannot say is damaged."""
        status = self._status()
        return status if status.is_active or not self.damage() else Status.DAMAGED

    def damage(self) -> str:
        """Why the run cannot be shown or resumed, as a sentence; "" where it can."""
        try:
            _spec_of(self.path)
            _last_turn(self.events_path)
        except LessonError as error:
            return error.problem
        return ""

    def _status(self) -> Status:
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
        alive = owner is not None and is_at_work(self.path, owner)
        try:
            last = _last_turn(self.events_path, since=0 if owner is None else owner.events_from)
        except LessonError:
            last = None  # unreadable: `status` says damaged, unless somebody is at it
        if isinstance(last, Finished):
            return Status.FINISHED
        if isinstance(last, Stopped):
            return Status.PAUSED if last.paused else Status.STOPPED
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
        """Why the last attempt failed, None where it did not.

        Raises:
            LessonError: ``run.damaged`` where the system refuses.
        """
        last = _last_turn(self.events_path)
        return last if isinstance(last, Failed) else None

    def ask_stop(self) -> None:
        """End the run within a batch; one that still waits never starts.

        Raises:
            LessonError: ``run.unwritable`` where its folder refuses, ``run.unknown`` where it is
                gone.
        """
        self._ask(STOP, "cannot be told to stop")

    def ask_pause(self) -> None:
        """Have the run rest within a batch: a worker is free for others, nothing is evaluated.

        Raises:
            LessonError: As `ask_stop`.
        """
        self._ask(PAUSE, "cannot be told to rest")
        self.ask_stop()

    def is_asked_to_stop(self) -> bool:
        """Whether a person wants the run to end."""
        return self._is_asked(STOP)

    def enqueue(self) -> Ticket:
        """Put the run in the queue on behalf of this process, forgetting an earlier stop.

        Raises:
            LessonError: ``run.busy`` where somebody is at it; ``run.finished``;
                ``run.damaged``; ``run.unwritable`` where its folder refuses, ``run.unknown``
                where it is gone.
        """
        self._require_free()
        try:
            for name in (STOP, PAUSE):
                patiently(lambda name=name: (self.path / name).unlink(missing_ok=True))
            return enqueue(self.path)
        except FileNotFoundError as error:
            raise _unknown(self.id) from error
        except OSError as error:
            raise unwritable(self.path, error, "cannot be queued") from error

    def ask_for_test(self) -> None:
        """Have the test images opened for a run that left them closed, once it is queued again.

        Raises:
            LessonError: As `ask_stop`.
        """
        self._ask(OPEN_TEST, "cannot be told to open the test images")

    def waits_for_test(self) -> bool:
        """Whether a person asked for test figures that are not there yet."""
        return self._is_asked(OPEN_TEST) and evaluated_part(self.path) != "test"

    def wish(self, change: Change) -> None:
        """Change what is trained: from the next epoch on where it runs, when it goes on else.

        Args:
            change: Its epoch is left open: it is the one that begins next.

        Raises:
            LessonError: ``training.no-dropout`` for a share of a network without such a layer;
                ``training.schedule`` for more epochs of a rate that falls to 0 over them;
                ``training.patience`` where early stopping would end them at once;
                ``run.unwritable``, ``run.unknown``, ``run.damaged``.
        """
        spec = self.spec()
        done = self.summary().epochs_done
        if change.epochs is not None:
            _require_extendable(spec, change.epochs, done)
        if change.dropout is not None and not any(drops(spec.model)):
            raise LessonError(
                "training.no-dropout",
                problem="This network has no dropout layer whose share could be changed.",
                remedy="Start a new run of a network with dropout.",
            )
        try:
            if self.status().is_active:
                waits = read_json(self.path / WISH)
                whole = change if waits is None else change.over(Change.from_json(waits))
                write_whole(self.path / WISH, asdict(whole))
            else:
                changed = spec.changed(replace(change, epoch=done + 1))
                write_whole(self.path / SPEC, changed.to_json())
        except FileNotFoundError as error:
            raise _unknown(self.id) from error
        except OSError as error:
            raise unwritable(self.path, error, "cannot be changed") from error

    def take_wish(self, epoch: int) -> TrainingSpec | None:
        """What is trained from an epoch on, where a person changed it meanwhile; written down.

        A change that comes after the last epoch changes nothing, unless it asks for more of them.
        """
        data = read_json(self.path / WISH)
        if data is None:
            return None
        patiently(lambda: (self.path / WISH).unlink(missing_ok=True))
        spec = self.spec()
        try:
            change = replace(Change.from_json(data), epoch=epoch)
        except (TypeError, LessonError):
            return None  # not written by this version
        if epoch > spec.epochs and change.epochs is None:
            return None
        changed = spec.changed(change)
        write_whole(self.path / SPEC, changed.to_json())
        return changed

    def wants_more(self) -> bool:
        """Whether a person asked for more epochs, and they are not done."""
        try:
            changes = self.spec().changes
        except LessonError:
            return False
        last = _last_epoch(self.events_path)
        done = 0 if last is None else last.epoch
        return any(one.epochs is not None and one.epoch > done for one in changes)

    def _ask(self, name: str, what: str) -> None:
        try:
            (self.path / name).touch()
        except FileNotFoundError as error:
            raise _unknown(self.id) from error
        except OSError as error:
            raise unwritable(self.path, error, what) from error

    def _is_asked(self, name: str) -> bool:
        try:
            return (self.path / name).exists()
        except OSError:
            return False  # nobody can have put it there

    def _require_free(self) -> None:
        ticket, owner = ticket_of(self.path), owner_of(self.path)
        # A new run waits already, in the name of the process that made it.
        if ticket is not None and ticket.holder == this_process():
            return
        status = self.status()
        if status.is_active or (owner is not None and is_at_work(self.path, owner)):
            raise LessonError(
                "run.busy",
                problem=f"Run {self.id} is waiting or being trained right now.",
                remedy="Wait until it has ended, or stop it first.",
            )
        if status is Status.DAMAGED:
            self.spec()  # says why
        if status is Status.FINISHED and not (self.waits_for_test() or self.wants_more()):
            raise LessonError(
                "run.finished",
                problem=f"Run {self.id} has trained all its epochs.",
                remedy="Ask for more epochs of it, or start a new run with the same settings.",
            )

    def evaluation(self) -> EvaluationReport | None:
        """The figures of the test set, None before it was opened.

        Raises:
            LessonError: ``run.damaged`` where the file cannot be read.
        """
        data = read_json(self.path / "evaluation.json")
        return None if data is None else EvaluationReport.from_json(data)

    def summary(self) -> RunSummary:
        """What a list shows, read from the ends of the files. Damage is told, never raised."""
        status, damage = self.status(), self.damage()
        about, trouble = read_about(self.path)
        if damage:
            return RunSummary(
                run=self,
                status=status,
                created=about.created,
                name=about.name,
                owner=about.owner,
                starred=about.starred,
                note=about.note,
                dataset="",
                model="",
                input_size=0,
                epochs=0,
                last=None,
                damage=damage,
            )
        spec = self.spec()
        return RunSummary(
            run=self,
            status=status,
            created=about.created,
            name=about.name,
            dataset=spec.dataset,
            model=spec.model.name,
            input_size=spec.model.input_size,
            epochs=spec.epochs,
            last=_last_epoch(self.events_path),
            group=about.group,
            owner=about.owner,
            starred=about.starred,
            note=about.note,
            damage=trouble,
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
        owner: Who began it, "" where people were not told apart.
        starred: Whether it was marked as one to find again.
        note: What a person wrote down of it.
        damage: What cannot be read of the run, as a sentence; "" for nothing. Where the status
            is damaged, no more is known than id, name and time.
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
    owner: str = ""
    starred: bool = False
    note: str = ""
    damage: str = ""

    @property
    def id(self) -> str:
        """Name of the run's folder."""
        return self.run.id

    @property
    def epochs_done(self) -> int:
        """Finished epochs."""
        return 0 if self.last is None else self.last.epoch


def runs_root() -> Path:
    """Where runs lie: what the settings name, or ``runs`` in the project."""
    named = in_force().runs
    return PROJECT / "runs" if named is None else _resolved(named, Path.cwd())


@lru_cache(maxsize=8)
def _resolved(path: Path, start: Path) -> Path:
    """Kept, since it is asked for at every look at a run, of everybody who looks on."""
    return (start / path).resolve()


def create_run(
    spec: TrainingSpec,
    *,
    root: Path | None = None,
    name: str = "",
    group: str = "",
    owner: str = "",
    parent: RunFolder | None = None,
) -> RunFolder:
    """Make the folder of a new run, which appears whole and waits in this process's queue.

    Args:
        spec: What to train.
        root: Where, `runs_root` unless told otherwise.
        name: For people.
        group: Of the comparison that it belongs to; `core.jobs.comparison`.
        owner: Who begins it, "" where people are not told apart.
        parent: The run whose epoch it begins with, as its spec says, or that began with the same
            weights; they are copied.

    Raises:
        LessonError: ``run.unwritable`` where the disk refuses.
    """
    root = runs_root() if root is None else root.resolve()
    try:
        root.mkdir(parents=True, exist_ok=True)
        partial = root / f".new-{secrets.token_hex(6)}"
        partial.mkdir()
        write_whole(partial / SPEC, spec.to_json())
        if parent is not None and spec.start is not None and spec.start.epoch:
            own = snapshot_path(parent.path, spec.start.epoch)
            shutil.copyfile(
                own if spec.start.run == parent.id else parent.path / START, partial / START
            )
        About(name=name, created=time.time(), group=group, owner=owner).write(partial)
        enqueue(partial)
        return RunFolder(_give_name(partial, spec, name))
    except OSError as error:
        raise LessonError(
            "run.unwritable",
            problem=f"A folder for the run cannot be made in {root}: {error.strerror or error}.",
            remedy="Free some disk space, or point LIGHTBOX_RUNS at a folder that can be written.",
        ) from error


def short_key(run_id: str) -> str:
    """What an address calls a run: its minute and its four letters.

    >>> short_key("20261122-1432-paper-fracatlas-64-x7k2")
    '202611221432x7k2'
    """
    return f"{run_id[:8]}{run_id[9:13]}{run_id[-4:]}"


def adopt(folder: Path, *, root: Path | None = None, owner: str = "") -> RunFolder:
    """Make a folder that came from another computer a run of this one, under a name of its own.

    Args:
        folder: With ``spec.json``; moved. It must lie on the same disk as the runs.
        root: Where runs lie, `runs_root` unless told otherwise.
        owner: Who brings it.

    Raises:
        LessonError: ``run.damaged`` where it is no whole run; ``run.unwritable``.
    """
    root = runs_root() if root is None else root.resolve()
    spec = _spec_of(folder)
    about, trouble = read_about(folder)
    if trouble:
        raise LessonError("run.damaged", problem=trouble, remedy="Pack the run again.")
    try:
        replace(about, owner=owner, group="").write(folder)
        partial = root / f".new-{secrets.token_hex(6)}"
        folder.rename(partial)
        return RunFolder(_give_name(partial, spec, about.name))
    except OSError as error:
        raise unwritable(root, error, "cannot be taken in") from error


def list_runs(root: Path | None = None) -> list[RunSummary]:
    """All runs, newest first, damaged ones among them. What is no run is left out.

    Raises:
        LessonError: ``runs.unreadable`` where the system refuses to list the folder.
    """
    summaries = []
    for path in _run_paths(runs_root() if root is None else root):
        try:
            summaries.append(_RESTING.find_or_read(path, RunFolder(path).summary))
        except LessonError:
            continue  # deleted by another session, or changed under our eyes: the next look tells
    return sorted(summaries, key=lambda summary: (summary.created, summary.id), reverse=True)


def waiting(root: Path | None = None) -> list[RunFolder]:
    """The runs that wait, the next one first; `core.jobs.turns` says whose turn it is."""
    root = runs_root() if root is None else root
    queue: list[Waiting] = []
    served: dict[str, float] = {}
    for path in _run_paths(root):
        ticket, run = ticket_of(path), RunFolder(path)
        if ticket is not None and run.status() is Status.QUEUED:
            queue.append(Waiting(run.id, run.owner(), ticket.submitted))
        elif ticket is None and owner_of(path) is not None and run.status().is_active:
            served[run.owner()] = 0.0  # at work now, so served after all who are not
    return [RunFolder(root / run.id) for run in in_turn(queue, served=served)]


def somebody_waits(root: Path) -> bool:
    """Whether a run waits to be trained; cheap, so that it may be asked some times a second."""
    try:
        queued = [path for path in root.iterdir() if (path / QUEUED).is_file()]
    except OSError:
        return False  # a folder that cannot be read is told of where runs are listed
    return any(RunFolder(path).status() is Status.QUEUED for path in queued)


def newest_running(root: Path | None = None, *, looked_at: int = 24) -> RunFolder | None:
    """The newest run that a worker is at, None where none of the newest is trained.

    Cheap, so that every page may ask: of each folder only whether it has an owner is looked up.

    Args:
        root: Where runs lie, `runs_root` unless told otherwise.
        looked_at: At most so many of the newest; their names sort by time.
    """
    root = runs_root() if root is None else root
    try:
        paths = sorted((path for path in root.iterdir() if path.name[0] != "."), reverse=True)
    except OSError:
        return None  # no runs yet; a folder that cannot be read is told of where runs are listed
    owned = (path for path in paths[:looked_at] if (path / OWNER).is_file())
    return next((run for run in map(RunFolder, owned) if run.status() in _AT_WORK), None)


def find_run(run_id: str, *, root: Path | None = None) -> RunFolder:
    """The run of that id, or of the only id that begins so.

    Raises:
        LessonError: ``run.unknown``; ``run.ambiguous`` where several begin so.
    """
    root = runs_root() if root is None else root
    if _is_run_at(root, run_id):
        return RunFolder(root / run_id)  # asked for on every rerun: nothing else is looked at
    names = [path.name for path in _run_paths(root)]
    matches = [run_id] if run_id in names else [n for n in names if run_id and n.startswith(run_id)]
    if len(matches) == 1:
        return RunFolder(root / matches[0])
    if not matches:
        raise _unknown(run_id)
    raise LessonError(
        "run.ambiguous",
        problem=f"{len(matches)} runs begin with {run_id!r}: {', '.join(sorted(matches)[:3])} ...",
        remedy="Give more of the id.",
    )


def _is_run_at(root: Path, run_id: str) -> bool:
    if run_id.startswith(".") or Path(run_id).name != run_id:
        return False
    try:
        return (root / run_id / SPEC).is_file()
    except OSError:
        return False  # told by the list


def _run_paths(root: Path) -> list[Path]:
    try:
        entries = sorted(root.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise LessonError(
            "runs.unreadable",
            problem=f"The folder of the runs cannot be read ({why(error)}).",
            remedy="Make it readable for the server, or point LIGHTBOX_RUNS at another folder.",
        ) from error
    return [path for path in entries if path.name[0] != "." and _may_be_run(path)]


def _may_be_run(path: Path) -> bool:
    try:
        return (path / SPEC).is_file()
    except OSError:
        return True  # a folder that lets nobody in: said to be damaged, not left out


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
    except OSError:
        return False


def _last_turn(path: Path, *, since: int = 0) -> Event | None:
    """The last event that changed what a run is: started, finished, stopped or failed.

    Raises:
        LessonError: ``run.damaged`` where the system refuses.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(since, size - _TAIL))
            block = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    for line in reversed(block[: block.rfind(b"\n") + 1].splitlines()):
        if any(kind in line for kind in _NO_TURNS):
            continue  # nearly all lines of a run that is trained: not worth to be read
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
    except OSError as error:
        raise unreadable(path, error) from error
    end = len(block)
    while (found := block.rfind(b'"kind":"epoch"', 0, end)) >= 0:
        start, stop = block.rfind(b"\n", 0, found) + 1, block.find(b"\n", found)
        event = events.decode(block[start:stop]) if stop >= 0 else None
        if isinstance(event, EpochEnded):
            return event
        end = start
    return None


def _spec_of(folder: Path) -> TrainingSpec:
    try:
        stat = (folder / SPEC).stat()
    except FileNotFoundError as error:
        raise damaged(folder.name, f"{SPEC} is missing") from error
    except OSError as error:
        raise unreadable(folder / SPEC, error) from error
    return _read_spec(folder, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=512)
def _read_spec(folder: Path, _changed: int, _size: int) -> TrainingSpec:
    """The spec, read and checked again only when its file is another one."""
    data = read_json(folder / SPEC)
    if data is None:
        raise damaged(folder.name, f"{SPEC} is missing")
    try:
        return TrainingSpec.from_json(data)
    except LessonError as error:
        raise damaged(folder.name, f"{SPEC} does not fit ({error.problem})") from error


def _require_extendable(spec: TrainingSpec, epochs: int, done: int) -> None:
    if spec.schedule != "constant":
        raise LessonError(
            "training.schedule",
            problem=f"The rate of this run falls toward 0 until epoch {spec.epochs}, its last.",
            remedy="Start a new run with more epochs: the rate then falls more slowly.",
        )
    if spec.patience is not None:
        raise LessonError(
            "training.patience",
            problem="This run ends by itself without a better validation loss (patience: "
            f"{spec.patience}).",
            remedy="Start a new run with more epochs and without early stopping.",
        )
    if epochs <= done:
        raise LessonError(
            "training.epochs",
            problem=f"Epoch {done} is done already.",
            remedy=f"Ask for more than {done}.",
        )


def _unknown(run_id: str) -> LessonError:
    return LessonError(
        "run.unknown",
        problem=f"There is no run {run_id!r}.",
        remedy="Choose one of the list of runs (python3 -m dashboard runs).",
    )


def _rests(summary: RunSummary) -> bool:
    """Whether nobody waits for the run or is at it, here or on another machine."""
    folder = summary.run.path
    held = ticket_of(folder) is not None or owner_of(folder) is not None
    return not (held or summary.status.is_active)


_RESTING: Final = Resting[RunSummary]((SPEC, ABOUT, "events.jsonl"), rests=_rests)


@lru_cache(maxsize=32)
def _reader(path: Path) -> EventReader:
    return EventReader(path)
