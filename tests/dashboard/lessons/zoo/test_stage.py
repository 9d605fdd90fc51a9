"""What the gallery is sent: drawings, pictures and words."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from core.inspect.ideas.idea import Picture
from core.models.zoo.entries import MODELS, TIMELINE
from dashboard.lessons.zoo.lesson import SIDE, exhibit, spec_of
from dashboard.lessons.zoo.outline import Item, outline, weight_layers
from dashboard.lessons.zoo.stage import colored, payload

WORDS = {"locked": "l", "leaves": "v", "scale": "s", "twin": "t"}


def flat(items: tuple[Item, ...]) -> list[Item]:
    return [
        found
        for item in items
        for found in (*(x for branch in item.branches for x in flat(branch)), item)
    ]


@pytest.mark.parametrize("name", TIMELINE)
def test_a_drawing_begins_with_the_image_and_ends_with_the_answer(name: str) -> None:
    items = outline(spec_of(name))
    assert (items[0].kind, items[0].side) == ("image", SIDE)
    assert (items[-1].kind, items[-1].count) == ("dense", 1)
    for item in flat(items):
        assert str(item.count) in item.label or item.kind == "image"
        assert item.side <= SIDE


def test_a_drawing_shows_what_makes_each_network_itself() -> None:
    kinds = {name: [item.kind for item in flat(outline(spec_of(name)))] for name in TIMELINE}
    assert kinds["resnet"].count("residual") == 6
    assert kinds["googlenet"].count("parallel") == 4
    assert kinds["googlenet"].count("mix") == 4 * 4
    assert kinds["mobilenet"].count("depthwise") == kinds["mobilenet"].count("mix") == 7
    assert "shared" in kinds["shared"]
    nested = [item for item in outline(spec_of("fused")) if item.kind == "parallel"]
    assert any(inner.kind == "parallel" for inner in nested[0].branches[1])
    only_chains = {"convolution", "pooling", "vector", "dense", "image"}
    assert {k for n in ("neocognitron", "lenet", "alexnet", "vgg", "paper") for k in kinds[n]} == (
        only_chains
    )


def test_layers_of_weights_are_counted_along_the_longest_way() -> None:
    assert weight_layers(MODELS["lenet"].build(32, ("a", "b"))) == 5  # C1, C3, C5, F6 and output
    assert weight_layers(spec_of("resnet")) == 14
    assert weight_layers(spec_of("googlenet")) == 1 + 4 * 2 + 1


def test_colors_are_symmetric_about_a_neutral_zero() -> None:
    values = np.array([[-2.0, 0.0, 2.0]])
    red, neutral, blue = colored(Picture("x", values, "activation", 2.0))[0].astype(int)
    assert neutral.tolist() == [247, 247, 247]
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    gray = colored(Picture("x", np.array([[0.0, 255.0]])))
    assert gray[0].tolist() == [[0, 0, 0], [255, 255, 255]]


def test_nothing_is_told_before_the_answer() -> None:
    raw = payload([exhibit(n, locked=True) for n in TIMELINE], words=WORDS, first="vgg")
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    assert [one["name"] for one in header["exhibits"]] == list(TIMELINE)
    assert all(one["facts"] == [] for one in header["exhibits"])
    assert b"50,077" not in raw
    after = payload([exhibit("lenet", locked=False)], words=WORDS, first="lenet")
    assert b"50,077" in after
    assert len(raw) < 2_000_000
