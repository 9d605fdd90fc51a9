"""Measured numbers with the count behind them and the range that count allows.

NumPy is not needed here, nor SciPy: the server reads and writes these.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

SIGNIFICANCE: Final = 0.05
"""Two figures are called different where chance alone does so at most this often."""
_Z: Final = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of n images and its 95 % interval.

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
        return [*(_or_none(number) for number in (self.value, self.low, self.high)), self.n]

    @classmethod
    def from_json(cls, data: Sequence[float | int | None]) -> Estimate:
        """Rebuild what `to_json` wrote."""
        value, low, high, n = data
        return cls(_or_nan(value), _or_nan(low), _or_nan(high), n=int(n or 0))


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure minus another on the same images, and its 95 % interval.

    Two intervals that overlap say nothing about the difference: both move with the images that
    happen to be in the test, and mostly together. So the difference has an interval of its own.

    Attributes:
        value: The difference; NaN where one of the figures cannot be computed.
        low: Lower end of the interval.
        high: Upper end.
        n: Images that both stand on.
        p: How often chance alone would part the answers as far (McNemar's exact test), where
            every image stands for itself; None where images come in groups, or for figures that
            are no share of right answers.
    """

    value: float
    low: float
    high: float
    n: int
    p: float | None = None

    @property
    def known(self) -> bool:
        """Whether there is a difference at all."""
        return math.isfinite(self.value)

    @property
    def told_apart(self) -> bool:
        """Whether the images tell the two apart: 0 lies outside, and McNemar's test agrees.

        >>> Difference(0.058, 0.008, 0.121, 519).told_apart
        True
        """
        outside = self.low > 0 or self.high < 0
        return outside and (self.p is None or self.p < SIGNIFICANCE)

    def plain(self) -> str:
        """With three decimals and its sign.

        >>> Difference(0.058, 0.008, 0.121, 519).plain()
        '+0.058 (+0.008 to +0.121)'
        """
        if not self.known:
            return "unknown"
        return f"{_signed(self.value, 3)} ({_signed(self.low, 3)} to {_signed(self.high, 3)})"

    def points(self) -> str:
        """Of two shares: in percentage points, with its sign.

        >>> Difference(0.058, 0.008, 0.121, 519).points()
        '+5.8 points (+0.8 to +12.1)'
        """
        if not self.known:
            return "unknown"
        value, low, high = (_signed(100 * one, 1) for one in (self.value, self.low, self.high))
        return f"{value} points ({low} to {high})"

    def to_json(self) -> list[float | int | None]:
        """``[value, low, high, n, p]``, with None for NaN."""
        numbers = (self.value, self.low, self.high)
        return [*(_or_none(number) for number in numbers), self.n, self.p]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> Difference:
        """Rebuild what `to_json` wrote."""
        value, low, high, n, p = data
        return cls(
            _or_nan(value),
            _or_nan(low),
            _or_nan(high),
            n=int(n or 0),
            p=None if p is None else float(p),
        )


def unknown(n: int) -> Estimate:
    """The estimate of something that cannot be computed from these images."""
    return Estimate(math.nan, math.nan, math.nan, n)


def wilson(successes: float, n: int) -> Estimate:
    """A share with Wilson's score interval, which holds for small n and for shares of 0 and 1.

    It takes all n to be independent; for images that come in groups see
    `core.evaluation.resampling`.

    Source:
        Wilson (1927), Journal of the American Statistical Association 22, 209-212;
        Newcombe (1998), Statistics in Medicine 17, 857-872, method 3.

    >>> estimate = wilson(81, 263)
    >>> round(estimate.low, 4), round(estimate.high, 4)
    (0.2553, 0.3662)
    """
    if n == 0:
        return unknown(0)
    share, square = successes / n, _Z * _Z
    center = (share + square / (2 * n)) / (1 + square / n)
    half = _Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    low = 0.0 if share == 0 else center - half  # exact, where rounding leaves 1e-17
    high = 1.0 if share == 1 else center + half
    return Estimate(share, low, high, n)


def _signed(number: float, places: int) -> str:
    """With a real minus: a hyphen parts a number at a line's end, and is passed over when read."""
    return f"{number:+z.{places}f}".replace("-", "\N{MINUS SIGN}")


def _or_none(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _or_nan(number: float | int | None) -> float:
    return math.nan if number is None else float(number)
