r"""Dropout: some of a layer's outputs are put to zero while training, none in use.

.. math:: y_i = \frac{m_i}{1 - p}\, x_i, \qquad m_i \sim \text{Bernoulli}(1 - p)

What is kept is enlarged by 1/(1 - p), so that the mean over many draws is the output without
dropout and nothing has to be changed in use ("inverted" dropout, which is what Keras does).

Source: Srivastava et al. (2014), Journal of Machine Learning Research 15, 1929-1958.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from core.arrays import FloatArray
from core.errors import LessonError

HIGHEST_RATE: Final = 0.95


def chances(units: int, draws: int, *, seed: int) -> FloatArray:
    """One number between 0 and 1 for each unit and draw; a unit is kept where it reaches the rate.

    Args:
        units, draws: How many.
        seed: Of the generator.

    Returns:
        (draws, units) float32.
    """
    return np.random.default_rng(seed).random((draws, units), dtype=np.float32)


def drop(values: FloatArray, chance: FloatArray, rate: float) -> FloatArray:
    """The layer's outputs in training.

    Args:
        values: (units,) outputs.
        chance: (..., units) between 0 and 1, from `chances`.
        rate: Share that is dropped, 0 to `HIGHEST_RATE`.

    Returns:
        (..., units): 0 where the chance lies below the rate, else enlarged by 1 / (1 - rate).

    Raises:
        LessonError: ``dropout.rate`` outside the range.

    >>> drop(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.6, 0.9]), 0.5)
    array([0., 4., 6.])
    """
    if not 0 <= rate <= HIGHEST_RATE:
        raise LessonError(
            "dropout.rate",
            problem=f"A rate of {rate} cannot be used.",
            remedy=f"Choose a rate from 0 to {HIGHEST_RATE}.",
        )
    return np.where(chance >= rate, values / (1 - rate), 0.0)


def deviation(values: FloatArray, rate: float) -> FloatArray:
    """Standard deviation of each output over all draws: |x| sqrt(p / (1 - p)).

    >>> deviation(np.array([2.0]), 0.5)
    array([2.])
    """
    return np.abs(values) * np.sqrt(rate / (1 - rate))
