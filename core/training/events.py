"""What a training reports while it works: one JSON line an event, appended to ``events.jsonl``.

The file is the only channel between a worker and a page. A line is written whole with one
system call; a reader keeps an offset, takes complete lines only and skips what it cannot read
(half a line left by a killed process, a kind that a later version invented).
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias

from core.evaluation.epoch_metrics import EpochMetrics

_APPEND: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Started:
    """A worker began an attempt: the first, or one that resumes after ``from_epoch`` epochs."""

    kind: ClassVar[str] = "started"

    attempt: int  # 1 for the first
    from_epoch: int  # finished epochs this attempt builds on; later ones it will repeat
    device: str
    pid: int
    time: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class BatchEnded:
    """One step of the optimizer is done; loss and accuracy are means of the epoch so far."""

    kind: ClassVar[str] = "batch"

    epoch: int  # 1-based
    batch: int  # 1-based
    batches: int
    step: int  # global, 1-based
    loss: float
    accuracy: float
    time: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """One pass over the training data and the look at the validation data after it."""

    kind: ClassVar[str] = "epoch"

    epoch: int
    epochs: int
    seconds: float
    train: EpochMetrics
    validation: EpochMetrics
    improved: bool  # the best validation loss so far
    time: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Phase:
    """What the worker does now, for the minutes in which no batch ends."""

    kind: ClassVar[str] = "phase"

    name: str
    detail: str = ""
    time: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a person should know that does not stop the training."""

    kind: ClassVar[str] = "warned"

    code: str
    text: str
    time: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Changed:
    """A person's change holds from this epoch on."""

    kind: ClassVar[str] = "changed"

    epoch: int
    text: str
    time: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Finished:
    """All epochs are done (or patience ran out) and the best one was evaluated."""

    kind: ClassVar[str] = "finished"

    best_epoch: int
    seconds: float
    time: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A person stopped the training; it can be resumed after ``epoch``."""

    kind: ClassVar[str] = "stopped"

    epoch: int  # the last finished one, 0 for none
    time: float = field(default_factory=time.time)
    paused: bool = False  # it only rests, and was not evaluated


@dataclass(frozen=True, slots=True)
class Failed:
    """The training cannot go on, with advice as in :class:`core.errors.LessonError`."""

    kind: ClassVar[str] = "failed"

    code: str
    problem: str
    remedy: str
    time: float = field(default_factory=time.time)


Event: TypeAlias = (
    Started | BatchEnded | EpochEnded | Phase | Warned | Changed | Finished | Stopped | Failed
)

_KINDS: Final[dict[str, type[Any]]] = {
    cls.kind: cls
    for cls in (
        Started,
        BatchEnded,
        EpochEnded,
        Phase,
        Warned,
        Changed,
        Finished,
        Stopped,
        Failed,
    )
}
_METRICS: Final = tuple(item.name for item in fields(EpochMetrics))
_LARGEST: Final = 2**53  # a whole number that every reader takes exactly


def encode(event: Event) -> str:
    """The event as one line of JSON without its line end (``NaN`` for a number there is not).

    >>> encode(Stopped(epoch=3, time=1.5))
    '{"kind":"stopped","epoch":3,"time":1.5,"paused":false}'
    """
    payload: dict[str, object] = {"kind": event.kind}
    for item in fields(event):
        value = getattr(event, item.name)
        if isinstance(value, EpochMetrics):
            value = {name: getattr(value, name) for name in _METRICS}
        payload[item.name] = value
    return json.dumps(payload, separators=(",", ":"), default=_plain_number)


def decode(line: str | bytes) -> Event | None:
    """The event in a line, or None for a line that is none (cut off, or of an unknown kind).

    >>> decode('{"kind":"stopped","epoch":3,"time":1.5}')
    Stopped(epoch=3, time=1.5, paused=False)
    >>> decode('{"kind":"stopped","epo') is None
    True
    """
    try:
        payload = json.loads(line)
        kind = _KINDS[payload.pop("kind")]
        event: Event = kind(
            **{name: _checked(kind, name, value) for name, value in payload.items()}
        )
        return event if _makes_sense(event) else None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        # UnicodeDecodeError and JSONDecodeError are ValueErrors; the rest is JSON of another shape.
        return None


def _checked(cls: type[Any], name: str, value: Any) -> Any:
    """A value for a field of that class; a ValueError where it is of another type."""
    wanted = _types(cls)[name]
    if wanted == "EpochMetrics":
        return EpochMetrics(**{key: _checked(EpochMetrics, key, value[key]) for key in _METRICS})
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST
    if wanted == "int" and whole:
        return value
    if wanted == "float" and (whole or isinstance(value, float)):
        return float(value)
    if isinstance(value, str | bool) and type(value).__name__ == wanted:
        return value
    raise ValueError(f"{name} is {value!r}, not of the type {wanted}")


@cache
def _types(cls: type[Any]) -> dict[str, Any]:
    return {item.name: item.type for item in fields(cls)}


def _makes_sense(event: Event) -> bool:
    """Whether what is computed with these numbers can be computed."""
    if not math.isfinite(event.time):
        return False
    if isinstance(event, BatchEnded):
        return event.epoch >= 1 and 0 <= event.batch <= event.batches and event.batches >= 1
    if isinstance(event, EpochEnded):
        return event.epoch >= 1 and event.epochs >= 1 and math.isfinite(event.seconds)
    return not isinstance(event, Finished) or math.isfinite(event.seconds)


def append(path: Path, event: Event) -> None:
    """Write one event as one whole line, so that a reader never sees half of it."""
    _write(path, (encode(event) + "\n").encode())


def mend(path: Path) -> None:
    """End a half line that a killed writer left, so that the next event gets a line of its own."""
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return
            file.seek(-1, os.SEEK_END)
            whole = file.read(1) == b"\n"
    except FileNotFoundError:
        return
    if not whole:
        _write(path, b"\n")


def read(path: Path, offset: int = 0) -> tuple[list[Event], int]:
    """The events after ``offset`` bytes and the offset to go on from.

    A line without its end is left for the next call. A file that is not there yet is empty.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            block = file.read()
    except FileNotFoundError:
        return [], offset
    end = block.rfind(b"\n") + 1
    events = [event for line in block[:end].splitlines() if (event := decode(line)) is not None]
    return events, offset + end


def appender(path: Path) -> Callable[[Event], None]:
    """The ``emit`` of a training: a function that appends to ``path``."""
    return lambda event: append(path, event)


def _write(path: Path, raw: bytes) -> None:
    handle = os.open(path, _APPEND, 0o644)
    try:
        os.write(handle, raw)
    finally:
        os.close(handle)


def _plain_number(value: object) -> object:
    """NumPy scalars come out of Keras logs and JSON does not know them."""
    item = getattr(value, "item", None)
    if callable(item):
        return item()
    raise TypeError(f"An event holds {type(value).__name__}, which has no place in JSON.")
