"""Erasing in a map's order: of a sum of places the curve is known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.agreement import GRID
from core.explain.erasure import erased, erasure_curves, mean_gray
from core.marks import Box

SIZE = 4 * GRID
WHOLE = Box(0, 0, SIZE, SIZE)


def bright_corner() -> np.ndarray:
    image = np.full((SIZE, SIZE), 40, np.uint8)
    image[:16, :16] = 240  # 4 x 4 cells of 16 x 16
    return image


def brightness_of_corner(pictures: np.ndarray) -> np.ndarray:
    return pictures[:, :16, :16].mean((1, 2)) / 255


def test_a_map_that_knows_erases_what_counts_first() -> None:
    image = bright_corner()
    knows = np.zeros((SIZE, SIZE))
    knows[:16, :16] = 1
    found = erasure_curves(brightness_of_corner, image, knows, WHOLE, steps=16)
    gray = mean_gray(image, WHOLE)
    assert gray == round(240 / 16 + 40 * 15 / 16)
    # 16 of 256 cells hold all of it: one of sixteen steps.
    np.testing.assert_allclose(found.deleted, [240 / 255, *([gray / 255] * 16)])
    np.testing.assert_allclose(found.inserted, [gray / 255, *([240 / 255] * 16)])
    assert found.area(found.deleted) < found.area(found.random.mean(0))
    assert found.area(found.inserted) > found.area(found.random_inserted.mean(0))


def test_a_map_turned_over_is_worse_than_none() -> None:
    wrong = np.ones((SIZE, SIZE))
    wrong[:16, :16] = -1
    found = erasure_curves(brightness_of_corner, bright_corner(), wrong, WHOLE)
    assert found.area(found.deleted) > found.area(found.random.mean(0))
    assert found.area(found.inserted) < found.area(found.random_inserted.mean(0))


def test_all_orders_begin_with_the_picture_and_end_with_none_of_it() -> None:
    image = bright_corner()
    found = erasure_curves(
        brightness_of_corner, image, np.random.default_rng(1).normal(size=image.shape), WHOLE
    )
    whole, none = (brightness_of_corner(one[None])[0] for one in (image, np.full_like(image, 52)))
    assert np.allclose([found.deleted[0], found.inserted[-1], *found.random[:, 0]], whole)
    assert np.allclose([found.deleted[-1], found.inserted[0], *found.random[:, -1]], none)
    assert len(np.unique(found.random[:, 5])) > 1, "the orders differ"
    assert len({tuple(cell) for cell in found.order}) == GRID * GRID


def test_the_bars_beside_the_picture_are_never_erased() -> None:
    image = bright_corner()
    picture = Box(0, 16, SIZE, 32)
    found = erasure_curves(brightness_of_corner, image, np.ones(image.shape), picture)
    assert found.order[:, 0].min() == 4
    assert found.order[:, 0].max() == 11
    assert found.deleted == pytest.approx(240 / 255)
    assert (erased(image, found.order, 7)[16:48] == 7).all()
    assert image[20, 20] == 40, "the picture is left as it was"
