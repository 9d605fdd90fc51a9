"""Text from outside stays text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from dashboard.plain import plain


def test_nothing_in_it_is_obeyed() -> None:
    shown = plain("![x](http://evil.example/a.png) [b](//c) `d` $e$ :red[f] <img src=g> www.h.i")
    live = re.sub(r"\\.", "", shown)  # what is left without the escaped marks
    assert not re.search(r"[\[\]`$<>]|:\S|www\.", live)


@given(st.text())
def test_it_says_the_same(text: str) -> None:
    assert re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", plain(text)) == " ".join(text.split())
