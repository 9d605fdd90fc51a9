"""Choosing the network that is open: a shipped one, a run at any epoch, one of the zoo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LessonError
from dashboard import cache, state
from dashboard.networks.open_network import (
    OpenNetwork,
    Source,
    find_source,
    shipped_sources,
    sources,
)
from dashboard.opened import Gone, Opened
from dashboard.plain import plain
from dashboard.shared.dataset_choice import dataset_of_run


def choose_network(
    slug: str, *, fits: Callable[[Source], bool] | None = None, label: str = "Network"
) -> OpenNetwork:
    """The network that is open, with its weights, behind one button.

    What is chosen here is open on every page; see `dashboard.opened`.

    Args:
        slug: Of the page.
        fits: Leaves out networks that the page has no use for.
        label: Of the box.

    Raises:
        Gone: ``network.gone``, ``network.other``, ``epoch.gone``: what is open is not here, or of
            no use here; the button stands all the same.
        LessonError: What `dashboard.networks.open_network.read_network` raises.
    """
    every = sources()
    known = {source.key: source for source in every if fits is None or fits(source)}
    wanted = state.opened()
    source = next(iter(known.values())) if not wanted.network else known.get(wanted.network)
    with popover(slug, "network", "No network" if source is None else source.title):
        titles = {key: found.title for key, found in known.items()}
        select(slug, label, titles, "" if source is None else source.key)
        if source is not None:
            _choose_epoch(slug, source, wanted.epoch)
    if source is None:
        raise gone(wanted.network, every)
    require_epoch(source, wanted)
    return open_at(source, wanted.epoch)


def opened_network(*, fits: Callable[[Source], bool] | None = None) -> OpenNetwork:
    """The network that is open, without a chooser: what a question asks about.

    Raises:
        Gone, LessonError: As `choose_network`.
    """
    wanted = state.opened()
    try:
        # Not all are listed where one is asked for by its name: there may be hundreds of runs.
        found = find_source(wanted.network) if wanted.network else first_source(fits)
    except LessonError:
        found = None
    if found is None or found.key != (wanted.network or found.key) or (fits and not fits(found)):
        raise gone(wanted.network, sources())
    require_epoch(found, wanted)
    return open_at(found, wanted.epoch)


def first_source(fits: Callable[[Source], bool] | None = None) -> Source | None:
    """The network that pages begin with: the first shipped one that fits."""
    return next((one for one in shipped_sources() if fits is None or fits(one)), None)


def open_at(source: Source, epoch: int | None) -> OpenNetwork:
    """A source with its weights."""
    if epoch is None and source.epochs:
        epoch = _best(source)
    return cache.open_network(source.key, epoch, source.stamp(epoch))


def popover(slug: str, name: str, title: str) -> DeltaGenerator:
    """The one button in the stage's corner behind which something is chosen.

    Args:
        slug: Of the page.
        name: "network" or "picture".
        title: Of what is open; the button cuts it to its width.
    """
    return st.popover(
        plain(short(title)),
        icon={"network": ":material/hub:", "picture": ":material/image:"}[name],
        width="stretch",
        help=f"{name.capitalize()}: {plain(title)}",
        key=f"{slug}_{name}_choice",
    )


def short(title: str) -> str:
    """A title for a button of 130 pixels: what tells it from others.

    >>> [short(title) for title in ("Paper's network: FracAtlas", "LeNet-5, untrained")]
    ['FracAtlas', 'LeNet-5']
    """
    return title.rpartition(": ")[2].removesuffix(", untrained")


def select(slug: str, label: str, titles: Mapping[str, str], chosen: str) -> None:
    """The box of networks; what is chosen is open on every page.

    Args:
        slug: Of the page.
        label: Of the box.
        titles: By key, of the networks to choose from.
        chosen: Key of the one that is open, "" for none of these.
    """
    key = f"{slug}_network"
    state.set_widget_value(key, chosen or None)

    def choose() -> None:
        picked = str(state.widget_value(key) or "")
        if picked:
            state.open_network(picked, dataset=dataset_of_run(picked))

    st.selectbox(
        label,
        tuple(titles),
        index=None,
        format_func=titles.__getitem__,
        key=key,
        placeholder="Choose a network",
        required=bool(chosen),
        on_change=choose,
        help="The shipped networks, your own trainings at any epoch, and the zoo untrained.",
    )


def gone(
    key: str, every: Sequence[Source], why: str = "this page has no use for it"
) -> LessonError:
    """Why the network of that key cannot be shown.

    Args:
        key: What is open.
        every: All networks that can be looked into.
        why: Said of one that is here all the same.
    """
    other = next((source for source in every if source.key == key), None)
    if other is not None:
        return Gone(
            "network",
            "network.other",
            problem=f"{other.title} is open, and {why}.",
            remedy="Choose another network.",
        )
    try:
        find_source(key)
    except LessonError as error:
        # Known, but without what a page needs; and else it is not here at all.
        if error.code not in {"model.unknown", "run.unknown", "run.ambiguous"}:
            return Gone("network", error.code, problem=error.problem, remedy=error.remedy)
    return Gone(
        "network",
        "network.gone",
        problem=f"There is no network {key!r} here.",
        remedy="The link may come from another computer, or its run was deleted. Choose another.",
    )


def require_epoch(source: Source, wanted: Opened) -> None:
    """Refuse an epoch without weights.

    Raises:
        Gone: ``epoch.gone``.
    """
    if wanted.epoch is None or wanted.epoch in (*source.epochs, source.best):
        return
    asked = f"an epoch {wanted.epoch}" if wanted.epoch >= 0 else "the epoch in this address"
    kept = (
        f"Choose one from {source.epochs[0]} to {source.epochs[-1]} that was kept."
        if source.epochs
        else "It has one state only."
    )
    raise Gone("epoch", "epoch.gone", problem=f"{source.title} has not kept {asked}.", remedy=kept)


def _best(source: Source) -> int:
    return source.best if source.best in source.epochs else source.epochs[-1]


def _choose_epoch(slug: str, source: Source, opened: int | None) -> None:
    """The slider of epochs, where there are several."""
    if len(source.epochs) < 2:
        return
    best, key = _best(source), f"{slug}_epoch_{source.key}"
    state.set_widget_value(key, opened if opened in source.epochs else best)

    def choose() -> None:
        picked = int(state.widget_value(key))
        state.open_epoch(None if picked == best else picked)

    st.select_slider(
        "Epoch",
        source.epochs,
        key=key,
        on_change=choose,
        help=f"Weights as they were after that epoch; the best one is {best}.",
    )
