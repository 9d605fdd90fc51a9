"""The stack against the laws of variance propagation, and against a difference quotient."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.errors import LessonError
from core.ops.activation import ACTIVATIONS
from core.ops.stack import INITIALIZATIONS, measure_depth, verdict


def factor_per_layer(values: np.ndarray) -> float:
    return float((values[-1] / values[0]) ** (1 / (len(values) - 1)))


@pytest.mark.parametrize(
    ("activation", "initialization", "expected"),
    [
        # Second moments: n var(w) E[f(z)^2] / E[z^2], under the root.
        ("relu", "he", 1.0),
        ("relu", "lecun", math.sqrt(0.5)),
        ("relu", "glorot", math.sqrt(0.5)),
        ("linear", "lecun", 1.0),
        ("linear", "glorot", 1.0),
        ("linear", "he", math.sqrt(2.0)),
        ("linear", "small", 0.05 * math.sqrt(256)),
        ("linear", "large", 0.3 * math.sqrt(256)),
        ("selu", "lecun", 1.0),
    ],
)
def test_the_signal_follows_the_law_of_its_weights(
    activation: str, initialization: str, expected: float
) -> None:
    measured = [
        factor_per_layer(
            measure_depth(
                ACTIVATIONS[activation],
                INITIALIZATIONS[initialization],
                depth=8,
                width=256,
                seed=seed,
            ).signal
        )
        for seed in range(4)
    ]
    assert np.mean(measured) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    ("activation", "initialization", "expected"),
    [("relu", "he", 1.0), ("relu", "lecun", math.sqrt(0.5)), ("linear", "lecun", 1.0)],
)
def test_the_gradient_follows_the_same_law_downwards(
    activation: str, initialization: str, expected: float
) -> None:
    measured = [
        1
        / factor_per_layer(
            measure_depth(
                ACTIVATIONS[activation],
                INITIALIZATIONS[initialization],
                depth=8,
                width=256,
                seed=seed,
            ).gradient[-1]
        )
        for seed in range(4)
    ]
    assert np.mean(measured) == pytest.approx(expected, rel=0.02)


def test_each_logistic_layer_takes_at_least_three_quarters_of_the_gradient() -> None:
    # Its slope is at most 1/4, LeCun's weights keep a root mean square.
    rows = measure_depth(ACTIVATIONS["sigmoid"], INITIALIZATIONS["lecun"]).gradient[-1]
    assert (rows[:-1] < 0.3 * rows[1:]).all()


@pytest.mark.parametrize("shortcut", [False, True])
def test_the_gradient_is_the_one_of_a_difference_quotient(shortcut: bool) -> None:
    depth, width = 3, 5
    draws = []

    def remembered(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
        draws.append(INITIALIZATIONS["lecun"].draw(rng, fan_in, fan_out))
        return draws[-1]

    initialization = type(INITIALIZATIONS["lecun"])(
        name="x", title="x", rule="x", draw=remembered, source="x"
    )
    tanh = ACTIVATIONS["tanh"]
    measured = measure_depth(
        tanh, initialization, depth=depth, width=width, samples=1, seed=3, shortcut=shortcut
    )
    rng = np.random.default_rng(3)
    x = rng.standard_normal((1, width))
    x /= np.sqrt(np.mean(x**2))
    for _ in range(depth):
        rng.standard_normal((width, width))
    start = rng.standard_normal((1, width))
    start /= np.sqrt(np.mean(start**2))

    def loss(values: np.ndarray) -> float:
        for weights in draws:
            values = tanh(values @ weights) + (values if shortcut else 0.0)
        return float((values * start).sum())

    step = 1e-6 * np.eye(width)
    quotient = [(loss(x + row) - loss(x - row)) / 2e-6 for row in step]
    assert measured.gradient[depth, 0] == pytest.approx(np.sqrt(np.mean(np.square(quotient))))


def test_a_lower_stack_is_the_lower_part_of_a_deeper_one() -> None:
    measured = measure_depth(ACTIVATIONS["tanh"], INITIALIZATIONS["glorot"], depth=6)
    assert measured.signal.shape == (7,)
    assert np.isnan(measured.gradient[2, 3:]).all()
    np.testing.assert_array_equal(np.diag(measured.gradient), 1.0)
    again = measure_depth(ACTIVATIONS["tanh"], INITIALIZATIONS["glorot"], depth=6)
    np.testing.assert_array_equal(measured.gradient, again.gradient)


def test_a_step_passes_no_gradient_at_all() -> None:
    measured = measure_depth(ACTIVATIONS["step"], INITIALIZATIONS["he"], depth=4)
    assert measured.gradient[4, 0] == 0
    assert (measured.silent == 1).all()
    assert verdict(measured.gradient[4, 0]) == "is zero"


def test_a_depth_out_of_range_is_advice() -> None:
    with pytest.raises(LessonError, match="21 layers"):
        measure_depth(ACTIVATIONS["relu"], INITIALIZATIONS["he"], depth=21)
