"""A network in an address: there and back, short, and damaged ones refused."""

from __future__ import annotations

import base64
import json
import string
import zlib

import pytest

from core.errors import LessonError
from core.export.link import from_link, to_link
from core.models.zoo.entries import MODELS
from tests.core.export.test_source import EVERYTHING
from tests.core.inspect.test_receptive_field import random_network

SPECS = [EVERYTHING, *(random_network(seed) for seed in range(30))]
ADDRESS = set(string.ascii_letters + string.digits + "-_")


def packed(raw: bytes) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.urlsafe_b64encode(packer.compress(raw) + packer.flush()).decode().rstrip("=")


def test_every_network_comes_back_as_it_was() -> None:
    zoo = [entry.build(64, ("normal", "fracture")) for entry in MODELS.values()]
    for spec in (*SPECS, *zoo):
        data = spec.to_json()
        link = to_link(data)
        assert set(link) <= ADDRESS
        assert json.dumps(from_link(link)) == json.dumps(data)
    assert max(len(to_link(spec.to_json())) for spec in zoo) < 400


def test_an_impossible_network_has_a_link_too() -> None:
    data = {**EVERYTHING.to_json(), "layers": [{"layer": "convolution", "filters": 3}]}
    assert from_link(to_link(data))["layers"][0]["kernel_size"] == 3


@pytest.mark.parametrize(
    "text",
    ["", "%%%", "AAAA", "é", to_link(EVERYTHING.to_json())[:-9], packed(b"\xff\xfe"),
     packed(b" " * 10_000_000)],
)  # fmt: skip
def test_a_damaged_link_is_advice(text: str) -> None:
    with pytest.raises(LessonError) as caught:
        from_link(text)
    assert caught.value.code == "model.bad-link"


def test_a_link_to_something_else_is_advice() -> None:
    with pytest.raises(LessonError) as caught:
        from_link(packed(b'{"layers": 7}'))
    assert caught.value.code == "model.invalid"
