"""The small network beside TensorFlow's tape and central differences, and what it says of units."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.descent.small_network import (
    FEATURES,
    LAYER_ACTIVATIONS,
    Hidden,
    NetworkSpec,
    accuracy,
    are_weights,
    cross_entropy,
    features_of,
    forward,
    gradient,
    idle_units,
    initial,
    layers,
    loss,
)
from core.errors import LessonError

MIXED = [
    NetworkSpec(hidden=()),
    NetworkSpec(features=("product",), hidden=(Hidden(1, "linear"),)),
    NetworkSpec(
        features=tuple(FEATURES),
        hidden=(Hidden(3, "relu"), Hidden(2, "tanh"), Hidden(4, "sigmoid"), Hidden(2, "gelu")),
    ),
    *(NetworkSpec(hidden=(Hidden(4, name), Hidden(3, name))) for name in LAYER_ACTIVATIONS),
]


def _points(count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return rng.uniform(-2.5, 2.5, (count, 2)), (rng.uniform(size=count) > 0.5).astype(float)


def _anywhere(spec: NetworkSpec) -> np.ndarray:
    # Biases away from 0 too, so that no term hides.
    return np.random.default_rng(8).normal(0.0, 0.7, spec.num_parameters)


def _tape(spec, parameters, inputs, targets, l2):
    import keras
    import tensorflow as tf

    act = {name: getattr(keras.activations, name) for name in LAYER_ACTIVATIONS}
    act["gelu"] = lambda x: 0.5 * x * (1.0 + tf.math.erf(x / math.sqrt(2.0)))
    variable = tf.Variable(parameters)
    with tf.GradientTape() as tape:
        values, at, squares = tf.constant(inputs), 0, 0.0
        for (n, m), name in zip(
            zip(spec.sizes, spec.sizes[1:], strict=False), spec.activations, strict=True
        ):
            weights = tf.reshape(variable[at : at + n * m], (m, n))
            at += n * m
            values = act[name](values @ tf.transpose(weights) + variable[at : at + m])
            at += m
            squares += tf.reduce_sum(weights**2)
        each = tf.nn.sigmoid_cross_entropy_with_logits(tf.constant(targets), values[:, 0])
        total = tf.reduce_mean(each) + l2 * squares
    return float(total), tape.gradient(total, variable).numpy()


@pytest.mark.reference
@pytest.mark.parametrize("spec", MIXED, ids=lambda s: "-".join(h.activation for h in s.hidden))
def test_loss_and_gradient_are_those_of_the_tape(spec: NetworkSpec) -> None:
    positions, targets = _points()
    inputs, parameters = features_of(spec, positions), _anywhere(spec)
    theirs, slope = _tape(spec, parameters, inputs, targets, 0.03)
    assert loss(spec, parameters, inputs, targets, l2=0.03) == pytest.approx(theirs, abs=1e-6)
    ours = gradient(spec, parameters, inputs, targets, l2=0.03)
    np.testing.assert_allclose(ours, slope, atol=1e-6)
    assert np.abs(slope).max() > 1e-2


@pytest.mark.parametrize("spec", MIXED, ids=lambda s: "-".join(h.activation for h in s.hidden))
def test_the_gradient_is_the_slope_of_the_loss(spec: NetworkSpec) -> None:
    positions, targets = _points()
    inputs, parameters = features_of(spec, positions), _anywhere(spec)
    ours = gradient(spec, parameters, inputs, targets, l2=0.01)
    step = 1e-6
    for place in range(spec.num_parameters):
        nudge = np.zeros_like(parameters)
        nudge[place] = step
        up, down = (
            loss(spec, parameters + sign * nudge, inputs, targets, l2=0.01) for sign in (1, -1)
        )
        assert ours[place] == pytest.approx((up - down) / (2 * step), abs=1e-6)


def test_two_points_by_hand() -> None:
    # One weight of 2 on x1, bias -1: logits 1 and -3 for x1 = 1 and -1.
    spec = NetworkSpec(features=("x1",), hidden=())
    parameters, inputs, targets = np.array([2.0, -1.0]), np.array([[1.0], [-1.0]]), np.ones(2)
    expected = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(3))) / 2
    assert loss(spec, parameters, inputs, targets) == pytest.approx(expected)
    assert loss(spec, parameters, inputs, targets, l2=0.5) == pytest.approx(expected + 2.0)
    errors = np.array([1 / (1 + math.exp(-1)) - 1, 1 / (1 + math.exp(3)) - 1])
    by_hand = [(errors[0] - errors[1]) / 2, errors.mean()]
    np.testing.assert_allclose(gradient(spec, parameters, inputs, targets), by_hand)
    assert accuracy(forward(spec, parameters, inputs).logits, targets) == 0.5


def test_the_loss_stays_finite_where_a_probability_would_round_to_zero() -> None:
    assert cross_entropy(np.array([-1e5, 1e5]), np.array([1.0, 1.0])) == pytest.approx(5e4)


def test_features_are_what_they_are_called() -> None:
    spec = NetworkSpec(features=tuple(FEATURES), hidden=())
    (row,) = features_of(spec, np.array([[2.0, -3.0]]))
    np.testing.assert_allclose(row, [2, -3, 4, 9, -6, math.sin(2), math.sin(-3)])


def test_the_flat_vector_holds_every_number_once() -> None:
    spec = MIXED[2]
    numbers = np.arange(float(spec.num_parameters))
    seen = np.concatenate([np.r_[w.ravel(), b] for w, b in layers(spec, numbers)])
    np.testing.assert_array_equal(seen, numbers)
    assert spec.num_parameters == 7 * 3 + 3 + 3 * 2 + 2 + 2 * 4 + 4 + 4 * 2 + 2 + 2 + 1
    assert are_weights(spec).sum() == 7 * 3 + 3 * 2 + 2 * 4 + 4 * 2 + 2


def test_weights_begin_within_glorots_limit_and_biases_at_zero() -> None:
    spec = NetworkSpec(hidden=(Hidden(8, "tanh"), Hidden(8, "tanh")))
    parameters = initial(spec, seed=3)
    for weights, biases in layers(spec, parameters):
        limit = math.sqrt(6 / sum(weights.shape))
        assert np.abs(weights).max() <= limit
        assert not biases.any()
    middle = layers(spec, parameters)[1][0]
    # Uniform up to the limit: standard deviation limit / sqrt 3, within a fifth for 64 draws.
    assert middle.std() == pytest.approx(math.sqrt(6 / 16) / math.sqrt(3), rel=0.2)
    assert not np.array_equal(parameters, initial(spec, seed=4))


def test_dead_and_saturated_units_are_named() -> None:
    inputs = np.array([[1.0], [2.0], [-1.0]])
    relu = NetworkSpec(features=("x1",), hidden=(Hidden(2, "relu"),))
    # Sums of unit 1: -9, -8, -11, always below 0; of unit 2: 1, 2, -1.
    assert idle_units(relu, np.array([1.0, 1.0, -10.0, 0.0, 1.0, 1.0, 0.0]), inputs) == (
        ("dead", ""),
    )
    tanh = NetworkSpec(features=("x1",), hidden=(Hidden(2, "tanh"),))
    # tanh(9), tanh(18), tanh(-9) are flat; tanh(1), tanh(2), tanh(-1) are not.
    assert idle_units(tanh, np.array([9.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0]), inputs) == (
        ("saturated", ""),
    )


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"features": ()}, "network.features"),
        ({"features": ("x3",)}, "network.features"),
        ({"hidden": (Hidden(1, "relu"),) * 5}, "network.layers"),
        ({"hidden": (Hidden(9, "relu"),)}, "network.units"),
        ({"hidden": (Hidden(0, "relu"),)}, "network.units"),
        ({"hidden": (Hidden(2, "step"),)}, "network.activation"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_advice(wrong: dict, code: str) -> None:
    with pytest.raises(LessonError) as caught:
        NetworkSpec(**wrong)
    assert caught.value.code == code
