"""Impossible networks: the layer, the reason, the remedy; files that are no networks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import LessonError
from core.models.diagnosis import Diagnosis, diagnose, read_description
from core.models.zoo.entries import MODELS

FLAT = {"layer": "flatten"}


def described(*layers: dict[str, Any], size: int = 16) -> dict[str, Any]:
    return {"name": "own", "input_size": size, "classes": ["a", "b"], "layers": list(layers)}


def conv(filters: int = 4, **options: Any) -> dict[str, Any]:
    return {"layer": "convolution", "filters": filters, **options}


POOL = {"layer": "pooling", "size": 4}


@pytest.mark.parametrize(
    ("layers", "layer", "code"),
    [
        ((POOL, POOL, {"layer": "pooling"}, FLAT), "pooling_3", "model.vanishes"),
        ((conv(), {"layer": "dense", "units": 3}), "dense_1", "model.wrong-order"),
        ((conv(),), "logits", "model.wrong-order"),
        ((FLAT, conv()), "convolution_1", "model.wrong-order"),
        ((POOL, conv(kernel_size=9, padding="valid"), FLAT), "convolution_1", "model.vanishes"),
        (
            ({"layer": "residual", "body": [conv(), POOL, POOL, POOL]}, FLAT),
            "residual_1_pooling_4",
            "model.vanishes",
        ),
        (
            ({"layer": "parallel", "branches": [[conv()], [POOL]]}, FLAT),
            "parallel_1",
            "model.wrong-order",
        ),
        (
            ({"layer": "parallel", "branches": [[], [conv(), {"layer": "dense", "units": 2}]]},),
            "parallel_1_branch_2_dense_2",
            "model.wrong-order",
        ),
        (({"layer": "residual", "body": []}, FLAT), "residual_1", "model.invalid-layer"),
        (({"layer": "residual", "body": [FLAT]},), "residual_1", "model.wrong-order"),
        ((conv(stride=2, dilation=2), FLAT), "convolution_1", "model.invalid-layer"),
        (
            ({"layer": "residual", "body": [conv(stride=2, dilation=2)]}, FLAT),
            "residual_1_convolution_1",
            "model.invalid-layer",
        ),
        ((FLAT, {"layer": "dense", "units": 4096}), "", ""),
    ],
)
def test_the_first_layer_that_cannot_follow_is_named(
    layers: tuple[dict[str, Any], ...], layer: str, code: str
) -> None:
    found = diagnose(described(*layers))
    if not code:
        assert found is None
        return
    assert isinstance(found, Diagnosis)
    assert (found.layer, found.code) == (layer, code)
    assert found.problem.endswith(".")
    assert found.remedy.endswith(".")


def test_too_many_parameters_are_blamed_on_the_layer_that_has_most() -> None:
    dense = [{"layer": "dense", "units": units} for units in (1024, 16)]
    found = diagnose(described(FLAT, *dense, size=256))
    assert found is not None
    assert (found.layer, found.code) == ("dense_1", "model.too-large")


@pytest.mark.parametrize("name", list(MODELS))
def test_the_zoo_is_healthy_and_survives_a_file(name: str) -> None:
    data = MODELS[name].build(64, ("normal", "fracture")).to_json()
    assert diagnose(data) is None
    assert json.dumps(read_description(json.dumps(data))) == json.dumps(data)


def test_an_impossible_network_can_be_read_back() -> None:
    data = read_description(json.dumps(described(conv())))
    assert data["layers"][0]["kernel_size"] == 3  # what was left out is filled in
    assert diagnose(data) is not None


DEEP: dict[str, Any] = conv()
for _ in range(9):
    DEEP = {"layer": "residual", "body": [DEEP]}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "model.no-json"),
        ("{", "model.no-json"),
        ("[" * 100_000, "model.no-json"),
        ("x" * 300_000, "model.no-json"),
        ("[]", "model.invalid"),
        ("3", "model.invalid"),
        (json.dumps({"layers": 3}), "model.invalid"),
        (json.dumps({"layers": []}), "model.invalid"),
        (json.dumps(described("pooling")), "model.invalid"),  # type: ignore[arg-type]
        (json.dumps(described({"layer": "attention"})), "model.invalid"),
        (json.dumps(described({"kind": "max"})), "model.invalid"),
        (json.dumps(described(conv(color="red"))), "model.invalid"),
        (json.dumps(described(conv(filters="many"))), "model.invalid-layer"),
        (json.dumps(described(conv(kernel_size=99))), "model.invalid-layer"),
        (json.dumps(described({"layer": "parallel", "branches": 7})), "model.invalid"),
        (json.dumps(described({"layer": "dropout", "rate": None})), "model.invalid"),
        (json.dumps(described({"layer": "shared_convolution", "filters": 2, "scales": 2})),
         "model.invalid"),
        (json.dumps(described(size=4)), "model.invalid"),
        (json.dumps(described(*[conv()] * 300)), "model.too-long"),
        (json.dumps(described(DEEP)), "model.too-deep"),
    ],
)  # fmt: skip
def test_what_is_no_network_is_advice(text: str, code: str) -> None:
    with pytest.raises(LessonError) as caught:
        read_description(text)
    assert caught.value.code == code
    assert caught.value.remedy
