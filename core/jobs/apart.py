"""A call in a process of its own, for what would keep the server's interpreter busy for seconds.

Threads of one Python process take turns at it, five milliseconds each: a thread that draws two
thousand radiographs makes every page wait. Apart, the operating system shares out the cores, and
the process steps back behind the server as a worker does.

The parent gives the call on the child's standard input and reads what comes of it, frame by frame,
from its standard output; both are pickled, both ends are this program. A child whose parent has
gone ends at its next report.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from typing import IO, Any, Final, TypeVar

from core.errors import LessonError
from core.jobs.preload import step_back
from core.jobs.processes import creation_flags, search_path

T = TypeVar("T")

Report = Callable[[str, float], None]
_LENGTH: Final = struct.Struct("<Q")
_REPORT: Final = "report"
_RESULT: Final = "result"
_ERROR: Final = "error"


def call_apart(function: Callable[..., T], /, *, progress: Report, **named: Any) -> T:
    """Call a function of a module in a process of its own, and wait for it.

    Args:
        function: Takes ``progress``, and is found under its own name where it is imported.
        progress: Called here, in the calling thread, with each report of the function. What it
            raises ends the process.
        **named: The function's other arguments; they and the result can be pickled.

    Raises:
        LessonError: ``process.ended`` where the system ended the process; what the function
            refuses.
        Exception: What else the function or ``progress`` raised.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "core.jobs.apart"],
        env=os.environ | {"PYTHONPATH": search_path()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A library's words may hold names of files; what matters comes as an exception.
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        creationflags=creation_flags(),
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        try:
            with child.stdin:
                pickle.dump((function, named), child.stdin)
        except BrokenPipeError:
            raise _ended(child) from None
        while True:
            frame = _read(child.stdout)
            if frame is None:
                raise _ended(child)
            kind, content = frame
            if kind == _REPORT:
                progress(*content)
            elif kind == _ERROR:
                raise content
            else:
                return content
    finally:
        child.kill()  # has ended by itself where all went well
        child.wait()
        child.stdout.close()


def _ended(child: subprocess.Popen[bytes]) -> LessonError:
    child.wait()
    return LessonError(
        "process.ended",
        problem="The process that did this was ended by the system "
        f"(exit code {child.returncode}), most likely for lack of memory.",
        remedy="Close other programs, or choose fewer or smaller images, and try again.",
    )


def _read(pipe: IO[bytes]) -> tuple[str, Any] | None:
    """The next frame, None where the pipe ended before one was whole."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = pipe.read(length)
    return None if len(body) < length else pickle.loads(body)


def _write(pipe: IO[bytes], kind: str, content: Any) -> None:
    body = pickle.dumps((kind, content))
    pipe.write(_LENGTH.pack(len(body)) + body)
    pipe.flush()


def _serve() -> None:
    """The child: do the one call and tell how it went."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody listens any more: end
    # Whatever prints, prints elsewhere: standard output belongs to the frames.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    step_back("prepare")
    try:
        function, named = pickle.load(sys.stdin.buffer)
        result = function(
            **named, progress=lambda phase, share: _write(pipe, _REPORT, (phase, share))
        )
        _write(pipe, _RESULT, result)
    except Exception as error:
        _write(pipe, _ERROR, _portable(error))


def _portable(error: Exception) -> Exception:
    """The error itself where it survives the way, else one with its name and words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


if __name__ == "__main__":
    _serve()
