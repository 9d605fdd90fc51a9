"""What a positive answer is worth, against Bayes' rule and a published example."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.base_rate import predictive_value, sibling_share

shares = st.floats(0.01, 0.99)


def test_the_mammography_of_gigerenzer():
    """Of 1000 women 10 have cancer: 9 are found, and 89 others called as well."""
    assert predictive_value(0.9, 0.91, 0.01) == pytest.approx(9 / 98.1, abs=1e-3)


@given(shares, shares, shares)
def test_it_is_the_share_that_counting_gives(sensitivity, specificity, prevalence):
    counted = np.array([sensitivity * prevalence, (1 - specificity) * (1 - prevalence)])
    found = predictive_value(sensitivity, specificity, prevalence)
    assert found == pytest.approx(counted[0] / counted.sum())


@given(shares, shares)
def test_it_rises_with_the_base_rate(sensitivity, specificity):
    values = [predictive_value(sensitivity, specificity, p) for p in (0.01, 0.1, 0.5, 0.9)]
    assert values == sorted(values)


def test_who_never_answers_has_no_value():
    assert math.isnan(predictive_value(0.0, 1.0, 0.3))


def test_images_split_one_by_one_meet_their_siblings() -> None:
    rng = np.random.default_rng(0)
    trained = rng.random((20_000, 4)) < 0.7
    met = trained.any(axis=1)[:, None] & ~trained
    assert met.sum() / (~trained).sum() == pytest.approx(sibling_share(4, 0.7), abs=0.005)
    assert sibling_share(1, 0.7) == 0
