"""The class that the benchmark plays: two students and a watcher on a real server."""

from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import classroom
from benchmarks.class_chart import chart
from benchmarks.classroom import Felt, remarks, seconds_per_step, verdict
from benchmarks.student import Student
from tests.browser.conftest import start_server, stop_server
from tests.dashboard.pretend_run import pretend_events
from tests.event_loop import awaited

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_small_class_is_played_with_a_training(capsys: pytest.CaptureFixture[str]) -> None:
    asked = "--students 2 --watchers 1 --seconds 12 --size 28 --epochs 200 --browsers 1"
    # The others would have drawn thousands of radiographs beside it.
    asked += " --pages neuron convolution pooling train"
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
    assert students.shown, "a Chromium among them drew pages"
    assert all(0 < wait < 60 for wait in students.shown)
    told = capsys.readouterr().out
    assert "| 2 students |" in told
    assert "Chromium drew" in told


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
        tab = awaited(visit(server.url))
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


def test_the_memory_of_a_long_lesson_is_told_as_it_grows() -> None:
    felt = Felt(30, growth=[400.0, 402.0, 401.0, 440.0, 441.0, 442.0])
    (said,) = remarks(felt)
    assert said.endswith("second half against first: +40")
    assert remarks(Felt(30, growth=[400.0])) == []


def test_the_chart_puts_longer_waits_higher_and_says_them() -> None:
    drawn = ElementTree.fromstring(
        chart([1, 10, 100], [(0.01, 0.05), (0.02, 0.1), (0.1, 2.0)], goal_s=1.0)
    )
    space = "{http://www.w3.org/2000/svg}"
    title = drawn.find(f"{space}title")
    assert title is not None
    assert title.text is not None
    assert "100 students 100 ms and 2 s" in title.text
    _, slow = (
        [[float(one) for one in place.split(",")] for place in line.attrib["points"].split()]
        for line in drawn.iter(f"{space}polyline")
    )
    assert [place[0] for place in slow] == sorted(place[0] for place in slow)
    assert slow[0][1] > slow[1][1] > slow[2][1]  # down is the smaller
    goal = next(line for line in drawn.iter(f"{space}line") if "stroke-dasharray" in line.attrib)
    assert slow[1][1] > float(goal.attrib["y1"]) > slow[2][1]
