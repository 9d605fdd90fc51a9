"""Shares of X-rays: whole groups, both classes, nested; trials in an order that can be broken."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.transfer.plan import FROZEN, NOTHING, SHARES, WAYS, seeds, subset, trials


@pytest.fixture(scope="module")
def xrays() -> tuple[np.ndarray, np.ndarray]:
    """600 X-rays in blocks of 20, in some none is fractured, and one large group."""
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(30), 20)
    groups[:80] = 0
    rate = rng.choice([0.0, 0.1, 0.4], 30)
    return (rng.random(600) < rate[groups]).astype(np.int64), groups


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_share_is_whole_groups_with_about_its_part_of_each_class(
    xrays: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    labels, groups = xrays
    for share in SHARES[1:]:
        chosen = subset(labels, groups, share, seed)
        inside = np.zeros(600, np.bool_)
        inside[chosen] = True
        assert all(len(set(inside[groups == name])) == 1 for name in np.unique(groups))
        counts, total = np.bincount(labels[chosen], minlength=2), np.bincount(labels)
        assert (counts <= np.maximum(1.1 * share * total, share * total + 1)).all()
        assert counts.min() > 0
        assert len(chosen) > 0.6 * share * 600


def test_larger_shares_hold_the_smaller_ones(xrays: tuple[np.ndarray, np.ndarray]) -> None:
    labels, groups = xrays
    nested = [set(subset(labels, groups, share, 7).tolist()) for share in SHARES]
    assert all(few <= more for few, more in pairwise(nested))
    assert nested[-1] == set(range(600))
    other = set(subset(labels, groups, 0.25, 8).tolist())
    assert other != nested[2]


def test_every_way_is_trained_on_every_share_and_no_training_twice() -> None:
    planned = trials()
    assert len({one.name for one in planned}) == len(planned)
    first = {(one.way, one.share) for one in planned if one.seed == 0}
    assert first == {(way, share) for way in WAYS for share in SHARES}
    assert len(planned) == sum(seeds(way, share) for way in WAYS for share in SHARES)
    # A line through features comes out the same on all X-rays: no second seed.
    assert [one.seed for one in planned if (one.way, one.share) == (FROZEN, 1.0)] == [0]
    assert planned[0].way == FROZEN
    assert NOTHING not in {one.way for one in planned[:5]}
