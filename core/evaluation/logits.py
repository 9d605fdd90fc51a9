"""What logits mean: the loss, the shares and the class they stand for. NumPy only."""

from __future__ import annotations

import numpy as np

from core.arrays import FloatArray, IntArray


def losses(labels: IntArray, logits: FloatArray, *, focal_gamma: float = 0.0) -> FloatArray:
    r"""What each image costs in nats, (N,) float64, from logits and therefore stable.

    .. math:: -(1 - p)^\gamma \ln p

    where p is the share that the network gives to the true class: cross-entropy for
    :math:`\gamma = 0`, else the focal loss, which lets images that are answered well count little
    (Lin et al. 2017, arXiv:1708.02002; their alpha is a class weight).

    Args:
        labels: (N,).
        logits: (N, 1) for two classes, else (N, C).
        focal_gamma: 0 or more.

    >>> losses(np.array([1, 0]), np.array([[0.0], [0.0]])).round(4)
    array([0.6931, 0.6931])
    >>> losses(np.array([1, 0]), np.array([[0.0], [0.0]]), focal_gamma=2.0).round(4)
    array([0.1733, 0.1733])
    """
    return focused(_cross_entropy(labels, logits), focal_gamma)


def focused(cross_entropy: FloatArray | float, focal_gamma: float) -> FloatArray:
    """The focal loss of images whose cross-entropy is known, of any shape.

    The share of the true class is exp(-cross-entropy), so that neither needs the logits.
    """
    costs = np.asarray(cross_entropy, dtype=np.float64)
    return costs * (-np.expm1(-costs)) ** focal_gamma if focal_gamma else costs


def guessing_loss(num_classes: int, *, focal_gamma: float = 0.0) -> float:
    """What an image costs to which every class is given the same share.

    >>> round(guessing_loss(2), 4), round(guessing_loss(2, focal_gamma=2.0), 4)
    (0.6931, 0.1733)
    """
    return float(focused(np.log(num_classes), focal_gamma))


def _cross_entropy(labels: IntArray, logits: FloatArray) -> FloatArray:
    z = logits.astype(np.float64)
    if z.shape[1] == 1:
        # -log sigmoid(z) for class 1, -log sigmoid(-z) for class 0.
        return np.logaddexp(0.0, np.where(labels == 1, -z[:, 0], z[:, 0]))
    top = z.max(axis=1)
    total = top + np.log(np.exp(z - top[:, None]).sum(axis=1))
    return total - z[np.arange(len(z)), labels]


def scores(logits: FloatArray) -> FloatArray:
    """The model's output as shares: (N,) for class 1 of two, else (N, C) that sum to 1."""
    z = logits.astype(np.float64)
    if z.shape[1] == 1:
        # exp of a negative number only, so that nothing overflows.
        tail = np.exp(-np.abs(z[:, 0]))
        return np.where(z[:, 0] >= 0, 1.0, tail) / (1.0 + tail)
    shares = np.exp(z - z.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def predicted(logits: FloatArray) -> IntArray:
    """The class answered at threshold 0.5 (two classes) or by the largest logit, (N,) int64."""
    if logits.shape[1] == 1:
        return (logits[:, 0] >= 0).astype(np.int64)
    return logits.argmax(axis=1).astype(np.int64)


def balanced_weights(labels: IntArray, *, num_classes: int) -> FloatArray:
    """Weights N / (C n_k): every class counts the same, and the mean weight of an image is 1.

    >>> balanced_weights(np.array([0, 0, 0, 1]), num_classes=2)
    array([0.66666667, 2.        ])
    """
    count = np.bincount(labels, minlength=num_classes)
    present = int(np.count_nonzero(count))
    weights = np.zeros(num_classes)
    weights[count > 0] = len(labels) / (present * count[count > 0])
    return weights


def constant_loss(
    learned: IntArray, scored: IntArray, *, weighted: bool, focal_gamma: float = 0.0
) -> float:
    """What the best single output for all images costs, in nats: the level a network must leave.

    Without weights that output is the base rate of the training images; with weights that let
    every class count the same it is one over the number of classes, whatever is scored. The
    focal loss draws it from the base rate toward the middle.

    Args:
        learned: (C,) images of each class in training.
        scored: (C,) images of each class where the loss is taken.
        weighted: Whether each image counts with `balanced_weights` of training.
        focal_gamma: Of the loss; 0 for cross-entropy.

    >>> round(constant_loss(np.array([411, 89]), np.array([411, 89]), weighted=False), 3)
    0.468
    >>> round(constant_loss(np.array([411, 89]), np.array([50, 50]), weighted=True), 3)
    0.693
    """
    shares = learned / learned.sum()
    if weighted:
        present = learned > 0
        weights = np.where(present, 1.0 / np.where(present, shares, 1.0), 0.0)
        shares = present / np.count_nonzero(present)
    else:
        weights = np.ones(len(learned))
    if focal_gamma:
        shares = _best_shares(shares, focal_gamma)
    counted = weights * scored
    with np.errstate(divide="ignore"):
        costs = np.where(counted > 0, focused(-np.log(shares), focal_gamma), 0.0)
    return float((counted * costs).sum() / counted.sum()) if counted.sum() else float("nan")


def _best_shares(frequencies: FloatArray, focal_gamma: float) -> FloatArray:
    """The shares (C,) that one output for all images does best to give under the focal loss.

    The loss is convex in them. Where it is lowest, frequency times slope is the same for every
    class that there is: that slope is found by halving, and the shares from it by a table.
    """
    present = frequencies > 0
    if np.count_nonzero(present) < 2:
        return present.astype(np.float64)
    odds = np.linspace(-18.0, 18.0, 4001)
    share, rest = 1.0 / (1.0 + np.exp(-odds)), 1.0 / (1.0 + np.exp(odds))
    slope = rest**focal_gamma / share - focal_gamma * rest ** (focal_gamma - 1) * np.log(share)
    falls = -np.log(slope)
    wanted = np.log(frequencies[present])

    def shares_at(level: float) -> FloatArray:
        return 1.0 / (1.0 + np.exp(-np.interp(wanted - level, falls, odds)))

    low, high = -60.0, 60.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if shares_at(middle).sum() > 1 else (low, middle)
    found = np.zeros(len(frequencies))
    found[present] = shares_at(low)
    return found / found.sum()
