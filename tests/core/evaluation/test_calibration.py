"""From outputs of a network whose classes counted alike to the frequency of its set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from core.evaluation.calibration import at_base_rate, gap, gap_by_chance
from core.evaluation.logits import balanced_weights

weight = st.floats(0.1, 10)


def test_one_half_with_weights_is_the_base_rate_without() -> None:
    labels = np.repeat([0, 1], [82, 18])
    weights = balanced_weights(labels, num_classes=2)
    assert at_base_rate(np.array([0.5]), weights)[0] == pytest.approx(0.18)


@given(first=weight, second=weight)
def test_order_and_ends_stay_and_equal_weights_change_nothing(first: float, second: float) -> None:
    outputs = np.linspace(0, 1, 101)
    found = at_base_rate(outputs, (first, second))
    assert (found[0], found[-1]) == (0.0, 1.0)
    assert (np.diff(found) > 0).all()
    np.testing.assert_allclose(at_base_rate(outputs, (first, first)), outputs)
    np.testing.assert_allclose(at_base_rate(found, (second, first)), outputs, atol=1e-9)


@pytest.mark.reference
def test_a_weighted_model_brought_back_says_what_an_unweighted_one_says() -> None:
    rng = np.random.default_rng(0)
    labels = (rng.random(40_000) < 0.15).astype(int)
    seen = (rng.normal(size=40_000) + 1.5 * labels)[:, None]
    weights = balanced_weights(labels, num_classes=2)
    alike = LogisticRegression(class_weight="balanced", C=1e6).fit(seen, labels)
    plain = LogisticRegression(C=1e6).fit(seen, labels)
    ours = at_base_rate(alike.predict_proba(seen)[:, 1], weights)
    np.testing.assert_allclose(ours, plain.predict_proba(seen)[:, 1], atol=0.02)
    assert gap(ours, labels) < 0.01 < 0.15 < gap(alike.predict_proba(seen)[:, 1], labels)


def test_the_gap_by_hand() -> None:
    outputs = np.array([0.1, 0.1, 0.6, 0.8])
    labels = np.array([0, 0, 1, 0])
    # Lower half: 0.1 against 0; upper half: 0.7 against one in two.
    assert gap(outputs, labels, parts=2) == pytest.approx((0.1 + 0.2) / 2)


def test_a_calibrated_network_shows_the_gap_of_chance_and_one_that_is_not_a_larger_one() -> None:
    rng = np.random.default_rng(1)
    outputs = rng.beta(0.8, 2.0, 600)
    chance = gap_by_chance(outputs)
    labels = [(rng.random(600) < outputs).astype(int) for _ in range(100)]
    assert np.mean([gap(outputs, one) for one in labels]) == pytest.approx(chance, rel=0.1)
    raised = at_base_rate(outputs, (3.0, 1.0))  # as class weights raise them
    assert np.mean([gap(raised, one) for one in labels]) > 4 * chance


def test_what_chance_shows_falls_with_the_root_of_the_images() -> None:
    outputs = np.linspace(0.2, 0.8, 200)
    assert gap_by_chance(np.repeat(outputs, 16)) == pytest.approx(
        gap_by_chance(outputs) / 4, rel=0.1
    )
