"""The server's log: one JSON object a line, of events and numbers, without personal data.

What an event may carry is declared here, once. A word is letters, digits and ``._:-``, and comes
from the code: no file's name, path, address or person's id is among the fields, and a text that is
no word is written as "?". So nobody who brought an X-ray is found in a log.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, TextIO, TypeAlias

from core.errors import LessonError

Level: TypeAlias = Literal["info", "warning", "error"]
Value: TypeAlias = int | float | str | Sequence[str]

EVENTS: Final[Mapping[str, tuple[Level, tuple[str, ...], str]]] = {
    "server.started": ("info", ("shared",), "The server is ready; 1 where others reach it."),
    "server.ended": ("info", ("seconds",), "It was ended, after so long."),
    "session.opened": ("info", ("open",), "A browser tab connected; so many are open now."),
    "session.closed": ("info", ("open", "seconds"), "A tab went, after so long."),
    "code.guessed": (
        "warning",
        ("tries",),
        "So many wrong class codes came in a minute; who has not entered yet waits.",
    ),
    "sign_in.failed": (
        "warning",
        ("code", "kind"),
        "Somebody could not sign in or out: at which step, and the kind of the error.",
    ),
    "run.queued": ("info", ("run", "waiting"), "A training was begun; so many wait."),
    "run.started": ("info", ("run", "seconds"), "A worker took it, after so long."),
    "run.ended": ("info", ("run", "status", "seconds"), "It is over, after so long."),
    "run.waits": ("warning", ("run", "code"), "Its folder cannot be read or written."),
    "analysis.failed": (
        "warning",
        ("task", "code", "seconds"),
        "It gave no answer, for that reason.",
    ),
    "upload.refused": ("warning", ("code", "bytes"), "A file was too large, or there was no room."),
    "uploads.tidied": ("info", ("folders",), "Images that nobody used were removed."),
    "uploads.untidied": ("warning", ("code",), "They could not be removed."),
    "workers.stumbled": ("error", ("kind", "places"), "A mistake of Lightbox among the workers."),
    "bug": ("error", ("number", "kind", "places"), "A mistake of Lightbox in a page."),
}
"""Level, fields and meaning of everything that is ever written."""

FILE_NAME: Final = "lightbox.jsonl"
MOST_BYTES: Final = 5 * 2**20
FILES_KEPT: Final = 5
_WORD: Final = re.compile(r"[A-Za-z0-9_.:\-]{1,80}")
_MOST_PLACES: Final = 16
_RECENT: Final = 50

_LOG: Final = logging.getLogger("lightbox.journal")
_LOG.addHandler(logging.NullHandler())
_LOG.setLevel(logging.INFO)
_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


@dataclass(frozen=True, slots=True)
class Entry:
    """One warning or error, as the health page lists it.

    Attributes:
        time: Unix seconds.
        event: Its name.
        code: What failed: a `LessonError`'s code, or the kind of a bug.
    """

    time: float
    event: str
    code: str


_recent: Final[deque[Entry]] = deque(maxlen=_RECENT)
_lock: Final = threading.Lock()


def write(event: str, **values: Value) -> None:
    """Write an event.

    Args:
        event: Of `EVENTS`.
        values: The fields that it declares, all of them.

    Raises:
        KeyError: Another event or field; names are written in code, so this is a bug.
    """
    level, names, _ = EVENTS[event]
    if set(values) != set(names):
        raise KeyError(f"{event} carries {names}, not {tuple(values)}")
    now = time.time()
    clean = {name: _clean(values[name]) for name in names}
    if level != "info":
        with _lock:
            _recent.append(Entry(now, event, str(clean.get("code") or clean.get("kind") or "")))
    told = {"time": _stamp(now), "level": level, "event": event, **clean}
    _LOG.log(_LEVELS[level], json.dumps(told))


def recent() -> list[Entry]:
    """The last warnings and errors of this process, newest first."""
    with _lock:
        return list(reversed(_recent))


def begin(folder: Path | None, *, stream: TextIO | None = None) -> None:
    """Write from now on to the error output and, where a folder is named, into files there.

    On a terminal a person reads an address and a code; there only warnings and errors are shown.

    Args:
        folder: Of ``lightbox.jsonl``, which is begun anew at 5 MB; five earlier ones are kept.
        stream: In the place of the error output.

    Raises:
        LessonError: ``log.unwritable``.
    """
    end()
    out = stream or sys.stderr
    handlers: list[logging.Handler] = [logging.StreamHandler(out)]
    handlers[0].setLevel(logging.WARNING if out.isatty() else logging.INFO)
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handlers.append(
                RotatingFileHandler(
                    folder / FILE_NAME,
                    maxBytes=MOST_BYTES,
                    backupCount=FILES_KEPT,
                    encoding="utf-8",
                )
            )
        except OSError as error:
            raise LessonError(
                "log.unwritable",
                problem=f"The log cannot be written in {folder}: {error.strerror or error}.",
                remedy="Let the server's user write there, or name another folder (log_folder).",
            ) from error
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(message)s"))
        _LOG.addHandler(handler)
    _LOG.propagate = False


def end() -> None:
    """Write nowhere any more."""
    for handler in list(_LOG.handlers):
        if not isinstance(handler, logging.NullHandler):
            _LOG.removeHandler(handler)
            handler.close()
    _LOG.propagate = True


def places(trace: TracebackType | None) -> list[str]:
    """Where an error came from, as ``module:line``, the innermost last; no path, no message."""
    found = []
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", "?"))
        found.append(f"{name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-_MOST_PLACES:]


def run_name(run_id: str) -> str:
    """A run's id without the words in its middle, which a person may have given.

    >>> run_name("20261129-2330-annas-network-fracatlas-64-k3fd")
    '20261129-2330-k3fd'
    """
    parts = run_id.split("-")
    return "-".join((*parts[:2], parts[-1])) if len(parts) > 3 else run_id


def _clean(value: Value) -> Value:
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else "?"
    return [str(_clean(one)) for one in value]


def _stamp(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"
