"""What a figure of a network's idea holds: numbers for each position of one control.

A figure is a row of small pictures, bars that are compared, curves with a mark where the control
stands, or several of these. Everything in it was computed by the rest of `core`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

ScaleName = Literal["gray", "activation", "count"]
RoleName = Literal["old", "new", "part", "plain"]

SCALES: Final[tuple[ScaleName, ...]] = ("gray", "activation", "count")


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One small picture.

    Attributes:
        title: Above it.
        values: (H, W).
        scale: "gray" for 0 to 255, "activation" for signed values around 0, "count" for whole
            numbers that are written into the cells.
        limit: Value at the end of the scale; both ends of a signed one.
        note: Below it.
    """

    title: str
    values: NDArray[np.float64]
    scale: ScaleName = "gray"
    limit: float = 255.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One number to compare.

    Attributes:
        label: What it counts.
        value: Not negative.
        role: "old" for the way before, "new" for the network's way, "part" for a share of the
            new way, "plain" for neither.
        shown: The number as it is read.
    """

    label: str
    value: float
    role: RoleName
    shown: str


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A curve over the positions of the control.

    Attributes:
        name: At its end.
        values: One a position.
        role: As for bars.
        jumps: Whether it keeps each value up to the next position and jumps there.
    """

    name: str
    values: tuple[float, ...]
    role: RoleName
    jumps: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is shown where the control stands.

    Attributes:
        sentence: The figure in words, numbers included.
        formula: Why, with the numbers of this position in it.
        pictures, bars: Whatever there is.
    """

    sentence: str
    formula: str
    pictures: tuple[Picture, ...] = ()
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Idea:
    """A network's idea as a figure with one control.

    Attributes:
        title: What is compared.
        control: Name of the control.
        positions: Its values; texts where they are no numbers.
        start: Index of the first one shown.
        views: One a position.
        lines: Curves over all positions.
        axis: Of the curves or bars: what their numbers are.
        logarithmic: Whether bars and curves are drawn by their logarithm.
    """

    title: str
    control: str
    positions: tuple[float | str, ...]
    start: int
    views: tuple[View, ...]
    lines: tuple[Line, ...] = ()
    axis: str = ""
    logarithmic: bool = False

    @property
    def highest(self) -> float:
        """The longest bar at any position."""
        return max((bar.value for view in self.views for bar in view.bars), default=1.0)

    @property
    def lowest(self) -> float:
        """The shortest bar above 0 at any position."""
        values = [bar.value for view in self.views for bar in view.bars if bar.value > 0]
        return min(values, default=1.0)


def count(number: float) -> str:
    """A count as it is read.

    >>> count(416), count(98304), count(1.86e6), count(2_359_296_000)
    ('416', '98,304', '1.86 million', '2,359 million')
    """
    if number < 1e6:
        return f"{round(number):,}"
    return f"{number / 1e6:,.2f} million" if number < 1e8 else f"{number / 1e6:,.0f} million"


def several(number: int, word: str) -> str:
    """A number with its word, in the plural where it is not 1.

    >>> several(1, "pixel"), several(3, "pixel")
    ('1 pixel', '3 pixels')
    """
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


_RAISED: Final = str.maketrans("-0123456789", "\N{SUPERSCRIPT MINUS}⁰¹²³⁴⁵⁶⁷⁸⁹")


def few_digits(value: float) -> str:
    """Two digits, with a power of ten where the number is small or large.

    >>> few_digits(0.0), few_digits(1.5), few_digits(0.28), few_digits(2.8e-6)
    ('0', '1.5', '0.28', '2.8 · 10⁻⁶')
    >>> few_digits(5712.0), few_digits(5.7e12)
    ('5,700', '5.7 · 10¹²')
    """
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        return f"{float(f'{value:.2g}'):,g}"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits} · 10{str(int(power)).translate(_RAISED)}"


def share(ratio: float) -> str:
    """A ratio as a share of a hundred.

    >>> share(0.1267), share(0.72), share(0.00123)
    ('12.7 %', '72 %', '0.12 %')
    """
    digits = 3 if ratio >= 0.1 else 2
    return f"{float(f'{100 * ratio:.{digits}g}'):g} %"
