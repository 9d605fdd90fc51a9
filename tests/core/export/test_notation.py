"""A network as letters: there and back, short, safe in an address, and damaged ones refused."""

from __future__ import annotations

import json
import re

import pytest

from core.errors import LessonError
from core.export.notation import LONGEST, from_notation, to_notation
from core.models.diagnosis import DEEPEST, MOST_LAYERS, diagnose
from core.models.zoo.entries import MODELS
from tests.core.export.test_source import EVERYTHING
from tests.core.inspect.test_receptive_field import random_network

BINARY = ("normal", "fracture")
SPECS = [EVERYTHING, *(random_network(seed) for seed in range(60))]
ZOO = [entry.build(64, BINARY) for entry in MODELS.values()]


def test_every_network_comes_back_as_it_was() -> None:
    for spec in (*SPECS, *ZOO):
        data = json.loads(json.dumps(spec.to_json()))
        assert json.dumps(from_notation(to_notation(data))) == json.dumps(data)


def test_it_is_short_and_an_address_leaves_it_alone() -> None:
    codes = [to_notation(spec.to_json()) for spec in ZOO]
    assert all(re.fullmatch(r"[A-Za-z0-9.]+", code) for code in codes)
    assert max(map(len, codes)) < 400


def test_names_of_any_letters_come_back() -> None:
    data = {**EVERYTHING.to_json(), "name": "Mädchen's 2.", "classes": ["ja", "n.e-i_n", "骨*"]}
    found = from_notation(to_notation(data))
    assert (found["name"], found["classes"]) == (data["name"], data["classes"])


@pytest.mark.parametrize(
    "layers",
    [
        [],
        [{"layer": "residual", "body": []}],
        [{"layer": "parallel", "branches": [[], []]}],
        [{"layer": "dense", "units": 4, "activation": "relu"}, {"layer": "flatten"}],
        [{"layer": "convolution", "filters": 4, "kernel_size": 3, "stride": 2, "padding": "same",
          "activation": "relu", "dilation": 2}],
    ],
)  # fmt: skip
def test_a_network_that_has_to_be_mended_comes_back_too(layers: list[object]) -> None:
    data = {"name": "own", "input_size": 32, "classes": list(BINARY), "layers": layers}
    found = from_notation(to_notation(data))
    assert found == data
    assert diagnose(found) == diagnose(data)


def test_a_number_outside_the_limits_is_the_limit() -> None:
    found = from_notation("I9999.cF99999K0.oR5")
    assert found["input_size"] == 512
    assert (found["layers"][0]["filters"], found["layers"][0]["kernel_size"]) == (4096, 1)


@pytest.mark.parametrize(
    "text",
    ["", "I", "64", "I64.", "I64..c", "I64.c", "I64.cF", "I64.cFx", "I64.cF4F4", "I64.cF4Q1",
     "I64.q", "I64.r", "I64.r.cF4", "I64.z", "I64.n", "I64.y.cF4.n", "I64.cF4Aunicorn", "I64.oR-1",
     "I64.o", "I64.hF4X1", "I64.hF4X2X2", "I64.fK3", "I64.Ca", "I64.Ca.Ca", "I64.N", "I64.N-FF",
     "I64.rK3.z", "é", "I\N{ARABIC-INDIC DIGIT THREE}2", "I64.cF\N{FULLWIDTH DIGIT FOUR}",
     "I64." + "f." * LONGEST,
     "I64." + "r." * (DEEPEST + 1) + "f" + ".z" * (DEEPEST + 1),
     "I64" + ".f" * (MOST_LAYERS + 1)],
)  # fmt: skip
def test_nonsense_is_advice(text: str) -> None:
    with pytest.raises(LessonError) as caught:
        from_notation(text)
    assert caught.value.code == "model.bad-link"


def test_the_deepest_and_the_longest_are_still_read() -> None:
    assert from_notation("I64" + ".r" * DEEPEST + ".f" + ".z" * DEEPEST)
    assert len(from_notation("I64" + ".f" * MOST_LAYERS)["layers"]) == MOST_LAYERS
