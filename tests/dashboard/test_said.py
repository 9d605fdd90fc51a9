"""What the lessons' scripts say, called as they stand, beside what core computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.descent.cycle import forward, initial
from core.descent.cycle_run import batches, flat, run
from core.ops.convolution import convolve, transposed
from core.ops.kernels import KERNELS
from core.ops.pooling import Window, pool, relative_change, shifted
from dashboard.cache import page_text
from dashboard.shared.lesson import words
from data.samples.patches import cut_pool
from tests.browser_vectors import call_module

SAID = "../tests/browser_code/said.js"
CYCLE = "../tests/browser_code/cycle.js"


def told(values: np.ndarray) -> dict[str, Any]:
    height, width = values.shape
    return {"values": values.ravel().tolist(), "height": height, "width": width}


@pytest.mark.parametrize("side", [12, 13])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 3), (3, 2), (3, 1)])
def test_an_output_is_said_to_move_along_everywhere_only_where_it_does(
    side: int, size: int, stride: int
) -> None:
    """A map that goes round has a seam: overlapping windows, or a rest, change there."""
    values = np.random.default_rng(0).normal(size=(side, side))
    window = Window(size=size, stride=stride)
    first, now = (pool(one, window).values for one in (values, shifted(values, stride)))
    change = relative_change(np.roll(first, 1, axis=1), now)
    given = {"size": size, "stride": stride, "padding": "valid"}
    said = words(page_text("pooling"))
    (found,) = call_module(SAID, [["movedAlong", told(values), given, stride, said]])
    assert found["max"] == pytest.approx(change)
    assert "stays the same" in found["said"][1]
    assert ("away from the seam" in found["said"][1]) == (change > 0)


def test_a_number_stands_for_no_more_pixels_than_there_are_and_one_is_one() -> None:
    values = np.random.default_rng(0).normal(size=(28, 28))
    given = {"size": 2, "stride": 2, "padding": "same"}
    (said,) = call_module(SAID, [["lastLevel", told(values), given, words(page_text("pooling"))]])
    assert ": 1 number, " in said
    assert "each stands for 28 \N{MULTIPLICATION SIGN} 28 pixels" in said


@pytest.mark.parametrize("stride", [1, 2])
def test_stamps_of_a_kernel_that_sums_to_0_are_blind_only_where_they_all_overlap(
    stride: int,
) -> None:
    kernel = KERNELS["laplacian"].make(3)
    stamped = transposed(np.ones((9, 9, 1)), kernel[..., None, None], stride=stride)[..., 0]
    blind = bool(np.abs(stamped[3:-3, 3:-3]).max() < 1e-9)
    flat_ = kernel.ravel().tolist()
    window, stamp = call_module(
        SAID, [["ofKernel", flat_, False, stride], ["ofKernel", flat_, True, stride]]
    )
    assert "blind to flat areas" in window
    assert ("blind to flat areas" in stamp) == blind


def test_sobel_answers_to_a_ramp_and_a_laplacian_does_not() -> None:
    ramp = np.tile(np.arange(12.0), (12, 1))
    assert np.abs(convolve(ramp, KERNELS["sobel-x"].make(3))).min() > 0
    for name in ("laplacian", "outline", "line", "log"):
        kernel = KERNELS[name]
        assert np.abs(convolve(ramp, kernel.make(kernel.sizes[0]))).max() < 1e-9
    assert "a Laplacian only where the ramp bends" in page_text("convolution")["why-end"]


SETTINGS = [(1, 1, 2, 3.0), (1, 1, 1, 2.0), (1, 1, 0, 2.0), (1, 2, 2, 0.3)]
"""Kernels, patches in a batch, seed, learning rate."""


@pytest.mark.parametrize(("kernels", "batch", "seed", "rate"), SETTINGS)
def test_every_relu_is_said_to_be_silent_only_where_no_patch_wakes_one(
    kernels: int, batch: int, seed: int, rate: float
) -> None:
    """The last batch alone may be silent while other patches still teach the kernel."""
    cut, updates = cut_pool(seed), 30
    order = batches(len(cut.targets), size=batch, updates=updates, seed=seed)
    start = initial(kernels=kernels, side=8, seed=seed)
    turns = run(cut.values, cut.targets, order=order, start=start, rate=rate)
    assert len(turns) == updates
    silent = not (forward(cut.values, cut.targets, turns[-1].after).sums > 0).any()
    given = {
        "pool": cut.values.ravel().tolist(),
        "targets": cut.targets.tolist(),
        "order": order.tolist(),
        "start": flat(start).tolist(),
        "kernels": kernels,
    }
    text = words(page_text("cycle"))
    (said,) = call_module(CYCLE, [["advised", given, rate, text]])
    assert (said == text["silent"]) == silent


def layers(*shares: float) -> dict[str, Any]:
    one = {"state": "silent", "units": 8, "idle": 1}
    return {
        "words": words(page_text("activations")),
        "layers": [{**one, "name": f"conv {n}", "share": s} for n, s in enumerate(shares, 1)],
        "images": "8 images",
        "network": "A network",
    }


@pytest.mark.parametrize(
    ("shares", "expected"),
    [((0.2, 0.6, 0.4), True), ((0.0, 0.0), False), ((0.6, 0.6, 0.1), False), ((0.3,), False)],
)
def test_a_layer_is_the_most_silent_one_only_where_no_other_is_as_silent(
    shares: tuple[float, ...], expected: bool
) -> None:
    (said,) = call_module("lessons/activations/words.js", [["tellSilence", layers(*shares)]])
    assert ("more than in any other layer" in said["short"]) == expected
    assert "1 of its 8 units" in said["short"]


@pytest.mark.parametrize(("shares", "expected"), [((0.7, 0.3), "lie on"), ((0.7, 0.1), "beside")])
def test_snapshots_lie_beside_a_slice_only_where_it_leaves_something_out(
    shares: tuple[float, float], expected: str
) -> None:
    slice_ = {
        "truth": [0.7, 0.5, 0.4],
        "below": [0.7, 0.5, 0.4],
        "epochs": [0, 1, 2],
        "shares": list(shares),
        "images": 90,
    }
    (said,) = call_module("lessons/descent/words.js", [["ofSlice", slice_]])
    assert f"{expected} the slice" in said


def test_parts_of_joined_ways_are_named_with_their_own_layers() -> None:
    text = words(page_text("hierarchy"))
    one = {"channel": 0, "map": 1, "title": "branch 1 conv", "product": 2.0, "share": 0.5}
    other = {**one, "channel": 4, "map": 5, "title": "branch 2 conv", "share": 0.25}
    alike, mixed = call_module(
        "lessons/hierarchy/tree.js",
        [["madeOf", [one, {**one, "map": 2}], text], ["madeOf", [one, other], text]],
    )
    assert alike.startswith("Its largest parts are map 1 (2), map 2 (2) of branch 1 conv: 100 %")
    assert "map 1 of branch 1 conv (2), map 5 of branch 2 conv (2): 75 %" in mixed


def test_a_batch_that_is_not_there_has_no_shape_and_one_sample_is_one() -> None:
    some, none = call_module(SAID, [["inBatches", 7, 3, [3, 3]], ["inBatches", 7, 8, []]])
    assert "Left out: 1 of 7. Batch 0 has shape (3, 2)." in some
    assert "0 in all" in none
    assert "has shape" not in none


@pytest.mark.parametrize("maps", [6, 8])
def test_sums_that_are_not_written_out_are_counted(maps: int) -> None:
    (found,) = call_module(SAID, [["sumOver", maps]])
    assert f"({maps - 5} more)" in found
    assert "others" not in found
