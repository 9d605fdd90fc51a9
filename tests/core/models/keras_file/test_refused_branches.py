"""Networks of others that branch as none of ours does, and graphs that are none, are refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import keras
import pytest

from core.errors import LessonError
from core.export.notation import from_notation, to_notation
from core.models.diagnosis import DEEPEST
from core.models.keras_file.reader import Answers, read_keras_file
from tests.core.models.keras_file.networks import SIZE, redescribed, saved

L = keras.layers
Tensor: TypeAlias = Any
Description: TypeAlias = Any


def network(body: Callable[[Tensor], Tensor]) -> Any:
    image = keras.Input((SIZE, SIZE, 1))
    x = body(L.Conv2D(4, 3, padding="same", name="first")(image))
    return keras.Model(image, L.Dense(3)(L.GlobalMaxPooling2D()(x)))


def convolved(x: Tensor, filters: int = 4, size: int = 3, **more: Any) -> Tensor:
    return L.Conv2D(filters, size, padding="same", **more)(x)


def out_of_a_block(x: Tensor) -> Tensor:
    """A U-Net's shape: what lies on one path is read behind its end too."""
    y = convolved(x, activation="relu", name="inside")
    return L.Concatenate(name="late")([L.Add()([x, convolved(y)]), y])


def shared(x: Tensor) -> Tensor:
    layer = L.Conv2D(4, 3, padding="same", name="twice")
    return layer(layer(x))


def gated(x: Tensor) -> Tensor:
    """Squeeze and excitation."""
    return L.Multiply()([x, convolved(x, activation="sigmoid")])


def averaged_shortcut(x: Tensor) -> Tensor:
    y = convolved(x, 6, strides=2)
    return L.Add(name="sum")([y, convolved(L.AveragePooling2D(2)(x), 6, 1)])


def through_softmax(x: Tensor) -> Tensor:
    return L.Add()([x, L.Softmax()(convolved(x))])


def across(x: Tensor) -> Tensor:
    return L.Concatenate(axis=1, name="beside")([x, convolved(x)])


def deep(x: Tensor, blocks: int = DEEPEST + 1) -> Tensor:
    forks = []
    for _ in range(blocks):
        forks.append(x)
        x = convolved(x)
    for fork in reversed(forks):
        x = L.Add()([fork, x])
    return x


REFUSED: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "three are added": (
        lambda x: L.Add(name="sum")([x, convolved(x), convolved(x)]), r"sum \(Add\) joins 3 paths",
    ),
    "a number is added": (lambda x: x + 1.0, r"\(Add\) joins 1 paths"),
    "two blocks are added": (
        lambda x: L.Add(name="sum")([convolved(x), convolved(x, size=5)]),
        r"sum \(Add\) adds two paths, and neither is a shortcut",
    ),
    "one map is added to all": (
        lambda x: L.Add(name="sum")([x, convolved(x, 1)]), r"sum \(Add\) adds two paths",
    ),
    "a projection of the same shape": (
        lambda x: L.Add(name="sum")([convolved(x, size=1), convolved(x)]), "neither is a shortcut",
    ),
    "an activation on the shortcut": (
        lambda x: L.Add(name="sum")([convolved(x, 6, 1, activation="relu"), convolved(x, 6)]),
        "neither is a shortcut",
    ),
    "other pixels on the shortcut": (  # three of 20: ours takes every 7th, this one every 8th
        lambda x: L.Add(name="sum")([convolved(x, 6, 1, strides=8), convolved(x, 6, strides=8)]),
        "neither is a shortcut",
    ),
    "an averaged shortcut": (averaged_shortcut, "neither is a shortcut"),
    "the same is added": (lambda x: L.Add(name="sum")([x, x]), r"sum \(Add\) adds two paths"),
    "out of a block": (out_of_a_block, r"parted at different layers \(first, inside\)"),
    "rows beside one another": (across, r"beside \(Concatenate\) has axis 1"),
    "a layer that is used twice": (shared, r"twice \(Conv2D\) is used 2 times"),
    "a product": (gated, "layer Multiply"),
    "seven blocks inside one another": (deep, "7 blocks lie inside one another; 6 can be shown"),
    "always in training": (
        lambda x: L.BatchNormalization(name="always")(x, training=True), "always is told",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_no_layer_of_ours_is_like_is_named(name: str, tmp_path: Path) -> None:
    body, words = REFUSED[name]
    raw = saved(network(body), tmp_path)
    with pytest.raises(LessonError, match=words) as refused:
        read_keras_file(raw, Answers())
    assert refused.value.code == "network.layer"
    assert refused.value.remedy


def test_a_softmax_on_a_path_is_refused(tmp_path: Path) -> None:
    raw = saved(network(through_softmax), tmp_path)
    with pytest.raises(LessonError, match="softmax in its middle"):
        read_keras_file(raw, Answers())


def test_a_shortcut_with_the_numbers_of_another_layer_is_refused(tmp_path: Path) -> None:
    def body(x: Tensor) -> Tensor:
        y = convolved(L.BatchNormalization(name="three")(convolved(x, 3)), 6)
        return L.Add()([L.BatchNormalization(name="six")(convolved(x, 6, 1)), y])

    def swap(config: Description) -> None:
        # Keras counts the layers of a class: each is given the numbers of the other.
        layers = config["config"]["layers"]
        one, other = (layers.index(find(config, name)) for name in ("three", "six"))
        layers[one], layers[other] = layers[other], layers[one]

    raw = redescribed(saved(network(body), tmp_path), swap)
    with pytest.raises(LessonError, match="numbers of a shortcut do not fit") as refused:
        read_keras_file(raw, Answers())
    assert refused.value.code == "network.damaged"


def test_what_is_as_deep_as_can_be_is_read_and_held_by_the_builder(tmp_path: Path) -> None:
    raw = saved(network(lambda x: deep(x, DEEPEST)), tmp_path)
    layers = read_keras_file(raw, Answers()).spec.to_json()
    assert from_notation(to_notation(layers))["layers"] == layers["layers"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A residual block of one convolution, "body", whose sum is "sum"."""

    def body(x: Tensor) -> Tensor:
        return L.Add(name="sum")([x, convolved(x, name="body")])

    return saved(network(body), tmp_path_factory.mktemp("whole"))


def reads(*names: str) -> list[Any]:
    """How Keras writes that a layer reads these."""
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}
        for name in names
    ]
    return [{"args": [tensors], "kwargs": {}}]


def find(config: Description, name: str) -> Any:
    return next(layer for layer in config["config"]["layers"] if layer["name"] == name)


def rewire(name: str, *names: str) -> Callable[[Description], None]:
    return lambda config: find(config, name).update(inbound_nodes=reads(*names))


def described(kind: str, name: str, *names: str) -> dict[str, Any]:
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name},
        "inbound_nodes": reads(*names),
    }


def joins(count: int) -> Callable[[Description], None]:
    """Each reads the one before twice: two to that power of paths, and of maps."""

    def change(config: Description) -> None:
        names = ["sum", *(f"join_{number}" for number in range(count))]
        for before, name in pairwise(names):
            config["config"]["layers"].append(described("Concatenate", name, before, before))
        rewire(pooling(config), names[-1])(config)

    return change


def crowd(config: Description) -> None:
    config["config"]["layers"].append(described("Concatenate", "crowd", *["sum"] * 20_000))
    rewire(pooling(config), "crowd")(config)


def inside_itself(config: Description) -> None:
    inner: Any = {"class_name": "Sequential", "config": {"layers": [dict(find(config, "body"))]}}
    for _ in range(20):
        inner = {"class_name": "Sequential", "config": {"layers": [inner]}}
    inner |= {"name": "body", "inbound_nodes": reads("first")}
    layers = config["config"]["layers"]
    layers[layers.index(find(config, "body"))] = inner


def pooling(config: Description) -> str:
    return next(
        layer["name"] for layer in config["config"]["layers"]
        if layer["class_name"] == "GlobalMaxPooling2D"
    )  # fmt: skip


def two_outputs(config: Description) -> None:
    config["config"]["output_layers"] = [["sum", 0, 0], [pooling(config), 0, 0]]


def second_input(config: Description) -> None:
    extra = dict(config["config"]["layers"][0], name="second")
    config["config"]["layers"].append(extra)


def unread(config: Description) -> None:
    config["config"]["layers"].append(described("ReLU", "unread", "sum"))


def middle(config: Description) -> None:
    config["config"]["output_layers"] = ["sum", 0, 0]


def namesake(config: Description) -> None:
    find(config, "body")["name"] = "sum"


def without_history(config: Description) -> None:
    find(config, "sum")["inbound_nodes"] = [{"args": [{"class_name": "__keras_tensor__"}]}]


HOSTILE: dict[str, tuple[Callable[[Description], None], str, str]] = {
    "a ring": (rewire("body", "sum"), "network.damaged", "waits for its own answer"),
    "a layer that reads itself": (rewire("body", "body"), "network.damaged", "body waits"),
    "a join that reads a later layer": (
        lambda config: rewire("sum", "first", pooling(config))(config),
        "network.damaged", "waits for its own",
    ),
    "a layer that reads two": (
        rewire("body", "first", "first"), "network.layer", r"body \(Conv2D\) reads 2",
    ),
    "a thousand joins": (joins(1000), "network.layer", "1006 layers; 300 are read"),
    "paths without number": (joins(200), "model.too-large", "parameters"),
    "a crowd of paths": (crowd, "network.layer", "crowd .* joins 20000 paths; 2 to 32"),
    "networks inside one another": (inside_itself, "network.layer", "More than 8 networks"),
    "two outputs": (two_outputs, "network.output", "2 outputs"),
    "an output in the middle": (middle, "network.output", "in its middle"),
    "two inputs": (second_input, "network.input", "2 inputs"),
    "an answer that nothing reads": (unread, "network.output", "unread"),
    "a layer that is not there": (rewire("sum", "first", "none"), "network.damaged", "sum reads"),
    "a layer that reads nothing": (rewire("body"), "network.damaged", "body reads is not there"),
    "two of one name": (namesake, "network.damaged", "have one name"),
    "a tensor from nowhere": (without_history, "network.damaged", "comes from"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_graph_that_is_none_is_refused_quickly(name: str, whole: bytes) -> None:
    change, code, words = HOSTILE[name]
    raw = redescribed(whole, change)
    began = time.process_time()
    with pytest.raises(LessonError, match=words) as refused:
        read_keras_file(raw, Answers())
    assert time.process_time() - began < 2.0
    assert refused.value.code == code


def test_what_the_hostile_ones_are_made_of_is_read(whole: bytes) -> None:
    assert len(read_keras_file(whole, Answers()).spec.layers) == 3
