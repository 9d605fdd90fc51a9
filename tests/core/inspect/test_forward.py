"""The forward pass in NumPy, the graph and the names of weights, against Keras."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.inspect.forward import before_activation, forward, pads
from core.models.graph import find_node, nodes
from core.models.layers import ACTIVATIONS
from core.models.spec import (
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    GlobalPooling,
    Layer,
    ModelSpec,
    Parallel,
    Pooling,
    Residual,
    SharedConvolution,
)
from core.models.weights import check_weights, initial_weights, read_weights, weight_shapes

BINARY = ("normal", "fracture")

SHORTCUT = Residual((Convolution(6, activation="linear"), BatchNormalization()))
BRANCHES = Parallel(
    (
        (GlobalPooling(),),
        (Convolution(3, kernel_size=2, stride=2, padding="valid"), GlobalPooling("max")),
        (Flatten(), Dense(4, "tanh"), Dropout(0.5)),
    )
)
EVERY_KIND = ModelSpec(
    "every kind",
    32,
    ("a", "b", "c"),
    (
        Convolution(4, dilation=2),
        DepthwiseConvolution(kernel_size=4, stride=2, activation="silu"),
        SharedConvolution(5, scales=(1, 2, 4)),
        Pooling("max", 3, 2),
        Pooling("average", 3, 1, "same"),
        Pooling("max", 4, 3, "same"),
        SHORTCUT,
        BRANCHES,
        Dense(7, "gelu"),
    ),
)


@pytest.mark.reference
def test_every_node_answers_as_keras_does() -> None:
    import keras

    from core.models.build import build

    model = build(EVERY_KIND, seed=0)
    random = np.random.default_rng(0)
    for variable in model.weights:
        drawn = random.normal(0, 0.3, variable.shape)
        variable.assign(np.abs(drawn) if "variance" in variable.path else drawn)
    weights = {variable.path: np.asarray(variable) for variable in model.weights}
    assert {name: value.shape for name, value in weights.items()} == weight_shapes(EVERY_KIND)
    images = random.integers(0, 256, (3, 32, 32)).astype(np.uint8)

    known = forward(EVERY_KIND, weights, images)

    outputs = {name: model.get_layer(name).output for name in known}
    reference = keras.Model(model.inputs[0], outputs)(
        images.astype(np.float32)[..., None], training=False
    )
    assert list(known) == [node.name for node in nodes(EVERY_KIND)]
    for node in nodes(EVERY_KIND):
        assert known[node.name].shape == (3, *node.shape)
        np.testing.assert_allclose(known[node.name], reference[node.name], atol=1e-5, rtol=1e-5)


@pytest.mark.reference
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_are_those_of_keras(activation: str) -> None:
    import keras

    from core.inspect.forward import activate

    values = np.linspace(-6, 6, 101, dtype=np.float32)
    reference = np.asarray(keras.activations.get(activation)(values))
    np.testing.assert_allclose(activate(activation, values), reference, atol=2e-6)


@pytest.mark.reference
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_pooling_pads_and_steps_as_keras_does(
    padding: str, kind: str, size: int, stride: int
) -> None:
    import keras

    from core.inspect.forward import pool

    maps = np.random.default_rng(1).normal(-3, 1, (2, 7, 10, 3)).astype(np.float32)
    kinds = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
    reference = np.asarray(kinds[kind](size, strides=stride, padding=padding)(maps))
    layer = Pooling(kind, size, stride, padding)  # type: ignore[arg-type]
    np.testing.assert_allclose(pool(maps, layer), reference, atol=1e-5)


def test_what_is_summed_up_is_what_relu_cuts() -> None:
    spec = ModelSpec("one", 8, BINARY, (Convolution(3), Flatten()))
    weights = initial_weights(spec, seed=4)
    known = forward(spec, weights, np.random.default_rng(0).integers(0, 256, (1, 8, 8)))
    summed = before_activation(find_node(spec, "convolution_1"), weights, known)
    assert summed.min() < 0
    np.testing.assert_array_equal(np.maximum(summed, 0), known["convolution_1"])


def test_a_forward_pass_ends_where_it_is_told() -> None:
    spec = ModelSpec("one", 8, BINARY, (Convolution(3), Pooling(), Flatten()))
    known = forward(spec, initial_weights(spec, 0), np.zeros((1, 8, 8)), until="pooling_1")
    assert list(known) == ["image", "rescaling", "convolution_1", "pooling_1"]


def test_an_image_of_another_size_is_refused() -> None:
    spec = ModelSpec("one", 8, BINARY, (Flatten(),))
    with pytest.raises(LessonError, match="8 x 8"):
        forward(spec, initial_weights(spec, 0), np.zeros((1, 9, 8)))


@pytest.mark.parametrize(
    ("layer", "variance"),
    [
        (Convolution(64, kernel_size=5), 2 / 25),
        (Convolution(64, kernel_size=5, activation="tanh"), 2 / (25 + 25 * 64)),
        (DepthwiseConvolution(kernel_size=15), 2 / 225),
    ],
)
def test_an_untrained_network_is_drawn_with_the_variance_of_its_rule(
    layer: Layer, variance: float
) -> None:
    spec = ModelSpec("one", 16, BINARY, (layer, Flatten()))
    kernels = [v for k, v in initial_weights(spec, 1).items() if not k.startswith("logits")]
    kernel = next(array for array in kernels if array.ndim == 4)
    # n cells of a uniform distribution: the variance is known to about 1.3 / sqrt(n).
    assert kernel.var() == pytest.approx(variance, rel=4 / np.sqrt(kernel.size))


def test_a_layer_keeps_its_weights_when_another_is_added() -> None:
    short = ModelSpec("a", 16, BINARY, (Convolution(4), Flatten()))
    long = ModelSpec("a", 16, BINARY, (Convolution(4), Convolution(4), Flatten()))
    name = "convolution_1/kernel"
    np.testing.assert_array_equal(initial_weights(short, 3)[name], initial_weights(long, 3)[name])
    assert (initial_weights(short, 3)[name] != initial_weights(short, 4)[name]).any()


def test_weights_of_another_network_are_refused() -> None:
    spec = ModelSpec("a", 16, BINARY, (Convolution(4), Flatten()))
    other = ModelSpec("a", 16, BINARY, (Convolution(5), Flatten()))
    check_weights(spec, initial_weights(spec, 0))
    with pytest.raises(LessonError, match="convolution_1/kernel should have"):
        check_weights(spec, initial_weights(other, 0))
    with pytest.raises(LessonError, match="is not there"):
        check_weights(spec, {})


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(LessonError) as caught:
        read_weights(tmp_path / "weights.npz")
    assert caught.value.code == "model.missing"
    (tmp_path / "weights.npz").write_bytes(b"no archive")
    with pytest.raises(LessonError) as caught:
        read_weights(tmp_path / "weights.npz")
    assert caught.value.code == "model.damaged"


def test_same_puts_the_odd_zero_after() -> None:
    assert pads(6, 3, 2, "same") == (0, 1)
    assert pads(28, 3, 1, "same") == (1, 1)
    assert pads(28, 3, 1, "valid") == (0, 0)
