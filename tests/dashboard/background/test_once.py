"""One value for a whole process, whoever asks first."""

from __future__ import annotations

import threading
import time

import pytest
import streamlit as st

from dashboard import cache
from dashboard.background.once import Once


def test_many_threads_get_the_one_value() -> None:
    made: list[object] = []

    def make() -> object:
        time.sleep(0.02)  # long enough for all the others to ask
        made.append(object())
        return made[-1]

    one, got = Once(make), []
    threads = [threading.Thread(target=lambda: got.append(one())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert got == made * 8


def test_a_failure_is_tried_again() -> None:
    answers = iter([0, 1])
    one = Once(lambda: 1 // next(answers))
    with pytest.raises(ZeroDivisionError):
        one()
    assert one() == 1


def test_streamlit_cannot_clear_what_works_in_the_background() -> None:
    kept = [part() for part in (cache.searches, cache.preparations, cache.fetches, cache.errands)]
    st.cache_resource.clear()
    st.cache_data.clear()
    again = [part() for part in (cache.searches, cache.preparations, cache.fetches, cache.errands)]
    assert [id(part) for part in again] == [id(part) for part in kept]
