"""The lecturer's page counts what is there, and says plainly what does not answer."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.jobs.folder import create_run, list_runs
from core.jobs.ownership import claim, ownership
from core.jobs.signs import ClusterState, WorkerSigns, signs_of
from core.journal import Entry
from dashboard.workbench.health import vitals, words
from tests.dashboard.pretend_run import pretend_spec

NOW = 1_800_000_000.0
HELD = 50 * 2**20
STATE = ClusterState(True, 1, 1, "Ready: 1 to train, 1 to analyze.")


def worker(name: str = "train", **changes: object) -> WorkerSigns:
    given = {"busy": 0, "silent_s": 0.2, "memory": 500, "trains": True, "analyses": False}
    return WorkerSigns(name=name, **(given | changes))  # type: ignore[arg-type]


def look(root: Path, **changes: object) -> vitals.Vitals:
    given = {
        "open_now": 3,
        "most": 7,
        "runs": list_runs(root),
        "state": STATE,
        "signs": (worker(),),
        "pids": {},
        "root": root,
        "errors": (),
    }
    return vitals.look(**(given | changes))  # type: ignore[arg-type]


def page(found: vitals.Vitals, places: tuple[vitals.Place, ...] = ()) -> str:
    return words.page(found, places, now=NOW)


def fill(path: Path, count: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(count))


def test_running_and_waiting_trainings_are_told_apart(tmp_path: Path) -> None:
    runs = [create_run(pretend_spec(), root=tmp_path) for _ in range(3)]
    assert (look(tmp_path).running, look(tmp_path).waiting) == (0, 3)
    with ownership(runs[0].path, events_from=0):
        claim(runs[0].path)
        found = look(tmp_path)
        assert (found.running, found.waiting) == (1, 2)
    said = page(found)
    assert "<b>1</b><span>trainings running" in said
    assert "<b>2</b><span>trainings waiting" in said
    assert "<b>3</b><span>tabs open now, 7 at most" in said


def test_little_room_on_the_disk_is_said_once(tmp_path: Path) -> None:
    found = look(tmp_path)
    for free, said in ((2**30, "<b>Only 1.0 GB</b>"), (50 * 2**30, "<b>50.0 GB</b>")):
        assert said in page(dataclasses.replace(found, free=free))


def test_a_worker_that_is_silent_is_said_to_hang(tmp_path: Path) -> None:
    hangs = worker("analyse", trains=False, analyses=True, silent_s=41.0)
    said = page(look(tmp_path, signs=(worker(busy=1), hangs)))
    assert "<b>1 of 2</b><span>workers answer" in said
    assert "<td>analyse</td><td>analyzes</td><td>Silent for 41 s" in said
    assert "<td>train</td><td>trains</td><td>at work</td>" in said


def test_what_dask_tells_of_a_worker_is_read() -> None:
    told = {
        "name": "a",
        "resources": {"train": 1.0},
        "last_seen": NOW - 12,
        "metrics": {"memory": 77, "task_counts": {"executing": 2}},
    }
    found = signs_of(told, now=NOW)
    assert found == worker("a", busy=2, silent_s=12.0, memory=77)
    assert not found.answers
    assert signs_of({"name": "new", "resources": {}}, now=NOW).answers


def test_memory_is_of_the_processes_or_as_far_workers_say(tmp_path: Path) -> None:
    code = f"held = bytearray({HELD}); print(len(held), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        own = look(tmp_path, pids={"train": child.pid, "gone": 2**22 + 1}).memory
        child.kill()
    assert HELD < own["train"] < 3 * HELD
    assert own["gone"] == 0
    assert own["server"] == pytest.approx(vitals.held(os.getpid()), rel=0.2)
    assert look(tmp_path, signs=(worker("far", memory=9),)).memory["far"] == 9


def test_places_are_measured_file_by_file(tmp_path: Path) -> None:
    runs, cache, downloads = tmp_path / "runs", tmp_path / "cache", tmp_path / "none"
    fill(runs / "one" / "snapshots" / "1.npz", 100)
    fill(runs / "two" / "spec.json", 20)
    fill(cache / "synthetic-64-abc" / "images.npy", 1000)
    fill(cache / "folder-64-def" / "images.npy", 500)
    fill(cache / "unpacked" / "zip1" / "a.png", 70)
    fill(cache / "slices" / "s.npz", 8)
    fill(cache / ".doomed" / "x", 3)
    (runs / "two" / "link").symlink_to(cache)
    found = {one.name: one for one in vitals.what_lies_where(runs, cache, downloads)}
    link = (runs / "two" / "link").lstat().st_size
    assert (found["Runs"].bytes, found["Runs"].entries) == (120 + link, 2)
    assert (found["Prepared sets"].bytes, found["Prepared sets"].entries) == (1500, 2)
    assert (found["Unpacked uploads"].bytes, found["Unpacked uploads"].entries) == (70, 1)
    assert found["Rest of the cache"].bytes == 11
    assert found["Downloaded datasets"].bytes == 0


def test_the_last_errors_have_their_time_and_meaning(tmp_path: Path) -> None:
    error = Entry(NOW - 125, "upload.refused", "upload.too-large")
    said = page(look(tmp_path, errors=(error,)))
    assert "2 min ago</td><td>upload.refused</td><td>upload.too-large</td><td>A file was" in said
    assert "Nothing went wrong" not in said
    assert "Nothing went wrong" in page(look(tmp_path))


def test_nothing_that_a_person_named_becomes_markup(tmp_path: Path) -> None:
    place = vitals.Place(name="Runs", path=Path("/<b>x"), bytes=1, entries=1)
    said = page(look(tmp_path, signs=(worker("<i>"),)), (place,))
    assert "<i>" not in said
    assert "/<b>x" not in said
