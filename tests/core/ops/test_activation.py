"""Activations against Keras, against finite differences, and at the places where they trap."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import LessonError
from core.ops.activation import ACTIVATIONS, find_activation

X = np.concatenate([np.linspace(-8.0, 8.0, 161), [-1e4, -50.0, 50.0, 1e4]])
KERAS = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "elu": "elu",
    "selu": "selu",
    "silu": "silu",
    "softplus": "softplus",
    "linear": "linear",
    "leaky_relu": "leaky_relu",
}
EACH = pytest.mark.parametrize("name", list(ACTIVATIONS))


@pytest.mark.reference
@pytest.mark.parametrize("name", [*KERAS, "gelu"])
def test_values_and_slopes_agree_with_keras(name: str) -> None:
    import keras
    import tensorflow as tf

    x = tf.constant(X, tf.float64)
    theirs = (
        (lambda v: keras.ops.gelu(v, approximate=False))
        if name == "gelu"
        else keras.activations.get(KERAS[name])
    )
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = theirs(x)
    slope = tape.gradient(value, x)
    ours = find_activation(name)
    slope_expected = slope.numpy()
    np.testing.assert_allclose(ours(X), value.numpy(), rtol=1e-6, atol=1e-6)
    away_from_corner = X != 0
    np.testing.assert_allclose(
        ours.derivative(X)[away_from_corner],
        slope_expected[away_from_corner],
        rtol=1e-6,
        atol=1e-6,
    )


@EACH
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_slope_is_the_limit_of_the_difference_quotient(name: str, share: float) -> None:
    activation = ACTIVATIONS[name]
    p = activation.parameter
    value = None if p is None else p.low + share * (p.high - p.low)
    x = np.linspace(-4.03, 4.07, 61)
    if name == "step":
        x = x[np.abs(x - (value or 0.0)) > 1e-3]
    h = 1e-5
    quotient = (activation(x + h, value) - activation(x - h, value)) / (2 * h)
    np.testing.assert_allclose(activation.derivative(x, value), quotient, atol=2e-7)


@EACH
def test_nothing_overflows_and_bounds_hold(name: str) -> None:
    activation = ACTIVATIONS[name]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y, slope = activation(X), activation.derivative(X)
    low, high = activation.limits
    assert np.isfinite(y).all()
    assert np.isfinite(slope).all()
    assert y.min() >= low - 1e-9
    assert y.max() <= high + 1e-9


def test_conventions_at_the_corner() -> None:
    zero = np.array([0.0])
    assert ACTIVATIONS["relu"].derivative(zero) == 0.0
    assert ACTIVATIONS["step"](zero, 0.0) == 1.0
    assert ACTIVATIONS["leaky_relu"].derivative(zero) == pytest.approx(0.2)


def test_hyperbolic_tangent_is_not_a_tangent() -> None:
    # The paper prints tan(x/a), which has a pole at x = a * pi / 2.
    a, x = 2.0, np.array([np.pi])
    assert ACTIVATIONS["tanh"](x, a)[0] == pytest.approx(np.tanh(np.pi / 2))
    assert ACTIVATIONS["tanh"].derivative(np.array([0.0]), a)[0] == pytest.approx(1 / a)


def test_logistic_at_a_hand_computed_point() -> None:
    # 1 / (1 + e^-2) = 0.88079707797788
    assert ACTIVATIONS["sigmoid"](np.array([0.5]), 4.0)[0] == pytest.approx(0.88079707797788)


def test_selu_keeps_mean_and_variance() -> None:
    x = np.random.default_rng(0).standard_normal(400_000)
    y = ACTIVATIONS["selu"](x)
    assert y.mean() == pytest.approx(0.0, abs=0.01)
    assert y.std() == pytest.approx(1.0, abs=0.01)


def test_an_input_is_not_changed() -> None:
    x = np.linspace(-1, 1, 5)
    for activation in ACTIVATIONS.values():
        activation(x)[0] = 99.0
    np.testing.assert_array_equal(x, np.linspace(-1, 1, 5))


def test_a_parameter_out_of_range_is_named() -> None:
    with pytest.raises(LessonError) as caught:
        ACTIVATIONS["tanh"](np.zeros(1), 0.0)
    assert caught.value.code == "activation.parameter"
    with pytest.raises(LessonError, match="relu"):
        find_activation("reluu")
