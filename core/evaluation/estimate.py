"""A measured number with the count behind it and the range that count allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of n images (or groups) and its 95 % interval.

    Attributes:
        value: The figure; NaN where it cannot be computed (a class is absent).
        low: Lower end of the interval.
        high: Upper end.
        n: Images that the figure stands on.
    """

    value: float
    low: float
    high: float
    n: int

    @property
    def known(self) -> bool:
        """Whether there is a figure at all."""
        return math.isfinite(self.value)

    def percent(self) -> str:
        """As a share of a hundred, with its interval and n.

        >>> Estimate(0.8, 0.4902, 0.9433, 10).percent()
        '80.0 % (49.0 to 94.3, n = 10)'
        """
        if not self.known:
            return f"unknown (n = {self.n:,})"
        return (
            f"{100 * self.value:.1f} % ({100 * self.low:.1f} to {100 * self.high:.1f},"
            f" n = {self.n:,})"
        )

    def plain(self) -> str:
        """With three decimals, as an area under a curve is written.

        >>> Estimate(0.7512, 0.7, 0.8031, 612).plain()
        '0.751 (0.700 to 0.803, n = 612)'
        """
        if not self.known:
            return f"unknown (n = {self.n:,})"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n = {self.n:,})"

    def to_json(self) -> list[float | int | None]:
        """``[value, low, high, n]``, with None for NaN, which JSON does not have."""
        numbers = (self.value, self.low, self.high)
        return [*(number if math.isfinite(number) else None for number in numbers), self.n]

    @classmethod
    def from_json(cls, data: Sequence[float | int | None]) -> Estimate:
        """Rebuild what `to_json` wrote."""
        value, low, high, n = data
        numbers = [math.nan if number is None else float(number) for number in (value, low, high)]
        return cls(*numbers, n=int(n or 0))


def unknown(n: int) -> Estimate:
    """The estimate of something that cannot be computed from these images."""
    return Estimate(math.nan, math.nan, math.nan, n)
