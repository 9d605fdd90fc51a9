"""What a run's folder says, in each state a life or a death can leave it in."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import LessonError
from core.evaluation.epoch_metrics import EpochMetrics
from core.jobs import folder
from core.jobs.folder import (
    RunFolder,
    Status,
    create_run,
    find_run,
    list_runs,
    runs_root,
    waiting,
)
from core.jobs.identity import Identity, identity_of
from core.jobs.ownership import OWNER, QUEUED, claim, ownership, write_whole
from core.training import events
from core.training.events import BatchEnded, EpochEnded, Failed, Finished, Started, Stopped
from core.training.spec import TrainingSpec

MakeRun = Callable[..., RunFolder]
FIGURES = EpochMetrics(0.5, 0.75, 0.7, 0.8)
EPOCH = EpochEnded(1, 3, 0.1, FIGURES, FIGURES, True)


@pytest.fixture(scope="module")
def dead() -> Identity:
    """A process that has lived."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = identity_of(child.pid)
    child.kill()
    child.communicate()
    return identity


def own(run: RunFolder, owner: Identity, *, events_from: int = 0) -> None:
    """Make ``owner`` the owner of a run, as if it had claimed it."""
    claim(run.path)
    write_whole(run.path / OWNER, owner.to_json() | {"events_from": events_from})


def test_an_id_is_readable_and_begins_with_the_minute(make_run: MakeRun) -> None:
    run = make_run()
    assert re.fullmatch(r"\d{8}-\d{4}-tiny-toy-32-[a-z2-9]{4}", run.id)
    stamp = time.mktime(time.strptime(run.id[:13], "%Y%m%d-%H%M"))
    assert 0 <= time.time() - stamp < 120


def test_a_name_takes_the_place_of_the_description(
    root: Path, make_spec: Callable[..., TrainingSpec]
) -> None:
    run = create_run(make_spec(), root=root, name="Year 3: Monday's Class!")
    assert re.fullmatch(r"\d{8}-\d{4}-year-3-monday-s-class-[a-z2-9]{4}", run.id)
    assert run.summary().name == "Year 3: Monday's Class!"


def test_the_spec_comes_back_equal(
    make_run: MakeRun, make_spec: Callable[..., TrainingSpec]
) -> None:
    assert make_run(epochs=9, seed=5).spec() == make_spec(epochs=9, seed=5)


def test_the_root_is_the_environments_or_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))
    assert runs_root() == tmp_path
    monkeypatch.delenv("LIGHTBOX_RUNS")
    assert runs_root() == Path(folder.__file__).parents[2] / "runs"


def test_a_new_run_waits_while_its_maker_lives(make_run: MakeRun, dead: Identity) -> None:
    run = make_run()
    assert run.status() is Status.QUEUED
    write_whole(run.path / QUEUED, dead.to_json() | {"submitted": 1.0})
    assert run.status() is Status.INTERRUPTED


def test_stopped_in_the_queue_is_stopped_at_once(make_run: MakeRun, dead: Identity) -> None:
    run = make_run()
    run.ask_stop()
    assert run.status() is Status.STOPPED
    write_whole(run.path / QUEUED, dead.to_json() | {"submitted": 1.0})
    assert run.status() is Status.STOPPED


def test_the_life_of_a_run(make_run: MakeRun) -> None:
    run = make_run()
    claim(run.path)
    with ownership(run.path, events_from=0):
        assert run.status() is Status.RUNNING
        events.append(run.events_path, Started(1, 0, "CPU", 1))
        events.append(run.events_path, EPOCH)
        assert run.status() is Status.RUNNING
        run.ask_stop()
        assert run.status() is Status.STOPPING
        events.append(run.events_path, Stopped(1))
        assert run.status() is Status.STOPPED
    assert run.status() is Status.STOPPED


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (Finished(1, 2.0), Status.FINISHED),
        (Stopped(1), Status.STOPPED),
        (Failed("a.b", "c", "d"), Status.FAILED),
        (EPOCH, Status.INTERRUPTED),
        (None, Status.INTERRUPTED),
    ],
)
def test_last_words_decide_after_a_death(
    make_run: MakeRun, dead: Identity, last: events.Event | None, status: Status
) -> None:
    run = make_run()
    own(run, dead)
    events.append(run.events_path, Started(1, 0, "CPU", 1))
    if last is not None:
        events.append(run.events_path, last)
    assert run.status() is status


def test_half_a_last_word_is_none(make_run: MakeRun, dead: Identity) -> None:
    run = make_run()
    own(run, dead)
    run.events_path.write_bytes(events.encode(Finished(1, 2.0)).encode())
    assert run.status() is Status.INTERRUPTED


def test_words_of_an_earlier_attempt_do_not_count(make_run: MakeRun, dead: Identity) -> None:
    run = make_run()
    claim(run.path)
    events.append(run.events_path, Stopped(1))
    assert run.status() is Status.STOPPED
    run.enqueue()
    assert run.status() is Status.QUEUED
    claim(run.path)
    with ownership(run.path, events_from=run.events_path.stat().st_size):
        assert run.status() is Status.RUNNING
    own(run, dead, events_from=run.events_path.stat().st_size)
    assert run.status() is Status.INTERRUPTED


def test_a_run_between_queue_and_owner_is_not_taken_for_dead(make_run: MakeRun) -> None:
    """The worker claims, then signs: a reader in between waits a moment and looks again."""
    run = make_run()
    claim(run.path)
    slept = []

    def sign(seconds: float) -> None:
        slept.append(seconds)
        own(run, identity_of(1))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", sign)
        assert run.status() is Status.RUNNING
    assert len(slept) == 1


def test_setting_the_clock_leaves_a_training_running(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, now = make_run(), time.time()
    claim(run.path)
    with ownership(run.path, events_from=0):
        for jump in (-86_400, 86_400):
            monkeypatch.setattr(time, "time", lambda jump=jump: now + jump)
            assert run.status() is Status.RUNNING


def test_who_is_at_a_run_is_not_disturbed(make_run: MakeRun) -> None:
    run = make_run()
    claim(run.path)
    with ownership(run.path, events_from=0):
        for act in (run.enqueue, run.delete):
            with pytest.raises(LessonError) as caught:
                act()
            assert caught.value.code == "run.busy"


def test_a_finished_run_is_not_queued_again(make_run: MakeRun) -> None:
    run = make_run()
    claim(run.path)
    events.append(run.events_path, Finished(3, 1.0))
    with pytest.raises(LessonError) as caught:
        run.enqueue()
    assert caught.value.code == "run.finished"


def test_a_finished_run_is_queued_again_for_its_test_alone(make_run: MakeRun) -> None:
    run = make_run()
    claim(run.path)
    events.append(run.events_path, Finished(3, 1.0))
    run.ask_for_test()
    assert run.waits_for_test()
    run.enqueue()
    assert run.status() is Status.QUEUED
    claim(run.path)
    events.append(run.events_path, Finished(3, 1.0))
    (run.path / "evaluation.json").write_text('{"part": "test"}')
    assert not run.waits_for_test()
    with pytest.raises(LessonError) as caught:
        run.enqueue()
    assert caught.value.code == "run.finished"


def test_queueing_again_forgets_the_stop(make_run: MakeRun) -> None:
    run = make_run()
    run.ask_stop()
    run.enqueue()
    assert run.status() is Status.QUEUED


def test_runs_wait_in_the_order_of_their_submission(make_run: MakeRun, root: Path) -> None:
    first, second, third = (make_run() for _ in range(3))
    first.enqueue()  # goes to the end
    assert waiting(root) == [second, third, first]
    third.ask_stop()
    assert waiting(root) == [second, first]


def test_the_newest_run_is_listed_first_and_strangers_are_not(
    make_run: MakeRun, root: Path
) -> None:
    assert list_runs(root) == []
    runs = [make_run() for _ in range(3)]
    (root / "notes").mkdir()
    (root / ".new-half-made").mkdir()
    (root / ".new-half-made" / "spec.json").write_text("{}")
    (root / "broken").mkdir()
    (root / "broken" / "spec.json").write_text("{")
    *listed, last = list_runs(root)
    assert [summary.run for summary in listed] == runs[::-1]
    assert (last.id, last.status) == ("broken", Status.DAMAGED)


def test_a_summary_says_how_far_a_run_is(make_run: MakeRun) -> None:
    run = make_run(epochs=7)
    assert (run.summary().epochs_done, run.summary().last) == (0, None)
    events.append(run.events_path, Started(1, 0, "CPU", 1))
    events.append(run.events_path, EPOCH)
    for step in range(5, 500):
        events.append(run.events_path, BatchEnded(2, step, 500, step, 0.5, 0.5))
    with run.events_path.open("ab") as file:
        file.write(events.encode(EPOCH).encode()[:-9])
    summary = run.summary()
    assert (summary.epochs_done, summary.epochs, summary.last) == (1, 7, EPOCH)
    assert (summary.dataset, summary.model, summary.input_size) == ("toy", "tiny", 32)


def test_a_run_is_found_by_the_beginning_of_its_id(make_run: MakeRun, root: Path) -> None:
    run, other = make_run(), make_run()
    assert find_run(run.id, root=root) == run
    assert find_run(run.id[:-1], root=root) == run
    codes = {}
    for wanted in ("nobody", "", "../runs", run.id[:8]):
        with pytest.raises(LessonError) as caught:
            find_run(wanted, root=root)
        codes[wanted] = caught.value.code
    assert codes == {
        "nobody": "run.unknown",
        "": "run.unknown",
        "../runs": "run.unknown",
        other.id[:8]: "run.ambiguous",
    }


def test_a_deleted_run_is_gone(make_run: MakeRun, root: Path) -> None:
    run = make_run()
    run.ask_stop()
    run.delete()
    assert list(root.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_advice(
    tmp_path: Path, make_spec: Callable[..., TrainingSpec]
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LessonError) as caught:
        create_run(make_spec(), root=tmp_path / "file")
    assert caught.value.code == "run.unwritable"


def test_a_damaged_spec_is_advice(make_run: MakeRun) -> None:
    run = make_run()
    for text in ("{", "[]", json.dumps({"dataset": "toy"})):
        (run.path / "spec.json").write_text(text)
        with pytest.raises(LessonError) as caught:
            run.spec()
        assert caught.value.code in {"run.damaged", "training.invalid"}


def test_the_shared_reader_reads_only_what_is_new(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, offsets = make_run(), []
    events.append(run.events_path, Started(1, 0, "CPU", 1))
    events.append(run.events_path, BatchEnded(1, 1, 2, 1, 0.5, 0.5))
    assert len(run.history().batches) == 1
    size = run.events_path.stat().st_size
    original = events.read

    def read(path: Path, offset: int = 0) -> tuple[list[events.Event], int]:
        offsets.append(offset)
        return original(path, offset)

    monkeypatch.setattr(events, "read", read)
    assert len(run.history().batches) == 1
    events.append(run.events_path, BatchEnded(1, 2, 2, 2, 0.5, 0.5))
    assert len(RunFolder(run.path).history().batches) == 2
    assert offsets == [size]
    assert run.reader().events(2) == run.reader().events()[2:]


def test_a_file_that_begins_anew_is_read_anew(make_run: MakeRun) -> None:
    run = make_run()
    for step in (1, 2):
        events.append(run.events_path, BatchEnded(1, step, 2, step, 0.5, 0.5))
    assert len(run.history().batches) == 2
    run.events_path.unlink()
    assert len(run.history().batches) == 0
    events.append(run.events_path, BatchEnded(1, 1, 2, 1, 0.5, 0.5))
    assert len(run.history().batches) == 1
