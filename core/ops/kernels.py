"""Named kernels with their source, for every size at which they make sense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from typing import Final

import numpy as np

from core.arrays import FloatArray

LARGEST: Final = 11
ANY: Final = tuple(range(1, LARGEST + 1))
ODD: Final = (3, 5, 7, 9, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedKernel:
    """A kernel that has a name.

    Attributes:
        name: In addresses.
        title: For people.
        source: Where its numbers come from.
        answers: What it does, a few words.
        sizes: Sides for which it is defined.
        make: From a side K to (K, K).
    """

    name: str
    title: str
    source: str
    answers: str
    sizes: tuple[int, ...]
    make: Callable[[int], FloatArray]

    def nearest(self, size: int) -> int:
        """The defined side next to `size`, the larger of two."""
        return min(self.sizes, key=lambda side: (abs(side - size), -side))


def binomial(count: int) -> FloatArray:
    """A row of Pascal's triangle with `count` numbers.

    >>> binomial(4).tolist()
    [1.0, 3.0, 3.0, 1.0]
    """
    return np.array([float(comb(count - 1, i)) for i in range(count)])


def identity(size: int) -> FloatArray:
    """One at the cell that padding "same" lays on the pixel itself; an even kernel's is before
    the middle."""
    kernel = np.zeros((size, size))
    kernel[(size - 1) // 2, (size - 1) // 2] = 1.0
    return kernel


def box(size: int) -> FloatArray:
    """The mean."""
    return np.full((size, size), 1.0 / size**2)


def gaussian(size: int) -> FloatArray:
    """A bell whose width fits the kernel, as OpenCV chooses it; the numbers sum to 1."""
    sigma = 0.3 * ((size - 1) * 0.5 - 1) + 0.8
    axis = np.arange(size) - (size - 1) / 2
    bell = np.exp(-(axis**2) / (2 * sigma**2))
    bell /= bell.sum()
    return np.outer(bell, bell)


def sobel_x(size: int) -> FloatArray:
    """Differentiates across, smooths along; size 2 is a plain difference of two columns."""
    slope = np.convolve(binomial(size - 1), [-1.0, 1.0])
    return np.outer(binomial(size), slope)


def prewitt_x(size: int) -> FloatArray:
    """As Sobel's, without weights in the smoothing."""
    axis = np.arange(size) - (size - 1) / 2
    return np.tile(axis, (size, 1))


def laplacian_of_gaussian(size: int) -> FloatArray:
    """A spot detector whose numbers sum to 0; negated, so that bright spots answer positive."""
    sigma = size / 6
    axis = np.arange(size) - (size - 1) / 2
    squared = (axis[:, None] ** 2 + axis[None, :] ** 2) / (2 * sigma**2)
    kernel = (1 - squared) * np.exp(-squared)
    kernel -= kernel.mean()
    return kernel / np.abs(kernel).max()


def gabor(size: int, *, degrees: float) -> FloatArray:
    """A wave in a bell; the numbers sum to 0.

    Args:
        degrees: Direction along which the wave runs, counter-clockwise from the right.
    """
    axis = np.arange(size) - (size - 1) / 2
    across, down = np.meshgrid(axis, axis)
    angle = np.deg2rad(degrees)
    along = across * np.cos(angle) - down * np.sin(angle)
    bell = np.exp(-(across**2 + down**2) / (2 * (size / 4.5) ** 2))
    kernel = bell * np.cos(2 * np.pi * along / (size / 2))
    kernel -= bell * kernel.sum() / bell.sum()
    return kernel / np.abs(kernel).max()


def unsharp(size: int) -> FloatArray:
    """The pixel and what it has more than its neighborhood."""
    return 2 * identity(size) - gaussian(size)


def outline(size: int) -> FloatArray:
    """The pixel against all others around it."""
    kernel = np.full((size, size), -1.0)
    kernel[size // 2, size // 2] = size**2 - 1.0
    return kernel


def _rows(*rows: str) -> Callable[[int], FloatArray]:
    numbers = np.array([[float(part) for part in row.split()] for row in rows])
    return lambda size: numbers.copy()


SOBEL: Final = "Sobel and Feldman (1968), larger sizes as in OpenCV's getDerivKernels"
_TABLE: Final = (
    ("identity", "Identity", "By definition", "the picture itself", ANY, identity),
    ("box", "Box blur", "The mean", "the mean of the window", ANY, box),
    (
        "gaussian",
        "Gaussian blur",
        "Sampled bell, width as OpenCV's getGaussianKernel chooses it",
        "a soft mean",
        ANY[1:],
        gaussian,
    ),
    (
        "sharpen",
        "Sharpen",
        "Identity minus the 4-neighbor Laplacian (Gonzalez and Woods)",
        "the picture with its edges raised",
        (3,),
        _rows("0 -1 0", "-1 5 -1", "0 -1 0"),
    ),
    (
        "unsharp",
        "Unsharp mask",
        "Twice the picture minus its Gaussian blur",
        "the picture with its edges raised",
        ODD,
        unsharp,
    ),
    ("sobel-x", "Sobel x: upright edges", SOBEL, "brighter to the right", ANY[1:], sobel_x),
    (
        "sobel-y",
        "Sobel y: level edges",
        SOBEL,
        "brighter below",
        ANY[1:],
        lambda size: sobel_x(size).T,
    ),
    ("prewitt-x", "Prewitt x", "Prewitt (1970)", "brighter to the right", ODD, prewitt_x),
    (
        "prewitt-y",
        "Prewitt y",
        "Prewitt (1970)",
        "brighter below",
        ODD,
        lambda size: prewitt_x(size).T,
    ),
    (
        "scharr-x",
        "Scharr x",
        "Scharr (2000): closest to the same answer for every direction",
        "brighter to the right",
        (3,),
        _rows("-3 0 3", "-10 0 10", "-3 0 3"),
    ),
    (
        "scharr-y",
        "Scharr y",
        "Scharr (2000)",
        "brighter below",
        (3,),
        _rows("-3 -10 -3", "0 0 0", "3 10 3"),
    ),
    (
        "roberts",
        "Roberts cross",
        "Roberts (1963)",
        "rising diagonals",
        (2,),
        _rows("1 0", "0 -1"),
    ),
    (
        "laplacian",
        "Laplacian, 4 neighbors",
        "Second differences across and down",
        "darker than its neighbors",
        (3,),
        _rows("0 1 0", "1 -4 1", "0 1 0"),
    ),
    (
        "outline",
        "Outline, all neighbors",
        "The pixel times the number of the others, minus the others",
        "brighter than its surroundings",
        ODD,
        outline,
    ),
    (
        "log",
        "Laplacian of Gaussian",
        "Marr and Hildreth (1980), negated",
        "bright spots",
        ODD[1:],
        laplacian_of_gaussian,
    ),
    (
        "line",
        "Upright line",
        "Line masks (Gonzalez and Woods)",
        "bright upright lines",
        (3,),
        _rows("-1 2 -1", "-1 2 -1", "-1 2 -1"),
    ),
    (
        "emboss",
        "Emboss",
        "As in GIMP and Setosa's Image Kernels",
        "relief, lit from the upper left",
        (3,),
        _rows("-2 -1 0", "-1 1 1", "0 1 2"),
    ),
    (
        "gabor-0",
        "Gabor, upright",
        "Gabor (1946), Daugman (1985)",
        "upright stripes",
        ODD[1:],
        lambda size: gabor(size, degrees=0),
    ),
    (
        "gabor-45",
        "Gabor, slanted",
        "Gabor (1946), Daugman (1985)",
        "slanted stripes",
        ODD[1:],
        lambda size: gabor(size, degrees=45),
    ),
    (
        "motion",
        "Motion blur, slanted",
        "The mean along the diagonal",
        "smeared along the diagonal",
        ANY[1:],
        lambda size: np.eye(size) / size,
    ),
    (
        "corner",
        "Asymmetric corner",
        "Made to show the flip",
        "another answer when turned",
        (3,),
        _rows("1 1 0", "1 0 0", "0 0 -3"),
    ),
)
KERNELS: Final = {
    name: NamedKernel(
        name=name, title=title, source=source, answers=answers, sizes=sizes, make=make
    )
    for name, title, source, answers, sizes, make in _TABLE
}
