"""A call in a process of its own: its reports, its result, and every way in which it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.errors import LessonError
from core.jobs.apart import call_apart
from core.jobs.preload import NICENESS
from tests import patience
from tests.core.jobs import far_calls

ROOT = Path(__file__).resolve().parents[3]


def silent(_: str, __: float) -> None:
    """No progress."""


def gone(pid: int) -> bool:
    """Whether a process has ended, now or after a while."""
    deadline = time.monotonic() + patience.SECONDS
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_it_reports_in_order_and_gives_the_result_of_another_process() -> None:
    told: list[tuple[str, float]] = []
    pid, total = call_apart(
        far_calls.count, to=4, progress=lambda phase, share: told.append((phase, share))
    )
    assert told == [(f"number {n}", n / 4) for n in range(4)]
    assert total == 6
    assert pid != os.getpid()
    assert gone(pid)


def test_a_refusal_stays_what_it_is() -> None:
    with pytest.raises(LessonError) as caught:
        call_apart(far_calls.refuse, progress=silent)
    assert (caught.value.code, caught.value.remedy) == ("folder.empty", "Look elsewhere.")


def test_a_mistake_that_cannot_travel_is_told_by_name() -> None:
    with pytest.raises(RuntimeError, match="Local: seven"):
        call_apart(far_calls.stumble, progress=silent)


def test_an_end_by_the_system_is_advice() -> None:
    with pytest.raises(LessonError) as caught:
        call_apart(far_calls.die, progress=silent)
    assert caught.value.code == "process.ended"
    assert "-9" in caught.value.problem


def test_who_cancels_ends_the_process(tmp_path: Path) -> None:
    class Canceled(Exception):
        pass

    def cancel(_: str, __: float) -> None:
        raise Canceled

    note = tmp_path / "pid"
    with pytest.raises(Canceled):
        call_apart(far_calls.report_forever, note=str(note), progress=cancel)
    assert gone(int(note.read_text("ascii")))


def test_it_ends_with_who_called_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    program = (
        "from core.jobs.apart import call_apart; from tests.core.jobs import far_calls;"
        f"call_apart(far_calls.report_forever, note={str(note)!r}, progress=lambda *_: None)"
    )
    caller = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    deadline = time.monotonic() + patience.SECONDS
    while not (note.exists() and note.read_text("ascii")) and time.monotonic() < deadline:
        time.sleep(0.05)
    caller.kill()
    caller.wait()
    assert gone(int(note.read_text("ascii")))


@pytest.mark.skipif(not hasattr(os, "nice"), reason="Only Unix counts its levels.")
def test_it_steps_back_behind_the_server() -> None:
    levels: list[int] = []

    def look(_: str, __: float) -> None:
        levels.extend(child.nice() for child in psutil.Process().children() if _is_far(child))

    call_apart(far_calls.count, to=1, progress=look)
    assert levels == [min(os.nice(0) + NICENESS["prepare"], 19)]


def _is_far(process: psutil.Process) -> bool:
    return "core.jobs.apart" in process.cmdline()
