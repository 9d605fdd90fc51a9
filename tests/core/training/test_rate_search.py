"""The search for a learning rate on courses whose answer is known, and on a network."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from core.models.zoo.entries import paper_network
from core.training import fit as fit_module
from core.training.rate_search import (
    BLOWN_UP,
    FIRST,
    SAFE,
    Course,
    courses,
    growing,
    nearest,
)
from core.training.spec import TrainingSpec
from tests.core.training.conftest import MakeSet

RATES = growing()


def course(losses: Iterator[float]) -> Course:
    """The last of a search."""
    (*_, last) = courses(RATES, losses)
    return last


def quadratic(curvature: float, *, floor: float = 0.1) -> Iterator[float]:
    r"""Gradient descent on :math:`\frac a2 w^2 + c` from :math:`w = 1`, its rate growing."""
    w = 1.0
    for rate in RATES:
        yield curvature / 2 * w**2 + floor
        w -= rate * curvature * w


@pytest.mark.parametrize("curvature", [0.5, 2.0])
def test_the_steepest_place_of_a_quadratic_is_found(curvature: float) -> None:
    r"""As a flow, :math:`w' = -r a w` with :math:`r = r_0 e^{kt}` gives
    :math:`L \propto e^{-2 a r / k}`, which is steepest over :math:`\ln r` at :math:`r = k / 2a`.
    """
    growth = math.log(RATES[1] / RATES[0])
    found = course(quadratic(curvature)).suggestion()
    assert found is not None
    assert found.rule == "steepest"
    assert found.rate == pytest.approx(growth / (2 * curvature), rel=growth)  # one step


def test_a_search_ends_where_the_smoothed_loss_has_left_its_lowest_far_behind() -> None:
    asked = itertools.count()

    def losses() -> Iterator[float]:
        for at in asked:
            yield 1.0 if at < 40 else 1.0 + 2 * BLOWN_UP

    found = course(losses())
    assert found.end == "blown up"
    assert 41 <= len(found.losses) <= 44
    assert next(asked) == len(found.losses), "a step was asked for after the end"


def test_a_loss_that_is_no_number_ends_it_and_is_not_kept() -> None:
    found = course(iter([1.0] * 30 + [math.nan] * 70))
    assert (found.end, len(found.losses), len(found.rates)) == ("no number", 30, 30)


def rising(*, at: int, dip: float = 0.0, noise: float = 0.01) -> Iterator[float]:
    """Noise about ln 2, a dip before a step, a rise after it."""
    rng = np.random.default_rng(0)
    for step in range(len(RATES)):
        slope = -dip * min(max(step - (at - 10), 0), 10) / 10 if step < at else 0.5
        yield math.log(2) + slope + noise * rng.normal()


def test_where_nothing_falls_it_is_a_tenth_of_where_it_rises() -> None:
    found = course(rising(at=70)).suggestion()
    assert found is not None
    assert (found.rule, found.steepest) == ("tenth", None)
    assert found.rises is not None
    assert 65 <= found.rises <= 70  # the mean looks five steps ahead
    assert found.rate == SAFE * RATES[found.rises]


def test_a_steep_place_right_before_the_rise_is_held_back() -> None:
    found = course(rising(at=70, dip=0.2)).suggestion()
    assert found is not None
    assert found.rule == "held back"
    assert found.steepest is not None
    assert found.rises is not None
    assert 58 <= found.steepest < found.rises
    assert found.rate == SAFE * RATES[found.rises] < RATES[found.steepest]


@pytest.mark.parametrize("seed", range(20))
def test_noise_alone_speaks_for_no_rate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    losses = math.log(2) + 0.05 * rng.normal(size=len(RATES))
    assert course(iter(losses.tolist())).suggestion() is None


def test_too_short_a_course_speaks_for_no_rate() -> None:
    assert course(iter([1.0] * FIRST + [math.inf])).suggestion() is None


def test_the_mean_is_over_both_sides_and_shows_no_fall_too_late() -> None:
    step = Course(rates=RATES[:30], losses=(1.0,) * 15 + (0.0,) * 15, end="all rates")
    mean = step.smoothed()
    assert mean[14] + mean[15] == pytest.approx(1.0)
    assert (mean[0], mean[-1]) == (1.0, 0.0)


def test_nearest_is_by_factor_not_by_difference() -> None:
    assert nearest(0.0055, (0.001, 0.01)) == 0.01  # 4.5 nearer to 0.01 by factor
    assert nearest(0.003, (0.001, 0.01)) == 0.001  # though 0.002 off, 0.007 off the other


@pytest.mark.slow
def test_a_network_is_searched_alike_each_time_and_differently_by_its_seed(
    make_set: MakeSet,
) -> None:
    prepared = make_set(count=120, size=16)
    spec = TrainingSpec(
        dataset="squares",
        fingerprint=prepared.fingerprint,
        prepared=str(prepared.folder),
        model=paper_network(16, prepared.classes, filters=(4,), dense=8),
        epochs=1,
        batch_size=16,
        learning_rate=0.5,
        label_noise=0.1,
    )
    rates = growing(1e-4, 0.1, steps=12)  # 72 images to learn from: more than two epochs

    def losses(seed: int) -> list[float]:
        return list(fit_module.losses_at(replace(spec, seed=seed), prepared, rates))

    once = losses(0)
    assert len(once) == len(rates)
    assert once == losses(0)
    assert once != losses(1)
    assert all(0 < loss < 5 for loss in once)
