"""Waiting, working and signs of life."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.jobs import ownership
from core.jobs.identity import this_process
from core.jobs.ownership import HEARTBEAT, claim, enqueue, holds, owner_of, ticket_of

ELSEWHERE = replace(this_process(), host="another-machine")


def test_only_one_of_many_can_claim_a_run(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)

    def race(_: int) -> bool:
        barrier.wait()
        return claim(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            enqueue(tmp_path)
            assert sum(pool.map(race, range(8))) == 1
    assert ticket_of(tmp_path) is None


def test_the_owner_signs_and_lets_go(tmp_path: Path) -> None:
    with ownership.ownership(tmp_path, events_from=12):
        owner = owner_of(tmp_path)
        assert owner is not None
        assert (owner.process, owner.events_from) == (this_process(), 12)
        assert holds(tmp_path, owner.process)
    assert owner_of(tmp_path) is None
    assert "heartbeat" not in {thread.name for thread in threading.enumerate()}


def test_an_attempt_ends_before_its_process_does(tmp_path: Path) -> None:
    """Also where nobody could take the owner's name away."""
    with ownership.ownership(tmp_path, events_from=0):
        owner = owner_of(tmp_path)
        assert owner is not None
        assert ownership.is_at_work(tmp_path, owner)
        assert ownership.is_at_work(tmp_path, owner)  # looking takes nothing away
        name = (tmp_path / ownership.OWNER).read_bytes()
    (tmp_path / ownership.OWNER).write_bytes(name)
    assert owner_of(tmp_path) == owner
    assert holds(tmp_path, owner.process)
    assert not ownership.is_at_work(tmp_path, owner)


def test_an_attempt_of_an_earlier_version_is_told_by_its_process(tmp_path: Path) -> None:
    owner = ownership.Owner(this_process(), 0)
    assert ownership.is_at_work(tmp_path, owner)


def test_the_owner_lets_go_when_the_work_breaks_off(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), ownership.ownership(tmp_path, events_from=0):
        raise ZeroDivisionError
    assert owner_of(tmp_path) is None


def test_the_heart_beats_while_the_owner_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownership, "BEAT_S", 0.01)
    with ownership.ownership(tmp_path, events_from=0):
        seen = set()
        end = time.monotonic() + 5
        while len(seen) < 3 and time.monotonic() < end:
            seen.add((tmp_path / HEARTBEAT).read_text() if (tmp_path / HEARTBEAT).exists() else "")
    assert len(seen - {""}) >= 2


def test_a_stranger_lives_while_its_heart_beats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the two machines' clocks are an hour apart, once the number has moved."""
    beats, steady = tmp_path / HEARTBEAT, [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: steady[0])
    assert not holds(tmp_path, ELSEWHERE)
    beats.write_text("7 1")
    os.utime(beats, (time.time() - 3600, time.time() - 3600))
    assert not holds(tmp_path, ELSEWHERE)
    beats.write_text("7 2")
    os.utime(beats, (time.time() - 3600, time.time() - 3600))
    assert holds(tmp_path, ELSEWHERE)
    steady[0] += ownership.SILENT_S - 1
    assert holds(tmp_path, ELSEWHERE)
    steady[0] += 2
    assert not holds(tmp_path, ELSEWHERE)


def test_a_fresh_heartbeat_is_believed_at_first_sight(tmp_path: Path) -> None:
    ownership.beat(tmp_path)
    assert holds(tmp_path, ELSEWHERE)


def test_a_damaged_owner_file_is_no_owner(tmp_path: Path) -> None:
    (tmp_path / ownership.OWNER).write_text('{"host": "a')
    assert owner_of(tmp_path) is None


def test_a_file_that_is_in_use_for_a_moment_is_waited_for() -> None:
    """As Windows has it: in use means forbidden."""
    refusals = iter([PermissionError(13, "in use")] * 3)

    def act() -> str:
        for refusal in refusals:
            raise refusal
        return "done"

    assert ownership.patiently(act) == "done"


def test_a_file_that_is_forbidden_for_good_is_not_waited_for_long() -> None:
    asked = []

    def act() -> None:
        asked.append(1)
        raise PermissionError(13, "never")

    with pytest.raises(PermissionError, match="never"):
        ownership.patiently(act)
    assert 1 < len(asked) < 100
