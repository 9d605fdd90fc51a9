r"""A network small enough to draw: dense layers over features of a point, one logit at the end.

Its weights and biases are one flat vector, layer by layer: the weights of a layer unit by unit,
then its biases. So one rule updates them all, and the browser holds the same vector. The loss is
the mean binary cross-entropy taken from the logit, plus l2 times the sum of the squared weights
(not biases), as Keras's `L2` adds it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from core.arrays import BoolArray, FloatArray
from core.descent.seeded import WEIGHTS, stream
from core.errors import LessonError
from core.ops.activation import ACTIVATIONS

MAX_HIDDEN: Final = 4
MAX_UNITS: Final = 8
LAYER_ACTIVATIONS: Final = (
    "linear", "relu", "tanh", "sigmoid", "leaky_relu", "elu", "gelu", "silu",
)  # fmt: skip
SATURATING: Final = {"tanh": 1.0, "sigmoid": 0.25}
"""Activations that flatten on both sides, and their greatest slope."""

FLAT: Final = 0.05
"""A slope below this share of the greatest counts as flat."""

MOSTLY: Final = 0.95
"""A unit that is flat for this share of the points is called saturated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One number made of a point.

    Attributes:
        name, symbol: For code and for people.
        of: From the two coordinates, any one shape, to the feature.
    """

    name: str
    symbol: str
    of: Callable[[FloatArray, FloatArray], FloatArray]


FEATURES: Final[dict[str, Feature]] = {
    feature.name: feature
    for feature in (
        Feature(name="x1", symbol="x₁", of=lambda a, b: a),
        Feature(name="x2", symbol="x₂", of=lambda a, b: b),
        Feature(name="x1_squared", symbol="x₁²", of=lambda a, b: a * a),
        Feature(name="x2_squared", symbol="x₂²", of=lambda a, b: b * b),
        Feature(name="product", symbol="x₁x₂", of=lambda a, b: a * b),
        Feature(name="sin_x1", symbol="sin x₁", of=lambda a, b: np.sin(a)),
        Feature(name="sin_x2", symbol="sin x₂", of=lambda a, b: np.sin(b)),
    )
}


@dataclass(frozen=True, slots=True)
class Hidden:
    """One hidden layer: how many units, and what each does to its sum."""

    units: int
    activation: str


@dataclass(frozen=True)  # no slots: the shapes are kept once made
class NetworkSpec:
    """Features in, hidden layers, one logit out.

    Raises:
        LessonError: ``network.features``, ``network.layers``, ``network.units`` or
            ``network.activation``.
    """

    features: tuple[str, ...] = ("x1", "x2")
    hidden: tuple[Hidden, ...] = (Hidden(4, "tanh"), Hidden(2, "tanh"))

    def __post_init__(self) -> None:
        unknown = [name for name in self.features if name not in FEATURES]
        if not self.features or unknown:
            raise LessonError(
                "network.features",
                problem=f"The features {list(self.features)} are not a choice of {list(FEATURES)}.",
                remedy="Choose at least one of them.",
            )
        if len(self.hidden) > MAX_HIDDEN:
            raise LessonError(
                "network.layers",
                problem=f"There are {len(self.hidden)} hidden layers.",
                remedy=f"Choose 0 to {MAX_HIDDEN}.",
            )
        for layer in self.hidden:
            if not 1 <= layer.units <= MAX_UNITS:
                raise LessonError(
                    "network.units",
                    problem=f"A hidden layer has {layer.units} units.",
                    remedy=f"Choose 1 to {MAX_UNITS}.",
                )
            if layer.activation not in LAYER_ACTIVATIONS:
                raise LessonError(
                    "network.activation",
                    problem=f"There is no activation {layer.activation!r} here.",
                    remedy=f"Choose one of {', '.join(LAYER_ACTIVATIONS)}.",
                )

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Numbers in each layer, features first, 1 last."""
        return (len(self.features), *(layer.units for layer in self.hidden), 1)

    @property
    def activations(self) -> tuple[str, ...]:
        """Of every layer; the last is linear, since the loss is taken from the logit."""
        return (*(layer.activation for layer in self.hidden), "linear")

    @property
    def num_parameters(self) -> int:
        """Weights and biases together.

        >>> NetworkSpec().num_parameters
        25
        """
        pairs = zip(self.sizes, self.sizes[1:], strict=False)
        return sum(units * (inputs + 1) for inputs, units in pairs)


def layers(spec: NetworkSpec, parameters: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """Weights (m, n) and biases (m,) of each layer, as views of the flat vector."""
    found, at = [], 0
    for inputs, units in zip(spec.sizes, spec.sizes[1:], strict=False):
        weights = parameters[at : at + units * inputs].reshape(units, inputs)
        at += units * inputs
        found.append((weights, parameters[at : at + units]))
        at += units
    return found


def are_weights(spec: NetworkSpec) -> BoolArray:
    """(P,) True where the flat vector holds a weight, False where a bias."""
    marks = np.zeros(spec.num_parameters)
    for weights, _ in layers(spec, marks):
        weights[:] = 1.0
    return marks > 0


def initial(spec: NetworkSpec, *, seed: int) -> FloatArray:
    """(P,) Glorot-uniform weights and zero biases, as Keras begins.

    Source: Glorot & Bengio (2010), Understanding the difficulty of training deep networks.
    """
    draws = stream(seed, WEIGHTS)
    parameters = np.zeros(spec.num_parameters)
    for weights, _ in layers(spec, parameters):
        limit = math.sqrt(6.0 / sum(weights.shape))
        for place in np.ndindex(weights.shape):
            weights[place] = (2.0 * draws.uniform() - 1.0) * limit
    return parameters


def features_of(spec: NetworkSpec, positions: FloatArray) -> FloatArray:
    """(N, n) features of (N, 2) points."""
    points = np.asarray(positions, dtype=np.float64)
    columns = [FEATURES[name].of(points[:, 0], points[:, 1]) for name in spec.features]
    return np.stack(columns, axis=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forward:
    """One forward pass over N points.

    Attributes:
        sums: For each layer (N, m), before its activation.
        outputs: For each layer (N, m); the last are the logits.
    """

    sums: tuple[FloatArray, ...]
    outputs: tuple[FloatArray, ...]

    @property
    def logits(self) -> FloatArray:
        """(N,)."""
        return self.outputs[-1][:, 0]


def forward(spec: NetworkSpec, parameters: FloatArray, inputs: FloatArray) -> Forward:
    """From features, (N, n), to the logits, with all between."""
    sums, outputs = [], []
    values = inputs
    for (weights, biases), name in zip(layers(spec, parameters), spec.activations, strict=True):
        sums.append(values @ weights.T + biases)
        values = ACTIVATIONS[name](sums[-1])
        outputs.append(values)
    return Forward(sums=tuple(sums), outputs=tuple(outputs))


def cross_entropy(logits: FloatArray, targets: FloatArray) -> float:
    """Mean binary cross-entropy from logits, in the form that never overflows.

    >>> round(cross_entropy(np.zeros(3), np.array([0.0, 1.0, 1.0])), 6)
    0.693147
    """
    each = np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))
    return float(each.mean())


def loss(
    spec: NetworkSpec,
    parameters: FloatArray,
    inputs: FloatArray,
    targets: FloatArray,
    *,
    l2: float = 0.0,
) -> float:
    """What training makes small: cross-entropy plus the penalty on weights."""
    done = forward(spec, parameters, inputs)
    weights = parameters[are_weights(spec)]
    return cross_entropy(done.logits, targets) + l2 * float(weights @ weights)


def gradient(
    spec: NetworkSpec,
    parameters: FloatArray,
    inputs: FloatArray,
    targets: FloatArray,
    *,
    l2: float = 0.0,
) -> FloatArray:
    """(P,) of `loss`, by backpropagation."""
    done = forward(spec, parameters, inputs)
    found = np.zeros_like(parameters)
    by_sum = ((_sigmoid(done.logits) - targets) / len(targets))[:, None]
    both = list(zip(layers(spec, parameters), layers(spec, found), strict=True))
    for place in range(len(both) - 1, -1, -1):
        (weights, _), (by_weights, by_biases) = both[place]
        before = done.outputs[place - 1] if place else inputs
        by_weights[:] = by_sum.T @ before + 2.0 * l2 * weights
        by_biases[:] = by_sum.sum(axis=0)
        if place:
            slope = ACTIVATIONS[spec.activations[place - 1]].derivative(done.sums[place - 1])
            by_sum = (by_sum @ weights) * slope
    return found


def _sigmoid(values: FloatArray) -> FloatArray:
    return ACTIVATIONS["sigmoid"](values)


def accuracy(logits: FloatArray, targets: FloatArray) -> float:
    """Share of points on their side of the line where the output is 0.5."""
    return float(((logits >= 0) == (targets > 0.5)).mean())


def idle_units(
    spec: NetworkSpec, parameters: FloatArray, inputs: FloatArray
) -> tuple[tuple[str, ...], ...]:
    """For each hidden layer and unit ``dead``, ``saturated`` or nothing, over these inputs.

    Dead: its slope is 0 for every point, so that no gradient ever reaches its weights. Saturated:
    tanh or sigmoid lies on its flat part for `MOSTLY` all points, so that it hardly learns.
    """
    done = forward(spec, parameters, inputs)
    found = []
    for layer, sums in zip(spec.hidden, done.sums, strict=False):
        slopes = np.abs(ACTIVATIONS[layer.activation].derivative(sums))
        greatest = SATURATING.get(layer.activation)
        if greatest is not None:
            flat = (slopes < FLAT * greatest).mean(axis=0) >= MOSTLY
            found.append(tuple("saturated" if unit else "" for unit in flat))
        else:
            found.append(tuple("dead" if unit else "" for unit in (slopes == 0).all(axis=0)))
    return tuple(found)
