"""Choosing a network to look into: a shipped one, a run at any of its epochs, one of the zoo."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import cache
from dashboard.glass import Glass, Source, sources


def choose_network(
    slug: str, *, fits: Callable[[Source], bool] | None = None, label: str = "Network"
) -> Glass:
    """One network with its weights; the choice and the epoch are part of the address.

    Args:
        slug: Of the page; the choice is forgotten with it.
        fits: Leaves out networks that the page has no use for.
        label: Of the box.

    Raises:
        LessonError: What `dashboard.glass.see_through` raises.
    """
    known = {source.key: source for source in sources() if fits is None or fits(source)}
    keys = tuple(known)
    key = st.selectbox(
        label,
        keys,
        format_func=lambda key: known[key].title,
        key=f"{slug}_network",
        bind="query-params",
        help="The shipped networks, your own trainings at any epoch, and the zoo untrained.",
    )
    source = known[str(key)]
    epoch = _choose_epoch(slug, source)
    return cache.glass(source.key, epoch, source.stamp(epoch))


def _choose_epoch(slug: str, source: Source) -> int | None:
    if len(source.epochs) < 2:
        return source.epochs[0] if source.epochs else None
    best = source.best if source.best in source.epochs else source.epochs[-1]
    chosen = st.select_slider(
        "Epoch",
        source.epochs,
        value=best,
        key=f"{slug}_epoch_{source.key}",
        help=f"Weights as they were after that epoch; the best one is {best}.",
    )
    return int(chosen)
