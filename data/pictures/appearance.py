"""Does a picture look like an X-ray? Cautious questions, asked of its gray and color values.

No question changes anything: the answer is a sentence for the person. The limits come from
3,430 radiographs of FracAtlas (``python -m benchmarks.decoding`` prints the figures again): all
are colorless, none is brighter than 132 of 255 on average, the darkest one's brightest thousandth
begins at 145, and the one with the fewest grays has 167 of them.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from core.arrays import FloatArray, UInt8Array

# Color that a single tint (an old blue or brown film) does not explain, in steps of 255.
COLORED_ABOVE: Final = 16.0
# A red arrow or a colored label takes less of a radiograph than this.
COLORED_SHARE: Final = 0.10
NEGATIVE_MEAN: Final = 150.0
NEGATIVE_BORDER: Final = 128.0
# What a mask, a drawing or 4 of 8 bits has at most.
FEW_GRAYS: Final = 31
DARK_BELOW: Final = 64
DARK_SHARE: Final = 0.999
SAMPLE_SIDE: Final = 128


def colored_share(rgb: UInt8Array) -> float:
    """The part of a picture whose color is not the picture's own tint.

    Color is what red, green and blue differ from their mean. A tinted film has a color that
    grows with brightness; that straight line is taken out, so a toned radiograph counts as gray.

    Args:
        rgb: (H, W, 3); looked at on a grid of at most 128 x 128 pixels.

    Returns:
        0 to 1.

    >>> colored_share(np.full((16, 16, 3), 90, np.uint8))
    0.0
    """
    sample = _grid(rgb).reshape(-1, 3)
    if np.array_equal(sample[:, 0], sample[:, 1]) and np.array_equal(sample[:, 0], sample[:, 2]):
        return 0.0  # a gray picture in a color file: nearly every dataset file
    pixels = sample.astype(np.float64)
    brightness = pixels.mean(axis=1)
    color = pixels - brightness[:, None]
    design = np.column_stack((np.ones_like(brightness), brightness))
    tint = design @ np.linalg.lstsq(design, color, rcond=None)[0]
    rest: FloatArray = np.sqrt(np.mean((color - tint) ** 2, axis=1))
    return float(np.mean(rest > COLORED_ABOVE))


def is_colored(rgb: UInt8Array) -> bool:
    """True for what is colored like a photograph, false for gray and for one tint."""
    return colored_share(rgb) > COLORED_SHARE


def looks_negative(gray: UInt8Array) -> bool:
    """True where black and white seem swapped: bright as a whole and along the border.

    X-rays let the background go black; a negative (or a page of text) does the opposite.

    Args:
        gray: (H, W).

    >>> looks_negative(np.full((16, 16), 240, np.uint8))
    True
    """
    sample = _grid(gray)
    margin = max(1, min(sample.shape) // 20)
    inside = np.zeros(sample.shape, np.bool_)
    inside[margin:-margin, margin:-margin] = True
    border = sample[~inside]
    return bool(sample.mean() > NEGATIVE_MEAN and np.median(border) > NEGATIVE_BORDER)


def histogram(gray: UInt8Array) -> FloatArray:
    """(256,) how many pixels have each gray value.

    >>> histogram(np.array([[0, 255], [255, 0]], np.uint8))[[0, 1, 255]]
    array([2., 0., 2.])
    """
    # OpenCV counts without a copy eight times as large, which NumPy would make.
    return cv2.calcHist([gray], [0], None, [256], [0, 256]).ravel().astype(np.float64)


def grays(counts: FloatArray) -> int:
    """How many different gray values occur in a histogram."""
    return int(np.count_nonzero(counts))


def is_dark(counts: FloatArray) -> bool:
    """True where next to nothing is brighter than a quarter of the range.

    >>> [is_dark(histogram(np.full((16, 16), value, np.uint8))) for value in (20, 90)]
    [True, False]
    """
    return bool(counts[:DARK_BELOW].sum() > DARK_SHARE * counts.sum())


def _grid(image: UInt8Array) -> UInt8Array:
    """Every n-th row and column, at most about `SAMPLE_SIDE` of each."""
    rows, columns = image.shape[:2]
    return image[:: -(-rows // SAMPLE_SIDE), :: -(-columns // SAMPLE_SIDE)]
