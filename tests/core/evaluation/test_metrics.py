"""Figures and intervals against scikit-learn and the literature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    recall_score,
    roc_auc_score,
)

from core.evaluation import metrics
from core.evaluation.estimate import Estimate

seeds = st.integers(0, 10_000)


def drawn(seed: int, *, count: int = 60, ties: bool = True) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    labels[:2] = 0, 1
    scores = rng.random(count) * 0.7 + 0.3 * labels
    return labels, scores.round(1) if ties else scores


@pytest.mark.reference
@given(seed=seeds)
def test_figures_are_those_of_scikit_learn(seed: int) -> None:
    labels, scores = drawn(seed)
    answers = metrics.answers(scores, threshold=0.4)
    assert metrics.accuracy(labels, answers).value == accuracy_score(labels, answers)
    assert metrics.balanced_accuracy(labels, answers).value == pytest.approx(
        balanced_accuracy_score(labels, answers)
    )
    assert metrics.sensitivity(labels, answers).value == recall_score(labels, answers)
    assert metrics.specificity(labels, answers).value == recall_score(labels, answers, pos_label=0)
    assert metrics.auc_value(labels, scores) == roc_auc_score(labels, scores)


@pytest.mark.reference
@given(seed=seeds)
def test_several_classes_are_ranked_one_against_the_rest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.r_[0, 1, 2, rng.integers(0, 3, 40)]
    scores = rng.dirichlet(np.ones(3), len(labels))
    ours = metrics.auc_value(labels, scores)
    assert ours == pytest.approx(roc_auc_score(labels, scores, multi_class="ovr", average="macro"))


@pytest.mark.reference
@given(seed=seeds)
def test_resampled_areas_are_those_of_scikit_learn_with_weights(seed: int) -> None:
    labels, scores = drawn(seed)
    times = np.random.default_rng(seed).integers(0, 3, (4, len(labels))).astype(float)
    times[:, :2] = 1
    ours = metrics.resampled_aucs(labels, scores, times)
    theirs = [roc_auc_score(labels, scores, sample_weight=row) for row in times]
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_that_newcombe_prints(
    successes: int, n: int, low: float, high: float
) -> None:
    estimate = metrics.wilson(successes, n)
    assert (round(estimate.low, 4), round(estimate.high, 4)) == (low, high)
    assert estimate.value == successes / n
    assert estimate.n == n


def test_balanced_accuracy_joins_the_intervals_of_both_classes() -> None:
    labels = np.r_[np.ones(29), np.zeros(20)].astype(int)
    predicted = np.r_[np.ones(28), np.zeros(21)].astype(int)
    estimate = metrics.balanced_accuracy(labels, predicted)
    # By hand: recalls 28/29 (0.8282 to 0.9939, mirrored from 1/29) and 20/20 (0.8389 to 1).
    assert estimate.value == pytest.approx((28 / 29 + 1) / 2)
    assert estimate.low == pytest.approx(
        estimate.value - math.hypot(28 / 29 - 0.8282, 0.1611) / 2, abs=1e-4
    )
    assert estimate.high == pytest.approx(estimate.value + (0.9939 - 28 / 29) / 2, abs=1e-4)


def test_an_interval_of_the_area_widens_when_images_come_in_groups() -> None:
    labels, scores = drawn(3, count=400, ties=False)
    alone = metrics.auc(labels, scores, groups=np.arange(400))
    # The same images forty times smaller in number: copies bring no information.
    copied = metrics.auc(
        np.tile(labels[:40], 10), np.tile(scores[:40], 10), groups=np.tile(np.arange(40), 10)
    )
    assert alone.low < alone.value < alone.high
    assert copied.high - copied.low > 2 * (alone.high - alone.low)
    assert metrics.auc(labels, scores, groups=np.arange(400)) == alone


@pytest.mark.slow
def test_nineteen_of_twenty_intervals_of_the_area_hold_the_truth() -> None:
    # Scores N(1, 1) against N(0, 1): the area is Phi(1 / sqrt 2) = 0.7602.
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        labels = np.repeat([0, 1], 100)
        estimate = metrics.auc(
            labels, rng.normal(size=200) + labels, groups=np.arange(200), resamples=400
        )
        held += estimate.low <= 0.7602 <= estimate.high
    assert 180 <= held <= 198


def test_one_class_alone_has_no_area() -> None:
    estimate = metrics.auc(np.zeros(5, int), np.arange(5.0), groups=np.arange(5))
    assert math.isnan(estimate.value)
    assert estimate.plain() == "unknown (n = 5)"


@given(seed=seeds)
def test_no_other_threshold_has_a_better_balanced_accuracy(seed: int) -> None:
    labels, scores = drawn(seed, count=25)
    chosen = metrics.choose_threshold(labels, scores)

    def value(threshold: float) -> float:
        answers = scores >= threshold
        return (answers[labels == 1].mean() + 1 - answers[labels == 0].mean()) / 2

    everywhere = max(value(threshold) for threshold in np.arange(-0.05, 1.1, 0.01))
    assert value(chosen) == pytest.approx(everywhere)


def test_a_threshold_lies_halfway_between_scores_and_near_a_half() -> None:
    labels = np.array([0, 0, 1, 1])
    assert metrics.choose_threshold(labels, np.array([0.1, 0.3, 0.4, 0.9])) == pytest.approx(0.35)
    # At 0.25 all three positives and no negative: nothing else is as good.
    assert metrics.choose_threshold(
        np.array([0, 1, 1, 1]), np.array([0.2, 0.3, 0.6, 0.9])
    ) == pytest.approx(0.25)
    assert metrics.choose_threshold(np.ones(3, int), np.array([0.1, 0.2, 0.3])) == 0.5


def test_estimates_survive_json() -> None:
    for estimate in (Estimate(0.5, 0.25, 0.75, 8), Estimate(0.0, 0.0, 0.1, 9)):
        assert Estimate.from_json(estimate.to_json()) == estimate
    lost = Estimate.from_json(Estimate(math.nan, math.nan, math.nan, 3).to_json())
    assert math.isnan(lost.value)
    assert lost.n == 3
