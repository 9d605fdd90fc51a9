"""One neuron, term by term: the paper's Fig. 1, and what a single one can and cannot answer."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from core.arrays import BoolArray, FloatArray
from core.errors import LessonError
from core.ops.activation import Activation

MAX_INPUTS: Final = 6
LIMIT: Final = 5.0
"""Inputs, weights and bias of the lesson stay within this size."""

CORNERS: Final = ((0, 0), (0, 1), (1, 0), (1, 1))
TABLES: Final[dict[str, tuple[int, ...]]] = {
    "AND": (0, 0, 0, 1),
    "OR": (0, 1, 1, 1),
    "XOR": (0, 1, 1, 0),
}
"""What two switches should give, in the order of `CORNERS`."""

YES: Final = 0.5
"""An output from here on counts as the answer 1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Firing:
    """All that a neuron computes for one or many inputs.

    Attributes:
        products: Input times weight, (..., n).
        total: Sum of the products plus the bias, (...).
        output: Activation of the total, (...).
        slope: Derivative of the activation there, (...).
    """

    products: FloatArray
    total: FloatArray
    output: FloatArray
    slope: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Neuron:
    """Weights, bias and activation.

    Attributes:
        weights: One for each input.
        bias: Added to the sum. The paper's threshold b is its negative.
        activation: From `core.ops.activation`.
        parameter: The activation's shape parameter, None for its default.
    """

    weights: tuple[float, ...]
    bias: float
    activation: Activation
    parameter: float | None = None

    def fire(self, inputs: FloatArray) -> Firing:
        """Forward pass of ``inputs``, (..., n).

        Raises:
            LessonError: ``neuron.inputs``, where there is not one input for each weight.
        """
        values = np.asarray(inputs, dtype=np.float64)
        if values.shape[-1:] != (len(self.weights),):
            raise LessonError(
                "neuron.inputs",
                problem=f"The neuron has {len(self.weights)} weights, the input has shape "
                f"{values.shape}.",
                remedy="Give one number for each weight.",
            )
        products = values * np.asarray(self.weights)
        total = products.sum(axis=-1) + self.bias
        return Firing(
            products=products,
            total=total,
            output=self.activation(total, self.parameter),
            slope=self.activation.derivative(total, self.parameter),
        )

    def says_yes(self, inputs: FloatArray) -> BoolArray:
        """Where the output is at least `YES`."""
        return self.fire(inputs).output >= YES


def possible_tables() -> frozenset[tuple[int, ...]]:
    """Every table of two switches that one neuron can compute, in the order of `CORNERS`.

    A neuron says yes on one side of a line. Any line past the four corners can be turned and
    shifted, without passing a corner, into one of those tried here.

    >>> len(possible_tables())
    14
    """
    corners = np.array(CORNERS, dtype=np.float64)
    found = set()
    for first, second, bias in product((-1, 0, 1), (-1, 0, 1), (-1.5, -0.5, 0.5, 1.5)):
        totals = corners @ np.array([first, second]) + bias
        found.add(tuple(int(total > 0) for total in totals))
    return frozenset(found)


def best_count(table: tuple[int, ...]) -> int:
    """How many of the four answers of a table one neuron can get right at most.

    >>> best_count(TABLES["AND"]), best_count(TABLES["XOR"])
    (4, 3)
    """
    return max(
        sum(wanted == given for wanted, given in zip(table, possible, strict=True))
        for possible in possible_tables()
    )


_SEPARATORS: Final = re.compile(r"[\s,;|\[\](){}]+")


def parse_weights(text: str) -> tuple[tuple[float, ...], float]:
    """Weights and bias from pasted text; the last number is the bias.

    Commas, semicolons, spaces, line breaks and brackets separate.

    Raises:
        LessonError: ``weights.empty``, ``weights.word``, ``weights.count`` or ``weights.range``,
            naming the place.

    >>> parse_weights("[1, 1] -1.5")
    ((1.0, 1.0), -1.5)
    """
    plain = text.replace("\N{MINUS SIGN}", "-")
    words = [word for word in _SEPARATORS.split(plain) if word]
    if not words:
        raise LessonError(
            "weights.empty",
            problem="There is no number in the text.",
            remedy="Paste the weights and then the bias, such as 1, 1, -1.5.",
        )
    numbers = [_number(word, place) for place, word in enumerate(words, 1)]
    if not 2 <= len(numbers) <= MAX_INPUTS + 1:
        raise LessonError(
            "weights.count",
            problem=f"The text holds {len(numbers)} number{'s' if len(numbers) > 1 else ''}.",
            remedy=f"Give 1 to {MAX_INPUTS} weights and, as the last number, the bias. "
            "A decimal point is a point, not a comma.",
        )
    return tuple(numbers[:-1]), numbers[-1]


def _number(word: str, place: int) -> float:
    try:
        value = float(word)
    except ValueError:
        raise LessonError(
            "weights.word",
            problem=f"Number {place} reads “{word[:20]}”, which is not a number.",
            remedy="Write numbers with a decimal point, such as 0.5 or -1.25.",
        ) from None
    if not math.isfinite(value) or abs(value) > LIMIT:
        raise LessonError(
            "weights.range",
            problem=f"Number {place} is {value:g}, beyond what the sliders reach.".replace(
                "-", "\N{MINUS SIGN}"
            ),
            remedy=f"Use numbers from \N{MINUS SIGN}{LIMIT:g} to {LIMIT:g}.",
        )
    return value
