"""A threshold under the hand counts, ranks and costs as core does."""

from __future__ import annotations

import dataclasses

import numpy as np

from core.evaluation.operating_point import (
    candidates,
    cheapest_threshold,
    count_answers,
    warmed,
)
from tests.browser_vectors import call_module

MODULE = "browser/math/threshold.js"


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, 50)
    return labels, np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 1).round(2)


def test_counts_and_predicted_values_are_cores() -> None:
    calls, expected = [], []
    for seed in range(12):
        labels, scores = drawn(seed)
        for threshold in (0.0, 0.31, 0.5, scores[0], 1.0):
            counts = count_answers(labels, scores, float(threshold))
            calls.append(["countAnswers", labels.tolist(), scores.tolist(), float(threshold)])
            expected.append(dataclasses.asdict(counts))
            calls.append(["predictive", dataclasses.asdict(counts), 0.07])
            expected.append([str(v) if np.isnan(v) else v for v in counts.predictive(0.07)])
    for found, wanted in zip(call_module(MODULE, calls), expected, strict=True):
        if isinstance(wanted, dict):
            assert found == wanted
        else:
            pairs = zip(found, wanted, strict=True)
            assert all(
                str(a).lower() == b if isinstance(b, str) else abs(a - b) < 1e-12 for a, b in pairs
            ), (found, wanted)


def test_the_sweep_has_every_way_to_part_the_scores() -> None:
    for seed in range(6):
        labels, scores = drawn(seed)
        (steps,) = call_module(MODULE, [["sweep", labels.tolist(), scores.tolist()]])
        np.testing.assert_allclose([step["threshold"] for step in steps], candidates(scores))
        for step in steps:
            counts = count_answers(labels, scores, step["threshold"])
            assert step["counts"] == dataclasses.asdict(counts)


def test_the_cheapest_threshold_is_cores() -> None:
    calls, expected = [], []
    for seed in range(8):
        labels, scores = drawn(seed)
        for miss, prevalence in ((1, 0.5), (10, 0.02), (0.2, 0.3)):
            calls.append(["cheapestThreshold", labels.tolist(), scores.tolist(), miss, prevalence])
            expected.append(cheapest_threshold(labels, scores, miss=miss, prevalence=prevalence))
    np.testing.assert_allclose(call_module(MODULE, calls), expected, rtol=1e-12)


def test_reliability_and_temperature_are_cores() -> None:
    labels, scores = drawn(1)
    calls = [["reliability", labels.tolist(), scores.tolist(), 10]]
    calls += [["warmed", float(score), 1.7] for score in scores]
    held, *warm = call_module(MODULE, calls)
    np.testing.assert_allclose(warm, warmed(scores, 1.7), rtol=1e-12)
    parts = np.minimum((scores * 10).astype(int), 9)
    assert [one["n"] for one in held] == np.bincount(parts)[np.unique(parts)].tolist()
    for one, part in zip(held, np.unique(parts), strict=True):
        assert abs(one["share"] - labels[parts == part].mean()) < 1e-12
        assert abs(one["output"] - scores[parts == part].mean()) < 1e-12
