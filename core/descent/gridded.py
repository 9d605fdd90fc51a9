"""A surface known at grid points only, joined smoothly: what optimizers race on is interpolated.

Catmull-Rom cubics in both directions: they go through every point, and slopes have no jumps.
Outside the grid there is no value (NaN).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray
from core.descent.surfaces import Gradient, Surface


@dataclass(frozen=True, kw_only=True, eq=False)
class Gridded:
    """A function of two variables through given values.

    Attributes:
        domain: (x low, x high, y low, y high); the outermost points lie on its edge.
        values: (R, C), rows along y, rising.
    """

    domain: tuple[float, float, float, float]
    values: FloatArray

    def value(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """The interpolated value, any shape; NaN outside."""
        return self._at(x, y)[0]

    def gradient(self, x: FloatArray, y: FloatArray) -> Gradient:
        """Its exact derivatives by x and by y."""
        return self._at(x, y)[1:]

    def _at(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        x0, x1, y0, y1 = self.domain
        rows, columns = self.values.shape
        step_x, step_y = (x1 - x0) / (columns - 1), (y1 - y0) / (rows - 1)
        x, y = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
        inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
        u = np.where(inside, (x - x0) / step_x, 0.0)
        v = np.where(inside, (y - y0) / step_y, 0.0)
        column = np.minimum(u.astype(np.int64), columns - 2)
        row = np.minimum(v.astype(np.int64), rows - 2)
        across, along_x = _cubic(u - column)
        down, along_y = _cubic(v - row)
        # One more point beyond each edge, on the line through the last two.
        padded = _extended(_extended(self.values).T).T
        value = slope_x = slope_y = np.zeros_like(u)
        for i in range(4):
            for j in range(4):
                known = padded[row + i, column + j]
                value = value + down[i] * across[j] * known
                slope_x = slope_x + down[i] * along_x[j] * known
                slope_y = slope_y + along_y[i] * across[j] * known
        nowhere = np.where(inside, 0.0, np.nan)
        return value + nowhere, slope_x / step_x + nowhere, slope_y / step_y + nowhere


def slice_surface(
    domain: tuple[float, float, float, float],
    values: FloatArray,
    *,
    start: tuple[float, float],
    teaches: str,
) -> Surface:
    """A slice through a network's loss, as a ground to race on.

    Args:
        domain, values: As of `Gridded`.
        start: Where the training began, projected.
        teaches: One sentence on how much of the training lies in it.
    """
    ground = Gridded(domain=domain, values=values)
    steep = math.hypot(*(float(part) for part in ground.gradient(*map(np.asarray, start))))
    width = domain[1] - domain[0]
    return Surface(
        name="slice",
        title="A slice of a trained network",
        formula=r"L(\theta_{\text{end}} + a\,d_1 + b\,d_2)",
        value=ground.value,
        gradient=ground.gradient,
        domain=domain,
        start=start,
        # Its first step is a twentieth of the picture.
        rate=float(f"{0.05 * width / steep:.2g}") if steep > 0 else 1.0,
        minima=(),
        teaches=teaches,
        source="Li et al. (2018), arXiv:1712.09913",
    )


def _cubic(t: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
    """Weights of the four points around, and their derivatives, for 0 <= t <= 1."""
    weights: list[FloatArray] = [
        -0.5 * t + t**2 - 0.5 * t**3,
        1.0 - 2.5 * t**2 + 1.5 * t**3,
        0.5 * t + 2.0 * t**2 - 1.5 * t**3,
        -0.5 * t**2 + 0.5 * t**3,
    ]
    slopes: list[FloatArray] = [
        -0.5 + 2.0 * t - 1.5 * t**2,
        -5.0 * t + 4.5 * t**2,
        0.5 + 4.0 * t - 4.5 * t**2,
        -t + 1.5 * t**2,
    ]
    return weights, slopes


def _extended(values: FloatArray) -> FloatArray:
    first, last = 2 * values[:1] - values[1:2], 2 * values[-1:] - values[-2:-1]
    return np.concatenate([first, values, last])
