"""A linear head on features that stay as they are, fitted in full batches. NumPy, no Keras.

Features are centered and scaled by the pictures that the head learns from. Every class counts the
same in the loss, however many pictures it has. The loss is convex, so the way down has one end;
the step is one that can never climb, which leaves no rate to choose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray
from core.errors import LessonError

EPOCHS: Final = 200
"""Steps down: each sees all pictures once."""
DECAY: Final = 1e-3
"""Weight of half the sum of squared weights in the loss."""
_FLOOR: Final = 1e-6


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Head:
    """A fitted head.

    Attributes:
        center: (F,) mean of each feature over the pictures it learned from.
        scale: (F,) what a centered feature is divided by: its deviation times the root of F.
        kernel: (F, K) float64.
        bias: (K,) float64.
        losses: (E,) float64, the loss before each epoch.
    """

    center: FloatArray
    scale: FloatArray
    kernel: FloatArray
    bias: FloatArray
    losses: FloatArray

    def scores(self, features: FloatArray) -> FloatArray:
        """What the head says of pictures: (N, K), each row sums to 1.

        Args:
            features: (N, F).
        """
        return softmax(placed(features, self.center, self.scale) @ self.kernel + self.bias)


def fit_head(
    features: FloatArray,
    labels: IntArray,
    classes: int,
    *,
    epochs: int = EPOCHS,
    decay: float = DECAY,
    told: Callable[[int, float], None] = lambda epoch, loss: None,
) -> Head:
    """Fit a head from weights of zero.

    Args:
        features: (N, F) of the pictures to learn from.
        labels: (N,) from 0 to K - 1.
        classes: K.
        epochs: Passes over all pictures, one step each.
        decay: See `DECAY`; the bias is left out of it.
        told: Called with the number of each epoch, from 1, and the loss before it.

    Raises:
        LessonError: ``head.class-empty`` where a class has no picture.

    >>> features = np.array([[0.0, 0.0], [0.0, 1.0], [4.0, 0.0], [4.0, 1.0]])
    >>> head = fit_head(features, np.array([0, 0, 1, 1]), 2)
    >>> round(float(head.losses[0]), 4), head.scores(features).argmax(axis=1).tolist()
    (0.6931, [0, 0, 1, 1])
    """
    features = np.asarray(features, np.float64)
    counts = np.bincount(labels, minlength=classes)
    if classes < 2 or counts.min() == 0:
        raise LessonError(
            "head.class-empty",
            problem="A class has no pictures to learn from.",
            remedy="Give every class a few pictures; two classes are the fewest.",
        )
    center, scale = _scaling(features)
    inputs = placed(features, center, scale)
    weights = 1.0 / (classes * counts[labels])  # they sum to 1
    wanted = np.eye(classes)[labels]
    rate = 1.0 / (_curvature(inputs, weights) + decay)
    kernel, bias = np.zeros((features.shape[1], classes)), np.zeros(classes)
    losses = np.empty(epochs)
    for epoch in range(epochs):
        scores = softmax(inputs @ kernel + bias)
        losses[epoch] = _loss(scores, labels, weights) + 0.5 * decay * float(np.sum(kernel**2))
        told(epoch + 1, float(losses[epoch]))
        slope = weights[:, None] * (scores - wanted)
        kernel -= rate * (inputs.T @ slope + decay * kernel)
        bias -= rate * slope.sum(axis=0)
    return Head(center=center, scale=scale, kernel=kernel, bias=bias, losses=losses)


def placed(features: FloatArray, center: FloatArray, scale: FloatArray) -> FloatArray:
    """Features (N, F) as a head reads them."""
    return (np.asarray(features, np.float64) - center) / scale


def softmax(logits: FloatArray) -> FloatArray:
    """Scores (N, K) of logits (N, K); stable for any finite ones."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _scaling(features: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Center and scale; a feature that never changes says nothing, and stays near zero."""
    deviation = features.std(axis=0)
    flat = deviation < _FLOOR
    deviation[flat] = 1.0
    return features.mean(axis=0), deviation * np.sqrt(features.shape[1])


def _curvature(inputs: FloatArray, weights: FloatArray) -> float:
    """No direction of the loss bends more: half the largest eigenvalue of the inputs' moments.

    Source:
        Böhning (1992), Multinomial logistic regression algorithm, Annals of the Institute of
        Statistical Mathematics 44, 197-200.
    """
    with_bias = np.hstack([inputs, np.ones((len(inputs), 1))]) * np.sqrt(weights)[:, None]
    return 0.5 * float(np.linalg.norm(with_bias @ with_bias.T, 2))


def _loss(scores: FloatArray, labels: IntArray, weights: FloatArray) -> float:
    right = scores[np.arange(len(labels)), labels]
    return float(-np.sum(weights * np.log(np.maximum(right, 1e-300))))
