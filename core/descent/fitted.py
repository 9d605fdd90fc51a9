r"""A real surface: the loss of a neuron with two weights over a small data set.

The neuron is logistic without a bias, its loss the mean binary cross-entropy taken from the
logit. The second input is measured on a larger scale than the first, as in raw tables, so the
valley is narrow: that is what standardizing inputs cures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray
from core.descent.surfaces import Gradient, Surface
from core.ops.activation import sigmoid

EXAMPLES: Final = 24
SEED: Final = 3


@dataclass(frozen=True, kw_only=True, eq=False)  # no slots: the columns are kept once made
class NeuronData:
    """What the neuron is fitted to.

    Attributes:
        inputs: (N, 2).
        targets: (N,) 0 or 1.
    """

    inputs: FloatArray
    targets: FloatArray

    def loss(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Mean cross-entropy for weights x and y, any one shape."""
        logits = self._logits(x, y)
        each = np.maximum(logits, 0) - logits * self.targets + np.log1p(np.exp(-np.abs(logits)))
        return each.mean(axis=-1)

    def gradient(self, x: FloatArray, y: FloatArray) -> Gradient:
        """Of the loss over all examples."""
        errors = sigmoid(self._logits(x, y)) - self.targets
        by = errors @ self.inputs / len(self.targets)
        return by[..., 0], by[..., 1]

    def batch_gradient(self, weights: FloatArray, rows: IntArray) -> FloatArray:
        """(2,) gradient of the mean loss over the examples `rows` only."""
        inputs, targets = self.inputs[rows], self.targets[rows]
        return (sigmoid(inputs @ weights) - targets) @ inputs / len(rows)

    @cached_property
    def _columns(self) -> tuple[FloatArray, FloatArray]:
        return self.inputs[:, 0].copy(), self.inputs[:, 1].copy()

    def _logits(self, x: FloatArray, y: FloatArray) -> FloatArray:
        first, second = self._columns
        if np.ndim(x) == 0:  # one walker: half of the time of the general form
            return x * first + y * second
        return np.asarray(x)[..., None] * first + np.asarray(y)[..., None] * second


def neuron_data(*, count: int = EXAMPLES, seed: int = SEED) -> NeuronData:
    """Two overlapping classes, half of the examples each; inputs rounded to two decimals."""
    rng = np.random.default_rng(seed)
    targets = np.arange(count) % 2.0
    centers = np.where(targets[:, None] == 1, (0.7, 0.9), (-0.7, -0.9))
    inputs = np.round(centers + rng.normal(0.0, (1.0, 2.4), (count, 2)), 2)
    return NeuronData(inputs=inputs, targets=targets)


def neuron_surface(data: NeuronData) -> Surface:
    """The loss over the two weights, with its minimum found by Newton's method."""
    return Surface(
        name="neuron",
        title="A neuron's two weights",
        formula=r"L(w_1, w_2) = -\frac1N \sum_i \left[t_i \log p_i + (1-t_i)\log(1-p_i)\right],"
        r"\; p_i = \sigma(w_1 x_{i1} + w_2 x_{i2})",
        value=data.loss,
        gradient=data.gradient,
        domain=(-2.5, 3.5, -2.0, 2.0),
        start=(-1.8, 1.5),
        rate=0.5,
        minima=(_minimum(data),),
        teaches="A real loss: each point is one neuron, its height how wrong it is on 24 examples.",
        source="Computed here from a seeded data set",
    )


def batches(count: int, *, size: int, steps: int, seed: int) -> IntArray:
    """(steps, size) rows of each step: the whole set is shuffled anew once it is used up.

    `size` divides `count`, so that an epoch ends with a whole batch.
    """
    if count % size:
        raise ValueError(f"Batches of {size} do not divide {count} examples.")
    rng = np.random.default_rng(seed)
    epochs = -(-steps * size // count)
    order = np.concatenate([rng.permutation(count) for _ in range(epochs)])
    return order[: steps * size].reshape(steps, size)


def _minimum(data: NeuronData) -> tuple[float, float]:
    weights = np.zeros(2)
    for _ in range(30):
        outputs = sigmoid(data.inputs @ weights)
        slope = (outputs - data.targets) @ data.inputs
        curvature = (data.inputs * (outputs * (1 - outputs))[:, None]).T @ data.inputs
        weights = weights - np.linalg.solve(curvature, slope)
    return float(weights[0]), float(weights[1])
