"""A store that lets go of what was not asked for longest."""

from __future__ import annotations

import random

import pytest

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
        elif chance.random() < 0.3:
            known = dict(order)
            made = store.find_or_put(key, lambda turn=turn: turn)
            assert made == known.get(key, turn)
            order = ([pair for pair in order if pair[0] != key] + [(key, made)])[-5:]
        else:
            found = store.find(key)
            assert found == dict(order).get(key)
            if found is not None:
                order = [pair for pair in order if pair[0] != key] + [(key, found)]
        assert len(store) == len(order)
        assert store.newest() == (order[-1][1] if order else None)
        assert all((k in store) == (k in dict(order)) for k in range(12))


def test_what_could_not_be_made_is_not_kept_and_nothing_goes_for_it() -> None:
    store = Bounded[str, int | None](1)
    store.put("a", 1)
    with pytest.raises(ZeroDivisionError):
        store.find_or_put("b", lambda: 1 // 0)
    assert ("b" in store, store.find("a")) == (False, 1)
    # None is a value like others: it is not made twice.
    assert store.find_or_put("c", lambda: None) is None
    assert store.find_or_put("c", lambda: 2) is None
