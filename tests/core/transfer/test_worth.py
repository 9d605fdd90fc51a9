"""What few pictures are worth: bursts stay whole, and the interval counts them once."""

from __future__ import annotations

import numpy as np
import pytest

from core.transfer.worth import FOLDS, counted, folds, joined, untested, worth


def test_eight_of_ten_fit_anything_from_49_to_94_percent() -> None:
    """Wilson's interval as textbooks print it: 0.4902 to 0.9433."""
    found = counted(np.arange(10) < 8, np.arange(10) % 2, np.arange(10))
    assert (found.right, found.n, found.bursts) == (8, 10, 10)
    assert found.estimate.low == pytest.approx(0.4902, abs=5e-5)
    assert found.estimate.high == pytest.approx(0.9433, abs=5e-5)
    assert found.base == 0.5


def test_a_burst_counts_once_however_many_pictures_it_has() -> None:
    labels = np.array([0, 0, 1, 1])
    few = counted(np.ones(4, bool), labels, np.arange(4))
    many = counted(np.ones(80, bool), np.repeat(labels, 20), np.repeat(np.arange(4), 20))
    assert many.n == 80
    assert (many.estimate.low, many.estimate.high) == (few.estimate.low, few.estimate.high)


def test_the_base_rate_is_that_of_the_largest_class() -> None:
    assert counted(np.ones(10, bool), np.repeat([0, 1], [7, 3]), np.arange(10)).base == 0.7


@pytest.mark.parametrize("seed", range(20))
def test_no_burst_is_torn_apart_and_every_class_can_be_learned_in_every_fold(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(2, 5))
    per_class = rng.integers(2, 9, classes)
    of_burst = np.repeat(np.arange(classes), per_class)
    names = rng.permutation(1000)[: len(of_burst)]
    at = np.concatenate([np.arange(len(names)), rng.integers(0, len(names), 60)])
    labels, bursts = of_burst[at], names[at]
    fold = folds(labels, bursts)
    assert fold.max() < FOLDS
    for burst in names:
        assert len(np.unique(fold[bursts == burst])) == 1
    for number in np.unique(fold):
        assert set(labels[fold != number]) == set(range(classes))


def test_near_copies_flatter_until_bursts_stay_whole() -> None:
    """Bursts of pure noise: what a burst shows says nothing of another burst of its class."""
    rng = np.random.default_rng(1)
    centers = rng.normal(0, 1, (12, 200))
    bursts = np.repeat(np.arange(12), 10)
    labels = bursts % 2
    features = centers[bursts] + rng.normal(0, 0.05, (120, 200))
    torn = worth(features, labels, np.arange(120), 2)
    whole = worth(features, labels, bursts, 2)
    assert torn is not None
    assert whole is not None
    assert torn.right == 120
    assert whole.estimate.low < 0.5
    assert whole.estimate.value < 0.8


def test_what_differs_truly_is_found_with_whole_bursts_too() -> None:
    rng = np.random.default_rng(2)
    bursts = np.repeat(np.arange(8), 5)
    labels = bursts % 2
    features = 3.0 * labels[:, None] + rng.normal(0, 1, (40, 30))
    found = worth(features, labels, bursts, 2)
    assert found is not None
    assert found.right == 40
    assert found.estimate.low == pytest.approx(0.676, abs=1e-3)  # 8 of 8


def test_a_class_of_one_burst_cannot_be_tested() -> None:
    labels, bursts = np.array([0, 0, 0, 1, 1]), np.array([1, 1, 1, 2, 3])
    assert untested(labels, bursts, 2) == (0,)
    assert worth(np.ones((5, 2)), labels, bursts, 2) is None
    assert untested(labels, bursts, 3) == (0, 2)


def test_bursts_that_share_a_picture_are_one_over_any_chain() -> None:
    assert joined([5, 6, 7, 8, 9], np.array([[1, 2], [0, 2], [3, 4]])).tolist() == [5, 5, 5, 8, 8]
    assert joined([1, 2], np.empty((0, 2), np.int64)).tolist() == [1, 2]
