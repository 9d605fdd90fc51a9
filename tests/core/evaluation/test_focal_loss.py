"""The focal loss against Keras, and what guessing costs in it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.arrays import FloatArray
from core.evaluation.logits import balanced_weights, constant_loss, guessing_loss, losses

GAMMAS = (0.0, 0.5, 1.0, 2.0, 5.0)


@pytest.mark.reference
@pytest.mark.parametrize("gamma", GAMMAS)
def test_it_is_that_of_keras(gamma: float) -> None:
    import keras

    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 50)
    logits = rng.normal(size=(50, 1)).astype(np.float32) * 4
    theirs = keras.losses.BinaryFocalCrossentropy(gamma=gamma, from_logits=True, reduction=None)
    np.testing.assert_allclose(
        losses(labels, logits, focal_gamma=gamma),
        np.asarray(theirs(labels[:, None].astype("float32"), logits)),
        atol=2e-6,
    )
    kinds = rng.integers(0, 4, 50)
    many = rng.normal(size=(50, 4)).astype(np.float32) * 3
    # Keras times each class by alpha, 0.25 unless told: ours is left to the class weights.
    several = keras.losses.CategoricalFocalCrossentropy(
        alpha=1.0, gamma=gamma, from_logits=True, reduction=None
    )
    np.testing.assert_allclose(
        losses(kinds, many, focal_gamma=gamma),
        np.asarray(several(np.eye(4, dtype=np.float32)[kinds], many)),
        atol=2e-6,
    )


def test_an_image_that_is_answered_well_hardly_counts() -> None:
    # Lin et al. (2017), section 3.2: with gamma 2 an image at 0.9 costs a hundred times less than
    # its cross-entropy, and one at about 0.968 a thousand times less.
    for share, factor in ((0.9, 100), (0.968, 1000)):
        logit = np.array([[math.log(share / (1 - share))]])
        plain, focal = (losses(np.array([1]), logit, focal_gamma=g)[0] for g in (0.0, 2.0))
        assert plain / focal == pytest.approx(factor, rel=0.03)


def test_it_is_finite_far_out() -> None:
    far = np.array([[-800.0], [800.0]])
    with np.errstate(over="raise", invalid="raise"):
        np.testing.assert_allclose(
            losses(np.array([1, 1]), far, focal_gamma=2.0), [800.0, 0.0], atol=1e-12
        )


def best_of_many(learned: FloatArray, weights: FloatArray, gamma: float) -> tuple[float, float]:
    """The best of many outputs tried out, for two classes: its share of class 1, and the cost."""
    shares = np.linspace(1e-4, 1 - 1e-4, 200_001)
    given = np.stack([1 - shares, shares])
    costs = -((1 - given) ** gamma) * np.log(given)
    means = (weights * learned) @ costs / (weights * learned).sum()
    return float(shares[means.argmin()]), float(means.min())


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("counts", [(411, 89), (50, 50), (999, 1)])
def test_the_level_is_what_the_best_single_output_costs(
    gamma: float, counts: tuple[int, int]
) -> None:
    learned = np.array(counts)
    _, cost = best_of_many(learned, np.ones(2), gamma)
    level = constant_loss(learned, learned, weighted=False, focal_gamma=gamma)
    assert level == pytest.approx(cost, abs=1e-7)
    even = constant_loss(learned, learned[::-1], weighted=True, focal_gamma=gamma)
    assert even == pytest.approx(guessing_loss(2, focal_gamma=gamma), abs=1e-7)


def test_of_three_classes_no_single_output_costs_less() -> None:
    learned = np.array([70, 20, 10])
    level = constant_loss(learned, learned, weighted=False, focal_gamma=2.0)
    tried = np.random.default_rng(0).dirichlet((3, 2, 2), 200_000)
    costs = (-((1 - tried) ** 2) * np.log(tried)) @ learned / learned.sum()
    assert level <= costs.min()
    assert level == pytest.approx(costs.min(), rel=1e-3)
    assert level == pytest.approx(
        constant_loss(np.array([70, 0, 20, 10]), np.array([70, 0, 20, 10]),
                      weighted=False, focal_gamma=2.0)
    )  # fmt: skip


def test_guessing_costs_ln_of_the_classes_times_what_is_left() -> None:
    assert guessing_loss(2) == pytest.approx(math.log(2))
    assert guessing_loss(2, focal_gamma=2.0) == pytest.approx(0.25 * math.log(2))
    assert guessing_loss(10, focal_gamma=1.0) == pytest.approx(0.9 * math.log(10))
    weights = balanced_weights(np.array([0, 0, 0, 1]), num_classes=2)
    logits = np.zeros((4, 1))
    costs = weights[[0, 0, 0, 1]] * losses(np.array([0, 0, 0, 1]), logits, focal_gamma=2.0)
    assert costs.sum() / 4 == pytest.approx(guessing_loss(2, focal_gamma=2.0))
