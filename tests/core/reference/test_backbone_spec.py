"""The backbone as our list of layers: its numbers, its forward pass, what it is as a Keras."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import keras
import numpy as np
import pytest

from core.arrays import UInt8Array
from core.inspect.formula import explain_cell
from core.inspect.forward import forward
from core.models.build import rebuild
from core.models.cost import total_parameters
from core.models.graph import nodes
from core.models.layers import Convolution, Rescaling, Residual
from core.models.spec import ModelSpec, layer_from_json, layer_to_json
from core.models.weights import check_weights
from core.reference.backbone_spec import backbone_spec, backbone_weights, read_backbone
from core.reference.build import build_backbone
from tests.core.reference.conftest import Arrays
from tests.core.reference.test_backbone import Independent

SIDE = 64


@pytest.fixture(scope="module")
def pictures() -> UInt8Array:
    return np.random.default_rng(3).integers(0, 256, (2, SIDE, SIDE)).astype(np.uint8)


def test_it_holds_exactly_the_numbers_of_the_stored_backbone(published_arrays: Arrays) -> None:
    spec = backbone_spec()
    check_weights(spec, backbone_weights(published_arrays))
    assert total_parameters(spec) == sum(array.size for array in published_arrays.values())


def test_its_forward_pass_is_the_independent_one(
    published: Arrays, published_arrays: Arrays, pictures: UInt8Array
) -> None:
    spec = dataclasses.replace(backbone_spec(), input_size=SIDE)
    known = forward(spec, backbone_weights(published_arrays), pictures)
    fine, last = Independent(published).maps(pictures[..., None].astype(np.float64))
    stage_5, ending = (next(reversed(of_shape(spec, count))) for count in (120, 1280))
    np.testing.assert_allclose(known[stage_5].transpose(0, 3, 1, 2), fine, atol=1e-4)
    np.testing.assert_allclose(known[ending].transpose(0, 3, 1, 2), last, atol=1e-4)
    np.testing.assert_allclose(known["global_pooling_1"], last.mean((2, 3)), atol=1e-4)


def of_shape(spec: ModelSpec, channels: int) -> list[str]:
    """Nodes with maps of so many channels."""
    return [n.name for n in nodes(spec) if len(n.shape) == 3 and n.shape[2] == channels]


def test_as_a_keras_model_it_is_the_one_that_is_asked(
    published_arrays: Arrays, pictures: UInt8Array
) -> None:
    spec = dataclasses.replace(backbone_spec(), input_size=SIDE)
    batch = pictures[..., None].astype(np.float32)
    _, last = build_backbone(published_arrays).predict_on_batch(batch)
    weights = backbone_weights(published_arrays)
    ours = rebuild(spec, weights)
    np.testing.assert_allclose(ours.predict_on_batch(batch), last.mean((1, 2)), atol=1e-4)
    every = keras.Model(ours.input, [ours.get_layer(n.name).output for n in nodes(spec)])
    known = forward(spec, weights, pictures)
    for node, values in zip(nodes(spec), every.predict_on_batch(batch), strict=True):
        np.testing.assert_allclose(known[node.name], values, atol=1e-4, err_msg=node.name)


def test_a_cell_of_every_kind_is_told_with_its_own_sum(
    published_arrays: Arrays, pictures: UInt8Array
) -> None:
    spec = dataclasses.replace(backbone_spec(), input_size=SIDE)
    weights = backbone_weights(published_arrays)
    known = forward(spec, weights, pictures[:1])
    kinds = {node.kind: node for node in nodes(spec)}
    assert set(kinds) == {
        "input", "rescaling", "convolution", "depthwise_convolution", "add", "global_pooling"
    }  # fmt: skip
    for node in kinds.values():
        index = tuple(side // 2 for side in node.shape)
        told = explain_cell(spec, weights, known, node.name, index).result
        assert told == pytest.approx(float(known[node.name][0][index]), abs=1e-4), node.name


def test_it_rescales_as_its_weights_were_learned_and_ends_without_logits() -> None:
    graph = nodes(backbone_spec())
    assert graph[1].layer == Rescaling(1 / 128, -127 / 128)
    assert (graph[-1].name, graph[-1].shape) == ("global_pooling_1", (1280,))
    assert not any(node.name.endswith("_relu") for node in graph)


def test_another_file_is_no_backbone(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", stem=np.zeros((3, 3, 1, 32)))
    with pytest.raises(ValueError, match="missing"):
        read_backbone(tmp_path / "other.npz")


def test_a_linear_block_adds_and_says_so_in_its_description() -> None:
    block = Residual((Convolution(4, activation="linear"),), "linear")
    assert layer_from_json(layer_to_json(block)) == block
    plain = Residual((Convolution(4),))
    assert "activation" not in layer_to_json(plain)  # as it was written before
    assert layer_from_json(layer_to_json(plain)) == plain
