"""Optimizers beside Keras's own, surfaces beside their differences, walks beside theory."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from core.descent.expression import parse
from core.descent.rules import RULES
from core.descent.surfaces import SURFACES, bowl, typed
from core.descent.trajectory import constant, race, walk
from core.errors import LessonError
from tests import patience

STEPS = 50


def _keras(name: str, rate: float):
    import keras

    made = {
        "sgd": lambda: keras.optimizers.SGD(rate),
        "momentum": lambda: keras.optimizers.SGD(rate, momentum=0.9),
        "nesterov": lambda: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
        "adagrad": lambda: keras.optimizers.Adagrad(rate),
        "rmsprop": lambda: keras.optimizers.RMSprop(rate),
        "adam": lambda: keras.optimizers.Adam(rate),
        "adamw": lambda: keras.optimizers.AdamW(rate),
        "nadam": lambda: keras.optimizers.Nadam(rate),
    }
    return made[name]()


@pytest.mark.reference
@pytest.mark.parametrize("name", list(RULES))
@pytest.mark.parametrize("surface", ["beale", "himmelblau"])
def test_fifty_steps_agree_with_keras(name: str, surface: str) -> None:
    import keras

    rate = 1e-3 if name in {"sgd", "momentum", "nesterov"} else 0.02
    ground = SURFACES[surface]
    ours = walk(ground, RULES[name], start=ground.start, schedule=constant(rate), steps=STEPS)
    weights = keras.Variable(np.array(ground.start), dtype="float64")
    optimizer = _keras(name, rate)
    theirs = [np.array(ground.start)]
    for _ in range(STEPS):
        x, y = weights.value.numpy()
        gradient = np.array(ground.gradient(x, y), dtype=np.float64)
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float64")], [weights])
        theirs.append(weights.value.numpy())
    np.testing.assert_allclose(ours.positions, theirs, atol=1e-6)
    assert np.abs(ours.positions[-1] - ours.positions[0]).max() > 1e-3


@pytest.mark.parametrize("surface", list(SURFACES.values()), ids=lambda s: s.name)
def test_gradients_agree_with_differences(surface) -> None:
    rng = np.random.default_rng(1)
    x0, x1, y0, y1 = surface.domain
    x, y = rng.uniform(x0, x1, 40), rng.uniform(y0, y1, 40)
    h = 1e-6
    by_x = (surface.value(x + h, y) - surface.value(x - h, y)) / (2 * h)
    by_y = (surface.value(x, y + h) - surface.value(x, y - h)) / (2 * h)
    scale = 1 + np.abs(by_x) + np.abs(by_y)
    gx, gy = surface.gradient(x, y)
    np.testing.assert_allclose(gx / scale, by_x / scale, atol=1e-6)
    np.testing.assert_allclose(gy / scale, by_y / scale, atol=1e-6)


@pytest.mark.parametrize("surface", list(SURFACES.values()), ids=lambda s: s.name)
def test_named_minima_are_minima(surface) -> None:
    for x, y in surface.minima:
        assert np.abs(surface.gradient(np.float64(x), np.float64(y))).max() < 1e-6
        assert np.linalg.eigvalsh(surface.hessian(x, y))[0] > 0


@pytest.mark.parametrize("condition", [1.0, 10.0, 100.0])
def test_the_stability_limit_parts_arriving_from_running_away(condition: float) -> None:
    ground = bowl(condition)
    limit = ground.stability_limit(*ground.start)
    assert limit == pytest.approx(2.0 / condition, rel=1e-6)
    below = walk(ground, RULES["sgd"], start=(1, 1), schedule=constant(0.98 * limit), steps=2000)
    above = walk(ground, RULES["sgd"], start=(1, 1), schedule=constant(1.02 * limit), steps=2000)
    assert below.diverged_at is None
    assert below.values[-1] < below.values[0] / 10
    assert above.diverged_at is not None or above.values[-1] > above.values[0]


def test_one_step_by_hand() -> None:
    # f = x^2/2 + 5 y^2 at (2, 1): gradient (2, 10); a rate of 0.1 leads to (1.8, 0).
    one = walk(bowl(10.0), RULES["sgd"], start=(2.0, 1.0), schedule=constant(0.1), steps=1)
    np.testing.assert_allclose(one.positions, [[2.0, 1.0], [1.8, 0.0]])
    np.testing.assert_allclose(one.gradients, [[2.0, 10.0]])


@pytest.mark.parametrize("name", list(RULES))
@pytest.mark.parametrize(
    "text", ["1/x + log(y)", "log(x) + log(y)", "sqrt(x)*y + x^2", "x*log(x) + y^2"]
)
def test_a_walk_ends_where_the_function_has_no_value(text: str, name: str) -> None:
    surface = typed(parse(text))
    done = walk(surface, RULES[name], start=(1.0, 1.0), schedule=constant(0.4), steps=200)
    assert np.isfinite(done.values).all()
    assert len(done.values) == len(done.positions) == done.steps + 1
    # Every place of the walk has a slope to go on by, and the place it left for has not.
    assert np.isfinite(surface.gradient(*done.positions.T)).all()
    if done.left_at is None:
        assert done.left_to is None
        return
    assert done.left_at == done.steps + 1
    assert done.diverged_at is None
    x, y = map(np.float64, done.left_to)
    with np.errstate(all="ignore"):
        there = [surface.value(x, y), *surface.gradient(x, y)]
    assert not np.isfinite(there).all()
    # "Back to its best step" is a step of the walk, before it left.
    assert done.best_step < done.left_at
    assert done.values[done.best_step] == done.values.min()


def test_log_y_is_left_by_the_step_that_crosses_zero() -> None:
    # f = x^2 + log(y), f_y = 1/y: from y = 1 at rate 0.4 to 0.6, then by 0.4/0.6 below zero.
    surface = typed(parse("x^2 + log(y)"))
    done = walk(surface, RULES["sgd"], start=(0.0, 1.0), schedule=constant(0.4), steps=50)
    np.testing.assert_allclose(done.positions, [[0.0, 1.0], [0.0, 0.6]])
    assert done.left_at == 2
    assert done.left_to == pytest.approx((0.0, 0.6 - 0.4 / 0.6))
    assert done.best_step == 1


def test_a_place_without_a_slope_ends_the_walk_that_reaches_it() -> None:
    # f = sqrt(x) + y^2 at x = 0: a value, and a slope without end. Half a step from 1 leads there.
    surface = typed(parse("sqrt(x) + y^2"))
    done = walk(surface, RULES["sgd"], start=(1.0, 0.0), schedule=constant(2.0), steps=50)
    np.testing.assert_allclose(done.positions, [[1.0, 0.0]])
    assert (done.left_at, done.left_to) == (1, (0.0, 0.0))
    assert done.diverged_at is None


@pytest.mark.parametrize("rate", [0.0, 1e6])
def test_extreme_rates_end_calmly(rate: float) -> None:
    for rule in RULES.values():
        done = walk(SURFACES["beale"], rule, start=(1.0, 1.5), schedule=constant(rate), steps=STEPS)
        assert np.isfinite(done.positions).all()
        if rate == 0.0:
            np.testing.assert_array_equal(done.positions[-1], done.positions[0])


def test_a_downhill_start_finds_the_nearest_of_four_minima() -> None:
    ground = SURFACES["himmelblau"]
    for minimum in ground.minima:
        start = (minimum[0] + 0.2, minimum[1] - 0.2)
        done = walk(ground, RULES["sgd"], start=start, schedule=constant(0.01), steps=300)
        np.testing.assert_allclose(done.positions[-1], minimum, atol=1e-4)


def test_inner_state_is_one_entry_longer_than_the_steps() -> None:
    done = walk(bowl(10.0), RULES["adam"], start=(1.0, 1.0), schedule=constant(0.1), steps=STEPS)
    assert done.states["mean"].shape == (STEPS + 1, 2)
    # After one step the mean is (1 - 0.9) times the gradient (1, 10).
    np.testing.assert_allclose(done.states["mean"][1], [0.1, 1.0])


def test_a_start_without_a_value_is_refused() -> None:
    from core.descent.expression import parse
    from core.descent.surfaces import typed

    with pytest.raises(LessonError) as caught:
        walk(typed(parse("1/x")), RULES["sgd"], start=(0.0, 0.0), schedule=constant(0.1), steps=5)
    assert caught.value.code == "descent.start"


def test_a_saddle_is_left_only_with_a_nudge() -> None:
    ground = SURFACES["saddle"]
    still = walk(ground, RULES["sgd"], start=(-1.6, 0.0), schedule=constant(0.1), steps=300)
    nudged = walk(ground, RULES["sgd"], start=(-1.6, 1e-3), schedule=constant(0.1), steps=300)
    np.testing.assert_allclose(still.positions[-1], [0, 0], atol=1e-6)
    np.testing.assert_allclose(nudged.positions[-1], [0, 1], atol=1e-6)


def test_a_race_starts_from_one_place() -> None:
    rates = dict.fromkeys(RULES, 0.01)
    begun = time.perf_counter()
    runs = race(SURFACES["beale"], list(RULES), start=(1.0, 1.5), rates=rates, steps=500)
    assert time.perf_counter() - begun < patience.stretched(
        5
    )  # a guard against endless loops, not a benchmark
    assert {run.rule for run in runs} == set(RULES)
    assert all(tuple(run.positions[0]) == (1.0, 1.5) for run in runs)
    assert math.isfinite(sum(run.values[-1] for run in runs))
