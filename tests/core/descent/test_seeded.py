"""The generator that JavaScript draws from too."""

from __future__ import annotations

import numpy as np

from core.descent.seeded import Mulberry32, stream


def test_first_draws_are_those_of_the_published_code() -> None:
    # Printed by mulberry32 as its author published it, in JavaScript, for the seeds 0 and 1.
    draws = Mulberry32(0)
    assert [draws.uniform() for _ in range(3)] == [
        0.26642920868471265,
        0.0003297457005828619,
        0.2232720274478197,
    ]
    assert Mulberry32(1).uniform() == 0.6270739405881613
    assert Mulberry32(2**32 + 1).uniform() == Mulberry32(1).uniform()


def test_draws_are_even() -> None:
    draws = Mulberry32(7)
    counts, _ = np.histogram([draws.uniform() for _ in range(8000)], bins=8, range=(0, 1))
    # Eight bins of about 1,000: four standard deviations are 118.
    assert np.abs(counts - 1000).max() < 118


def test_a_permutation_holds_all_and_streams_differ() -> None:
    orders = [tuple(stream(3, number).permutation(50)) for number in range(40)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len(set(orders)) == 40
    assert orders[0] == tuple(stream(3, 0).permutation(50))
    assert orders[0] != tuple(stream(4, 0).permutation(50))


def test_every_place_is_reached_by_every_number() -> None:
    firsts = {int(stream(0, number).permutation(5)[0]) for number in range(60)}
    lasts = {int(stream(0, number).permutation(5)[-1]) for number in range(60)}
    assert firsts == lasts == set(range(5))
