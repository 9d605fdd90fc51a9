"""Named kernels: the numbers of the literature and the laws behind their names."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.ops.convolution import convolve
from core.ops.kernels import KERNELS, LARGEST

BLIND = [
    "sobel-x",
    "sobel-y",
    "prewitt-x",
    "prewitt-y",
    "scharr-x",
    "scharr-y",
    "roberts",
    "laplacian",
    "outline",
    "log",
    "line",
    "gabor-0",
    "gabor-45",
    "corner",
]
MEANS = ("identity", "box", "gaussian", "sharpen", "unsharp", "motion", "emboss")


def test_every_kernel_is_a_blind_one_or_a_mean() -> None:
    assert set(BLIND) | set(MEANS) == set(KERNELS)
    for name, kernel in KERNELS.items():
        for size in kernel.sizes:
            made = kernel.make(size)
            assert made.shape == (size, size)
            flat = convolve(np.full((12, 12), 0.6), made)
            np.testing.assert_allclose(flat, 0.0 if name in BLIND else 0.6, atol=1e-9)


@pytest.mark.reference
@pytest.mark.parametrize("size", [3, 5, 7])
def test_sobel_scharr_and_gaussian_are_opencvs(size: int) -> None:
    slope, smooth = cv2.getDerivKernels(1, 0, size)
    np.testing.assert_allclose(KERNELS["sobel-x"].make(size), np.outer(smooth, slope))
    np.testing.assert_allclose(KERNELS["sobel-y"].make(size), np.outer(slope, smooth))
    slope, smooth = cv2.getDerivKernels(1, 0, cv2.FILTER_SCHARR)
    np.testing.assert_allclose(KERNELS["scharr-x"].make(3), np.outer(smooth, slope))
    # OpenCV has fixed tables for the small sizes at the default width, so its width is named.
    sigma = 0.3 * ((size - 1) * 0.5 - 1) + 0.8
    bell = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * sigma**2))
    bell /= bell.sum()
    np.testing.assert_allclose(KERNELS["gaussian"].make(size), np.outer(bell, bell))
    np.testing.assert_allclose(bell, cv2.getGaussianKernel(size, sigma)[:, 0], atol=0.01)


def test_each_answers_what_it_says() -> None:
    rows, columns = np.mgrid[:40, :40]
    ramp_x, ramp_y = columns / 40, rows / 40
    spot = np.exp(-((rows - 20) ** 2 + (columns - 20) ** 2) / 8)
    for name in ("sobel-x", "prewitt-x", "scharr-x"):
        for size in KERNELS[name].sizes:
            assert (convolve(ramp_x, KERNELS[name].make(size)) > 0).all()
            np.testing.assert_allclose(convolve(ramp_y, KERNELS[name].make(size)), 0, atol=1e-9)
        down = KERNELS[name.replace("-x", "-y")]
        assert (convolve(ramp_y, down.make(down.sizes[0])) > 0).all()
    for size in KERNELS["log"].sizes:
        found = convolve(spot, KERNELS["log"].make(size))
        assert np.unravel_index(found.argmax(), found.shape) == tuple(np.array(found.shape) // 2)
    upright, slanted = (KERNELS[name].make(9) for name in ("gabor-0", "gabor-45"))
    stripes = np.cos(2 * np.pi * columns / 4.5)
    leaning = np.cos(2 * np.pi * (columns - rows) / 4.5 / np.sqrt(2))
    assert np.abs(convolve(stripes, upright)).max() > 5 * np.abs(convolve(stripes, slanted)).max()
    assert np.abs(convolve(leaning, slanted)).max() > 5 * np.abs(convolve(leaning, upright)).max()


def test_the_nearest_size() -> None:
    assert KERNELS["log"].nearest(3) == 5
    assert KERNELS["prewitt-x"].nearest(4) == 5
    assert KERNELS["roberts"].nearest(9) == 2
    assert max(max(kernel.sizes) for kernel in KERNELS.values()) == LARGEST


def test_emboss_lights_a_hill_from_the_upper_left() -> None:
    row, column = np.mgrid[-10:11, -10:11]
    hill = np.exp(-(row**2 + column**2) / 18)
    lit = convolve(hill, KERNELS["emboss"].make(3))
    flat = float(convolve(np.full((3, 3), 0.5), KERNELS["emboss"].make(3))[0, 0])
    assert flat == 0.5
    middle = len(lit) // 2
    upper_left, lower_right = lit[middle - 3, middle - 3], lit[middle + 3, middle + 3]
    assert upper_left > 0 > lower_right
    assert "upper left" in KERNELS["emboss"].answers


def test_roberts_answers_to_an_edge_that_rises_and_not_to_one_that_falls() -> None:
    row, column = np.mgrid[0:12, 0:12]
    rising = (row + column > 11).astype(float)  # its border runs from lower left to upper right
    falling = (row > column).astype(float)
    kernel = KERNELS["roberts"].make(2)
    assert np.abs(convolve(rising, kernel)).sum() > 2 * np.abs(convolve(falling, kernel)).sum()
    assert KERNELS["roberts"].answers == "rising diagonals"
