"""Costs node by node: the arithmetic adds up, and bytes are those of Keras's arrays."""

from __future__ import annotations

import math
import re

import pytest

from core.models.cost import node_table, total_multiply_adds, total_parameters
from core.models.memory import memory
from core.models.zoo.entries import MODELS, paper_network
from tests.core.export.test_source import EVERYTHING

BINARY = ("normal", "fracture")
SPECS = [EVERYTHING, *(entry.build(32, BINARY) for entry in MODELS.values())]


def worked_out(text: str) -> tuple[int, int]:
    """Both sides of "3x3x32x64 + 64 = 18,496"."""
    left, _, right = text.partition(" = ")
    assert re.fullmatch(r"[\dx+() ]+", left)
    return eval(left.replace("x", "*")), int(right.replace(",", ""))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_written_sum_is_right_and_they_add_up(spec: object) -> None:
    rows = node_table(spec)  # type: ignore[arg-type]
    for row in rows:
        for text, value in (
            (row.parameters_text, row.parameters),
            (row.multiply_adds_text, row.multiply_adds),
        ):
            assert bool(text) == bool(value), row.node.name
            if text:
                assert worked_out(text) == (value, value), row.node.name
    assert sum(row.parameters for row in rows) == total_parameters(spec)  # type: ignore[arg-type]
    assert sum(row.multiply_adds for row in rows) == total_multiply_adds(spec)  # type: ignore[arg-type]


def test_the_papers_second_convolution_by_hand() -> None:
    rows = {row.node.name: row for row in node_table(paper_network(28, BINARY))}
    row = rows["convolution_2"]
    assert row.parameters_text == "3x3x32x64 + 64 = 18,496"
    assert row.multiply_adds_text == "14x14x64 x 3x3x32 = 3,612,672"
    assert row.bytes == 14 * 14 * 64 * 4


@pytest.mark.reference
def test_bytes_are_those_of_kerass_arrays() -> None:
    from core.models.build import build

    model = build(EVERYTHING, seed=0)
    found = memory(EVERYTHING, batch=8)
    assert found.parameters == sum(weight.numpy().nbytes for weight in model.weights)
    named = {row.node.name: row for row in node_table(EVERYTHING)}
    kept = [row for row in named.values() if row.node.kind not in {"input", "flatten"}]
    for row in kept:
        assert row.bytes == 4 * math.prod(model.get_layer(row.node.name).output.shape[1:])
    assert found.maps == sum(row.bytes for row in kept)
    trained = sum(weight.numpy().nbytes for weight in model.trainable_weights)
    image = 4 * 24 * 24
    assert found.training == 8 * (image + 2 * found.maps) + found.parameters + 3 * trained
