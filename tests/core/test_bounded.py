"""A store that lets go of what was not asked for longest."""

from __future__ import annotations

import random

from core.bounded import Bounded


def test_it_keeps_the_values_asked_for_last() -> None:
    """Against a list that is searched: keys in the order in which they were asked for."""
    chance, store, order = random.Random(0), Bounded[int, int](5), []
    for turn in range(2000):
        key = chance.randrange(12)
        if chance.random() < 0.4:
            dropped = store.put(key, turn)
            values = dict(order)
            order = [pair for pair in order if pair[0] != key] + [(key, turn)]
            gone, order = order[:-5], order[-5:]
            assert dropped == [value for _, value in gone]
            assert key in values or len(order) <= 5
        elif chance.random() < 0.1:
            assert store.pop(key) == dict(order).get(key)
            order = [pair for pair in order if pair[0] != key]
        else:
            found = store.find(key)
            assert found == dict(order).get(key)
            if found is not None:
                order = [pair for pair in order if pair[0] != key] + [(key, found)]
        assert len(store) == len(order)
        assert store.newest() == (order[-1][1] if order else None)
        assert all((k in store) == (k in dict(order)) for k in range(12))
