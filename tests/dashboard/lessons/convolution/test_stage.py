"""What the stage on convolution is sent, and that its arithmetic is core's."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from core.errors import LessonError
from core.geometry import Padding, Stamp, Window
from core.ops.convolution import convolve, depthwise, transposed
from core.ops.kernels import KERNELS
from dashboard.lessons.convolution.lesson import seen_by_two, size_formula
from dashboard.lessons.convolution.stage import (
    MODES,
    PADDINGS,
    SCHEMA,
    USUAL,
    ConvolutionView,
    LearnedLayer,
    payload,
    window_of,
)
from dashboard.shared.schema import decode
from data.samples.color_disks import color_disks
from tests.browser_vectors import call_module

MATH = "lessons/convolution/convolution_math.js"
WHOLE = "../tests/browser_code/convolution.js"
EDITS = "lessons/convolution/kernels.js"


def view(**changes: object) -> ConvolutionView:
    blank = ConvolutionView(
        planes=np.random.default_rng(0).random((2, 5, 6)),
        channels=("a", "b"),
        kind="gray",
        title="noise",
        identity="noise",
        learned=None,
        words={},
    )
    return replace(blank, **changes)  # type: ignore[arg-type]


def unpacked(raw: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    arrays = []
    for entry in header["arrays"]:
        start = 4 + length + entry["offset"]
        count = int(np.prod(entry["shape"]))
        array = np.frombuffer(raw, entry["dtype"], count, start)
        arrays.append(array.reshape(entry["shape"]))
    return header, arrays


def test_every_named_kernel_arrives_at_every_size() -> None:
    header, (planes, numbers) = unpacked(payload(view(), {}))
    np.testing.assert_allclose(planes, view().planes, atol=1e-7)
    for preset in header["presets"]:
        kernel, start = KERNELS[preset["name"]], preset["offset"]
        assert preset["sizes"] == list(kernel.sizes)
        for size in kernel.sizes:
            sent = numbers[start : start + size * size].reshape(size, size)
            np.testing.assert_array_equal(sent, kernel.make(size))
            start += size * size
    assert start == len(numbers)
    assert [name for name, _ in PADDINGS] == [str(padding) for padding in Padding]
    assert len(MODES) == 4
    assert set(USUAL) <= set(KERNELS)


def test_learned_kernels_travel_with_their_setting() -> None:
    random = np.random.default_rng(1)
    layer = LearnedLayer(
        identity="x",
        kernel=random.random((3, 3, 2, 4)),
        bias=random.random(4),
        stride=2,
        dilation=1,
        padding="same",
        depthwise=False,
    )
    header, arrays = unpacked(
        payload(view(learned=layer, kind="maps", planes=-3.0 * view().planes), {})
    )
    np.testing.assert_allclose(arrays[2], layer.kernel, atol=1e-7)
    np.testing.assert_allclose(arrays[3], layer.bias, atol=1e-7)
    assert (header["learned"]["size"], header["learned"]["stride"]) == (3, 2)
    assert header["limit"] == pytest.approx(3 * float(view().planes.max()))


def test_an_address_names_the_window_and_nonsense_is_the_beginning() -> None:
    assert window_of(decode(SCHEMA, "size_4*stride_2*dilation_3*padding_reflect")) == Window(
        size=4, stride=2, dilation=3, padding=Padding.REFLECT
    )
    assert window_of(decode(SCHEMA, "stride_2*padding_same*mode_transposed")) == Stamp(
        size=3, stride=2, dilation=1, padding=Padding.SAME
    )
    assert window_of(decode(SCHEMA, "size_7*mode_pointwise")).size == 1
    # A stamp knows no mirrored edge.
    assert window_of(decode(SCHEMA, "padding_full*mode_transposed")).padding is Padding.VALID
    for wrong in ("", "a_b_c", "size_x", "padding_sideways", "<script>", "of_%00"):
        assert window_of(decode(SCHEMA, wrong)) == Window(size=3)
    assert window_of(decode(SCHEMA, "size_0*stride_99")) == Window(size=1, stride=6)


def test_what_two_layers_see_is_what_moves_when_a_row_changes() -> None:
    for size, stride, dilation in product((1, 2, 3, 5), (1, 2, 3), (1, 2)):
        window = Window(size=size, stride=stride, dilation=dilation)
        seen = seen_by_two(window)
        length = seen + 3 * stride * stride
        rows = np.arange(length)
        first = [set(rows[list(window.reads(n, length))]) for n in range(4 * window.reach)
                 if n * stride + window.reach <= length]  # fmt: skip
        reached = set().union(*(first[n * dilation] for n in range(size)))
        assert max(reached) - min(reached) + 1 == seen


def test_the_size_below_is_cores_and_a_stamp_has_one_too() -> None:
    assert size_formula(Window(size=5, stride=3, dilation=2), 64).endswith("= 19")
    stamp = Stamp(size=3, stride=2, dilation=1, padding=Padding.VALID)
    assert size_formula(stamp, 10).endswith(f"= {stamp.output_length(10)}")
    with pytest.raises(LessonError, match="does not fit"):
        size_formula(Window(size=11, dilation=4), 28)


def vectors() -> tuple[list[list[Any]], list[dict[str, Any]], list[np.ndarray | None]]:
    """Every kind, padding, stride and dilation, odd and even kernels, with core's answers."""
    random = np.random.default_rng(7)
    calls, settings, answers = [], [], []
    for mode, padding, stride, dilation, size, flip in product(
        ("standard", "depthwise", "transposed"), Padding, (1, 2, 3), (1, 2), (1, 2, 3, 5), (0, 1)
    ):
        if mode == "transposed" and (padding not in ("valid", "same") or flip):
            continue
        height, width = (int(side) for side in random.integers(1, 10, 2))
        filters = 1 if mode == "depthwise" else 2
        image = random.standard_normal((height, width, 3))
        kernel = random.standard_normal((size, size, 3, filters))
        bias = random.standard_normal(3 if mode == "depthwise" else filters)
        how: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": padding}
        try:
            if mode == "standard":
                found = convolve(image, kernel, bias, flip=bool(flip), **how)
            elif mode == "depthwise":
                found = depthwise(image, kernel[..., 0], bias, flip=bool(flip), **how)
            else:
                found = transposed(image, kernel.swapaxes(2, 3), bias, **how)
        except LessonError:
            found = None
        answers.append(found)
        planes = [image[..., c].ravel().tolist() for c in range(3)]
        kernels = [[kernel[..., c, f].ravel().tolist() for c in range(3)] for f in range(filters)]
        asked = {"size": size, "mode": mode, "flip": bool(flip), **how}
        settings.append({**asked, "lengths": (height, width)})
        calls.append(["wholeLayer", planes, height, width, kernels, bias.tolist(), asked])
    return calls, settings, answers


def test_the_scripts_arithmetic_is_cores_in_every_mode() -> None:
    calls, settings, answers = vectors()
    compared = 0
    for how, theirs, ours in zip(settings, call_module(WHOLE, calls), answers, strict=True):
        assert (theirs is None) == (ours is None), how
        if ours is None:
            continue
        maps = np.array(theirs["maps"]).reshape(-1, theirs["rows"], theirs["columns"])
        np.testing.assert_allclose(maps, np.moveaxis(ours, -1, 0), atol=1e-9, err_msg=str(how))
        if how["mode"] == "transposed":
            continue
        window = Window(**{name: how[name] for name in ("size", "stride", "dilation", "padding")})
        for axis, length in enumerate(how["lengths"]):
            assert theirs["uncovered"][axis] == list(window.uncovered(length))
            assert theirs["before"][axis] == window.pads(length)[0]
            assert theirs["left"][axis] == window.left_over(length)
        compared += 1
    assert compared > 250


def test_a_change_by_hand_goes_into_numbers_and_back() -> None:
    edits = [
        {"f": 0, "c": 0, "at": 0, "value": 0.5},
        {"f": 7, "c": 2047, "at": 120, "value": -1e4},
        {"f": 63, "c": 255, "at": 8, "value": 1e-3},
    ]
    (pairs,) = call_module(EDITS, [["writeEdits", edits]])
    assert call_module(EDITS, [["readEdits", pairs]]) == [edits]
    limits = next(field for field in SCHEMA if field.name == "edits")
    assert max(pairs) <= limits.high
    # Half a pair and a weight beyond the limits do no harm.
    assert call_module(EDITS, [["readEdits", [5, 2e8, 7]]]) == [
        [{"f": 0, "c": 0, "at": 5, "value": 1e4}]
    ]


def test_each_channel_of_the_disks_sees_one_disk() -> None:
    image = color_disks(64) / 255.0
    centers = []
    for channel in range(3):
        bright = image[:58, :, channel] > 0.6
        centers.append(tuple(np.argwhere(bright).mean(axis=0).round()))
        assert 0.15 < bright.mean() < 0.25
        edges = convolve(image[..., channel], KERNELS["sobel-x"].make(3))
        assert np.abs(edges).max() > 1
    assert len(set(centers)) == 3
    assert color_disks(1).shape == (1, 1, 3)
