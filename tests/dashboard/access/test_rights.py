"""What is whose to do in a class."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from core.errors import LessonError
from core.jobs.comparison import Comparison
from core.jobs.folder import RunFolder, create_run, list_runs
from core.jobs.ownership import claim
from core.prepared import PreparedSet
from dashboard.access import rights
from dashboard.access.people import Person, Standing
from dashboard.access.policy import Policy
from dashboard.access.rights import Quota
from tests.dashboard.pretend_run import pretend_spec, small_set

ANNA, BEN = Person("a" * 16, "student"), Person("b" * 16, "student")
NOBODY = Person("", "student")
LECTURER = Person("c" * 16, "lecturer")


@pytest.fixture(autouse=True)
def class_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Standing, "policy", Policy(shared=True, folders=()))


@pytest.fixture
def prepared(tmp_path: Path) -> PreparedSet:
    return small_set(tmp_path / "set")


def run_of(person: Person) -> RunFolder:
    return create_run(pretend_spec(), owner=person.id)


def code_of(action: object) -> str:
    with pytest.raises(LessonError) as caught:
        action()  # type: ignore[operator]
    return caught.value.code


def test_only_who_began_a_run_and_the_lecturer_change_it() -> None:
    run, stray = run_of(ANNA), run_of(NOBODY)
    for other in (BEN, NOBODY):
        for one in (run, stray):
            assert code_of(lambda one=one, other=other: rights.stop(one, other)) == "run.not-yours"
            assert (
                code_of(lambda one=one, other=other: rights.delete(one, other)) == "run.not-yours"
            )
            assert code_of(lambda one=one, other=other: rights.require_own(one, other))
    assert not run.is_asked_to_stop()
    rights.stop(run, ANNA)
    rights.delete(run, ANNA)
    rights.stop(stray, LECTURER)
    rights.delete(stray, LECTURER)
    assert list_runs() == []


def test_a_comparison_is_stopped_by_its_owner() -> None:
    runs = tuple(run_of(ANNA).summary() for _ in range(2))
    comparison = Comparison("g", runs)
    assert code_of(lambda: rights.stop_all(comparison, BEN)) == "run.not-yours"
    assert not any(one.run.is_asked_to_stop() for one in runs)
    rights.stop_all(comparison, ANNA)
    assert all(one.run.is_asked_to_stop() for one in runs)


def test_a_student_has_a_number_of_trainings_and_the_lecturer_any(prepared: PreparedSet) -> None:
    quota, specs = Quota(jobs=3, all_jobs=5, free_bytes=0), [pretend_spec()]
    for _ in range(3):
        rights.begin(specs, ANNA, prepared=prepared, quota=quota)
    assert (
        code_of(lambda: rights.begin(specs, ANNA, prepared=prepared, quota=quota)) == "quota.jobs"
    )
    assert "3 of 3" in rights.quota_line(list_runs(), ANNA, quota)
    assert rights.quota_line(list_runs(), LECTURER) == ""
    assert code_of(lambda: rights.begin(specs * 4, BEN, prepared=prepared, quota=quota))
    assert len(list_runs()) == 3  # all or none
    rights.begin(specs * 2, BEN, prepared=prepared, quota=quota)
    third = Person("d" * 16, "student")
    assert (
        code_of(lambda: rights.begin(specs, third, prepared=prepared, quota=quota)) == "quota.jobs"
    )
    rights.begin(specs * 9, LECTURER, prepared=prepared, quota=quota)
    claim(next(one.run.path for one in list_runs() if one.owner == ANNA.id))  # interrupted: free
    rights.begin(specs, ANNA, prepared=prepared, quota=Quota(jobs=3, all_jobs=99, free_bytes=0))


def test_clicks_at_once_share_no_room(prepared: PreparedSet) -> None:
    """26 trainings were once queued in 1.7 seconds."""
    quota, refused = Quota(jobs=4, free_bytes=0), []

    def click() -> None:
        try:
            rights.begin([pretend_spec()], ANNA, prepared=prepared, quota=quota)
        except LessonError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=click) for _ in range(26)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list_runs()) == 4
    assert refused == ["quota.jobs"] * 22


def test_epochs_images_and_the_disk_have_limits(prepared: PreparedSet) -> None:
    for quota, code in (
        (Quota(epochs=3, free_bytes=0), "quota.epochs"),
        (Quota(images=39, free_bytes=0), "quota.images"),
        (Quota(free_bytes=2**62), "quota.disk"),
    ):
        specs = [pretend_spec(epochs=4)]

        def begin(person: Person, specs: list = specs, quota: Quota = quota) -> object:
            return rights.begin(specs, person, prepared=prepared, quota=quota)

        assert code_of(lambda begin=begin: begin(ANNA)) == code
        assert begin(LECTURER)


def test_the_settings_say_what_a_student_may_have(
    prepared: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("RUNS", "2"), ("EPOCHS", "7"), ("FREE_GB", "0")):
        monkeypatch.setenv(f"LIGHTBOX_QUOTA_{name}", value)
    assert "0 of 2" in rights.quota_line(list_runs(), ANNA)
    assert "at most 7 epochs" in rights.quota_line(list_runs(), ANNA)
    with pytest.raises(LessonError) as caught:
        rights.begin([pretend_spec()] * 3, ANNA, prepared=prepared)
    assert caught.value.code == "quota.jobs"
    with pytest.raises(LessonError) as caught:
        rights.begin([pretend_spec(epochs=8)], ANNA, prepared=prepared)
    assert caught.value.code == "quota.epochs"


def test_a_run_is_named_by_who_began_it() -> None:
    run = run_of(ANNA)
    for other in (BEN, NOBODY):
        assert code_of(lambda who=other: rights.describe(run, who, name="mine")) == "run.not-yours"
    rights.describe(run, ANNA, name="first", note="of the week")
    rights.describe(run, LECTURER, starred=True)
    summary = run.summary()
    assert (summary.name, summary.note, summary.starred) == ("first", "of the week", True)
