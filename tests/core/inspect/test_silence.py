"""Silent and saturated units: counted by hand, and as Keras's own activations have them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from core.errors import LessonError
from core.inspect.forward import forward
from core.inspect.silence import FLAT, is_flat, measure_activity, watched
from core.models.layers import Activation, Convolution, Dense, Flatten, Pooling, Residual
from core.models.spec import ModelSpec
from core.models.weights import initial_weights
from core.models.zoo.entries import paper_network
from core.ops.activation import ACTIVATIONS

CLASSES = ("normal", "fracture")


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (11, 12, 12)).astype(np.uint8)


def small(*layers, classes=CLASSES) -> ModelSpec:
    return ModelSpec("small", 12, classes, layers)


def test_dead_filters_made_by_hand_are_counted(images: np.ndarray) -> None:
    spec = small(Convolution(4), Flatten(), Dense(5))
    weights = initial_weights(spec, 0)
    # Pixels are never negative: a kernel of negative numbers never sums above zero.
    weights["convolution_1/kernel"][..., :3] = -0.1
    weights["convolution_1/kernel"][..., 3] = 0.1
    weights["dense_1/kernel"][:, :2] = 0.0
    weights["dense_1/bias"][:2] = [-1.0, 1.0]
    convolution, dense, output = measure_activity(spec, weights, images)
    assert (convolution.units, convolution.idle, convolution.images) == (4, 3, 11)
    assert convolution.share == pytest.approx(0.75)
    assert dense.idle >= 1
    assert dense.share >= 1 / 5
    assert (output.name, output.function, output.units) == ("output", "sigmoid", 1)


def test_a_unit_that_speaks_once_is_not_dead(images: np.ndarray) -> None:
    spec = small(Flatten(), Dense(1))
    weights = initial_weights(spec, 0)
    totals = images.reshape(len(images), -1).sum(axis=1) / 255.0
    weights["dense_1/kernel"][:] = 1.0
    weights["dense_1/bias"][:] = -np.sort(totals)[-2]  # only the brightest image gets above
    (dense, _) = measure_activity(spec, weights, images)
    assert dense.idle == 0
    assert dense.share == pytest.approx(10 / 11)


def test_a_silent_unit_wakes_when_only_the_layer_below_it_changes(images: np.ndarray) -> None:
    spec = small(Convolution(4), Convolution(2), Flatten(), Dense(2))
    weights = initial_weights(spec, 0)
    # It reads one map alone, against it; as long as that map is 1 everywhere it is silent.
    weights["convolution_2/kernel"][..., 0] = 0.0
    weights["convolution_2/kernel"][:, :, 0, 0] = -1.0
    weights["convolution_2/bias"][:] = [0.01, 1.0]
    weights["convolution_1/kernel"][..., 0] = 0.0
    weights["convolution_1/bias"][0] = 1.0
    (asleep,) = measure_activity(spec, weights, images)[1:2]
    weights["convolution_1/bias"][0] = 0.0
    (awake,) = measure_activity(spec, weights, images)[1:2]
    assert asleep.idle == awake.idle + 1


def test_saturation_begins_where_the_slope_is_a_hundredth_of_the_steepest() -> None:
    x = np.linspace(-12, 12, 4001)
    for name in ("sigmoid", "tanh"):
        function = ACTIVATIONS[name]
        slope = function.derivative(x)
        expected = slope < FLAT * slope.max()
        found = is_flat(function(x), name)
        assert np.count_nonzero(expected != found) <= 2  # rounding at the very edge
        assert expected[0]
        assert not expected[2000]


def test_a_confident_output_is_told_as_saturated(images: np.ndarray) -> None:
    spec = small(Flatten(), Dense(2, activation="tanh"))
    weights = initial_weights(spec, 0)
    weights["dense_1/bias"][:] = [50.0, 0.0]
    weights["dense_1/kernel"][:] = 0.0
    weights["logits/bias"][:] = 9.0
    hidden, output = measure_activity(spec, weights, images)
    assert (hidden.function, hidden.idle, hidden.share) == ("tanh", 1, 0.5)
    assert (output.idle, output.share) == (1, 1.0)


def test_only_what_can_fall_silent_or_saturate_is_watched() -> None:
    residual = Residual((Convolution(4), Convolution(4, activation="linear")))
    spec = small(
        Convolution(4, activation="gelu"), residual, Pooling(), Activation("sigmoid"), Flatten(),
        classes=("a", "b", "c"),
    )  # fmt: skip
    found = watched(spec)
    assert found == {
        "residual_1_convolution_1": "relu",
        "residual_1_relu": "relu",
        "activation_1": "sigmoid",
    }


def test_no_image_is_advice() -> None:
    spec = small(Convolution(4), Flatten())
    with pytest.raises(LessonError, match="no image"):
        measure_activity(spec, initial_weights(spec, 0), np.empty((0, 12, 12)))


@pytest.mark.reference
def test_it_is_what_kerass_own_activations_say(images: np.ndarray) -> None:
    import keras

    from core.models.build import build

    spec = small(
        Convolution(6, activation="tanh"), Pooling(), Residual((Convolution(6),)), Flatten(),
        Dense(7), Dense(4, activation="sigmoid"),
    )  # fmt: skip
    model = build(spec, seed=5)
    rng = np.random.default_rng(1)
    for variable in model.variables:
        variable.assign(variable.numpy() * 4 + rng.normal(0, 0.5, variable.shape))
    weights = {variable.path: variable.numpy() for variable in model.variables}
    names = [name for name in watched(spec) if name != "output"]
    outputs = [model.get_layer(name).output for name in names]
    answers = keras.Model(model.input, outputs)(images[..., None].astype(np.float32))
    found = {one.name: one for one in measure_activity(spec, weights, images)}
    for name, answer in zip(names, answers, strict=True):
        values = np.asarray(answer, dtype=np.float64)
        flat = {
            "relu": lambda v: v <= 0,
            "tanh": lambda v: 1 - v**2 < 0.01,
            "sigmoid": lambda v: v * (1 - v) < 0.0025,
        }[found[name].function](values)
        axes = tuple(range(flat.ndim - 1))
        assert found[name].idle == int(flat.all(axis=axes).sum()), name
        assert found[name].share == pytest.approx(flat.mean(), abs=2e-3), name


def test_many_images_are_looked_at_in_the_memory_of_few() -> None:
    spec = paper_network(256, ("normal", "fracture"))
    weights = initial_weights(spec, 0)
    images = np.zeros((8, 256, 256), np.uint8)
    tracemalloc.start()
    try:
        measure_activity(spec, weights, images)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    one = sum(values.nbytes for values in forward(spec, weights, images[:1]).values())
    assert peak < 5 * one, f"{peak / 1e6:.0f} MB for {one / 1e6:.0f} MB of one image's answers"
