"""The class that the benchmark plays: two students and a watcher on a real server."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import classroom
from benchmarks.classroom import Felt, seconds_per_step, verdict
from benchmarks.student import Student
from tests.browser.conftest import start_server, stop_server
from tests.dashboard.pretend_run import pretend_events

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_small_class_is_played_with_a_training(capsys: pytest.CaptureFixture[str]) -> None:
    asked = "--students 2 --watchers 1 --seconds 12 --size 28 --epochs 200"
    (_, students), (_, watchers) = classroom.main(asked.split())
    assert not students.troubles
    assert not watchers.troubles
    assert students.people == 2
    assert len(students.waits) >= 2
    assert all(wait > 0 for wait in students.waits)
    assert students.megabytes[0] > 50
    assert students.server > 0
    assert students.step > 0, "the training's steps were timed beside the class"
    assert watchers.updates > 0
    assert "| 2 students |" in capsys.readouterr().out


@pytest.mark.slow
def test_a_student_sees_what_went_wrong(tmp_path: Path) -> None:
    async def visit(url: str) -> Student:
        async with Student(url) as tab:
            await tab.open("neuron")
            stop_server(server)
            await tab.open("pooling")
        return tab

    server = start_server(tmp_path)
    try:
        tab = asyncio.run(visit(server.url))
    finally:
        server.process.kill()
    assert any("connection" in said for said in tab.seen.troubles), tab.seen.troubles


def test_a_step_is_timed_by_the_events_since_then() -> None:
    told = pretend_events(2, batches=5, start=1000.0)  # 0.1 s a step, 0.5 s between the epochs
    assert seconds_per_step(told, since=0.0) == pytest.approx((9 * 0.1 + 0.5) / 9)
    assert seconds_per_step(told, since=1001.05) == pytest.approx(0.1)
    assert math.isnan(seconds_per_step(told, since=1001.45))


def test_the_verdict_names_the_first_size_that_breaks() -> None:
    fine, slow = Felt(10, waits=[0.1] * 20), Felt(60, waits=[0.1] * 15 + [2.0] * 5)
    wrong = Felt(30, waits=[0.1] * 20, troubles=Counter({"a mistake": 2}))
    assert verdict([("students", fine)]).startswith("No size broke")
    assert verdict([("students", fine), ("students", slow)]).startswith("With 60 students")
    said = verdict([("students", slow), ("students", wrong)])
    assert said.startswith("30 students")
    assert "a mistake" in said


def test_an_unknown_measurement_is_answered_with_the_names() -> None:
    command = [sys.executable, "-m", "benchmarks", "nothing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "class" in done.stderr.split()
    assert "student" not in done.stderr.split()
