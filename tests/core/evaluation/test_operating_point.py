"""What one threshold does, against scikit-learn, Bayes' rule and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, log_loss

from core.evaluation.operating_point import (
    candidates,
    cheapest_threshold,
    count_answers,
    expected_cost,
    temperature,
    warmed,
)
from core.evaluation.thresholds import choose_threshold
from core.ops.activation import sigmoid


def drawn(seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    labels[:2] = 0, 1
    return labels, np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 1).round(2)


@given(seed=st.integers(0, 10_000), threshold=st.floats(0, 1))
def test_the_counts_are_those_of_scikit_learn(seed: int, threshold: float) -> None:
    labels, scores = drawn(seed)
    found = count_answers(labels, scores, threshold)
    table = confusion_matrix(labels, scores >= threshold, labels=[0, 1])
    assert [[found.spared, found.alarms], [found.missed, found.found]] == table.tolist()


def test_predicted_values_are_those_counted_among_a_thousand() -> None:
    counts = count_answers(np.repeat([0, 1], 100), np.r_[np.linspace(0, 1, 100)].repeat(2), 0.5)
    labels = np.repeat([0, 1], [900, 100])
    rng = np.random.default_rng(0)
    said = np.where(
        labels == 1, rng.random(1000) < counts.sensitivity, rng.random(1000) > counts.specificity
    )
    alarm, clear = counts.predictive(0.1)
    assert alarm == pytest.approx(labels[said].mean(), abs=0.06)
    assert clear == pytest.approx(1 - labels[~said].mean(), abs=0.06)


@given(seed=st.integers(0, 10_000), miss=st.floats(0.01, 100), prevalence=st.floats(0.001, 0.99))
def test_no_threshold_costs_less(seed: int, miss: float, prevalence: float) -> None:
    labels, scores = drawn(seed)

    def cost(threshold: float) -> float:
        counts = count_answers(labels, scores, threshold)
        return expected_cost(counts, miss=miss, prevalence=prevalence)

    chosen = cheapest_threshold(labels, scores, miss=miss, prevalence=prevalence)
    assert cost(chosen) <= min(map(cost, np.linspace(0, 1, 201))) + 1e-9


def test_where_both_weigh_the_same_it_is_the_best_balanced_accuracy() -> None:
    for seed in range(20):
        labels, scores = drawn(seed)
        even = cheapest_threshold(labels, scores, miss=1, prevalence=0.5)
        best = choose_threshold(labels, scores)
        balanced = [
            count_answers(labels, scores, cut).sensitivity
            + count_answers(labels, scores, cut).specificity
            for cut in (even, best)
        ]
        assert balanced[0] == pytest.approx(balanced[1])


def test_a_dear_miss_moves_the_threshold_down() -> None:
    labels, scores = drawn(3)
    cuts = [cheapest_threshold(labels, scores, miss=m, prevalence=0.2) for m in (0.1, 1, 10, 100)]
    assert cuts == sorted(cuts, reverse=True)
    assert cuts[0] > cuts[-1]


def test_one_class_alone_gives_no_threshold() -> None:
    assert (
        cheapest_threshold(np.ones(3, int), np.array([0.1, 0.2, 0.9]), miss=5, prevalence=0.1)
        == 0.5
    )
    assert math.isnan(count_answers(np.ones(2, int), np.array([0.1, 0.9]), 0.5).specificity)
    assert candidates(np.array([])).size == 0


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_temperature_takes_back_what_made_outputs_too_sure(factor: float) -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 1.5, 40_000)
    labels = (rng.random(40_000) < sigmoid(logits)).astype(np.int64)
    found = temperature(labels, sigmoid(factor * logits))
    assert found == pytest.approx(factor, rel=0.03)


def test_no_other_temperature_has_a_lower_loss() -> None:
    labels, scores = drawn(5, 200)
    best = temperature(labels, scores)
    losses = {t: log_loss(labels, warmed(scores, t)) for t in (best, *np.geomspace(0.06, 19, 60))}
    assert losses[best] <= min(losses.values()) + 1e-6
