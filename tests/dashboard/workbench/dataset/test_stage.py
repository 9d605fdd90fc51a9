"""What the wall of images sends to the browser."""

from __future__ import annotations

import dataclasses
import json
import struct
from typing import Any

import numpy as np

from core.marks import Box, Marks
from dashboard.workbench.dataset import stage
from dashboard.workbench.dataset.limbs import Limbs, Slider, payload
from dashboard.workbench.dataset.tile import Tile

IMAGES = np.random.default_rng(3).integers(0, 256, (5, 16, 16), dtype=np.uint8)


def limbs(*sliders: Slider) -> Limbs:
    tiles = tuple(
        Tile(
            id=f"a{number}",
            label=f"class {number}",
            class_index=number,
            marks=Marks(size=(16, 16), boxes=(Box(1, 2, 3, 4),)) if number == 2 else None,
        )
        for number in range(5)
    )
    return Limbs(title="Five", tiles=tiles, images=IMAGES, hint="Point", sliders=sliders)


def opened(blob: bytes) -> tuple[dict[str, Any], bytes]:
    (length,) = struct.unpack("<I", blob[:4])
    return json.loads(blob[4 : 4 + length]), blob[4 + length :]


def test_pixels_arrive_as_they_are() -> None:
    header, rest = opened(payload(limbs()))
    assert header["arrays"][0]["shape"] == [5, 16, 16]
    assert np.frombuffer(rest, np.uint8, IMAGES.size).tolist() == IMAGES.ravel().tolist()


def test_the_first_four_classes_differ_by_shape_and_not_by_color_alone() -> None:
    tiles = opened(payload(limbs()))[0]["tiles"]
    assert [tile["mark"] for tile in tiles] == [
        "circle", "triangle", "square", "diamond", "diamond",
    ]  # fmt: skip
    assert len({tile["color"] for tile in tiles[:4]}) == 4
    assert [tile["label"] for tile in tiles] == [f"class {number}" for number in range(5)]


def test_boxes_are_offered_only_where_there_are_some() -> None:
    header = opened(payload(limbs()))[0]
    assert header["boxed"]
    assert header["tiles"][2]["boxes"] == [[1.0, 2.0, 3.0, 4.0]]
    bare = dataclasses.replace(limbs(), tiles=limbs().tiles[:1], images=IMAGES[:1])
    assert not opened(payload(bare))[0]["boxed"]


def test_a_page_of_48_at_96_pixels_stays_under_half_a_megabyte() -> None:
    tile = limbs().tiles[2]
    tile = dataclasses.replace(tile, marks=tile.marks.mapped((96, 96)))
    many = stage.Wall(
        tiles=(tile,) * 48, images=np.zeros((48, 96, 96), np.uint8), page=0, pages=1, first=0,
        total=48, title="48", balance="", words={},
    )  # fmt: skip
    assert len(stage.payload(many, {})) < 500_000


def test_sliders_are_told() -> None:
    slider = Slider(name="noise", label="Noise", help="Grain", value=0.3)
    header = opened(payload(limbs(slider)))[0]
    assert header["sliders"] == [{"name": "noise", "label": "Noise", "help": "Grain", "value": 0.3}]


def test_the_wall_is_sent_with_its_page_and_the_balance_that_the_question_keeps_back() -> None:
    tiles = limbs().tiles
    words = {"hint": "Point", **{f"moment-{name}": name for name in ("wall", "boxes", "more")}}
    wall = stage.Wall(
        tiles=tiles, images=IMAGES, page=2, pages=7, first=96, total=320, title="Five",
        balance="3 normal and 2 fracture", words=words,
    )  # fmt: skip
    header, rest = opened(stage.payload(wall, {"locked": True}))
    assert (header["page"], header["pages"], header["first"], header["total"]) == (2, 7, 96, 320)
    assert header["balance"] == "3 normal and 2 fracture"
    assert header["boxed"]
    assert header["tiles"][2]["boxes"] == [[1.0, 2.0, 3.0, 4.0]]
    assert np.frombuffer(rest, np.uint8, IMAGES.size).tolist() == IMAGES.ravel().tolist()
