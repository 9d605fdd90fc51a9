"""What is found out about a network and a picture, and what travels to the browser."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from core.inspect.condensed import coarse
from core.inspect.formula import explain_cell
from core.inspect.statistics import color_range
from core.models.weights import initial_weights
from core.models.zoo.entries import MODELS
from dashboard.lessons.features import stage
from dashboard.lessons.features.stage import (
    FeaturesView,
    payload,
    sent_in_full,
    short_title,
)
from dashboard.networks.open_network import OpenNetwork
from dashboard.networks.responses import Response, anatomy, parts_of_cell, respond, silence

CLASSES = ("normal", "fracture")


def pretend_network(name: str = "paper", size: int = 32) -> OpenNetwork:
    spec = MODELS[name].build(size, CLASSES)
    return OpenNetwork(
        kind="zoo",
        key=f"zoo:{name}",
        title=name,
        spec=spec,
        weights=initial_weights(spec, 0),
        epoch=None,
        dataset="",
        origin="",
        fingerprint=name,
    )


def picture(size: int = 32) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (size, size)).astype(np.uint8)


def message(network: OpenNetwork, found: Response, *, locked: bool = False) -> bytes:
    view = FeaturesView(
        network=network.title,
        picture="noise",
        stamp="s",
        weights="w",
        epochs=0,
        anatomy=anatomy(network),
        response=found,
        words={},
    )
    return payload(view, {"locked": locked})


def unpacked(raw: bytes) -> tuple[dict, list[np.ndarray]]:
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    arrays = [
        np.frombuffer(
            raw, entry["dtype"], int(np.prod(entry["shape"])), 4 + length + entry["offset"]
        ).reshape(entry["shape"])
        for entry in header["arrays"]
    ]
    return header, arrays


def test_all_values_travel_exactly_where_there_is_room() -> None:
    network = pretend_network()
    found = respond(network, picture())
    header, arrays = unpacked(message(network, found))
    np.testing.assert_array_equal(arrays[0], found.image)
    sent = {node["name"]: node["data"] for node in header["nodes"] if node["data"] is not None}
    assert {"convolution_1", "pooling_3", "dense_1", "logits"} <= set(sent)
    assert not {"rescaling", "flatten_1", "dropout_1", "image"} & set(sent)
    for name, at in sent.items():
        np.testing.assert_array_equal(arrays[at], found.activations[name])


def test_a_locked_stage_gets_the_picture_and_no_answer() -> None:
    network = pretend_network()
    header, arrays = unpacked(message(network, respond(network, picture()), locked=True))
    assert len(arrays) == 1
    assert all(node["stats"] is None and node["data"] is None for node in header["nodes"])


def test_large_layers_travel_coarsely_and_the_smallest_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = pretend_network()
    found = respond(network, picture())
    monkeypatch.setattr(stage, "MOST_VALUES", 23_000)
    full = sent_in_full(anatomy(network))
    sizes = {name: found.activations[name].size for name in full}
    assert sum(sizes.values()) <= 23_000
    left = [
        n.name for n in anatomy(network).nodes if n.kind == "convolution" and n.name not in full
    ]
    assert left == ["convolution_1", "convolution_2"]
    header, arrays = unpacked(message(network, found))
    first = next(node for node in header["nodes"] if node["name"] == "convolution_1")
    low, high = first["range"]
    again = low + (high - low) * arrays[first["coarse"]] / 255
    np.testing.assert_allclose(again, found.activations["convolution_1"], atol=(high - low) / 500)
    # Its colors saturate where they would if all of it were there.
    for clip, name in ((100.0, "100"), (99.9, "99-9"), (90.0, "90")):
        expected = color_range(found.activations, "convolution_1", clip=clip)
        assert first["limits"][name] == pytest.approx(expected.high, rel=1e-5)


def test_a_constant_layer_has_one_step() -> None:
    small, limits = coarse(np.full((4, 4, 2), 0.5, np.float32))
    assert limits == (0.5, 0.5)
    assert small.max() == 0


def test_the_parts_of_a_cell_are_enough_to_explain_it() -> None:
    network = pretend_network("fused")
    found = respond(network, picture())
    anatomy_ = anatomy(network)
    for node in anatomy_.nodes:
        known = {node.name: node for node in anatomy_.nodes}
        parts = set(parts_of_cell(anatomy_, node.name))
        cell = tuple(side // 2 for side in node.shape)
        batch = {name: values[None] for name, values in found.activations.items()}
        terms = explain_cell(network.spec, network.weights, batch, node.name, cell).terms
        passing = {"flatten", "dropout", "rescaling"}
        assert {t.source for t in terms if known[t.source].kind not in passing} <= parts


def test_silence_counts_zeros_behind_relus_only() -> None:
    network = pretend_network()
    found = respond(network, picture())
    zeros, count = silence(network, found)
    behind = [v for n, v in found.activations.items() if n.startswith(("convolution", "dense"))]
    assert count == sum(v.size for v in behind)
    assert zeros == sum(int((v == 0).sum()) for v in behind)
    assert 0 < zeros < count


def test_names_stay_apart_in_little_room() -> None:
    assert short_title("parallel_2_branch_1_pooling_3") == "pool 3"
    assert short_title("residual_2_shortcut") == "shortcut"
    assert short_title("parallel_2_join") == "join 2"
