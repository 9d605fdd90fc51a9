r"""A dense layer with every product laid open: the paper's Fig. 2, y = f(Wx + b).

The matrix has one row for each output, as in the formula. Keras keeps its transpose: there a
kernel is (inputs, outputs) and the product is written x W.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray
from core.errors import LessonError
from core.ops.activation import Activation

MAX_INPUTS: Final = 4
MAX_OUTPUTS: Final = 4
LIMIT: Final = 5.0
"""Inputs, weights and biases of the lesson stay within this size."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DenseForward:
    """All that a dense layer computes for one or many inputs.

    Attributes:
        products: Weight times input, (..., m, n).
        sums: Wx + b, (..., m).
        outputs: Activation of the sums, (..., m).
        slopes: Derivative of the activation there, (..., m).
    """

    products: FloatArray
    sums: FloatArray
    outputs: FloatArray
    slopes: FloatArray


def dense(
    inputs: FloatArray,
    weights: FloatArray,
    biases: FloatArray,
    *,
    activation: Activation,
) -> DenseForward:
    """Forward pass of ``inputs``, (..., n), through m neurons that all see all inputs.

    Args:
        inputs: (..., n).
        weights: (m, n), a row for each output.
        biases: (m,).
        activation: From `core.ops.activation`, with its default parameter.

    Raises:
        LessonError: ``dense.shapes``, where the three do not fit together.
    """
    x, w, b = (np.asarray(values, dtype=np.float64) for values in (inputs, weights, biases))
    if w.ndim != 2 or b.shape != w.shape[:1] or x.shape[-1:] != w.shape[1:]:
        raise LessonError(
            "dense.shapes",
            problem=f"Inputs {x.shape}, weights {w.shape} and biases {b.shape} do not fit.",
            remedy="Give a row of weights and one bias for each output, a column for each input.",
        )
    products = w * x[..., None, :]
    sums = products.sum(axis=-1) + b
    return DenseForward(
        products=products,
        sums=sums,
        outputs=activation(sums),
        slopes=activation.derivative(sums),
    )
