"""Choosing a network to look into: a shipped one, a run at any of its epochs, one of the zoo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st

from dashboard import cache, state
from dashboard.networks.open_network import OpenNetwork, Source, find_source, sources

LINKED: Final = "network"
"""Parameter of an address that names a network by its key."""


def choose_network(
    slug: str, *, fits: Callable[[Source], bool] | None = None, label: str = "Network"
) -> OpenNetwork:
    """One network with its weights; the choice is part of the address.

    A link chooses one with ``?network=`` and a key: a run's id, a shipped model's name.

    Args:
        slug: Of the page; the choice is forgotten with it.
        fits: Leaves out networks that the page has no use for.
        label: Of the box.

    Raises:
        LessonError: What `dashboard.networks.open_network.read_network` raises.
    """
    known = {source.key: source for source in sources() if fits is None or fits(source)}
    _take_linked(slug, known)
    key = st.selectbox(
        label,
        tuple(known),
        format_func=lambda key: known[key].title,
        key=f"{slug}_network",
        bind="query-params",
        help="The shipped networks, your own trainings at any epoch, and the zoo untrained.",
    )
    source = known[str(key)]
    epoch = _choose_epoch(slug, source)
    return cache.open_network(source.key, epoch, source.stamp(epoch))


def _take_linked(slug: str, known: Mapping[str, Source]) -> None:
    """Begin with the network whose key another page's link names, once."""
    wanted = st.query_params.get(LINKED)
    if wanted is None:
        return
    del st.query_params[LINKED]
    if wanted in known:
        state.set_widget_value(f"{slug}_network", wanted)
    else:
        find_source(wanted)  # tells why it cannot be looked into


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
