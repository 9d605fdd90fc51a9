"""What an output means: from a network whose classes counted alike to the share in its own set.

Class weights let a rare class count as much as the others. The network then learns as if every
class were equally frequent, and its outputs say how likely a fracture would be there. Dividing
the weights out of the odds brings them back to the frequency of the set it learned from; it moves
no picture past another, so AUC and the choice at a threshold stay the same. NumPy only.

Source:
    Saerens, Latinne & Decaestecker (2002), Neural Computation 14, 21-41, equation 2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray

PARTS: Final = 10
DRAWS: Final = 200
"""Sets of labels behind what chance alone would show."""


def at_base_rate(outputs: FloatArray, class_weights: Sequence[float]) -> FloatArray:
    r"""Outputs for class 1 as they would be without class weights.

    .. math:: \frac{p}{1-p} = \frac{p'}{1-p'} \cdot \frac{w_0}{w_1}

    Args:
        outputs: Any shape, between 0 and 1.
        class_weights: How much an image of class 0 and of class 1 counted in the loss.

    >>> at_base_rate(np.array([0.0, 0.5, 1.0]), (0.625, 2.5)).round(3)
    array([0. , 0.2, 1. ])
    """
    negative, positive = class_weights
    low, high = (1.0 - outputs) * positive, outputs * negative
    return high / (low + high)


def at_prevalence(output: float, known: float, elsewhere: float) -> float:
    """What an output, taken for a share, means where another share of all is positive.

    It holds as far as positives look alike in both places, and negatives too: the odds are then
    multiplied by the ratio of the odds of both shares.

    Args:
        output: Between 0 and 1.
        known: Share of positives for which the output is a share.
        elsewhere: Share of positives in the other place.

    Source: Saerens, Latinne and Decaestecker (2002), equation 2.4.

    >>> [round(at_prevalence(*one), 3) for one in ((0.5, 0.5, 0.02), (0.3, 0.2, 0.2))]
    [0.02, 0.3]
    """
    if output in (0.0, 1.0):
        return output
    for_it = output * elsewhere / known
    against = (1 - output) * (1 - elsewhere) / (1 - known)
    return for_it / (for_it + against)


def gap(outputs: FloatArray, labels: IntArray, *, parts: int = PARTS) -> float:
    """Mean distance between output and share of positives, over tenths of the images by output.

    Args:
        outputs: (N,) for class 1.
        labels: (N,) 0 or 1.
        parts: How many parts of equal size.
    """
    tenths = np.array_split(np.argsort(outputs, kind="stable"), parts)
    apart = [abs(outputs[part].sum() - labels[part].sum()) for part in tenths]
    return float(sum(apart) / len(outputs))


def gap_by_chance(
    outputs: FloatArray, *, parts: int = PARTS, draws: int = DRAWS, seed: int = 0
) -> float:
    """The `gap` that a calibrated network would show all the same, since images are few.

    Args:
        outputs: (N,), each taken for the true share; images stand for themselves.
        parts: As in `gap`.
        draws: How many sets of labels are drawn from the outputs.
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    drawn = (rng.random((draws, len(outputs))) < outputs).astype(np.int64)
    return float(np.mean([gap(outputs, labels, parts=parts) for labels in drawn]))
