"""The browser's formulas, limits, ties and places under Node: every number is core's."""

from __future__ import annotations

import base64
import dataclasses
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.inspect.formula import CellFormula, explain_cell
from core.inspect.overview import overview
from core.inspect.statistics import color_range
from core.models.graph import nodes
from core.models.layers import Convolution, DepthwiseConvolution, GlobalPooling, Residual
from core.models.weights import weight_shapes
from core.models.zoo.entries import MODELS
from core.reference.backbone_spec import BackboneSpec
from dashboard.networks.open_network import OpenNetwork, read_network
from dashboard.networks.responses import Response, respond, weights_of
from dashboard.shared.blob import pack
from data.samples.pictures import samples
from tests import node
from tests.browser_vectors import call_module
from tests.dashboard.networks.test_responses import message, pretend_network

ROOT = Path(__file__).resolve().parents[4]
SCRIPT = """
const given = JSON.parse(await new Response(process.stdin).text());
const { unpack } = await import(given.browser + "blob.js");
const { Values } = await import(given.room + "values.js");
const { explain } = await import(given.room + "formula.js");
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const { header, arrays } = unpack(bytes(given.view)), sent = unpack(bytes(given.weights));
const own = new Map(header.nodes.filter((n) => n.data !== null)
  .map((n) => [n.name, arrays[n.data]]));
own.set("image", Float32Array.from(arrays[0]));
const net = new Values(header.nodes, own);
net.weights = new Map(sent.header.names.map((name, i) => [name, sent.arrays[i]]));
const plain = (_, value) => ArrayBuffer.isView(value) ? Array.from(value) : value;
process.stdout.write(JSON.stringify({
  formulas: given.cells.map(([name, index]) => explain(net, name, index)),
  limits: given.limits.map((wanted) => net.limits(...wanted)),
  strengths: given.strengths.map((wanted) => net.strengths(...wanted)),
}, plain));
"""


def ask(
    network: OpenNetwork,
    found: Response,
    *,
    cells: list[Any] | None = None,
    limits: list[Any] | None = None,
    strengths: list[Any] | None = None,
) -> dict[str, Any]:
    """What the browser's modules answer, given what the stage is sent."""
    program = node.node()
    if program is None:
        pytest.skip("Node is not installed: run 'python3 -m tests' once with the internet.")
    names, arrays = weights_of(network.weights)
    blobs = message(network, found), pack({"names": names}, arrays)
    view, weights = (base64.b64encode(blob).decode() for blob in blobs)
    given = {
        "browser": (ROOT / "dashboard" / "browser").as_uri() + "/",
        "room": (ROOT / "dashboard" / "lessons" / "features").as_uri() + "/",
        "view": view,
        "weights": weights,
        "cells": cells or [],
        "limits": limits or [],
        "strengths": strengths or [],
    }
    done = subprocess.run(
        [str(program), "--input-type=module", "-e", SCRIPT],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout))


def random_cells(network: OpenNetwork, each: int) -> list[list[Any]]:
    random = np.random.default_rng(5)
    return [
        [one.name, [int(random.integers(side)) for side in one.shape]]
        for one in nodes(network.spec)
        for _ in range(each)
    ]


def assert_same(found: dict[str, Any], expected: CellFormula) -> None:
    assert found["operation"] == expected.operation
    assert found["scale"] == expected.scale
    for name in ("result", "before", "bias"):
        assert found[name] == pytest.approx(getattr(expected, name), abs=1e-6, rel=1e-6), name
    assert found["winner"] == (None if expected.winner is None else list(expected.winner))
    for part, terms in zip(found["terms"], expected.terms, strict=True):
        assert part["source"] == terms.source
        assert part["rows"] == terms.rows.tolist()
        assert part["columns"] == terms.columns.tolist()
        assert part["inside"] == terms.inside.ravel().astype(int).tolist()
        np.testing.assert_allclose(part["values"], terms.values.ravel(), atol=1e-6)
        np.testing.assert_allclose(part["weights"], terms.weights.ravel(), atol=1e-6)
        np.testing.assert_allclose(part["sums"], terms.sums, atol=1e-6)


def assert_formulas_are_cores(network: OpenNetwork, found: Response, each: int) -> None:
    wanted = random_cells(network, each)
    batch = {name: values[None] for name, values in found.activations.items()}
    answers = ask(network, found, cells=wanted)["formulas"]
    for (name, index), answer in zip(wanted, answers, strict=True):
        assert answer is not None, name
        assert_same(answer, explain_cell(network.spec, network.weights, batch, name, tuple(index)))


def looked(key: str) -> tuple[OpenNetwork, Response]:
    network = read_network(key)
    return network, respond(network, samples()[0].make(network.spec.input_size))


def test_every_number_of_a_formula_is_cores() -> None:
    assert_formulas_are_cores(*looked("paper-synthetic"), 6)


@pytest.mark.parametrize("name", MODELS)
def test_formulas_of_every_network_of_the_zoo_are_cores(name: str) -> None:
    untouched, random = pretend_network(name), np.random.default_rng(4)
    # Biases and running means of a new network are 0, which would hide mistakes.
    weights = {
        key: value if key.endswith("/kernel") else value + random.uniform(0.05, 0.3, value.shape)
        for key, value in untouched.weights.items()
    }
    weights = {key: value.astype(np.float32) for key, value in weights.items()}
    network = dataclasses.replace(untouched, weights=weights)
    found = respond(network, np.random.default_rng(2).integers(0, 256, (32, 32)).astype(np.uint8))
    assert_formulas_are_cores(network, found, 3)


def inverted() -> OpenNetwork:
    """One inverted residual as the reference network's backbone has them, with its rescaling."""
    block = Residual(
        (
            Convolution(8, 1, activation="relu6"),
            DepthwiseConvolution(5, activation="relu6"),
            Convolution(4, 1, activation="linear"),
        ),
        "linear",
    )
    layers = (Convolution(4, stride=2, activation="relu6"), block, GlobalPooling())
    spec, random = BackboneSpec("inverted", 32, ("a", "b"), layers), np.random.default_rng(7)
    weights = {
        # Large enough that some sums pass 6.
        name: random.normal(0, 3, shape).astype(np.float32)
        for name, shape in weight_shapes(spec).items()
    }
    return dataclasses.replace(pretend_network("paper"), spec=spec, weights=weights)


def test_formulas_of_an_inverted_residual_are_cores() -> None:
    network = inverted()
    found = respond(network, np.random.default_rng(2).integers(0, 256, (32, 32)).astype(np.uint8))
    assert (found.activations["convolution_1"] == 6).any()
    assert found.activations["rescaling"].min() < -0.9
    assert_formulas_are_cores(network, found, 12)


def test_a_layer_whose_numbers_are_not_here_yet_has_no_formula() -> None:
    network = inverted()
    found = respond(network, np.zeros((32, 32), np.uint8))
    own = {k: v for k, v in network.weights.items() if k.startswith("convolution_1/")}
    partly = dataclasses.replace(network, weights=own)
    cells = [["convolution_1", [0, 0, 0]], ["residual_1_convolution_1", [0, 0, 0]]]
    here, missing = ask(partly, found, cells=cells)["formulas"]
    assert here["activation"] == "relu6"
    assert missing is None


def test_limits_of_color_are_cores() -> None:
    network, found = looked("paper-synthetic")
    wanted = [
        [name, unit, scope, clip]
        for name, unit in (("convolution_2", 5), ("dense_1", 3), ("logits", 0))
        for scope in ("unit", "layer", "network")
        for clip in (100.0, 99.0, 90.0)
    ]
    answers = ask(network, found, limits=wanted)["limits"]
    for (name, unit, scope, clip), answer in zip(wanted, answers, strict=True):
        expected = color_range(found.activations, name, unit=unit, scope=scope, clip=clip)
        assert answer["low"] == pytest.approx(expected.low, rel=1e-5)
        assert answer["high"] == pytest.approx(expected.high, rel=1e-5)


def test_how_strongly_a_map_reads_is_the_size_of_its_kernels_slice() -> None:
    network, found = looked("paper-synthetic")
    (ties,) = ask(network, found, strengths=[["convolution_2", 4]])["strengths"]
    kernel = network.weights["convolution_2/kernel"][..., 4].astype(float)
    assert [tie["source"] for tie in ties] == ["pooling_1"] * kernel.shape[2]
    assert [tie["channel"] for tie in ties] == list(range(kernel.shape[2]))
    sizes = np.sqrt((kernel**2).sum(axis=(0, 1)))
    np.testing.assert_allclose([tie["size"] for tie in ties], sizes, rtol=1e-5)
    sums = kernel.sum(axis=(0, 1))
    np.testing.assert_allclose([tie["sum"] for tie in ties], sums, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("key", ["paper-fracatlas", "paper-synthetic"])
def test_the_whole_network_uses_its_area(key: str) -> None:
    """Of what stands beside the picture, maps fill most; none leaves the area or another's."""
    network = read_network(key)
    known = {one.name: one for one in nodes(network.spec)}
    shown = overview(tuple(known.values()))
    width, height, line = 968, 540, 23
    dims = {
        one.name: list(known[one.name].shape)
        if len(known[one.name].shape) == 3
        else [1, 1, known[one.name].shape[0]]
        for one in shown
    }
    sent = [{"name": one.name, "column": one.column} for one in shown]
    (found,) = call_module(
        "lessons/features/places.js", [["overviewBoxes", sent, dims, width, height, line]]
    )
    boxes = found["boxes"]
    area, ends = 0.0, 0.0
    for one in shown:
        box = boxes[one.name]
        assert box["x"] >= ends - 0.01, "columns follow one another"
        ends = box["x"] + box["width"]
        assert len(box["tiles"]) == dims[one.name][2]
        for tile in box["tiles"]:
            assert tile["x"] >= box["x"] - 0.01
            assert tile["x"] + tile["side"] <= ends + 0.01
            assert tile["y"] >= 0
            assert tile["y"] + tile["side"] <= height - 2 * line
            area += tile["side"] ** 2 if one.column else 0
    assert ends <= width
    beside = boxes["image"]["x"] + boxes["image"]["width"]
    assert area / ((width - beside) * (height - 2 * line)) > 0.5


def test_the_frame_lies_around_the_window_and_the_patch_beside_is_its_content() -> None:
    place = {"x": 100, "y": 10, "side": 64}
    (found,) = call_module("lessons/features/places.js", [["framed", place, [2, 4, 4, 8], 8]])
    assert found["frame"] == {"x": 132, "y": 26, "width": 32, "height": 16}
    assert found["cut"] == {"x": 4, "y": 2, "width": 4, "height": 2}
    # Twice as wide as high, in the middle of a square of its own.
    assert found["patch"] == {"x": 170, "y": 26, "width": 64, "height": 32}
