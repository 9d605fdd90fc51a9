"""A training that is changed in the middle, or goes on after its end, can be repeated exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.evaluation.openings import opened, part_key
from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet
from core.training.events import Changed, EpochEnded, Event, Finished, append
from core.training.fit import fit
from core.training.history import History
from core.training.results import evaluated, list_snapshots, read_snapshot
from core.training.spec import Change, TrainingSpec

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
    "wrong", [{"epoch": 0}, {"epoch": 2, "learning_rate": float("nan")}, {"epoch": 2, "epochs": 0}]
)
def test_nonsense_is_no_change(wrong: dict[str, float]) -> None:
    with pytest.raises(LessonError):
        Change(**wrong)  # type: ignore[arg-type]
