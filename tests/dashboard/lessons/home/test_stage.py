"""The living picture: its kernels, its maps, and what travels to the browser."""

from __future__ import annotations

import json
import struct

import cv2
import numpy as np
import pytest

from core.arrays import FloatArray
from dashboard.lessons.home.cache import HERO_SIZE
from dashboard.lessons.home.cache import living_picture as home_picture
from dashboard.lessons.home.picture import (
    classic_kernels,
    correlate,
    learned_kernels,
    living_picture,
    unit_kernel,
)
from dashboard.lessons.home.stage import payload

RNG = np.random.default_rng(5)
IMAGE = RNG.integers(0, 256, (24, 24), dtype=np.uint8)


def unpacked(blob: bytes) -> tuple[dict[str, object], list[FloatArray]]:
    (length,) = struct.unpack("<I", blob[:4])
    header = json.loads(blob[4 : 4 + length])
    arrays = [
        np.frombuffer(
            blob, entry["dtype"], int(np.prod(entry["shape"])), 4 + length + entry["offset"]
        ).reshape(entry["shape"])
        for entry in header["arrays"]
    ]
    return header, arrays


@pytest.mark.parametrize("kernel", classic_kernels(), ids=lambda kernel: kernel.name)
def test_maps_agree_with_opencv(kernel: object) -> None:
    # filter2D is a correlation too; its border is cut away, since ours has none.
    theirs = cv2.filter2D(IMAGE / 255.0, cv2.CV_64F, kernel.weights)[2:-2, 2:-2]
    np.testing.assert_allclose(correlate(IMAGE, kernel.weights), theirs, atol=1e-12)


@pytest.mark.parametrize("kernel", classic_kernels(), ids=lambda kernel: kernel.name)
def test_flat_gray_gives_nothing_and_nothing_passes_one(kernel: object) -> None:
    flat = np.full((8, 8), 180, dtype=np.uint8)
    np.testing.assert_allclose(correlate(flat, kernel.weights), 0.0, atol=1e-12)
    worst = np.where(kernel.weights > 0, 255, 0).astype(np.uint8)
    assert correlate(worst, kernel.weights)[0, 0] == pytest.approx(1.0)


def test_a_dark_to_bright_step_is_an_upright_edge_and_no_level_one() -> None:
    step = np.zeros((9, 9), dtype=np.uint8)
    step[:, 5:] = 255
    kernels = {kernel.name: kernel.weights for kernel in classic_kernels()}
    assert correlate(step, kernels["Upright edges"]).max() > 0.5
    assert np.abs(correlate(step, kernels["Level edges"])).max() < 1e-12
    assert correlate(step[:, ::-1], kernels["Upright edges"]).min() < -0.5


def test_rising_means_rising_on_the_screen() -> None:
    # Bright below a line from lower left to upper right.
    row, column = np.indices((15, 15))
    rising = np.where(row + column > 14, 255, 0).astype(np.uint8)
    kernels = {kernel.name: kernel.weights for kernel in classic_kernels()}
    along = np.abs(correlate(rising, kernels["Rising edges"])).max()
    across = np.abs(correlate(rising, kernels["Falling edges"])).max()
    assert along > 3 * across


def test_a_kernel_of_zeros_stays_one() -> None:
    assert unit_kernel(np.zeros((3, 3))).tolist() == np.zeros((3, 3)).tolist()


def test_learned_kernels_are_the_most_varied_ones() -> None:
    weights = RNG.normal(0, 0.01, (3, 3, 1, 9))
    weights[..., [1, 4, 6]] *= 50
    names = [kernel.name for kernel in learned_kernels(weights)]
    assert len(names) == 6
    assert {"Filter 2", "Filter 5", "Filter 7"} <= set(names)
    kernel = next(k for k in learned_kernels(weights) if k.name == "Filter 5")
    np.testing.assert_allclose(kernel.weights, unit_kernel(weights[:, :, 0, 4]))


def test_every_map_value_is_its_window_times_its_kernel_in_what_is_sent() -> None:
    picture = living_picture(IMAGE, classic_kernels(), title="Noise", origin="By hand.")
    header, (image, kernels, maps) = unpacked(payload(picture, {}, {}))
    assert image.tolist() == IMAGE.tolist()
    for number, row, column in ((0, 0, 0), (3, 7, 19), (5, 19, 2)):
        window = image[row : row + 5, column : column + 5] / 255
        assert maps[number, row, column] == pytest.approx(
            float((window * kernels[number]).sum()), abs=1e-6
        )
    assert header["limit"] == pytest.approx(float(np.abs(maps).max()))
    assert header["names"] == [k.name for k in picture.kernels]


def test_home_shows_a_drawn_picture_with_a_fracture_and_signed_maps() -> None:
    picture = home_picture()
    assert picture.image.shape == (HERO_SIZE, HERO_SIZE)
    assert picture.maps.min() < -0.2
    assert picture.maps.max() > 0.2
    assert "drawn by Lightbox" in picture.title
