"""What the stage on the neuron is sent, and that its arithmetic is core's."""

from __future__ import annotations

import json
import struct
from itertools import product
from typing import Any

import numpy as np
import pytest

from core.ops.activation import ACTIVATIONS
from core.ops.neuron import YES, Neuron
from dashboard.lessons.neuron.lesson import formulas
from dashboard.lessons.neuron.stage import (
    ASKED,
    INPUTS,
    SCHEMA,
    NeuronView,
    neuron_of,
    payload,
    settings_of,
)
from dashboard.shared.activation_fields import shape_field
from dashboard.shared.schema import decode, encode
from data.samples.points import tumors
from tests.browser_vectors import call_module

MODULE = "lessons/neuron/neuron_math.js"
MINUS = "\N{MINUS SIGN}"


def header(view: NeuronView) -> dict[str, Any]:
    raw = payload(view, {"slug": "neuron"})
    (length,) = struct.unpack("<I", raw[:4])
    return dict(json.loads(raw[4 : 4 + length]))


def test_the_stage_is_told_what_core_computed() -> None:
    sent = header(NeuronView(points=tumors(), words={}))
    best = {task["name"]: task["best"] for task in sent["tasks"]}
    assert best == {"AND": 4, "OR": 4, "XOR": 3, "tumors": None}
    assert [entry["dtype"] for entry in sent["arrays"]] == ["float64", "uint8"]
    assert sent["pasted"] is None
    assert [entry["name"] for entry in sent["activations"]] == list(ACTIVATIONS)


def test_the_stage_begins_with_the_neuron_that_is_asked_about() -> None:
    neuron, inputs = neuron_of(decode(SCHEMA, ""))
    assert (neuron.weights, neuron.bias, inputs) == (ASKED.weights, ASKED.bias, INPUTS)
    assert neuron.activation is ASKED.activation


def test_every_shape_parameter_has_a_field_with_its_limits() -> None:
    fields = {field.name: field for field in SCHEMA}
    for entry in ACTIVATIONS.values():
        if entry.parameter:
            shape, field = entry.parameter, fields[shape_field(entry.name)]
            assert (field.default, field.low) == (shape.default, shape.low)
            assert (field.high, field.step) == (shape.high, shape.step)


def test_a_neuron_goes_into_an_address_and_back() -> None:
    values = decode(SCHEMA, "") | settings_of((1.0, -2.5, 0.3), -4.0)
    values |= {"activation": "leaky_relu", shape_field("leaky_relu"): 0.4, "x3": -1.25}
    again = decode(SCHEMA, encode(SCHEMA, values))
    assert again == values
    neuron, inputs = neuron_of(again)
    assert (neuron.weights, neuron.bias) == ((1.0, -2.5, 0.3), -4.0)
    assert (neuron.activation.name, neuron.parameter) == ("leaky_relu", 0.4)
    assert inputs == (1.0, 1.0, -1.25)


@pytest.mark.parametrize("code", ["w1_nan", "n_99*w1_1e400", "activation_none*task_none", "%00*_"])
def test_nonsense_in_an_address_is_a_neuron_all_the_same(code: str) -> None:
    neuron, inputs = neuron_of(decode(SCHEMA, code))
    assert np.isfinite(neuron.fire(np.array(inputs)).output)


def test_the_formula_below_holds_the_numbers_that_are_set() -> None:
    total, output = formulas(decode(SCHEMA, "w2_-3*b_0.25"))
    assert total.endswith(f"= {MINUS}1.750")
    assert rf"1.00 \cdot ({MINUS}3.00)" in total
    assert output.endswith("= 0.000")


def test_every_number_of_the_browser_is_cores() -> None:
    random = np.random.default_rng(3)
    ours, calls = [], []
    for name, count, _ in product(ACTIVATIONS, (1, 2, 6), range(4)):
        activation = ACTIVATIONS[name]
        shape = activation.parameter
        inputs, weights = random.uniform(-5, 5, (2, count))
        bias = float(random.uniform(-5, 5))
        value = float(random.uniform(shape.low, shape.high)) if shape else None
        neuron = Neuron(weights=tuple(weights), bias=bias, activation=activation, parameter=value)
        ours.append(neuron.fire(inputs))
        sent = {"w": weights.tolist(), "b": bias, "activation": name, "parameter": value or 0}
        calls.append(["fire", sent, inputs.tolist()])
    for fired, found in zip(ours, call_module(MODULE, calls), strict=True):
        np.testing.assert_allclose(found["products"], fired.products, rtol=1e-12)
        for part in ("total", "output", "slope"):
            expected = float(getattr(fired, part))
            assert found[part] == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_answer_changes_at_the_edge_and_nowhere_else(name: str) -> None:
    activation = ACTIVATIONS[name]
    value = activation.parameter.default if activation.parameter else None
    neuron = {"w": [1, 1], "b": 0, "activation": name, "parameter": value or 0}
    (edge,) = call_module(MODULE, [["edgeOf", neuron, YES]])
    around = edge + np.array([-3, -1, -1e-6, 1e-6, 1, 3])
    np.testing.assert_array_equal(activation(around, value) >= YES, [0, 0, 0, 1, 1, 1])
    if name == "tanh":
        assert edge == pytest.approx(np.arctanh(0.5))


def test_the_yes_side_of_the_plane_is_where_core_says_yes() -> None:
    low, high = -0.6, 1.6
    corners = np.array([(low, low), (high, low), (high, high), (low, high)])
    lines = np.random.default_rng(5).uniform(-3, 3, (40, 3)).tolist()
    lines += [[0, 0, 1], [0, 0, -1], [1, 0, 0]]
    found = call_module(MODULE, [["sideOf", [low, high], line[:2], line[2]] for line in lines])
    for (first, second, constant), side in zip(lines, found, strict=True):
        neuron = Neuron(weights=(first, second), bias=constant, activation=ACTIVATIONS["step"])
        drawn = np.reshape(side["area"], (-1, 2)) @ neuron.weights + constant
        assert (drawn >= -1e-9).all()
        border = np.reshape(side["line"], (-1, 2)) @ neuron.weights + constant
        np.testing.assert_allclose(border, 0, atol=1e-9)
        # A corner of the plane belongs to the side exactly where the neuron says yes.
        inside = [corner.tolist() in side["area"] for corner in corners]
        np.testing.assert_array_equal(inside, neuron.says_yes(corners))
