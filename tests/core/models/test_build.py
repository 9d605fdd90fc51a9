"""Networks against Keras: shapes, counts and the first answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.models.cost import layer_table, total_multiply_adds, total_parameters
from core.models.spec import (
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalPooling,
    ModelSpec,
    Parallel,
    Pooling,
    Residual,
)
from core.models.zoo.entries import MODELS, paper_network

pytestmark = pytest.mark.reference

ROOT = Path(__file__).resolve().parents[3]

BINARY = ("normal", "fracture")
THREE = ("none", "simple", "complex")

MIXED = ModelSpec(
    "mixed",
    33,
    THREE,
    (
        Convolution(4, kernel_size=5, stride=2, padding="valid", activation="tanh"),
        BatchNormalization(),
        Residual((Convolution(4), Convolution(4, activation="linear"))),
        Residual((Convolution(6, stride=2), Convolution(6, activation="linear"))),
        Parallel(((Convolution(3),), (Convolution(2, kernel_size=5), BatchNormalization()), ())),
        Pooling("average", 3),
        Dropout(0.25),
        GlobalPooling("max"),
        Dense(5),
    ),
)


def each_network() -> list[ModelSpec]:
    names = ("paper", "paper-5x5")  # the rest of the zoo is counted in test_zoo.py
    built = [MODELS[name].build(size, BINARY) for name in names for size in (16, 28, 64, 96)]
    return [
        *built,
        MIXED,
        paper_network(50, THREE, batch_normalization=True, convolutions=2, global_pooling="max"),
    ]


@pytest.mark.parametrize("spec", each_network(), ids=lambda spec: f"{spec.name}-{spec.input_size}")
def test_shapes_and_counts_are_those_of_keras(spec: ModelSpec) -> None:
    from core.models.build import build

    model = build(spec, seed=0)
    assert total_parameters(spec) == model.count_params()
    assert model.output_shape == (None, spec.outputs)
    layers = {layer.name: layer for layer in model.layers}
    for row in layer_table(spec):
        if row.name in layers:  # blocks of several layers have no single one of their name
            assert layers[row.name].output.shape[1:] == row.output_shape, row.name
            assert layers[row.name].count_params() == row.parameters, row.name


@pytest.mark.parametrize("spec", [MIXED, paper_network(28, BINARY)], ids=["mixed", "paper"])
def test_multiply_adds_are_one_for_each_weight_and_output_value(spec: ModelSpec) -> None:
    import keras

    from core.models.build import build

    model = build(spec, seed=0)
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            # Each output value is one product for each number of its kernel.
            kernel = layer.kernel.shape
            total += int(np.prod(layer.output.shape[1:])) * int(np.prod(kernel[:-1]))
    assert total_multiply_adds(spec) == total


def test_equal_seeds_give_equal_weights_and_others_do_not() -> None:
    from core.models.build import build

    spec = paper_network(16, BINARY)
    first, same, other = (build(spec, seed=seed).get_weights() for seed in (3, 3, 4))
    for ours, theirs in zip(first, same, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not np.array_equal(first[0], other[0])


def test_layers_of_one_shape_do_not_share_their_draws() -> None:
    from core.models.build import build

    model = build(paper_network(16, BINARY, filters=(4, 4, 4)), seed=0)
    second, third = (model.get_layer(f"convolution_{number}").get_weights()[0] for number in (2, 3))
    assert second.shape == third.shape
    assert not np.array_equal(second, third)


@pytest.mark.parametrize("classes", [BINARY, THREE, tuple("abcdefghij")])
@pytest.mark.parametrize("size", [16, 64])
def test_an_untrained_network_loses_what_guessing_loses(
    classes: tuple[str, ...], size: int
) -> None:
    from core.evaluation.logits import losses
    from core.models.build import build

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, size, size, 1)).astype(np.float32)
    labels = np.arange(40) % len(classes)
    logits = np.asarray(build(paper_network(size, classes), seed=1)(images))
    assert losses(labels, logits).mean() == pytest.approx(np.log(len(classes)), abs=0.05)


def test_the_model_takes_gray_values_and_divides_them_itself() -> None:
    from core.models.build import build

    model = build(paper_network(16, BINARY), seed=0)
    image = np.full((1, 16, 16, 1), 255.0, np.float32)
    inner = model.get_layer("rescaling").output
    import keras

    np.testing.assert_allclose(np.asarray(keras.Model(model.inputs[0], inner)(image)), 1.0)


def test_a_residual_block_adds_its_input() -> None:
    from core.models.build import build

    spec = ModelSpec(
        "skip", 8, BINARY, (Residual((Convolution(1, activation="linear"),)), Flatten())
    )
    model = build(spec, seed=0)
    for layer in model.layers:
        if layer.name.startswith("residual_1_convolution"):
            layer.set_weights([np.zeros_like(value) for value in layer.get_weights()])
    import keras

    image = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 1)).astype(np.float32)
    inside = keras.Model(model.inputs[0], model.get_layer("residual_1_relu").output)(image)
    np.testing.assert_allclose(np.asarray(inside), image / 255, atol=1e-6)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_strided_kernel_of_one_pixel_survives_a_batch_of_one_image(padding: str) -> None:
    """In a process of its own: TensorFlow's fault would end this one, without a word."""
    code = f"""
import numpy as np
from core.models.build import build
from core.models.spec import Convolution, GlobalPooling, ModelSpec
layers = (Convolution(4), Convolution(6, 1, stride=2, padding="{padding}"), GlobalPooling())
model = build(ModelSpec("strided", 32, ("a", "b"), layers), seed=0)
model.compile("adam", "binary_crossentropy")
for _ in range(3):
    model.train_on_batch(np.ones((1, 32, 32, 1), "float32"), np.ones((1, 1)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]


def test_leaving_pixels_out_first_changes_no_number() -> None:
    """A strided 1x1 convolution sees every second pixel, from the first on."""
    from core.models.build import build

    spec = ModelSpec("strided", 9, BINARY, (Convolution(3, 1, stride=2), Flatten()))
    model = build(spec, seed=1)
    image = np.random.default_rng(0).uniform(0, 255, (1, 9, 9, 1)).astype(np.float32)
    weights = {variable.path: np.asarray(variable) for variable in model.weights}
    expected = np.maximum(image[:, ::2, ::2] / 255 @ weights["convolution_1/kernel"][0, 0], 0)
    from keras import Model

    seen = Model(model.inputs[0], model.get_layer("convolution_1").output)(image)
    np.testing.assert_allclose(seen, expected, atol=1e-6)
