"""Networks as values."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.errors import LessonError
from core.models.cost import layer_table, total_multiply_adds
from core.models.spec import (
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalPooling,
    Layer,
    ModelSpec,
    Parallel,
    Pooling,
    Residual,
)
from core.models.zoo.entries import MODELS, find_entry, paper_network

BINARY = ("normal", "fracture")
ALL_KINDS: tuple[Layer, ...] = (
    Convolution(4, kernel_size=5, stride=2, padding="valid", activation="linear"),
    BatchNormalization(),
    Activation("tanh"),
    Pooling("average", 3),
    Residual((Convolution(4, activation="linear"),)),
    Parallel(((Convolution(2),), (Residual((Convolution(4),)),))),
    GlobalPooling("max"),
    Dropout(0.3),
    Dense(7, activation="sigmoid"),
)


def test_every_kind_of_layer_survives_json() -> None:
    spec = ModelSpec("all", 40, ("a", "b", "c"), ALL_KINDS)
    assert ModelSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    assert hash(ModelSpec.from_json(spec.to_json())) == hash(spec)


@pytest.mark.parametrize("name", MODELS)
def test_every_network_of_the_zoo_survives_json(name: str) -> None:
    spec = MODELS[name].build(64, BINARY)
    assert ModelSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_two_classes_share_one_output() -> None:
    assert paper_network(28, BINARY).outputs == 1
    assert paper_network(28, ("a", "b", "c")).outputs == 3


def test_the_paper_s_network_at_28_pixels_by_hand() -> None:
    # 28 -> 14 -> 7; the third block would leave 3 pixels, so it does not pool.
    rows = {row.name: row for row in layer_table(paper_network(28, BINARY))}
    assert rows["convolution_1"].parameters == 9 * 1 * 32 + 32
    assert rows["convolution_2"].parameters == 9 * 32 * 64 + 64
    assert rows["convolution_3"].parameters == 9 * 64 * 128 + 128
    assert rows["convolution_3"].output_shape == (7, 7, 128)
    assert rows["flatten_1"].output_shape == (6272,)
    assert rows["dense_1"].parameters == 6272 * 128 + 128
    assert rows["logits"].parameters == 129
    assert rows["convolution_2"].multiply_adds == 14 * 14 * 9 * 32 * 64
    assert "pooling_3" not in rows


@pytest.mark.parametrize("size", [16, 17, 28, 31, 32, 64, 96, 128, 200, 224, 256, 384, 512])
@pytest.mark.parametrize("kernel_size", [3, 5])
def test_the_flattened_vector_does_not_grow_with_the_image(size: int, kernel_size: int) -> None:
    spec = paper_network(size, BINARY, kernel_size=kernel_size)
    rows = {row.name: row for row in layer_table(spec)}
    side = rows["flatten_1"].input_shape[0]
    assert 4 <= side <= 8
    assert rows["flatten_1"].output_shape[0] <= 8 * 8 * 128


def test_the_options_of_the_paper_s_network_are_in_it() -> None:
    spec = paper_network(
        64,
        BINARY,
        filters=(8, 16),
        kernel_size=5,
        convolutions=2,
        batch_normalization=True,
        dense=32,
        dropout=0.25,
        global_pooling="average",
    )
    convolutions = [layer for layer in spec.layers if isinstance(layer, Convolution)]
    # Two blocks for the filters, one more since 16 pixels are above 8.
    assert [layer.filters for layer in convolutions] == [8, 8, 16, 16, 16, 16]
    assert {layer.kernel_size for layer in convolutions} == {5}
    assert spec.layers[:3] == (
        Convolution(8, 5, activation="linear"),
        BatchNormalization(),
        Activation("relu"),
    )
    tail = (GlobalPooling("average"), Dropout(0.25), Dense(32), Dropout(0.25))
    assert spec.layers[-4:] == tail


@pytest.mark.parametrize(
    ("code", "layers"),
    [
        ("model.vanishes", (Pooling(),) * 5 + (Flatten(),)),
        ("model.vanishes", (Convolution(1, kernel_size=15, padding="valid"),) * 2 + (Flatten(),)),
        ("model.wrong-order", (Flatten(), Convolution(1))),
        ("model.wrong-order", (Convolution(1), Dense(3))),
        ("model.wrong-order", (Convolution(1),)),
        ("model.wrong-order", (Parallel(((Pooling(),), (Convolution(1),))), Flatten())),
        ("model.too-large", (Convolution(4000), Flatten(), Dense(4000))),
    ],
)
def test_networks_that_cannot_be_are_refused(code: str, layers: tuple[Layer, ...]) -> None:
    with pytest.raises(LessonError) as caught:
        ModelSpec("wrong", 16, BINARY, layers)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "change",
    [
        {"input_size": 7},
        {"input_size": 28.0},
        {"classes": ("one",)},
        {"classes": ("one", "one")},
        {"classes": ("one", "")},
        {"name": ""},
    ],
)
def test_wrong_values_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(LessonError) as caught:
        replace(paper_network(28, BINARY), **change)
    assert caught.value.code == "model.invalid"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Convolution(0),
        lambda: Convolution(1, padding="full"),  # type: ignore[arg-type]
        lambda: Pooling(size=1),
        lambda: Dropout(1.0),
        lambda: Dense(3, activation="softmax"),  # type: ignore[arg-type]
        lambda: Residual(()),
        lambda: Parallel(((),)),
    ],
)
def test_wrong_layers_are_refused(make: object) -> None:
    with pytest.raises(LessonError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.code == "model.invalid-layer"


@pytest.mark.parametrize("data", [{}, {"name": "a"}, paper_network(28, BINARY).to_json() | {
    "layers": [{"layer": "capsule"}]}])  # fmt: skip
def test_a_damaged_description_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(LessonError) as caught:
        ModelSpec.from_json(data)
    assert caught.value.code == "model.invalid"


def test_larger_filters_cost_25_ninths() -> None:
    three, five = (paper_network(28, BINARY, kernel_size=size, dense=0) for size in (3, 5))
    convolutions = [
        sum(row.multiply_adds for row in layer_table(spec) if row.name.startswith("conv"))
        for spec in (three, five)
    ]
    assert convolutions[1] * 9 == convolutions[0] * 25
    assert total_multiply_adds(five) > total_multiply_adds(three)


def test_an_unknown_network_names_the_known_ones() -> None:
    with pytest.raises(LessonError) as caught:
        find_entry("alexnet-2099")
    assert caught.value.code == "model.unknown"
    assert "paper" in caught.value.remedy
    with pytest.raises(LessonError):
        paper_network(15, BINARY)
    with pytest.raises(LessonError):
        paper_network(28, BINARY, kernel_size=7)
