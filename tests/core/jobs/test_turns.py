"""Whose run is next."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from core.jobs.turns import Waiting, in_turn

QUEUES = st.lists(st.sampled_from("abc"), max_size=12).map(
    lambda owners: [Waiting(f"{n:02}", owner, float(n)) for n, owner in enumerate(owners)]
)


def test_one_person_is_served_in_order() -> None:
    queue = [Waiting(name, "", time) for name, time in (("c", 3.0), ("a", 1.0), ("b", 2.0))]
    assert [run.id for run in in_turn(queue, served={"": 7.0})] == ["a", "b", "c"]


def test_who_was_served_longest_ago_is_next() -> None:
    queue = [Waiting(f"{owner}1", owner, time) for owner, time in (("a", 1), ("b", 2), ("c", 3))]
    order = in_turn(queue, served={"a": 30.0, "b": 20.0})
    assert [run.id for run in order] == ["c1", "b1", "a1"]


@given(QUEUES, st.dictionaries(st.sampled_from("abc"), st.floats(0, 100)))
def test_nobody_waits_for_more_than_one_more_run_of_each_other(
    queue: list[Waiting], served: dict[str, float]
) -> None:
    order = in_turn(queue, served=served)
    assert sorted(run.id for run in order) == sorted(run.id for run in queue)
    begun = Counter[str]()
    for run in order:
        assert all(begun[other] <= begun[run.owner] + 1 for other in "abc")
        begun[run.owner] += 1
    for owner in "abc":  # each person's own stay in their order
        own = [run.submitted for run in order if run.owner == owner]
        assert own == sorted(own)
