"""What depth does to a signal and to its gradient, measured on a real stack of dense layers.

Layer l computes h_l = f(W_l h_(l-1)), all of one width, without bias. Every number is a
measurement on random weights and inputs, not a formula. The laws that the formulas promise are
in the tests: He's weights keep the second moment through ReLU, LeCun's through a linear layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray
from core.errors import LessonError
from core.ops.activation import Activation

MAX_DEPTH: Final = 20
WIDTH: Final = 64
SAMPLES: Final = 32
VANISHED: Final = 1e-3
EXPLODED: Final = 1e3
"""A root mean square that changed by more than this factor over the stack has a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialization:
    """How weights begin.

    Attributes:
        name, title: For code and for people.
        rule: In words and symbols.
        draw: From generator, fan in and fan out to (fan in, fan out) weights.
        source: Where it comes from.
    """

    name: str
    title: str
    rule: str
    draw: Callable[[np.random.Generator, int, int], FloatArray]
    source: str


def _normal(
    deviation: Callable[[int], float],
) -> Callable[[np.random.Generator, int, int], FloatArray]:
    return lambda rng, fan_in, fan_out: deviation(fan_in) * rng.standard_normal((fan_in, fan_out))


def _glorot(rng: np.random.Generator, fan_in: int, fan_out: int) -> FloatArray:
    limit = math.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out))


_ALL: Final = (
    Initialization(
        name="glorot",
        title="Glorot",
        rule="uniform, variance 2 / (inputs + outputs)",
        draw=_glorot,
        source="Glorot & Bengio (2010); what Keras does unless told otherwise",
    ),
    Initialization(
        name="he",
        title="He",
        rule="normal, variance 2 / inputs",
        draw=_normal(lambda n: math.sqrt(2.0 / n)),
        source="He et al. (2015), arXiv:1502.01852",
    ),
    Initialization(
        name="lecun",
        title="LeCun",
        rule="normal, variance 1 / inputs",
        draw=_normal(lambda n: math.sqrt(1.0 / n)),
        source="LeCun et al. (1998), Efficient BackProp, section 4.6",
    ),
    Initialization(
        name="small",
        title="Small",
        rule="normal, standard deviation 0.05",
        draw=_normal(lambda _: 0.05),
        source="A fixed size, whatever the width",
    ),
    Initialization(
        name="large",
        title="Large",
        rule="normal, standard deviation 0.3",
        draw=_normal(lambda _: 0.3),
        source="A fixed size, whatever the width",
    ),
)
INITIALIZATIONS: Final[dict[str, Initialization]] = {entry.name: entry for entry in _ALL}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DepthMeasurement:
    """Root mean squares through a stack.

    Attributes:
        signal: (D + 1,), of the input and of each layer's output; the input's is 1.
        gradient: (D + 1, D + 1); row d is the gradient in a stack of d layers, with respect to
            the input (column 0) and to each layer's output (column d: 1, where it starts);
            NaN beyond d.
        silent: (D,), share of units whose slope is exactly 0 for every sample.
    """

    signal: FloatArray
    gradient: FloatArray
    silent: FloatArray


def measure_depth(
    activation: Activation,
    initialization: Initialization,
    *,
    depth: int = MAX_DEPTH,
    width: int = WIDTH,
    samples: int = SAMPLES,
    seed: int = 0,
    shortcut: bool = False,
) -> DepthMeasurement:
    """Send random samples through stacks of 1 to ``depth`` layers, and a gradient back.

    The stack of d layers is the lower part of the deepest one. The gradient that starts at its
    top is random with mean square 1, as from a loss that has no favorite unit. With a ``shortcut``
    each layer adds to its input, h_l = h_(l-1) + f(W_l h_(l-1)), as in a residual network.

    Raises:
        LessonError: ``stack.depth``, for a depth outside 1 to `MAX_DEPTH`.
    """
    if not 1 <= depth <= MAX_DEPTH:
        raise LessonError(
            "stack.depth",
            problem=f"A stack of {depth} layers cannot be measured here.",
            remedy=f"Choose 1 to {MAX_DEPTH} layers.",
        )
    rng = np.random.default_rng(seed)
    signal = _unit(rng.standard_normal((samples, width)))
    weights, slopes, sizes = [], [], [1.0]
    for _ in range(depth):
        weights.append(initialization.draw(rng, width, width))
        total = signal @ weights[-1]
        signal = activation(total) + signal * shortcut
        slopes.append(activation.derivative(total))
        sizes.append(_rms(signal))
    start = _unit(rng.standard_normal((samples, width)))
    gradient = np.full((depth + 1, depth + 1), np.nan)
    gradient[0, 0] = 1.0
    for top in range(1, depth + 1):
        flowing = start
        gradient[top, top] = 1.0
        for layer in range(top, 0, -1):
            back = (flowing * slopes[layer - 1]) @ weights[layer - 1].T
            flowing = back + flowing * shortcut
            gradient[top, layer - 1] = _rms(flowing)
    silent = np.array([float((slope == 0).all(axis=0).mean()) for slope in slopes])
    return DepthMeasurement(signal=np.array(sizes), gradient=gradient, silent=silent)


def verdict(ratio: float) -> str:
    """The name of what happened to a root mean square that changed by that factor.

    >>> verdict(1e-5), verdict(0.3), verdict(1e9), verdict(0.0)
    ('vanishes', 'is kept', 'explodes', 'is zero')
    """
    if ratio == 0:
        return "is zero"
    if ratio < VANISHED:
        return "vanishes"
    return "explodes" if ratio > EXPLODED else "is kept"


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _unit(values: FloatArray) -> FloatArray:
    return values / _rms(values)
