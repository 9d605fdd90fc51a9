"""The browser's pooling is core's, over sizes, windows, strides, paddings and ties."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from core.ops import pooling
from core.ops.pooling import KINDS, Window, backward, pool
from data.samples.pictures import samples
from tests.browser_vectors import call_module

MODULE = "../tests/browser_code/pooling.js"
SIDE = 16
SHIFTS = range(17)


def plain(values: np.ndarray) -> dict[str, Any]:
    return {
        "values": values.ravel().tolist(),
        "height": values.shape[0],
        "width": values.shape[1],
    }


def said(window: Window) -> dict[str, Any]:
    return {"size": window.size, "stride": window.stride, "padding": window.padding}


def test_every_map_winner_and_gradient_is_cores() -> None:
    rng = np.random.default_rng(0)
    cases = []
    for height, width in [(1, 1), (5, 4), (7, 12), (12, 9)]:
        given = {
            "plain": rng.standard_normal((height, width)),
            "negative": -200_000 - rng.random((height, width)),
            "ties": rng.integers(-1, 2, (height, width)).astype(float),
        }
        for name, size, stride, padding, kind in itertools.product(
            given, (1, 2, 3, 5, 8), (1, 2, 3, 4), ("valid", "same"), KINDS
        ):
            fits = padding == "same" or min(height, width) >= size
            window = Window(size=size, stride=stride, padding=padding)
            cases.append((given[name], window, kind, fits))
    found = call_module(
        MODULE,
        [
            ["compute", {**plain(values), **said(window), "kind": kind}]
            for values, window, kind, _ in cases
        ],
    )
    assert len(found) == len(cases) > 1000
    for (values, window, kind, fits), theirs in zip(cases, found, strict=True):
        if not fits:
            assert theirs is None
            continue
        ours = pool(values, window, kind=kind)
        same = {"rtol": 1e-12, "atol": 1e-9}
        np.testing.assert_allclose(theirs["values"], ours.values.ravel(), **same)
        if ours.winners is None:
            assert theirs["winners"] is None
        else:
            assert theirs["winners"] == ours.winners.ravel().tolist()
            again = pooling.unpool(ours, how="switches")
            np.testing.assert_allclose(theirs["switches"], again.ravel(), **same)
        np.testing.assert_allclose(theirs["back"], backward(ours, ours.values).ravel(), rtol=1e-9)
        nearest = pooling.unpool(ours, how="nearest")
        np.testing.assert_allclose(theirs["nearest"], nearest.ravel(), **same)
        assert theirs["reads"] == pooling.reads(values.shape, window).ravel().tolist()
        for level, expected in zip(
            theirs["levels"], pooling.pyramid(values, window, kind=kind), strict=True
        ):
            np.testing.assert_allclose(level, expected.values.ravel(), **same)


@pytest.mark.parametrize("along", [False, True])
@pytest.mark.parametrize(
    ("size", "stride", "padding"),
    # Windows that overlap, that the edge cuts, and that leave gaps.
    [(2, 2, "valid"), (3, 1, "same"), (5, 3, "same"), (8, 5, "valid"), (3, 2, "valid")],
)
def test_a_moved_map_changes_by_what_core_measures(
    size: int, stride: int, padding: str, along: bool
) -> None:
    picture = samples()[0].make(SIDE).astype(np.float64)
    window = Window(size=size, stride=stride, padding=padding)  # type: ignore[arg-type]
    (found,) = call_module(MODULE, [["curves", plain(picture), said(window), SIDE, along]])
    for kind in KINDS:
        ours = [pooling.shift_change(picture, window, t, kind=kind, along=along) for t in SHIFTS]
        assert found[kind] == pytest.approx(ours, abs=1e-9)
    moved = [pooling.relative_change(picture, pooling.shifted(picture, t)) for t in SHIFTS]
    assert found["picture"] == pytest.approx(moved, abs=1e-9)
    if along and (size, stride) == (2, 2):
        assert found["max"][::2] == [0] * 9  # by whole strides the output only moves along
        assert min(found["max"][1::2]) > 0.1


def test_typed_gradients_stand_over_the_preset() -> None:
    def of(cells: int, **given: Any) -> list[float]:
        full = {"sends": "ones", "one": -1, "typed": [], **given}
        (found,) = call_module("lessons/pooling/scene.js", [["gradientOf", full, cells]])
        return list(found)

    assert of(4) == [1, 1, 1, 1]
    assert of(4, sends="one", one=2) == [0, 0, 1, 0]
    assert of(4, typed=[1, -2.5, 3, 0.5]) == [1, -2.5, 1, 0.5]
    # A link may hold anything: cells that are not there, half a pair.
    assert of(4, typed=[9, 5, -1, 5, 0.5, 5, 2]) == [1, 1, 1, 1]
    mixed = of(6, sends="mixed")
    assert len(set(mixed)) > 3
    assert all(abs(value) <= 1 for value in mixed)
