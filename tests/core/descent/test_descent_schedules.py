"""Learning rates over a walk, by hand; what noise and suggestions do to a walk."""

from __future__ import annotations

import numpy as np
import pytest

from core.descent.expression import CONSTANTS, FUNCTIONS, parse
from core.descent.rules import RULES
from core.descent.schedules import SCHEDULES, constant
from core.descent.surfaces import SURFACES, bowl
from core.descent.trajectory import suggested_rates, walk

EXPECTED = {
    "constant": [0.8] * 8,
    "step": [0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1, 0.1],
    "cosine": [0.4 * (1 + np.cos(np.pi * t / 8)) for t in range(8)],
    "warm-up": [0.8] * 8,
}


@pytest.mark.parametrize("name", list(SCHEDULES))
def test_rates_of_eight_steps(name: str) -> None:
    rate = SCHEDULES[name].make(0.8, 8)
    np.testing.assert_allclose([rate(step) for step in range(1, 9)], EXPECTED[name])


def test_warm_up_rises_in_a_straight_line_over_a_fifth() -> None:
    rate = SCHEDULES["warm-up"].make(1.0, 20)
    np.testing.assert_allclose([rate(t) for t in (1, 2, 3, 4, 5, 20)], [0.25, 0.5, 0.75, 1, 1, 1])


@pytest.mark.parametrize("name", list(SCHEDULES))
def test_a_walk_of_one_step_has_a_rate(name: str) -> None:
    assert SCHEDULES[name].make(0.5, 1)(1) == pytest.approx(0.5)


def test_noise_is_added_to_the_gradient_where_the_walker_stands() -> None:
    # A pull that cancels the bowl's own slope: nothing moves.
    done = walk(
        bowl(10.0),
        RULES["sgd"],
        start=(1.0, 1.0),
        schedule=constant(0.1),
        steps=5,
        noise=lambda step, at: -np.array([at[0], 10.0 * at[1]]),
    )
    np.testing.assert_array_equal(done.positions, np.ones((6, 2)))


@pytest.mark.parametrize("surface", list(SURFACES.values()), ids=lambda s: s.name)
def test_suggested_rates_lead_downhill(surface) -> None:
    for name, rate in suggested_rates(surface).items():
        done = walk(surface, RULES[name], start=surface.start, schedule=constant(rate), steps=300)
        assert done.diverged_at is None, name
        assert done.values[-1] < done.values[0], name


def test_a_typed_function_as_lists_computes_the_same() -> None:
    text = "-(x^2)/3 + exp(sin(x) - cos(y))*tanh(y) - log(abs(x) + 2)^1.5 + sqrt(3)*pi - e"
    here = {"x": 1.3, "y": -0.4}

    def compute(tree: object) -> float:
        if isinstance(tree, float):
            return tree
        if isinstance(tree, str):
            return here[tree]
        name, *parts = tree
        values = [compute(part) for part in parts]
        if name == "negative":
            return -values[0]
        if name in FUNCTIONS:
            return float(FUNCTIONS[name](np.float64(values[0]))[0])
        a, b = values
        return {"+": a + b, "-": a - b, "*": a * b, "/": a / b, "^": a**b}[name]

    expression = parse(text)
    value, _, _ = expression.evaluate(np.array(here["x"]), np.array(here["y"]))
    assert compute(expression.to_lists()) == pytest.approx(float(value), rel=1e-12)
    assert "pi" in CONSTANTS  # constants travel as numbers
