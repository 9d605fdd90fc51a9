"""What the gallery is sent: drawings, pictures and words."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest

from core.inspect.ideas.idea import Picture
from core.models.zoo.entries import MODELS, TIMELINE
from core.ops.stack import INITIALIZATIONS
from dashboard import cache
from dashboard.lessons.zoo.lesson import SIDE, exhibit, question, spec_of
from dashboard.lessons.zoo.outline import Item, outline, weight_layers
from dashboard.lessons.zoo.stage import FIRST_DRAWN, SCHEMA, STEPS, payload, quantized

GALLERY_LIMIT = 300_000
"""Bytes with which the page opens: it took 854,000 when every network's pictures went along."""


def header(raw: bytes) -> dict[str, Any]:
    (length,) = struct.unpack("<I", raw[:4])
    return dict(json.loads(raw[4 : 4 + length]))


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


def test_signed_pictures_are_symmetric_about_zero_and_grays_stay() -> None:
    values = np.array([[-2.0, 0.0, 2.0, 9.0]])
    sent = quantized(Picture("x", values, "activation", 2.0))
    assert sent.tolist() == [[-STEPS, 0, STEPS, STEPS]]
    gray = quantized(Picture("x", np.array([[0.0, 254.6, 255.0]])))
    assert gray.tolist() == [[0, 255, 255]]
    ways = quantized(Picture("x", np.array([[1.0, 361.0]]), "count", 361.0))
    assert ways.tolist() == [[1, 361]]


def test_nothing_is_told_before_the_answer() -> None:
    raw = payload([exhibit(n, locked=True) for n in TIMELINE], {}, chosen="vgg")
    told = header(raw)["exhibits"]
    assert [one["name"] for one in told] == list(TIMELINE)
    assert all(one["facts"] == [] for one in told)
    assert b"50,077" not in raw
    assert b"50,077" in payload([exhibit("lenet", locked=False)], {}, chosen="lenet")


@pytest.mark.parametrize("chosen", TIMELINE)
def test_only_the_pictures_that_are_shown_are_sent(chosen: str) -> None:
    raw = payload([exhibit(name, locked=False) for name in TIMELINE], {}, chosen=chosen)
    assert len(raw) < GALLERY_LIMIT
    sent = header(raw)
    for one in sent["exhibits"]:
        pictures = [
            picture
            for figure in one["figures"].values()
            for view in figure["views"]
            for picture in view["pictures"]
        ]
        for picture in pictures:
            assert (picture["array"] is not None) == (one["name"] == chosen)
    ideas = [view for view in cache.zoo_ideas()[chosen].views if view.pictures]
    shapes = {tuple(array["shape"]) for array in sent["arrays"]}
    assert shapes == {picture.values.shape for view in ideas for picture in view.pictures}


def test_the_reason_names_who_has_the_fewest_weights_and_why() -> None:
    asked = question()
    assert asked.options[asked.truth] == "LeNet-5"
    assert asked.because.endswith(": LeNet-5 has 16 maps at most.")


def test_resnet_has_a_figure_for_every_way_to_draw_the_first_weights() -> None:
    assert set(exhibit("resnet", locked=True).figures) == set(INITIALIZATIONS)
    assert {name for name in TIMELINE if len(exhibit(name, locked=True).figures) > 1} == {"resnet"}
    fields = {field.name: field for field in SCHEMA}
    assert fields["init"].default == FIRST_DRAWN
    assert set(fields["init"].values()) == set(INITIALIZATIONS)
    for name in TIMELINE:
        idea, field = cache.zoo_ideas()[name], fields[f"at{name}"]
        assert (field.low, field.high) == (0, len(idea.positions) - 1)
        assert field.default == idea.start
