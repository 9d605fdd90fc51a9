"""Gray values: from what a file holds (1 to 64 bits a pixel, colors) to 0..255.

An 8-bit picture keeps its values. Anything deeper is brought to 8 bits by one rule
(`to_eight_bits`), and the rule that was applied comes back as a sentence: a picture that was
stretched must not look as if it had arrived that way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import BoolArray, RealArray, UInt8Array

LOW_PERCENT: Final = 0.5
HIGH_PERCENT: Final = 99.5
# Percentiles of a million pixels are as good as those of fifty million, and take no memory.
MAX_SAMPLES: Final = 1_000_000
# Rows are converted in bands: a 50-megapixel float picture never exists twice.
BAND_PIXELS: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that was done to a picture on its way to the network.

    Attributes:
        code: Stable name, ``noun.adjective``; tests and translations key on it.
        sentence: What was done, for the person who sent the picture.
    """

    code: str
    sentence: str


def to_eight_bits(
    values: RealArray, *, bits: int | None = None, used: BoolArray | None = None
) -> tuple[UInt8Array, tuple[Change, ...]]:
    """Bring a gray picture of any depth to 0..255 and say how.

    What a file states of its depth counts: up to 8 bits are spread over the whole of their range
    (4 bits: 0 to 15). Where nothing is stated, values that are 8-bit values in a larger container
    are kept: whole numbers from 0 to 255, and 16-bit numbers that are all multiples of 257 (which
    is how 8 bits are widened to 16, since 255 * 257 = 65535). An unsigned picture that fills more
    than half of its range is brought down by its range; fractions from 0 to 1 are multiplied by
    255. All else (12 bits in a file that says 16, signed or 32-bit numbers) is stretched between
    its 0.5th and 99.5th percentile.

    Args:
        values: (H, W), any integer or float type in any byte order; not modified.
        bits: How many bits of a value the file says are in use; None where it does not say.
        used: (H, W), false for what is no part of the picture (padding) and has no say in the
            range; all of it where None.

    Returns:
        (H, W) uint8, and what was done. Nothing for what came as uint8 with all 8 bits in use.

    >>> gray, changes = to_eight_bits(np.array([[0, 257], [257 * 7, 65535]], dtype=np.uint16))
    >>> gray.tolist(), changes[0].code
    ([[0, 1], [7, 255]], 'depth.reduced')
    >>> to_eight_bits(np.array([[0, 5, 15]], dtype=np.uint8), bits=4)[0].tolist()
    [[0, 85, 255]]
    """
    if values.dtype == np.uint8 and bits in (None, 8):
        return np.ascontiguousarray(values, np.uint8), ()
    # A type of the other byte order is another type to NumPy: rules that name one would miss it.
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    changes: list[Change] = []
    sample = _sample(values)
    if used is not None:
        sample = sample[_sample(used)]
    finite = np.isfinite(sample)
    if not finite.all():
        changes.append(
            Change(
                code="pixels.not-finite",
                sentence="Some pixels hold no number (NaN or infinite); they are shown black.",
            )
        )
        sample = sample[finite]
    stated = bits if bits is not None and np.issubdtype(values.dtype, np.integer) else None
    low, high, change = _range(sample, values.dtype, stated)
    changes.append(change)
    return stretch(values, low=low, high=high), tuple(changes)


def stretch(values: RealArray, *, low: float, high: float) -> UInt8Array:
    """Map `low` to 0 and `high` to 255, straight between them and cut off outside.

    Args:
        values: (H, W), any real unit; not modified. What is not a finite number becomes 0.
        low: Value that becomes black.
        high: Value that becomes white. Not above `low`: the picture has no contrast, all 0.

    Returns:
        (H, W) uint8, rounded to the nearest.

    >>> stretch(np.array([[10.0, 15.0, 20.0, 99.0]]), low=10, high=20)
    array([[  0, 128, 255, 255]], dtype=uint8)
    """
    gray = np.zeros(values.shape, np.uint8)
    span = float(high) - float(low)
    if not span > 0:
        return gray
    rows = max(1, BAND_PIXELS // max(values.shape[1], 1))
    for top in range(0, values.shape[0], rows):
        band = values[top : top + rows].astype(np.float64)
        band -= low
        band *= 255.0 / span
        np.nan_to_num(band, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        np.clip(band, 0.0, 255.0, out=band)
        # Half up, so that a widened 8-bit value returns to itself and ties do not alternate.
        gray[top : top + rows] = (band + 0.5).astype(np.uint8)
    return gray


def invert(gray: UInt8Array) -> UInt8Array:
    """Swap black and white.

    >>> invert(np.array([[0, 10, 255]], dtype=np.uint8)).tolist()
    [[255, 245, 0]]
    """
    return np.subtract(np.uint8(255), gray)


def _sample(values: np.ndarray) -> np.ndarray:
    """At most about `MAX_SAMPLES` pixels on an even grid, as one row."""
    step = int(np.ceil(np.sqrt(values.size / MAX_SAMPLES)))
    return values[:: max(step, 1), :: max(step, 1)].reshape(-1)


def _range(sample: RealArray, dtype: np.dtype, stated: int | None) -> tuple[float, float, Change]:
    """Which values become black and white, and why."""
    container = dtype.itemsize * 8
    if sample.size == 0:
        return 0.0, 0.0, Change(code="depth.reduced", sentence="No pixel holds a number.")
    if stated is not None and stated <= 8:
        return _small_range(dtype, stated)
    lowest, highest = float(sample.min()), float(sample.max())
    whole = bool(np.issubdtype(dtype, np.integer) or np.all(sample == np.floor(sample)))
    # A file that says "12 of 16 bits" means dark gray by a 200; one that says "16" says nothing.
    silent = stated in (None, container)
    if silent and whole and lowest >= 0 and 1 < highest <= 255:
        sentence = (
            f"The {container}-bit file holds values from 0 to 255; they are kept as they are."
        )
        return 0.0, 255.0, Change(code="depth.reduced", sentence=sentence)
    if not np.issubdtype(dtype, np.integer) and lowest >= 0 and 0 < highest <= 1:
        sentence = "The file holds fractions from 0 to 1; they were multiplied by 255."
        return 0.0, 1.0, Change(code="depth.reduced", sentence=sentence)
    low, high = (float(v) for v in np.percentile(sample, (LOW_PERCENT, HIGH_PERCENT)))
    bits = container if stated is None else stated
    top = 2.0**bits - 1
    fills = high - low > 0.5 * top or (bits == 16 and not np.any(sample % 257))
    if np.issubdtype(dtype, np.unsignedinteger) and fills:
        sentence = (
            f"{bits} bits a pixel were reduced to 8: each value was divided by {top / 255:.4g}."
        )
        return 0.0, top, Change(code="depth.reduced", sentence=sentence)
    if high <= low:
        low, high = lowest, highest
    sentence = (
        f"{bits} bits a pixel were reduced to 8: values from {_said(low)} to {_said(high)} "
        f"({LOW_PERCENT:g} % to {HIGH_PERCENT:g} % of the pixels) became black to white."
    )
    return low, high, Change(code="depth.stretched", sentence=sentence)


def _said(value: float) -> str:
    """A stored value in a sentence: those of a CT lie below 0, and have a minus there."""
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")


def _small_range(dtype: np.dtype, bits: int) -> tuple[float, float, Change]:
    """The whole range of what holds no more than 8 bits."""
    low = -(2.0 ** (bits - 1)) if np.issubdtype(dtype, np.signedinteger) else 0.0
    high = low + 2.0**bits - 1
    noun = "bit" if bits == 1 else "bits"
    sentence = (
        f"The file says that {bits} {noun} a pixel are in use: "
        f"values from {_said(low)} to {_said(high)} became black to white."
    )
    return low, high, Change(code="depth.widened", sentence=sentence)
