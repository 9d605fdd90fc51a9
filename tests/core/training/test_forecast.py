"""How long a training will take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.models.zoo.entries import paper_network
from core.training.forecast import (
    DEFAULT_SECONDS_PER_GMAC,
    TimedRun,
    calibrate,
    epoch_work,
    predict_seconds,
)
from core.training.spec import TrainingSpec

SPEC = TrainingSpec(
    dataset="a",
    fingerprint="b",
    prepared="c",
    model=paper_network(64, ("normal", "fracture")),
    epochs=10,
    batch_size=32,
    learning_rate=1e-3,
)
COUNTS = {"num_train": 2000, "num_validation": 400}


def test_twice_the_epochs_take_twice_the_time_apart_from_start_and_end() -> None:
    once, twice = (predict_seconds(replace(SPEC, epochs=epochs), **COUNTS) for epochs in (10, 20))
    assert twice.seconds - once.seconds == pytest.approx(10 * once.seconds_per_epoch)
    assert twice.seconds_per_epoch == once.seconds_per_epoch


@pytest.mark.parametrize(
    "slower",
    [
        {"model": paper_network(96, ("normal", "fracture"))},
        {"model": paper_network(64, ("normal", "fracture"), kernel_size=5)},
        {"model": paper_network(64, ("normal", "fracture"), batch_normalization=True)},
        {"batch_size": 8},
    ],
)
def test_more_work_takes_longer(slower: dict[str, object]) -> None:
    plain = predict_seconds(SPEC, **COUNTS).seconds
    assert predict_seconds(replace(SPEC, **slower), **COUNTS).seconds > plain


def test_work_by_hand_for_a_doubled_set() -> None:
    # Whole batches only: the images' share doubles, and so does that of the steps.
    one = epoch_work(SPEC, num_train=320, num_validation=0)
    two = epoch_work(SPEC, num_train=640, num_validation=0)
    three = epoch_work(SPEC, num_train=960, num_validation=0)
    assert two - one == pytest.approx(three - two)
    # A validation image costs a forward pass, a third of a training image's arithmetic.
    looked = epoch_work(SPEC, num_train=320, num_validation=960) - one
    assert looked < two - one < 3 * looked


def test_a_run_forecasts_itself() -> None:
    run = TimedRun(SPEC, 2000, 400, (9.0, 2.0, 2.2, 1.8))
    speed = calibrate([run])
    assert speed is not None
    forecast = predict_seconds(SPEC, **COUNTS, seconds_per_gmac=speed)
    # The first epoch compiles; the median of the rest is 2.0 s.
    assert forecast.seconds_per_epoch == pytest.approx(2.0)
    assert forecast.measured


def test_a_run_on_a_busy_machine_does_not_spoil_the_rest() -> None:
    def timed(seconds: float) -> TimedRun:
        return TimedRun(SPEC, 2000, 400, (seconds,) * 3)

    alone = calibrate([timed(2.0)])
    assert calibrate([timed(2.0), timed(2.0), timed(40.0)]) == alone
    assert calibrate([timed(2.0), TimedRun(SPEC, 2000, 400, ())]) == alone


def test_before_a_first_run_a_default_stands_in_and_says_so() -> None:
    assert calibrate([]) is None
    forecast = predict_seconds(SPEC, **COUNTS)
    assert not forecast.measured
    named = predict_seconds(SPEC, **COUNTS, seconds_per_gmac=DEFAULT_SECONDS_PER_GMAC)
    assert named.seconds == forecast.seconds
