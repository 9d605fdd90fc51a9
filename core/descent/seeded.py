"""Seeded chance that JavaScript draws too, bit for bit, so that a curve in the browser is core's.

NumPy's generators have no small twin in JavaScript; mulberry32 is 32-bit arithmetic in five
lines, and good enough to shuffle points and begin weights.

Source: T. Ettinger (2017), mulberry32, public domain.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from core.arrays import IntArray

_MASK: Final = 0xFFFFFFFF
WEIGHTS: Final = 0
SPLIT: Final = 1
FIRST_EPOCH: Final = 2
"""Numbers of the streams of one seed; epoch e shuffles with stream ``FIRST_EPOCH + e``."""


class Mulberry32:
    """A generator of 32 bits of state.

    >>> draws = Mulberry32(0)
    >>> round(draws.uniform(), 10), round(draws.uniform(), 10)
    (0.2664292087, 0.0003297457)
    """

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def uniform(self) -> float:
        """The next number in [0, 1), a multiple of 2^-32."""
        self._state = (self._state + 0x6D2B79F5) & _MASK
        a = self._state
        t = ((a ^ (a >> 15)) * (a | 1)) & _MASK
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & _MASK)) & _MASK
        return ((t ^ (t >> 14)) & _MASK) / 4294967296.0

    def permutation(self, count: int) -> IntArray:
        """0 to count - 1 in a shuffled order (Fisher-Yates from the end)."""
        order = np.arange(count)
        for last in range(count - 1, 0, -1):
            other = int(self.uniform() * (last + 1))
            order[last], order[other] = order[other], order[last]
        return order


def stream(seed: int, number: int) -> Mulberry32:
    """The generator of that number under a seed: streams are independent of each other."""
    first = ((seed + 1) * 0x9E3779B1) & _MASK
    second = ((number + 1) * 0x85EBCA6B) & _MASK
    return Mulberry32(first ^ second)
