"""What a worker does with a run, here in the tests' own process."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from core.jobs import familiar, tasks
from core.jobs.folder import RunFolder, Status
from core.jobs.ownership import OWNER, QUEUED
from core.reference.description import FAMILIAR
from core.training import events
from core.training.events import EpochEnded, Event, Failed, Finished, Started, Stopped
from tests.core.jobs import pretend_fit
from tests.dashboard.pretend_run import small_set

MakeRun = Callable[..., RunFolder]
PRETEND = "tests.core.jobs.pretend_fit:fit"


def train(run: RunFolder, *, resume: bool = False, **more: Any) -> bool:
    return tasks.train(str(run.path), resume, fit=PRETEND, **more)


def test_a_training_leaves_its_story_in_the_folder(make_run: MakeRun) -> None:
    run, seen = make_run(), []
    assert train(run, watch=seen.append)
    assert run.status() is Status.FINISHED
    assert run.read_events()[0] == seen
    assert [type(event) for event in (seen[0], seen[-1])] == [Started, Finished]
    assert [row.epoch for row in run.history().epochs] == [1, 2, 3]
    assert not (run.path / OWNER).exists()
    assert not (run.path / QUEUED).exists()


def test_what_a_network_learned_from_is_looked_at_once_it_has_learned(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def looked_at(run: RunFolder, count: int) -> bool:
        monkeypatch.setattr(
            tasks, "_open_data", lambda spec: small_set(tmp_path / str(count), count=count)
        )
        run.model_path.write_bytes(b"stands for a network")
        assert train(run, eye="backbone.npz")
        assert run.status() is Status.FINISHED
        return (run.path / FAMILIAR).is_file()

    monkeypatch.setattr(familiar, "look", lambda images, eye: images.reshape(len(images), -1))
    assert not looked_at(make_run(), 100), "of 60 pictures nobody can say what is usual"
    assert looked_at(make_run(), 300)

    def unreadable(images: Any, eye: Path) -> NoReturn:
        raise ValueError("it is no whole archive")

    monkeypatch.setattr(familiar, "look", unreadable)
    assert not looked_at(make_run(), 310), "a training does not fail for that"


@pytest.fixture
def looks(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """How many pictures were looked at, look by look; nobody really looks."""
    shared, taken = small_set(tmp_path / "set", count=300), []

    def look(images: Any, eye: Path) -> Any:
        taken.append(len(images))
        return images.reshape(len(images), -1)

    monkeypatch.setattr(tasks, "_open_data", lambda spec: shared)
    monkeypatch.setattr(familiar, "look", look)
    return taken


def learned(run: RunFolder, **more: Any) -> bool:
    """Train, and whether its pictures were looked at."""
    run.model_path.write_bytes(b"stands for a network")
    assert train(run, eye="backbone.npz", **more)
    return (run.path / FAMILIAR).is_file()


def test_a_look_at_pictures_gives_way_to_a_run_that_waits_and_is_made_up_for(
    make_run: MakeRun, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, known = make_run(), familiar.look
    second: list[RunFolder] = []

    def clicked_meanwhile(images: Any, eye: Path) -> Any:
        if not second:
            second.append(make_run())
        return known(images, eye)

    monkeypatch.setattr(familiar, "look", clicked_meanwhile)
    assert not learned(first)
    assert len(looks) == 1, "it goes on looking while somebody waits"
    assert learned(second[0])
    assert (first.path / FAMILIAR).is_file()


def test_a_look_at_pictures_is_not_put_off_for_ever(make_run: MakeRun, looks: list[int]) -> None:
    first, *others = [make_run() for _ in range(5)]  # one of them waits all the time
    assert not learned(first)
    for one in others[:2]:
        assert not learned(one)
        assert not (first.path / FAMILIAR).is_file()
    assert not learned(others[2])
    assert (first.path / FAMILIAR).is_file()
    assert learned(others[3])
    assert all((one.path / FAMILIAR).is_file() for one in others)
    # A process of the command line trains one run, and nothing comes after it.
    make_run()
    assert learned(make_run(), looks_later=False)


def test_a_run_that_does_not_wait_is_left_alone(make_run: MakeRun) -> None:
    run = make_run()
    assert train(run)
    before = run.events_path.read_bytes()
    assert not train(run)
    assert run.events_path.read_bytes() == before


def test_a_run_stopped_in_the_queue_never_starts(make_run: MakeRun) -> None:
    run, seen = make_run(), []
    run.ask_stop()
    train(run, watch=seen.append)
    assert [type(event) for event in seen] == [Stopped]
    assert seen[0].epoch == 0
    assert run.status() is Status.STOPPED


def test_a_stop_ends_the_run_and_a_resume_goes_on(make_run: MakeRun) -> None:
    run = make_run(epochs=5)

    def stop_in_the_third(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            run.ask_stop()

    train(run, watch=stop_in_the_third)
    assert run.status() is Status.STOPPED
    run.enqueue()
    train(run, resume=True)
    assert run.status() is Status.FINISHED
    ended = [event.epoch for event in run.read_events()[0] if isinstance(event, EpochEnded)]
    assert ended == [1, 2, 3, 4, 5]
    assert len(run.history().batches) == 5 * pretend_fit.BATCHES


def test_half_a_line_of_a_killed_worker_costs_only_itself(make_run: MakeRun) -> None:
    run = make_run()
    run.events_path.write_bytes(b'{"kind":"batch","epo')
    train(run)
    assert isinstance(run.read_events()[0][0], Started)
    assert run.status() is Status.FINISHED


def test_advice_from_a_training_is_the_runs_last_word(make_run: MakeRun) -> None:
    run = make_run(weight_decay=pretend_fit.FAILS_WITH_ADVICE)
    train(run)
    failure = run.failure()
    assert run.status() is Status.FAILED
    assert failure is not None
    assert (failure.code, failure.remedy) == ("data.bad", "Bring a lamp.")


def test_a_bug_is_loud_and_told_and_logged(make_run: MakeRun) -> None:
    run = make_run(weight_decay=pretend_fit.FAILS_WITH_A_BUG)
    with pytest.raises(ZeroDivisionError):
        train(run)
    failure = run.failure()
    assert failure is not None
    assert failure.code == "training.bug"
    assert "ZeroDivisionError: as planned" in failure.problem
    assert "Traceback" in run.log_path.read_text()
    assert not (run.path / OWNER).exists()


def test_a_training_must_say_how_it_ended(make_run: MakeRun) -> None:
    run = make_run(weight_decay=pretend_fit.IS_SILENT_AT_THE_END)
    with pytest.raises(RuntimeError, match="without saying"):
        train(run)
    assert run.status() is Status.INTERRUPTED


class ResourceExhaustedError(Exception):
    """As TensorFlow's, which is told by this name."""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "training.out-of-memory"),
        (ResourceExhaustedError(), "training.out-of-memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "training.disk-full"),
    ],
)
def test_what_a_person_can_mend_comes_with_advice(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(pretend_fit, "fit", fail)
    run = make_run()
    train(run)
    failure = run.failure()
    assert failure is not None
    assert failure.code == code


def test_missing_damaged_and_other_data_fail_with_advice(make_run: MakeRun, tmp_path: Path) -> None:
    original = Path(make_run().spec().prepared)
    damaged = tmp_path / "damaged"
    shutil.copytree(original, damaged)
    (damaged / "labels.npy").unlink()
    codes = []
    for changes in (
        {"prepared": str(tmp_path / "nowhere")},
        {"prepared": str(damaged)},
        {"fingerprint": "of other data"},
    ):
        run = make_run(**changes)
        train(run)
        failure = run.failure()
        assert failure is not None
        assert failure.remedy
        codes.append(failure.code)
    assert codes == ["prepared.missing", "prepared.damaged", "run.other-data"]


def test_a_disk_that_refuses_even_the_failure_leaves_an_interrupted_run(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run()

    def refuse(path: Path, event: Event) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(events, "append", refuse)
    with pytest.raises(OSError, match="No space"):
        train(run)
    assert run.status() is Status.INTERRUPTED


def test_the_failures_of_a_training_are_told_by_class() -> None:
    assert tasks._as_advice(OSError(errno.EINVAL, "Invalid argument")) is None
    refused = tasks._as_advice(OSError(errno.EACCES, "Permission denied", "/srv/runs/x"))
    assert refused is not None
    assert refused.code == "training.unwritable"
    assert "/srv" not in refused.problem
    assert isinstance(tasks._as_advice(MemoryError()), Failed)
