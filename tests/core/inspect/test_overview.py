"""What a drawing of a whole network shows."""

from __future__ import annotations

import pytest

from core.inspect.overview import overview
from core.models.graph import nodes
from core.models.layers import (
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Parallel,
    Residual,
)
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS

CLASSES = ("normal", "fracture")


def test_a_convolution_stands_behind_its_normalization_and_activation() -> None:
    spec = ModelSpec(
        "n",
        8,
        CLASSES,
        (
            Convolution(2, activation="linear"),
            BatchNormalization(),
            Activation("relu"),
            Flatten(),
            Dropout(0.5),
            Dense(3),
        ),
    )
    shown = overview(nodes(spec))
    assert [one.name for one in shown] == ["image", "activation_1", "dense_1", "logits"]
    assert shown[1].chain == ("convolution_1", "batch_normalization_1", "activation_1")
    assert shown[2].feeds == ("activation_1",)
    assert [one.column for one in shown] == [0, 1, 2, 3]


def test_branches_share_columns_and_a_join_stands_behind_the_longest() -> None:
    branches = Parallel(((Convolution(2),), (Convolution(2), Convolution(2)), ()))
    spec = ModelSpec("n", 8, CLASSES, (branches, Residual((Convolution(6),)), Flatten()))
    shown = {one.name: one for one in overview(nodes(spec))}
    join = shown["parallel_1_join"]
    assert join.column == 3
    assert join.feeds[-1] == "image"
    assert shown["parallel_1_branch_1_convolution_1"].column == 1
    block = shown["residual_1_relu"]
    assert block.chain == ("residual_1_add", "residual_1_relu")
    assert set(block.feeds) == {"residual_1_shortcut", "residual_1_convolution_1"}


def test_a_layer_with_two_readers_is_shown_itself() -> None:
    branches = Parallel(((Activation("tanh"),), ()))
    spec = ModelSpec("n", 8, CLASSES, (Convolution(2), branches, Flatten()))
    shown = {one.name: one for one in overview(nodes(spec))}
    assert set(shown["parallel_1_join"].feeds) == {
        "parallel_1_branch_1_activation_1",
        "convolution_1",
    }


@pytest.mark.parametrize("name", MODELS)
def test_every_node_is_shown_passed_or_stood_for(name: str) -> None:
    spec = MODELS[name].build(32, CLASSES)
    shown = overview(nodes(spec))
    stood_for = [part for one in shown for part in one.chain]
    assert len(stood_for) == len(set(stood_for))
    rest = {node.kind for node in nodes(spec) if node.name not in stood_for}
    assert rest <= {"rescaling", "dropout", "flatten"}
    columns = {one.name: one.column for one in shown}
    assert all(columns[feed] < one.column for one in shown for feed in one.feeds)
    assert columns["logits"] == max(columns.values())
