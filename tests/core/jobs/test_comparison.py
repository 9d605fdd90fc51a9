"""Runs that belong together, read from their folders alone."""

from __future__ import annotations

from pathlib import Path

from core.jobs.comparison import create_comparison, list_comparisons, new_group
from core.jobs.folder import Status, create_run, waiting
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec


def test_a_comparison_is_its_runs_in_the_order_they_were_begun(tmp_path: Path) -> None:
    specs = [pretend_spec(epochs=epochs) for epochs in (3, 1, 2)]
    made = create_comparison(specs, group="first", root=tmp_path)
    create_run(pretend_spec(), root=tmp_path)  # alone
    create_comparison(specs[:1], group="second", root=tmp_path)
    newer, older = list_comparisons(tmp_path)
    assert (newer.id, older.id) == ("second", "first")
    assert [run.id for run in older.runs] == [run.id for run in made]
    assert [run.epochs for run in older.runs] == [3, 1, 2]
    assert older.created == older.runs[0].created
    assert older.is_active
    assert older.resumable == ()


def test_stopping_leaves_nothing_that_could_begin(tmp_path: Path) -> None:
    create_comparison([pretend_spec()] * 3, group="g", root=tmp_path)
    (found,) = list_comparisons(tmp_path)
    found.ask_stop()
    assert waiting(tmp_path) == []
    (after,) = list_comparisons(tmp_path)
    assert {run.status for run in after.runs} == {Status.STOPPED}
    assert not after.is_active
    assert len(after.resumable) == 3


def test_a_deleted_run_leaves_the_others(tmp_path: Path) -> None:
    first, second = create_comparison([pretend_spec()] * 2, group="g", root=tmp_path)
    first.ask_stop()
    first.delete()
    (found,) = list_comparisons(tmp_path)
    assert [run.id for run in found.runs] == [second.id]
    second.ask_stop()
    second.delete()
    assert list_comparisons(tmp_path) == []


def test_what_trained_before_there_were_groups_is_in_none(tmp_path: Path) -> None:
    run = pretend_run(tmp_path, pretend_events(2))
    (run.path / "run.json").write_text('{"name": "old", "created": 5.0}')
    assert run.summary().group == ""
    assert list_comparisons(tmp_path) == []


def test_groups_begun_at_once_differ() -> None:
    assert new_group() != new_group()


def test_what_compares_something_else_is_listed_apart(tmp_path: Path) -> None:
    create_comparison([pretend_spec()], group=new_group(), root=tmp_path)
    made = new_group("leaks")
    create_comparison([pretend_spec()], group=made, root=tmp_path)
    assert [one.id for one in list_comparisons(tmp_path, kind="leaks")] == [made]
    assert made not in [one.id for one in list_comparisons(tmp_path)]
    assert len(list_comparisons(tmp_path)) == 1
