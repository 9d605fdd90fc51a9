"""Name, star and note of a run, and the run in one file."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.jobs.about import ABOUT, LONGEST_NAME, LONGEST_NOTE, describe, read_about
from core.jobs.folder import RunFolder, adopt, list_runs
from core.jobs.packing import LEFT_OUT, packed
from core.training.events import Finished
from core.training.results import snapshot_path
from tests.dashboard.pretend_run import (
    pretend_events,
    pretend_run,
    pretend_spec,
    report,
    write_report,
)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    spec = pretend_spec("/private/place/prepared")
    made = pretend_run(tmp_path / "runs", [*pretend_events(4), Finished(2, 4.0)], spec=spec)
    write_report(made, report())
    snapshot_path(made.path, 1).parent.mkdir()
    np.savez(snapshot_path(made.path, 1), a=np.arange(5))
    made.model_path.write_bytes(b"a network")
    for name in LEFT_OUT - {"owner.json", "queued.json", "stop", "attempt.lock", "heartbeat"}:
        (made.path / name).write_text("/private/place")
    return made


def test_what_is_said_of_a_run_is_kept_and_the_rest_stays(run: RunFolder) -> None:
    before, _ = read_about(run.path)
    describe(run.path, name="  the one\n with dropout ", starred=True)
    describe(run.path, note="over-trains from epoch 5 on")
    after, trouble = read_about(run.path)
    assert trouble == ""
    assert (after.name, after.starred) == ("the one with dropout", True)
    assert after.note == "over-trains from epoch 5 on"
    assert (after.created, after.owner, after.group) == (before.created, before.owner, before.group)
    (summary,) = list_runs(run.path.parent)
    assert (summary.name, summary.starred, summary.note) == (after.name, True, after.note)
    assert summary.id == run.id  # links name it: it does not change with the name


def test_long_words_are_cut(run: RunFolder) -> None:
    describe(run.path, name="n" * 500, note="m" * 50_000)
    found, _ = read_about(run.path)
    assert (len(found.name), len(found.note)) == (LONGEST_NAME, LONGEST_NOTE)


def test_damage_is_not_written_over(run: RunFolder) -> None:
    (run.path / ABOUT).write_text("{half")
    with pytest.raises(LessonError) as caught:
        describe(run.path, name="x")
    assert caught.value.code == "run.damaged"
    assert (run.path / ABOUT).read_text() == "{half"


def test_a_packed_run_opens_elsewhere_with_all_its_figures(run: RunFolder, tmp_path: Path) -> None:
    describe(run.path, name="for Ben", starred=True)
    with zipfile.ZipFile(io.BytesIO(packed(run))) as archive:
        archive.extractall(tmp_path / "elsewhere")
    other = adopt(tmp_path / "elsewhere" / run.id, root=tmp_path / "elsewhere")
    assert other.history().epochs == run.history().epochs
    assert other.evaluation() == run.evaluation()
    assert other.model_path.read_bytes() == b"a network"
    assert snapshot_path(other.path, 1).read_bytes() == snapshot_path(run.path, 1).read_bytes()
    summary = other.summary()
    assert (summary.name, summary.starred, summary.owner) == ("for Ben", True, "")
    assert other.spec().model == run.spec().model
    assert other.id != run.id or other.path.parent != run.path.parent


def test_nothing_of_this_computer_goes_along(run: RunFolder) -> None:
    about = json.loads((run.path / ABOUT).read_text())
    (run.path / ABOUT).write_text(json.dumps(about | {"owner": "anna", "group": "race"}))
    raw = packed(run)
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = {Path(name).name for name in archive.namelist()}
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert not names & LEFT_OUT
    assert b"/private/place" not in content
    assert b"anna" not in content


def test_a_run_that_has_not_ended_stays(tmp_path: Path) -> None:
    waiting = pretend_run(tmp_path / "runs", [], queued=True)
    with pytest.raises(LessonError) as caught:
        packed(waiting)
    assert caught.value.code == "run.busy"


def test_what_is_no_run_is_not_taken_in(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "spec.json").write_text("[]")
    with pytest.raises(LessonError) as caught:
        adopt(tmp_path / "x", root=tmp_path)
    assert caught.value.code == "run.damaged"
