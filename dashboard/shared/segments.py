"""One of a few, as buttons in a row, that always has an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def segments(
    label: str, options: Sequence[T], *, default: T, key: str, preset: bool = False, **how: Any
) -> T:
    """`st.segmented_control` whose choice is one of the options in any case.

    Streamlit gives None where a link carries the key with an empty value, also where a choice is
    required.

    Args:
        label: What is chosen.
        options: To choose from, at least one.
        default: Chosen until a person, or a link, chooses; one of the options.
        key: Of the widget.
        preset: Whether the page has set the widget's value in this run: then Streamlit refuses
            to be given a default besides.
        how: Passed on: ``format_func``, ``bind``, ``width`` ...
    """
    chosen = st.segmented_control(
        label, options, default=None if preset else default, required=True, key=key, **how
    )
    return default if chosen is None or chosen not in options else chosen
