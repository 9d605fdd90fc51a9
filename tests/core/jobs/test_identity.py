"""A process is known by its number and its beginning, and by nothing that a clock can shift."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import psutil
import pytest

from core.jobs.identity import Identity, identity_of, this_process


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_this_process_lives_and_keeps_its_identity() -> None:
    assert this_process().is_alive()
    assert this_process() == identity_of(os.getpid())
    assert Identity.from_json(this_process().to_json()) == this_process()


def test_a_killed_process_is_dead_before_anybody_collects_it(until: Callable[..., None]) -> None:
    child = sleeper()
    identity = identity_of(child.pid)
    assert identity.is_alive()
    child.kill()
    until(lambda: not identity.is_alive(), seconds=2)  # a zombie still: nobody waited for it
    assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE
    child.wait()
    assert not identity.is_alive()
    with pytest.raises(ProcessLookupError):
        identity_of(child.pid)


def test_the_number_alone_is_not_the_process() -> None:
    me = this_process()
    assert not replace(me, create_time=me.create_time - 1).is_alive()
    assert not replace(me, boot="another start of the machine").is_alive()
    assert not replace(me, host="elsewhere").is_alive()


def test_setting_the_clock_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    me = this_process()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_400)
    assert this_process() == me
    assert me.is_alive()
