"""Shares of the test images near an output, counted by hand and against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import metrics
from core.evaluation.similar_outputs import outlook, wilson


def test_counts_the_nearest_outputs():
    scores = np.arange(200) / 200
    labels = (np.arange(200) >= 100).astype(int)
    found = outlook(scores, labels, 0.5)
    # A fifth of 200 are the 40 nearest to 0.5: outputs 0.400 to 0.595 or 0.405 to 0.600.
    assert found.share.n == 40
    assert found.share.value == pytest.approx(0.5, abs=1 / 40)
    assert (found.lowest, found.highest) == (0.405, 0.6) or (found.lowest, found.highest) == (
        0.4,
        0.595,
    )
    assert found.base == 0.5
    assert outlook(scores, labels, 1.0).share.value == 1.0
    assert outlook(scores, labels, 0.0).share.value == 0.0


def test_takes_at_most_a_hundred_and_is_silent_on_a_small_test():
    scores = np.linspace(0, 1, 2000)
    assert outlook(scores, np.zeros(2000, int), 0.3).share.n == 100
    assert outlook(scores[:99], np.zeros(99, int), 0.3) is None


@given(n=st.integers(1, 300), data=st.data())
def test_the_interval_is_the_one_of_the_evaluation(n, data):
    successes = data.draw(st.integers(0, n))
    ours, theirs = wilson(successes, n), metrics.wilson(successes, n)
    np.testing.assert_allclose(
        (ours.value, ours.low, ours.high), (theirs.value, theirs.low, theirs.high), atol=1e-6
    )
    assert ours.n == n
