"""Figures from outputs: means over seeds, leads over the way before, on the same X-rays."""

from __future__ import annotations

import numpy as np
import pytest

from core.transfer.account import Exam, kept, points
from core.transfer.plan import Trial


def outputs(share: float) -> np.ndarray:
    """Logits that put that share of ten positives above all ten negatives."""
    logits = np.r_[np.arange(10.0), np.full(10, 20.0)]
    logits[10 : 10 + round(10 * (1 - share))] = -1.0
    return logits


def measured(share: float) -> dict[str, np.ndarray]:
    return {
        "logits": outputs(share),
        "count": np.array(100),
        "fractured": np.array(20),
        "seconds": np.array(2.0),
    }


@pytest.fixture(scope="module")
def exam() -> Exam:
    # Positives are alike with the negatives of their stratum only.
    return Exam(labels=np.repeat([0, 1], 10), groups=np.arange(20) // 2, strata=np.tile([0, 1], 10))


def test_a_point_is_the_mean_over_its_seeds(exam: Exam) -> None:
    trials = [Trial(way="frozen", share=0.1, seed=seed) for seed in (1, 0)]
    (one,) = points(exam, trials, {"frozen-10-0": measured(0.9), "frozen-10-1": measured(0.7)})
    assert one.figures["auc"].value == pytest.approx(0.8)
    assert one.each["auc"] == pytest.approx((0.9, 0.7))
    assert one.figures["auc"].low < 0.8 < one.figures["auc"].high
    assert (one.count, one.fractured) == (100, 20)
    assert one.lead is None  # the way before it was not trained


def test_a_lead_compares_the_same_x_rays(exam: Exam) -> None:
    trials = [Trial(way=way, share=1.0, seed=0) for way in ("frozen", "tuned", "marked")]
    found = points(
        exam,
        trials,
        {
            "frozen-100-0": measured(0.6),
            "tuned-100-0": measured(0.9),
            "marked-100-0": measured(0.9),
        },
    )
    tuned, marked = found[1], found[2]
    assert tuned.lead is not None
    assert marked.lead is not None
    assert tuned.lead["auc"].value == pytest.approx(0.3)
    assert marked.lead["auc"].value == 0
    assert (marked.lead["auc"].low, marked.lead["auc"].high) == (0, 0)


def test_a_lead_is_of_the_choices_of_x_rays_that_both_have(exam: Exam) -> None:
    trials = [Trial(way="frozen", share=0.1, seed=seed) for seed in (0, 1)]
    trials.append(Trial(way="tuned", share=0.1, seed=1))
    shares = {"frozen-10-0": 1.0, "frozen-10-1": 0.5, "tuned-10-1": 0.7}
    tuned = points(exam, trials, {name: measured(share) for name, share in shares.items()})[1]
    assert tuned.lead is not None
    assert tuned.lead["auc"].value == pytest.approx(0.2)


def test_alike_x_rays_are_compared_among_themselves() -> None:
    # All positives of stratum 1 beat all; within stratum 0 the order is reversed.
    exam = Exam(labels=np.array([0, 0, 1, 1]), groups=np.arange(4), strata=np.array([0, 1, 0, 1]))
    logits = {"logits": np.array([2.0, 0.0, 1.0, 3.0])}
    given = {**measured(1.0), **logits}
    (one,) = points(exam, [Trial(way="nothing", share=1.0, seed=0)], {"nothing-100-0": given})
    assert one.figures["auc"].value == 0.75
    assert one.figures["matched"].value == 0.5


def test_what_a_kernel_keeps_of_its_start_does_not_depend_on_its_size() -> None:
    rng = np.random.default_rng(0)
    start = rng.normal(size=(3, 3, 1, 4))
    np.testing.assert_allclose(kept(start, 3 * start), 1)
    assert np.abs(kept(start, rng.normal(size=start.shape))).max() < 0.95
