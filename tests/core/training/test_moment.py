"""Which moments of a training are kept and shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.models.zoo.entries import paper_network
from core.training.moment import Moment, film, glanced, moment_of, within
from core.training.spec import TrainingSpec

SPEC = TrainingSpec(
    dataset="a",
    fingerprint="b",
    prepared="c",
    model=paper_network(28, ("normal", "fracture")),
    epochs=300,
    batch_size=32,
    learning_rate=1e-3,
)


def test_the_film_of_a_run_that_goes_on_is_the_beginning_of_the_whole_film() -> None:
    every = [Moment(0), *within(replace(SPEC, epochs=5), 60), *map(Moment, range(1, 301))]
    every.sort()
    whole = film(every, ended=True)
    for count in range(len(every) + 1):
        now = film(every[:count], ended=False)
        assert now == whole[: len(now)]
        assert set(every[: min(count, 1)]) <= set(now)
    assert whole[-1] == Moment(300)
    assert len(film(map(Moment, range(100_001)), ended=True)) < 500  # and it stays small


def test_each_epoch_and_the_start_are_in_the_film_of_a_usual_run() -> None:
    spec = replace(SPEC, epochs=12)
    every = [*map(Moment, range(13)), *within(spec, 80)]
    shown = film(every, ended=True)
    assert shown == tuple(sorted(every))
    assert [moment.batch for moment in shown[:8]] == [0, 1, 2, 4, 8, 16, 32, 64]
    places = [moment.place for moment in shown]
    assert places == sorted(places)


def test_names_of_files_stand_for_their_moments() -> None:
    for moment in (Moment(0), Moment(1234), Moment(1, 30, 60)):
        assert moment_of(moment.stem) == moment
    for stem in (".within-000-00001-00002.partial", "epoch-", "within-0-1-2", "start"):
        assert moment_of(stem) is None
    assert moment_of("within-000-00060-00060") is None  # that is the epoch's end


@pytest.mark.parametrize("epochs", [1, 2, 10, 100])
@pytest.mark.parametrize(("train", "validation"), [(24, 8), (2500, 600), (40_000, 9000)])
def test_looks_within_epochs_add_two_percent_of_the_work(
    epochs: int, train: int, validation: int
) -> None:
    spec = replace(SPEC, epochs=epochs)
    batches = -(-train // 32)
    looks = len(within(spec, batches))
    seen = glanced(spec, train=train, validation=validation, moments=looks)
    assert seen * looks <= 0.02 * epochs * (3 * train + validation)
    assert seen <= validation
