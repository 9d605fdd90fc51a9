"""From thickness to a picture: attenuation, beam, scatter, photons, detector, display.

Source: Beer-Lambert law; attenuation of muscle, fat and cortical bone at about 45 keV after
NIST XCOM, rounded (muscle 0.24/cm, fat 0.20/cm, cortical bone 1.05/cm).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.arrays import BoolArray, FloatArray, UInt8Array

MUSCLE = 0.24
FAT = 0.20
CORTEX_EXCESS = 1.05 - MUSCLE
"""What one cm of compact bone takes away more than the muscle it stands in, 1/cm."""
SPONGY_EXCESS = 0.20
"""The same for spongy bone: about a quarter of its volume is bone, the rest marrow."""
METAL_EXCESS = 7.0
LEAD_OPTICAL_DEPTH = 6.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Detector pixels.

    Attributes:
        size: Pixels along each side.
        half: Half of the detector's side, cm.
    """

    size: int
    half: float

    @property
    def pixel(self) -> float:
        """Side of a pixel, cm."""
        return 2 * self.half / self.size

    def centers(self) -> FloatArray:
        """Positions of the pixel centers along one side, cm, float32 (size,)."""
        places = (np.arange(self.size, dtype=np.float32) + 0.5) * self.pixel
        return (places - self.half).astype(np.float32)

    def window(self, bounds: tuple[float, float, float, float]) -> tuple[slice, slice] | None:
        """Rows and columns that cover a rectangle in cm; None where it lies outside."""
        left, top, right, bottom = (
            int(np.floor((edge + self.half) / self.pixel)) for edge in bounds
        )
        rows = slice(max(top, 0), min(bottom + 1, self.size))
        columns = slice(max(left, 0), min(right + 1, self.size))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return None
        return rows, columns

    def points(self, window: tuple[slice, slice]) -> tuple[FloatArray, FloatArray]:
        """x as (1, columns) and y as (rows, 1), cm."""
        centers = self.centers()
        return centers[None, window[1]], centers[window[0], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One exposure and how it is shown. All lengths in shares of the picture's side.

    Attributes:
        photons: Photons in a pixel of open beam; fewer means more grain.
        blur: Spread of the focal spot and the detector.
        scatter: Share of scattered light.
        heel: Change of beam strength across the picture and its direction, a complex number.
        vignette: Loss of beam strength in the corners.
        lower: Optical depth shown black.
        upper: Optical depth shown white.
        gamma: Bend of the tone curve, above 1 darkens the middle.
        equalize: Strength of the local contrast processing that every console applies.
        fog: Gray level of the empty background, 0..1.
        rows: Strength of the read-out lines.
    """

    photons: float
    blur: float
    scatter: float
    heel: complex
    vignette: float
    lower: float
    upper: float
    gamma: float
    equalize: float
    fog: float
    rows: float


def expose(depth: FloatArray, exposure: Exposure, *, rng: np.random.Generator) -> FloatArray:
    """The optical depth that the detector reads, noise included.

    Args:
        depth: (S, S) float32 attenuation integral along each ray, without unit.
        exposure: Beam and detector.
        rng: Source of the photon noise.

    Returns:
        (S, S) float32; about ``depth``, blurred, veiled by scatter, grainy.
    """
    size = depth.shape[0]
    places = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    x, y = places[None, :], places[:, None]
    beam = 1 + exposure.heel.real * x + exposure.heel.imag * y
    beam = beam - exposure.vignette * 0.5 * (x * x + y * y)
    light = beam * np.exp(-depth)
    light = cv2.GaussianBlur(light, (0, 0), max(exposure.blur * size, 0.3))
    small = cv2.resize(light, (16, 16), interpolation=cv2.INTER_AREA)
    veil = cv2.resize(
        cv2.GaussianBlur(small, (0, 0), 2.0), (size, size), interpolation=cv2.INTER_CUBIC
    )
    light = (1 - exposure.scatter) * light + exposure.scatter * veil
    # Finer pixels see fewer photons each: the grain of a picture depends on its area.
    photons = exposure.photons * (128 / size) ** 2
    grain = rng.standard_normal(light.shape, dtype=np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), 0.55) * 1.6
    light = light + grain * np.sqrt(np.maximum(light, 1e-4) / photons)
    lines = rng.standard_normal(size, dtype=np.float32)[None, :] * (0.012 * exposure.rows)
    return -np.log(np.maximum(light, 2e-3)) + lines


def develop(read: FloatArray, exposure: Exposure) -> UInt8Array:
    """The picture a console shows: windowed, locally equalized, bent by a tone curve.

    Args:
        read: (S, S) optical depth, see `expose`.
        exposure: Window and tone curve.

    Returns:
        (S, S) uint8, bone white, air nearly black.
    """
    slow = slow_part(read)
    span = exposure.upper - exposure.lower
    shown = (read - exposure.lower) / span
    shown = shown + exposure.equalize * (read - slow) / span
    sharp = shown - cv2.GaussianBlur(shown, (0, 0), read.shape[0] / 110)
    shown = np.clip(shown + 0.35 * sharp, 0.0, None)
    shown = shown**exposure.gamma
    shown = shown / (1 + 0.8 * np.maximum(shown - 0.8, 0.0))  # a shoulder instead of a hard white
    level = exposure.fog + (1 - exposure.fog) * shown
    return np.clip(level * 255 + 0.5, 0, 255).astype(np.uint8)


def slow_part(picture: FloatArray) -> FloatArray:
    """The picture without anything finer than about a seventh of its side."""
    size = picture.shape[0]
    small = cv2.resize(picture, (32, 32), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 2.2)
    whole = cv2.resize(small, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.asarray(whole, picture.dtype)


def soft_step(distance: FloatArray, width: float) -> FloatArray:
    """0 below, 1 above, with a ramp of ``width`` around 0: an edge that does not alias."""
    return np.clip(distance * (1 / width) + 0.5, 0.0, 1.0)


def mask_bounds(mask: BoolArray) -> tuple[int, int, int, int] | None:
    """The smallest box (x, y, width, height) around the set pixels; None where there are none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    return (
        int(columns[0]),
        int(rows[0]),
        int(columns[-1] - columns[0] + 1),
        int(rows[-1] - rows[0] + 1),
    )
