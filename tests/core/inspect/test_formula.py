"""The formula of one cell beside Keras, for every kind of layer of every network of the zoo."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from core.inspect.formula import ADD, LARGEST, MEAN, NORMALIZE, explain_cell
from core.inspect.forward import forward
from core.models.build import build
from core.models.graph import nodes
from core.models.layers import (
    BatchNormalization,
    Convolution,
    DepthwiseConvolution,
    Flatten,
    GlobalPooling,
    Parallel,
    Pooling,
    Residual,
    SharedConvolution,
)
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS

CELLS = 20
CLASSES = ("normal", "fracture")
SIZE = 32


def keras_answers(
    spec: ModelSpec, image: np.ndarray, seed: int = 0
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Weights, some of them moved off their first values, and what every Keras layer gives."""
    model = build(spec, seed=seed)
    random = np.random.default_rng(seed)
    weights = {}
    for layer in model.layers:
        for variable in layer.weights:
            value = variable.numpy()
            if variable.name != "kernel":
                # Biases and running means are 0 in a new network, which would hide mistakes.
                value = value + random.uniform(0.05, 0.3, value.shape).astype(np.float32)
                variable.assign(value)
            weights[variable.path] = value
    wanted = {node.name for node in nodes(spec)}
    outputs = {layer.name: layer.output for layer in model.layers if layer.name in wanted}
    assert set(outputs) == wanted
    answers = keras.Model(model.inputs[0], outputs)(image[None, ..., None], training=False)
    return weights, {name: np.asarray(value) for name, value in answers.items()}


def random_picture(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (size, size)).astype(np.float32)


def check_every_kind(spec: ModelSpec) -> set[str]:
    weights, answers = keras_answers(spec, random_picture(spec.input_size))
    random = np.random.default_rng(1)
    kinds: dict[str, list[str]] = {}
    for node in nodes(spec):
        kinds.setdefault(node.kind, []).append(node.name)
    shapes = {node.name: node.shape for node in nodes(spec)}
    for names in kinds.values():
        for _ in range(CELLS):
            name = str(random.choice(names))
            index = tuple(int(random.integers(side)) for side in shapes[name])
            found = explain_cell(spec, weights, answers, name, index)
            expected = float(answers[name][0][index])
            near = 1e-5 * max(1.0, abs(expected))
            assert found.result == pytest.approx(expected, abs=near), (name, index)
            if found.terms:
                added = sum(part.products.sum() for part in found.terms) + found.bias
                assert added == pytest.approx(found.before, abs=1e-9)
    return set(kinds)


@pytest.mark.reference
@pytest.mark.parametrize("name", MODELS)
def test_the_sum_is_keras_activation(name: str) -> None:
    kinds = check_every_kind(MODELS[name].build(SIZE, CLASSES))
    assert {"input", "rescaling", "dense"} <= kinds


@pytest.mark.reference
def test_kinds_that_no_network_of_the_zoo_may_have() -> None:
    spec = ModelSpec(
        "mixed",
        17,
        ("a", "b", "c"),
        (
            Convolution(4, 4, stride=2, padding="same", activation="gelu"),
            Convolution(6, 3, dilation=2, padding="same", activation="leaky_relu"),
            Pooling("average", 2, stride=2, padding="same"),
            Pooling("max", 3, stride=2, padding="same"),
            BatchNormalization(),
            Residual((Convolution(6, 3, activation="linear"),)),
            Parallel(((), (DepthwiseConvolution(3, activation="silu"),))),
            GlobalPooling("max"),
        ),
    )
    kinds = check_every_kind(spec)
    assert {"depthwise_convolution", "concatenate", "add", "batch_normalization"} <= kinds


@pytest.mark.reference
def test_a_shared_convolution_lists_the_terms_of_the_scale_that_won() -> None:
    spec = ModelSpec("shared", 16, CLASSES, (SharedConvolution(3, 3, scales=(1, 2, 4)), Flatten()))
    weights, answers = keras_answers(spec, random_picture(16))
    won = set()
    for row, column, unit in np.ndindex(16, 16, 3):
        found = explain_cell(spec, weights, answers, "shared_convolution_1", (row, column, unit))
        expected = answers["shared_convolution_1"][0, row, column, unit]
        assert found.result == pytest.approx(expected, abs=1e-5)
        assert found.result == max(value for _, value in found.scales)
        assert dict(found.scales)[found.scale] == found.result
        won.add(found.scale)
    assert won == {1, 2, 4}


def by_hand() -> tuple[ModelSpec, dict[str, np.ndarray], dict[str, np.ndarray]]:
    spec = ModelSpec("hand", 8, CLASSES, (Pooling("max", 2), Pooling("average", 2), Flatten()))
    picture = np.arange(64, dtype=np.float32).reshape(1, 8, 8, 1)
    weights = {"logits/kernel": np.full((4, 1), 0.5, np.float32), "logits/bias": np.ones(1)}
    return spec, weights, forward(spec, weights, picture[..., 0])


def test_a_maximum_gives_its_winner_the_weight_one() -> None:
    spec, weights, answers = by_hand()
    found = explain_cell(spec, weights, answers, "pooling_1", (1, 2, 0))
    assert found.operation == LARGEST
    assert found.winner == (3, 5)
    assert found.terms[0].weights.tolist() == [[[0, 0], [0, 1]]]
    assert found.result == pytest.approx((3 * 8 + 5) / 255)


def test_a_mean_gives_each_the_same_share() -> None:
    spec, weights, answers = by_hand()
    found = explain_cell(spec, weights, answers, "pooling_2", (0, 1, 0))
    assert found.operation == MEAN
    assert found.terms[0].weights.tolist() == [[[0.25, 0.25], [0.25, 0.25]]]
    # The largest of each 2x2 window in rows 0-3, columns 4-7: 13, 15, 29, 31.
    assert found.result == pytest.approx((13 + 15 + 29 + 31) / 4 / 255)


def test_a_dense_cell_is_grouped_by_the_map_behind_the_flattening() -> None:
    spec, weights, answers = by_hand()
    found = explain_cell(spec, weights, answers, "logits", (0,))
    (terms,) = found.terms
    assert terms.source == "pooling_2"
    assert terms.values.shape == (1, 2, 2)
    np.testing.assert_allclose(terms.values[0], answers["pooling_2"][0, :, :, 0])
    assert found.before == pytest.approx(0.5 * float(terms.values.sum()) + 1)


def test_padding_is_no_number_of_the_picture() -> None:
    spec = ModelSpec("edge", 8, CLASSES, (Convolution(1, 3), Flatten()))
    weights = {
        "convolution_1/kernel": np.ones((3, 3, 1, 1)),
        "convolution_1/bias": np.zeros(1),
        "logits/kernel": np.zeros((64, 1)),
        "logits/bias": np.zeros(1),
    }
    answers = forward(spec, weights, np.full((1, 8, 8), 255.0))
    found = explain_cell(spec, weights, answers, "convolution_1", (0, 0, 0))
    assert found.terms[0].inside.tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 1]]
    assert found.result == pytest.approx(4.0)


def test_normalization_shows_its_constants_and_an_addition_both_paths() -> None:
    spec = ModelSpec(
        "block", 8, CLASSES, (BatchNormalization(), Residual((Convolution(1),)), Flatten())
    )
    weights, answers = keras_answers(spec, random_picture(8))
    found = explain_cell(spec, weights, answers, "batch_normalization_1", (3, 4, 0))
    said = dict(found.constants)
    value = float(answers["rescaling"][0, 3, 4, 0])
    by_definition = (value - said["mean"]) / np.sqrt(said["variance"] + said["epsilon"])
    assert found.operation == NORMALIZE
    assert found.result == pytest.approx(said["gamma"] * by_definition + said["beta"])
    added = explain_cell(spec, weights, answers, "residual_1_add", (3, 4, 0))
    assert added.operation == ADD
    assert {part.source for part in added.terms} == {
        "batch_normalization_1",
        "residual_1_convolution_1",
    }


@pytest.mark.parametrize("index", [(8, 0, 0), (-1, 0, 0), (0, 0)])
def test_a_cell_that_is_not_there_is_refused(index: tuple[int, ...]) -> None:
    spec, weights, answers = by_hand()
    with pytest.raises(IndexError):
        explain_cell(spec, weights, answers, "rescaling", index)
