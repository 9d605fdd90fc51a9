"""Learning by heart: what both losses do, against laws; and where patience ends."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.training.overtraining import learn_by_heart, stops_after


def test_training_falls_on_while_unseen_examples_get_worse() -> None:
    found = learn_by_heart()
    assert np.all(np.diff(found.train) < 0)
    assert found.train[-1] < 0.05
    best = int(found.unseen.argmin())
    assert 0 < best < len(found.unseen) // 4
    assert found.unseen[-1] > found.unseen[best] + 0.1


@pytest.mark.parametrize("seed", range(5))
def test_it_does_not_hang_on_the_seed(seed: int) -> None:
    found = learn_by_heart(seed=seed)
    assert found.unseen[-1] > found.unseen.min() + 0.1


def test_enough_examples_leave_nothing_to_learn_by_heart() -> None:
    found = learn_by_heart(examples=3000, weights=5)
    assert found.unseen[-1] == pytest.approx(found.unseen.min(), abs=0.01)
    assert found.train[-1] == pytest.approx(found.unseen[-1], abs=0.03)


def test_it_begins_below_what_knowing_nothing_costs() -> None:
    """Zero weights give 0.5 for all: ln 2; one small step leads below that on what was learned."""
    assert learn_by_heart(epochs=1, rate=0.01).train[0] < math.log(2)


@pytest.mark.parametrize(
    ("losses", "patience", "epoch"),
    [
        ((0.62, 0.55, 0.51, 0.53, 0.52, 0.44), 2, 5),
        ((0.62, 0.55, 0.51, 0.53, 0.52, 0.44), 3, 6),
        ((0.5, 0.5, 0.5), 2, 3),  # as low is not lower
        ((0.9, 0.8, 0.7), 1, 3),
    ],
)
def test_patience_counts_from_the_best_epoch(
    losses: tuple[float, ...], patience: int, epoch: int
) -> None:
    assert stops_after(losses, patience) == epoch
