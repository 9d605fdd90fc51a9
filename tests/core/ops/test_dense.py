"""The dense layer: a number by hand, Keras's layer, laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LessonError
from core.ops.activation import ACTIVATIONS
from core.ops.dense import dense

NAMES = ("linear", "relu", "tanh", "sigmoid", "leaky_relu", "elu", "gelu", "silu")


def test_by_hand() -> None:
    weights = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
    done = dense(
        np.array([2.0, 1.0, 4.0]), weights, np.array([0.5, -1.0]), activation=ACTIVATIONS["relu"]
    )
    np.testing.assert_array_equal(done.products, [[2.0, -2.0, 2.0], [0.0, 3.0, -4.0]])
    np.testing.assert_array_equal(done.sums, [2.5, -2.0])
    np.testing.assert_array_equal(done.outputs, [2.5, 0.0])
    np.testing.assert_array_equal(done.slopes, [1.0, 0.0])


@pytest.mark.reference
@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_kerases_dense_layer(name: str) -> None:
    import keras

    rng = np.random.default_rng(3)
    weights, biases = rng.normal(size=(3, 4)), rng.normal(size=3)
    inputs = rng.normal(size=(5, 4))
    theirs = keras.layers.Dense(3, activation=name, dtype="float64")
    theirs.build((None, 4))
    theirs.set_weights([weights.T, biases])  # Keras's kernel is the transpose
    if name == "gelu":
        theirs.activation = lambda x: keras.activations.gelu(x, approximate=False)
    done = dense(inputs, weights, biases, activation=ACTIVATIONS[name])
    # Keras takes the constants of gelu in single precision.
    np.testing.assert_allclose(done.outputs, np.asarray(theirs(inputs)), atol=1e-6)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**16))
def test_sums_are_linear_in_the_input_and_a_batch_is_its_points(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights, biases = rng.normal(size=(m, n)), rng.normal(size=m)
    a, b = rng.normal(size=(2, n))

    def sums(x: np.ndarray) -> np.ndarray:
        return dense(x, weights, biases, activation=ACTIVATIONS["tanh"]).sums

    np.testing.assert_allclose(sums(a + b) - biases, sums(a) + sums(b) - 2 * biases, atol=1e-12)
    np.testing.assert_allclose(sums(np.stack([a, b])), [sums(a), sums(b)], atol=1e-12)


@pytest.mark.parametrize(
    ("inputs", "weights", "biases"),
    [(np.zeros(3), np.zeros((2, 2)), np.zeros(2)), (np.zeros(2), np.zeros((2, 2)), np.zeros(3))],
)
def test_shapes_that_do_not_fit_get_advice(inputs, weights, biases) -> None:
    with pytest.raises(LessonError) as caught:
        dense(inputs, weights, biases, activation=ACTIVATIONS["relu"])
    assert caught.value.code == "dense.shapes"
