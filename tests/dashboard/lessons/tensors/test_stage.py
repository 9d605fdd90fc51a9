"""What the stage on tensors is sent, and that its arithmetic is core's and NumPy's."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest

from core.ops import tensor
from core.ops.tensor import Layout, TypedIndexError, parse_index
from dashboard.lessons.tensors.stage import SCHEMA, TITLES, TensorsView, payload
from dashboard.shared.schema import decode
from data.samples.tensors import IMAGES, SIDE, color_images, images, specimens, video
from tests.browser_vectors import call_module

MATH = "lessons/tensors/tensor_math.js"
SPANS = "lessons/tensors/spans.js"
SHAPE = (4, 5, 7)
GOOD = [
    "x", "x[0]", "x[-1, 2]", "x[..., 3]", "x[1, ..., ::-2]", "x[:, 1:4, 5:1:-2]", "x[None, 0, :]",
    "x[3:3]", "x[-9:9, ::3]", "x[..., None]", "x[np.newaxis, :, -2:, 0,]", "[2, 1, 6]", "x[+1]",
    "x[7:0:-1]", "x[::-1, ::-1, ::-1]", "x[:, -1:-9:-1]",
]  # fmt: skip
BAD = [
    "", "x[", "x[0", "y[0]", "x[0, 5]", "x[-5]", "x[..., 7]", "x[0,0,0,0]", "x[1.5]", "x[::0]",
    "x[...,...]", "x[0][1]", "x[open]", "x[0 1]", "x[9999999999]", "x[💥, 1]", "x[1:2:3:4]",
    "x[None,None,None,None]", "x[-]", "x[0" + " " * 120,
]  # fmt: skip


def test_the_layout_that_an_index_leaves_is_cores() -> None:
    items = call_module(MATH, [["parseIndex", text, SHAPE] for text in GOOD])
    (whole,) = call_module(MATH, [["layoutOf", SHAPE, 4]])
    kept = call_module(MATH, [["takeIndex", whole, item] for item in items])
    for text, found in zip(GOOD, kept, strict=True):
        own = Layout.of(SHAPE, 4).take(parse_index(text, SHAPE))
        assert found["shape"] == list(own.shape), text
        assert found["strides"] == list(own.strides), text
        assert found["offset"] == own.offset, text


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be_read_is_refused_with_cores_words(text: str) -> None:
    with pytest.raises(TypedIndexError) as refused:
        parse_index(text, SHAPE)
    own = refused.value
    (found,) = call_module(MATH, [["refusal", text, SHAPE]])
    assert found == {
        "code": own.code,
        "at": own.at,
        "length": own.length,
        "problem": own.problem,
        "remedy": own.remedy,
    }


def test_bytes_parts_and_batches_are_cores() -> None:
    floats = [0.0, 0.1, -0.75, 1e-40, 255 / 256, 3.4e38, -1e-3]
    raws = call_module(MATH, [["elementBytes", value, "float32"] for value in floats])
    parts = call_module(MATH, [["floatParts", value] for value in floats])
    for value, raw, found in zip(floats, raws, parts, strict=True):
        assert bytes(raw) == tensor.element_bytes(value, "float32")
        own = tensor.float_parts(value)
        assert found == {"sign": own.sign, "exponent": own.exponent, "fraction": own.fraction}
    cases = [(24, 5, False), (24, 5, True), (24, 24, False), (569, 32, False), (3, 8, True)]
    for case, found in zip(
        cases, call_module(MATH, [["batchSizes", *case] for case in cases]), strict=True
    ):
        samples, size, drop = case
        assert tuple(found) == tensor.batch_sizes(samples, size, drop_last=drop)


def test_an_index_survives_its_handles() -> None:
    """Text to items to handles and back leaves the same entries of every axis."""
    for text in ["x[2, 1:4, ::3]", "x[:, 4::-1, 5:1:-2]", "x[-1, -3:, 6]", "x[0:4, ::-2, 3:3]"]:
        (items,) = call_module(MATH, [["parseIndex", text, SHAPE]])
        spans = call_module(
            SPANS, [["spanOf", item, size] for item, size in zip(items, SHAPE, strict=True)]
        )
        slices = call_module(SPANS, [["sliceOf", *span] for span in spans])
        again = [
            item if isinstance(item, int) else found
            for item, found in zip(items, slices, strict=True)
        ]
        (said,) = call_module(SPANS, [["sayIndex", again, SHAPE]])
        x = np.arange(np.prod(SHAPE)).reshape(SHAPE)
        np.testing.assert_array_equal(x[parse_index(said, SHAPE)], x[parse_index(text, SHAPE)])


def header(view: TensorsView) -> dict[str, Any]:
    raw = payload(view, {"slug": "tensors"})
    (length,) = struct.unpack("<I", raw[:4])
    return dict(json.loads(raw[4 : 4 + length]))


def test_colored_images_travel_as_the_colors_of_their_grays() -> None:
    gray = images()
    colored = color_images(gray)
    assert colored.palette is not None
    np.testing.assert_array_equal(colored.palette[gray.values[..., 0]], colored.values)
    sent = header(TensorsView(specimens=specimens(), words={}))
    assert {about["name"]: about["of"] for about in sent["tensors"]}["color"] == "images"
    assert sent["closed"] == ["video"]


def test_every_tensor_begins_with_an_index_and_an_element_of_its_own() -> None:
    values = decode(SCHEMA, "")
    shown = {one.name: one.values for one in (*specimens(), video())}
    assert list(shown) == [name for name, _ in TITLES]
    for name, array in shown.items():
        kept = array[parse_index(values[f"index{name}"], array.shape)]
        assert kept.size > 0
        array[tuple(int(i) for i in values[f"element{name}"])]  # lies inside
    assert shown["images"].shape[:3] == (IMAGES, SIDE, SIDE)
    # A set with one patient has one image: the first index holds there too.
    parse_index(values["indeximages"], (1, SIDE, SIDE, 1))
    parse_index(values["indexcolor"], (1, SIDE, SIDE, 3))
