"""The head: chosen by group, calibrated, and its scaling hidden in its weights."""

from __future__ import annotations

import numpy as np
import pytest

from core.arrays import FloatArray, IntArray
from core.evaluation import resampling
from core.evaluation.calibration import gap, gap_by_chance
from core.reference.head import STRENGTHS, Head, fit_head

COUNT, FEATURES = 1200, 12


def learned_from() -> tuple[FloatArray, FloatArray, IntArray, IntArray, IntArray]:
    """Two telling features among twelve, in units of their own; a quarter is positive.

    The locator knows something of its own, in a unit of its own.
    """
    rng = np.random.default_rng(3)
    groups = rng.integers(0, 120, COUNT)
    features = rng.normal(size=(COUNT, FEATURES))
    located = rng.normal(size=COUNT)
    chance = 1 / (1 + np.exp(-(2.0 * features[:, 0] - features[:, 1] + located - 1.8)))
    labels = (rng.random(COUNT) < chance).astype(np.int64)
    scaled = features * np.geomspace(0.01, 100, FEATURES) + 5.0
    return scaled, 30.0 * located, labels, groups, rng.integers(0, 4, COUNT)


@pytest.fixture(scope="module")
def fitted() -> Head:
    return fit_head(*learned_from(), seed=0)


def test_the_weights_take_features_as_they_come(fitted: Head) -> None:
    features, located, labels, _, _ = learned_from()
    logits = (np.append(features, located[:, None], axis=1) @ fitted.kernel + fitted.bias)[:, 0]
    assert np.corrcoef(logits, fitted.unseen)[0, 1] > 0.99
    assert np.mean((logits > 0) == labels) > 0.8


def test_outputs_of_unseen_pictures_mean_what_they_say(fitted: Head) -> None:
    _, _, labels, _, _ = learned_from()
    outputs = 1 / (1 + np.exp(-fitted.unseen))
    # Both classes weigh alike in the fit, so that without calibration the mean would be a half.
    assert outputs.mean() == pytest.approx(labels.mean(), abs=0.01)
    assert gap(outputs, labels) < 2 * gap_by_chance(outputs)


def test_the_locator_adds_what_the_features_do_not_hold(fitted: Head) -> None:
    _, _, labels, groups, _ = learned_from()
    joined = resampling.auc(labels, fitted.unseen, resampling.draw(groups, resamples=0)).value
    assert joined > max(trial.auc for trial in fitted.trials) + 0.02


def test_the_penalty_is_the_best_that_was_tried(fitted: Head) -> None:
    assert [trial.strength for trial in fitted.trials] == list(STRENGTHS)
    best = max(fitted.trials, key=lambda trial: trial.merit)
    assert fitted.strength == best.strength
    assert 0.8 < best.auc < 1.0


def test_a_group_is_scored_by_heads_that_never_saw_it() -> None:
    """Labels that follow the group alone: whoever sees a group's pictures knows them by heart."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 10)
    labels = rng.integers(0, 2, 60)[groups]
    features = rng.normal(size=(60, 200))[groups]
    nothing = np.zeros(len(labels))
    found = fit_head(features, nothing, labels, groups, np.zeros_like(groups), seed=0)
    assert max(trial.auc for trial in found.trials) < 0.68
