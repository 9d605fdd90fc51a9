"""What the stage on convolution is sent."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from core.geometry import Padding
from core.ops.convolution import convolve
from core.ops.kernels import KERNELS
from dashboard import cache
from dashboard.lessons.convolution.lesson import Setting, read_code
from dashboard.lessons.convolution.stage import ConvolutionView, LearnedLayer, payload
from data.samples.color_disks import color_disks


def view(**changes: object) -> ConvolutionView:
    blank = ConvolutionView(
        planes=np.random.default_rng(0).random((2, 5, 6)),
        channels=("a", "b"),
        kind="gray",
        title="noise",
        identity="noise",
        learned=None,
        code="",
        fresh="",
        locked=True,
        text=cache.page_text("convolution"),
    )
    return replace(blank, **changes)  # type: ignore[arg-type]


def unpacked(raw: bytes) -> tuple[dict, list[np.ndarray]]:
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
    header, (planes, numbers) = unpacked(payload(view()))
    np.testing.assert_allclose(planes, view().planes, atol=1e-7)
    for preset in header["presets"]:
        kernel, start = KERNELS[preset["name"]], preset["offset"]
        assert preset["sizes"] == list(kernel.sizes)
        for size in kernel.sizes:
            sent = numbers[start : start + size * size].reshape(size, size)
            np.testing.assert_array_equal(sent, kernel.make(size))
            start += size * size
    assert start == len(numbers)
    assert [name for name, _ in header["paddings"]] == [str(padding) for padding in Padding]
    assert len(header["modes"]) == 4


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
        payload(view(learned=layer, kind="maps", planes=-3.0 * view().planes))
    )
    np.testing.assert_allclose(arrays[2], layer.kernel, atol=1e-7)
    np.testing.assert_allclose(arrays[3], layer.bias, atol=1e-7)
    assert (header["learned"]["size"], header["learned"]["stride"]) == (3, 2)
    assert header["limit"] == pytest.approx(3 * float(view().planes.max()))


def test_a_code_is_read_and_nonsense_is_the_beginning() -> None:
    assert read_code("own_4_2_3_reflect_standard_1_2_0.5_1_1~2") == Setting(
        size=4, stride=2, dilation=3, padding=Padding.REFLECT
    )
    stamp = read_code("box_3_2_1_same_transposed_0_1_0_1_")
    assert stamp is not None
    assert stamp.transposed
    for wrong in (
        "",
        "a_b_c",
        "box_0_1_1_valid_standard_0_1_0_1_",
        "box_3_9_1_valid_standard_0_1_0_1_",
        "box_3_1_1_sideways_standard_0_1_0_1_",
        "box_3_1_1_full_transposed_0_1_0_1_",
        "box_3_1_1_valid_standard_0_1_0_1_<b>",
        "<script>",
    ):
        assert read_code(wrong) is None


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
