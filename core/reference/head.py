"""The head: linear on what backbone and locator say, chosen and calibrated by group. NumPy.

Nothing of the test part comes here. The strength of the penalty is chosen by cross-validation
over groups; the outputs of pictures that a fold did not see say how sure the head may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler

from core.arrays import FloatArray, IntArray
from core.evaluation import resampling

STRENGTHS: Final = (1e-4, 3e-4, 1e-3, 3e-3)
"""Inverse penalties that are tried."""
FOLDS: Final = 5
_STEPS: Final = 500


@dataclass(frozen=True, slots=True)
class Trial:
    """What cross-validation said of one penalty.

    Attributes:
        strength: Inverse of the penalty.
        auc: On all pictures.
        matched: Over pairs alike in body part, view and hardware.
    """

    strength: float
    auc: float
    matched: float

    @property
    def merit(self) -> float:
        """What is chosen by: the mean of both."""
        return (self.auc + self.matched) / 2


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Head:
    """A fitted head; its logit stands for "fracture" at the frequency of what it learned from.

    Attributes:
        kernel: (F + 1, 1) float32; the last row is the locator's.
        bias: (1,) float32.
        strength: The penalty that was chosen.
        trials: Of every penalty, without the locator.
        unseen: (N,) float64, the logit of each picture by heads that did not see its group.
    """

    kernel: FloatArray
    bias: FloatArray
    strength: float
    trials: tuple[Trial, ...]
    unseen: FloatArray


def fit_head(
    features: FloatArray,
    located: FloatArray,
    labels: IntArray,
    groups: IntArray,
    strata: IntArray,
    *,
    seed: int,
) -> Head:
    """Choose the penalty by group, join it with the locator, and fit on all that is given.

    Args:
        features: (N, F).
        located: (N,) what the locator says of each picture, trained without its group.
        labels: (N,) 0 or 1.
        groups: (N,); pictures of one group never stand on both sides of a fold.
        strata: (N,) as `core.evaluation.resampling.matched_auc` takes them.
        seed: Of the folds.
    """
    draws = resampling.draw(groups, seed=seed, resamples=0)
    tried: list[tuple[Trial, FloatArray]] = []
    for strength in STRENGTHS:
        unseen = _unseen(features, labels, groups, strength, seed)
        found = (
            resampling.auc(labels, unseen, draws).value,
            resampling.matched_auc(labels, unseen, strata, draws).value,
        )
        tried.append((Trial(strength, *found), unseen))
    best, unseen = max(tried, key=lambda one: one[0].merit)
    both = np.stack([unseen, located], axis=1)
    slopes, offset = calibrated(both, labels)
    kernel, bias = fitted(features, labels, best.strength)
    return Head(
        kernel=np.append(slopes[0] * kernel, slopes[1]).astype(np.float32)[:, None],
        bias=np.array([slopes[0] * bias + offset], np.float32),
        strength=best.strength,
        trials=tuple(trial for trial, _ in tried),
        unseen=both @ slopes + offset,
    )


def calibrated(logits: FloatArray, labels: IntArray) -> tuple[FloatArray, float]:
    """Slopes and offset that make one logit of several, which means what it says.

    Args:
        logits: (N, K) of pictures that were not learned from.
        labels: (N,) 0 or 1.

    Source:
        Platt (1999); of one logit, the inverse of the slope is the temperature of Guo et al.
        (ICML 2017).

    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(0, 2, 20_000)
    >>> labels = (rng.random(20_000) < 1 / (1 + np.exp(-logits))).astype(int)
    >>> slopes, offset = calibrated(3 * logits[:, None] + 1, labels)
    >>> slopes.round(1).tolist(), round(offset, 1)
    ([0.3], -0.3)
    """
    fitted = LogisticRegression(C=np.inf, max_iter=_STEPS).fit(logits, labels)
    return np.asarray(fitted.coef_)[0], float(np.asarray(fitted.intercept_)[0])


def _unseen(
    features: FloatArray, labels: IntArray, groups: IntArray, strength: float, seed: int
) -> FloatArray:
    unseen = np.zeros(len(labels))
    for learned, held in folds_of(labels, groups, seed):
        kernel, bias = fitted(features[learned], labels[learned], strength)
        unseen[held] = features[held] @ kernel + bias
    return unseen


def folds_of(labels: IntArray, groups: IntArray, seed: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Places to learn from and to hold out, by group; equal seeds, equal folds."""
    parts = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    yield from parts.split(labels, labels, groups)


def fitted(features: FloatArray, labels: IntArray, strength: float) -> tuple[FloatArray, float]:
    """Weights of the features as they come: the scaling to mean 0 and deviation 1 is in them."""
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=_STEPS)
    model.fit(scaler.transform(features), labels)
    mean, scale = np.asarray(scaler.mean_), np.asarray(scaler.scale_)
    kernel = np.asarray(model.coef_)[0] / scale
    return kernel, float(np.asarray(model.intercept_)[0] - mean @ kernel)
