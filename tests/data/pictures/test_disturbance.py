"""Each kind of disturbance does what its name says, and nothing at its still level."""

from __future__ import annotations

import numpy as np
import pytest

from core.marks import Box
from data.pictures.disturbance import KINDS, SCALES, disturbed
from data.pictures.painted_over import painted_over
from data.synthetic.radiograph import draw

SIDE = 128
PICTURE = Box(16, 0, 96, SIDE)


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    found = draw(3, size=SIDE).image.copy()
    found[:, :16] = found[:, 112:] = 0
    return found


def inside(image: np.ndarray) -> np.ndarray:
    return image[:, 16:112].astype(float)


@pytest.mark.parametrize("kind", KINDS)
def test_the_still_level_changes_nothing_and_more_changes_more(image, kind) -> None:
    before, scale = image.copy(), SCALES[kind]
    assert scale.still in scale.levels
    made = {level: disturbed(image, kind, level, picture=PICTURE) for level in scale.levels}
    np.testing.assert_array_equal(made[scale.still], image)
    np.testing.assert_array_equal(image, before)
    far = {level: np.abs(inside(one) - inside(image)).mean() for level, one in made.items()}
    away = sorted(scale.levels, key=lambda level: abs(level - scale.still))
    assert far[away[-1]] > far[away[1]] >= 0
    for one in made.values():
        assert one.shape == image.shape
        assert not one[:, :16].any()
        assert not one[:, 112:].any(), "the bars stay black"


def test_turned_there_and_back_it_is_nearly_the_same(image) -> None:
    turned = disturbed(image, "turn", 20, picture=PICTURE)
    again = disturbed(turned, "turn", -20, picture=PICTURE)
    middle = (slice(48, 80), slice(48, 80))
    off = np.abs(again[middle].astype(float) - image[middle]).mean()
    assert off < 0.5 * np.abs(turned[middle].astype(float) - image[middle]).mean()


def test_contrast_keeps_the_mean_and_scales_the_spread() -> None:
    gray = np.tile(np.arange(100, 140, dtype=np.uint8), (40, 1))
    half = disturbed(gray, "contrast", 60, picture=Box(0, 0, 40, 40))
    assert half.mean() == pytest.approx(gray.mean(), abs=0.5)
    assert half.std() == pytest.approx(0.6 * gray.std(), rel=0.02)


def test_noise_has_the_deviation_it_says_and_blur_takes_the_detail(image) -> None:
    flat = np.full((SIDE, SIDE), 128, np.uint8)
    noisy = disturbed(flat, "noise", 20, picture=Box(0, 0, SIDE, SIDE))
    assert noisy.std() == pytest.approx(20, rel=0.03)
    soft = disturbed(image, "blur", 2, picture=PICTURE)
    assert np.abs(np.diff(inside(soft))).mean() < 0.6 * np.abs(np.diff(inside(image))).mean()


def test_a_crop_enlarges_the_middle_and_a_marker_is_bright_in_its_corner(image) -> None:
    half = disturbed(image, "crop", 50, picture=PICTURE)
    assert abs(float(half[64, 64]) - image[64, 64]) < 25
    marked = disturbed(np.zeros((SIDE, SIDE), np.uint8), "marker", 15, picture=PICTURE)
    rows, columns = np.nonzero(marked > 200)
    assert rows.max() < SIDE / 3
    assert columns.min() > SIDE / 2
    assert np.ptp(rows) + 1 == pytest.approx(0.15 * SIDE, abs=4)


def test_what_is_painted_over_takes_the_gray_around_it_place_by_place() -> None:
    image = np.full((64, 64), 60, np.uint8)
    image[:, 32:] = 200
    image[10:14, 10:14] = image[40:44, 50:54] = 255
    mask = np.zeros((32, 32), bool)
    mask[5:7, 5:7] = mask[20:22, 25:27] = True
    found = painted_over(image, mask)
    assert (found[:, :32] == 60).all()
    assert (found[:, 32:] == 200).all()
    assert image[10, 10] == 255, "the picture is left as it was"
    np.testing.assert_array_equal(painted_over(image, np.zeros((32, 32), bool)), image)
    assert (painted_over(image, np.ones((4, 4), bool)) == round(image.mean())).all()
