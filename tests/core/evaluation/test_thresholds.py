"""The threshold chosen on validation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.thresholds import choose_threshold


@given(seed=st.integers(0, 10_000))
def test_no_other_threshold_has_a_better_balanced_accuracy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, 25)
    labels[:2] = 0, 1
    scores = (rng.random(25) * 0.7 + 0.3 * labels).round(1)
    chosen = choose_threshold(labels, scores)

    def value(threshold: float) -> float:
        answers = scores >= threshold
        return (answers[labels == 1].mean() + 1 - answers[labels == 0].mean()) / 2

    everywhere = max(value(threshold) for threshold in np.arange(-0.05, 1.1, 0.01))
    assert value(chosen) == pytest.approx(everywhere)


def test_a_threshold_lies_halfway_between_scores_and_near_a_half() -> None:
    labels = np.array([0, 0, 1, 1])
    assert choose_threshold(labels, np.array([0.1, 0.3, 0.4, 0.9])) == pytest.approx(0.35)
    # At 0.25 all three positives and no negative: nothing else is as good.
    assert choose_threshold(
        np.array([0, 1, 1, 1]), np.array([0.2, 0.3, 0.6, 0.9])
    ) == pytest.approx(0.25)
    assert choose_threshold(np.ones(3, int), np.array([0.1, 0.2, 0.3])) == 0.5
