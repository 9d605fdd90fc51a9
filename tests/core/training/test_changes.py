"""A training that is changed in the middle, or goes on after its end, can be repeated exactly."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import LessonError
from core.evaluation.openings import opened, part_key
from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet
from core.training.events import Changed, EpochEnded, Event, Finished, Stopped, append
from core.training.fit import fit
from core.training.history import History
from core.training.results import (
    PAUSE,
    START,
    evaluated,
    list_snapshots,
    read_snapshot,
    snapshot_path,
)
from core.training.spec import Augmentation, Change, Start, TrainingSpec

pytestmark = pytest.mark.reference


def spec_for(prepared: PreparedSet, **changes: object) -> TrainingSpec:
    values = {
        "dataset": "toy",
        "fingerprint": prepared.fingerprint,
        "prepared": str(prepared.folder),
        "model": paper_network(prepared.size, prepared.classes, filters=(2, 4), dense=4),
        "epochs": 4,
        "batch_size": 16,
        "learning_rate": 0.003,
        "seed": 3,
    }
    return TrainingSpec(**(values | changes))  # type: ignore[arg-type]


def train(
    spec: TrainingSpec,
    prepared: PreparedSet,
    folder: Path,
    *,
    resume: bool = False,
    wished: Callable[[int], TrainingSpec | None] | None = None,
) -> list[Event]:
    folder.mkdir(parents=True, exist_ok=True)
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        append(folder / "events.jsonl", event)

    fit(
        spec, prepared, folder, emit=emit, asked_to_stop=lambda: False, resume=resume, wished=wished
    )
    return events


@pytest.fixture(scope="module")
def squares(make_set: Callable[..., PreparedSet]) -> PreparedSet:
    return make_set()


def last_weights(folder: Path) -> dict[str, np.ndarray]:
    return read_snapshot(folder, list_snapshots(folder)[-1])[0]


def same(one: Path, other: Path) -> None:
    ours, theirs = last_weights(one), last_weights(other)
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        np.testing.assert_array_equal(values, theirs[name], err_msg=name)


def test_more_epochs_draw_the_curve_of_a_run_that_had_them_from_the_start(
    squares: PreparedSet, tmp_path: Path
) -> None:
    whole, two = spec_for(squares), spec_for(squares, epochs=2)
    expected = train(whole, squares, tmp_path / "whole")
    first = train(two, squares, tmp_path / "run")
    more = two.changed(Change(epoch=3, epochs=4))
    second = train(more, squares, tmp_path / "run", resume=True)
    found = History.from_events([*first, *second])
    wanted = History.from_events(expected)
    np.testing.assert_array_equal(found.batches, wanted.batches)
    assert [row.train for row in found.epochs] == [row.train for row in wanted.epochs]
    same(tmp_path / "run", tmp_path / "whole")
    assert [one.text for one in second if isinstance(one, Changed)] == ["4 epochs from epoch 3"]


def test_a_rate_changed_on_the_way_is_repeated_from_the_record(
    squares: PreparedSet, tmp_path: Path
) -> None:
    spec, change = spec_for(squares), Change(epoch=3, learning_rate=0.0005)
    changed = spec.changed(change)

    def wished(epoch: int) -> TrainingSpec | None:
        return changed if epoch == 3 else None

    live = train(spec, squares, tmp_path / "live", wished=wished)
    again = train(changed, squares, tmp_path / "again")
    plain = train(spec, squares, tmp_path / "plain")
    curves = [History.from_events(events).batches for events in (live, again, plain)]
    np.testing.assert_array_equal(curves[0], curves[1])
    same(tmp_path / "live", tmp_path / "again")
    moved = np.flatnonzero((curves[0] != curves[2]).any(axis=1))
    batches = len(curves[0]) // 4
    assert moved[0] == 2 * batches + 1  # the first batch of epoch 3 shows what epoch 2 left
    assert [one.epoch for one in live if isinstance(one, Changed)] == [3]


@pytest.mark.parametrize(
    "changed",
    [
        {"dropout": 0.1, "weight_decay": 0.5},
        {"augmentation": Augmentation(shift=0.2), "class_weights": False},
    ],
    ids=lambda changed: "-".join(changed),
)
def test_whatever_is_changed_on_the_way_is_repeated_from_the_record_and_after_a_kill(
    make_set: Callable[..., PreparedSet], tmp_path: Path, changed: dict[str, Any]
) -> None:
    rare = make_set(positive_share=0.25)
    spec = spec_for(rare, model=paper_network(rare.size, rare.classes, filters=(2, 4), dense=8))
    after = spec.changed(Change(epoch=3, **changed))
    live = train(spec, rare, tmp_path / "live", wished=lambda epoch: after if epoch == 3 else None)
    again = train(after, rare, tmp_path / "again")
    killed = train(replace(after, epochs=3), rare, tmp_path / "killed")
    resumed = train(after, rare, tmp_path / "killed", resume=True)
    plain = train(spec, rare, tmp_path / "plain")
    found = [
        History.from_events(events).batches for events in (live, again, [*killed, *resumed], plain)
    ]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    same(tmp_path / "live", tmp_path / "again")
    moved = np.flatnonzero((found[0] != found[3]).any(axis=1))
    batches = len(found[0]) // 4
    assert moved[0] in {2 * batches, 2 * batches + 1}  # at once, or in what a step left


def test_a_checkpoint_belongs_to_what_was_trained_so_far_and_to_nothing_else(
    squares: PreparedSet, tmp_path: Path
) -> None:
    spec = spec_for(squares, epochs=2)
    train(spec, squares, tmp_path / "run")
    other = replace(spec, learning_rate=0.01, epochs=4)
    with pytest.raises(LessonError) as caught:
        train(other, squares, tmp_path / "run", resume=True)
    assert caught.value.code == "training.other-spec"
    earlier = spec.changed(Change(epoch=2, learning_rate=0.01, epochs=4))
    with pytest.raises(LessonError):  # epoch 2 was trained with another rate than that
        train(earlier, squares, tmp_path / "run", resume=True)
    cosine = spec_for(squares, epochs=2, schedule="cosine")
    train(cosine, squares, tmp_path / "cosine")
    with pytest.raises(LessonError):  # its rates would have been others
        train(replace(cosine, epochs=4), squares, tmp_path / "cosine", resume=True)


def test_another_best_epoch_is_scored_anew_and_counted_as_another_look(
    squares: PreparedSet, tmp_path: Path
) -> None:
    spec = spec_for(squares, epochs=1)
    train(spec, squares, tmp_path / "runs" / "run")
    part = part_key(squares)
    assert evaluated(tmp_path / "runs" / "run") == ("test", 1)
    assert opened(tmp_path / "runs", part) == 1
    events = train(
        spec.changed(Change(epoch=2, epochs=4)), squares, tmp_path / "runs" / "run", resume=True
    )
    (end,) = [one for one in events if isinstance(one, Finished)]
    assert end.best_epoch > 1, "the toy learns in four epochs"
    assert evaluated(tmp_path / "runs" / "run") == ("test", end.best_epoch)
    assert opened(tmp_path / "runs", part) == 2
    assert len([one for one in events if isinstance(one, EpochEnded)]) == 3


def test_a_record_keeps_its_changes() -> None:
    spec = TrainingSpec(
        dataset="toy", fingerprint="0", prepared="", epochs=5, batch_size=4, learning_rate=0.1,
        model=paper_network(28, ("a", "b")),
    )  # fmt: skip
    changed = spec.changed(Change(epoch=2, learning_rate=0.01)).changed(
        Change(epoch=6, learning_rate=0.001, epochs=9)
    )
    assert [changed.rate_at(epoch) for epoch in (1, 2, 5, 6, 9)] == [0.1, 0.01, 0.01, 0.001, 0.001]
    assert changed.epochs == 9
    assert TrainingSpec.from_json(changed.to_json()) == changed
    old = {name: value for name, value in spec.to_json().items() if name != "changes"}
    assert TrainingSpec.from_json(old) == spec  # written before there were any


@pytest.mark.parametrize(
    "wrong",
    [
        {"epoch": 0},
        {"epoch": 2, "learning_rate": float("nan")},
        {"epoch": 2, "epochs": 0},
        {"epoch": 2, "dropout": 1.0},
        {"epoch": 2, "class_weights": 1},
    ],
)
def test_nonsense_is_no_change(wrong: dict[str, float]) -> None:
    with pytest.raises(LessonError):
        Change(**wrong)  # type: ignore[arg-type]


def test_a_run_that_goes_on_from_an_epoch_of_another_is_repeated_from_its_own_folder(
    squares: PreparedSet, tmp_path: Path
) -> None:
    train(spec_for(squares, epochs=3), squares, tmp_path / "parent")
    child = spec_for(squares, epochs=2, learning_rate=0.001, start=Start(run="parent", epoch=2))
    curves = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copyfile(snapshot_path(tmp_path / "parent", 2), tmp_path / name / START)
        curves.append(History.from_events(train(child, squares, tmp_path / name)))
    np.testing.assert_array_equal(curves[0].batches, curves[1].batches)
    same(tmp_path / "one", tmp_path / "two")
    began, left = (
        read_snapshot(tmp_path / name, at)[0] for name, at in (("one", 0), ("parent", 2))
    )
    for path, values in began.items():
        np.testing.assert_array_equal(values, left[path], err_msg=path)
    anew = History.from_events(train(spec_for(squares, epochs=1), squares, tmp_path / "anew"))
    assert curves[0].batches[0, 2] < anew.batches[0, 2]  # it begins where the other had come to
    with pytest.raises(LessonError) as caught:
        train(child, squares, tmp_path / "without")
    assert caught.value.code == "model.damaged"


def test_a_paused_run_is_not_evaluated_and_goes_on_as_if_it_had_not_rested(
    squares: PreparedSet, tmp_path: Path
) -> None:
    spec, folder = spec_for(squares, epochs=2), tmp_path / "run"
    folder.mkdir()
    (folder / PAUSE).touch()
    first: list[Event] = []

    def emit(event: Event) -> None:
        first.append(event)
        append(folder / "events.jsonl", event)

    done = lambda: any(isinstance(one, EpochEnded) for one in first)  # noqa: E731
    fit(spec, squares, folder, emit=emit, asked_to_stop=done)
    assert first[-1] == Stopped(1, paused=True, time=first[-1].time)
    assert evaluated(folder) == (None, None)
    (folder / PAUSE).unlink()
    found = History.from_events([*first, *train(spec, squares, folder, resume=True)])
    whole = History.from_events(train(spec, squares, tmp_path / "whole"))
    np.testing.assert_array_equal(found.batches, whole.batches)
