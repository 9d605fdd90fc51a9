"""Choosing the network that is open: a shipped one, a run at any epoch, one of the zoo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LessonError
from dashboard import cache, state
from dashboard.access.own_networks import own_networks
from dashboard.access.people import asking
from dashboard.networks.network import (
    Network,
    backbone_network,
    every_network,
    find_network,
    network_of_brought,
    shipped_networks,
)
from dashboard.networks.open_network import OpenNetwork
from dashboard.opened import Gone, Opened
from dashboard.plain import plain
from dashboard.shared.bring_network import bring_button
from dashboard.shared.dataset_choice import dataset_of_run
from data.models.brought import OWN

_NO_USE: Final = "this page has no use for it"


def choose_network(
    slug: str,
    *,
    fits: Callable[[Network], bool] | None = None,
    label: str = "Network",
    backbone: bool = False,
) -> OpenNetwork:
    """The network that is open, with its weights, behind one button.

    What is chosen here is open on every page; see `dashboard.opened`.

    Args:
        slug: Of the page.
        fits: Leaves out networks that the page has no use for.
        label: Of the box.
        backbone: Whether the page can show the reference network's backbone, which has no logits.

    Raises:
        Gone: ``network.gone``, ``network.other``, ``model.not-taken-apart``, ``epoch.gone``:
            what is open is not here, or of no use here; the button stands all the same.
        LessonError: What `dashboard.networks.open_network.read_network` raises.
    """
    every = offered_networks()
    if backbone and (reference := backbone_network()) is not None:
        every.append(reference)
    known = {one.key: one for one in every if fits is None or fits(one)}
    wanted = state.opened()
    network = next(iter(known.values())) if not wanted.network else known.get(wanted.network)
    with popover(slug, "network", "No network" if network is None else network.title):
        titles = {key: found.title for key, found in known.items()}
        select(slug, label, titles, "" if network is None else network.key)
        if network is not None:
            _choose_epoch(slug, network, wanted.epoch)
        bring_button(slug)
    if network is None:
        raise gone(wanted.network, every)
    require_epoch(network, wanted)
    return open_at(network, wanted.epoch)


def offered_networks() -> list[Network]:
    """All that this person can choose: those of everybody, what they brought, and what is open."""
    own = [network_of_brought(one) for one in own_networks(asking())]
    wanted = state.opened().network
    if wanted.startswith(OWN) and wanted not in {one.key for one in own}:
        with suppress(LessonError):  # `gone` says so
            own.append(find_network(wanted))
    return [*own, *every_network()] if own else every_network()


def opened_network(*, fits: Callable[[Network], bool] | None = None) -> OpenNetwork:
    """The network that is open, without a chooser: what a question asks about.

    Raises:
        Gone, LessonError: As `choose_network`.
    """
    wanted = state.opened()
    try:
        # Not all are listed where one is asked for by its name: there may be hundreds of runs.
        found = find_network(wanted.network) if wanted.network else first_network(fits)
    except LessonError:
        found = None
    if found is None or found.key != (wanted.network or found.key) or (fits and not fits(found)):
        raise gone(wanted.network, every_network())
    require_epoch(found, wanted)
    return open_at(found, wanted.epoch)


def first_network(fits: Callable[[Network], bool] | None = None) -> Network | None:
    """The network that pages begin with: the first shipped one that fits."""
    return next((one for one in shipped_networks() if fits is None or fits(one)), None)


def open_at(network: Network, epoch: int | None) -> OpenNetwork:
    """A network with its weights."""
    if epoch is None and (epochs := network.epochs):
        epoch = _best(epochs, network.best)
    return cache.open_network(network.key, epoch, network.stamp(epoch))


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
        help="Shipped networks, trainings at any epoch, what you brought, and the zoo untrained.",
    )


def gone(key: str, every: Sequence[Network], why: str = "") -> LessonError:
    """Why the network of that key cannot be shown.

    Args:
        key: What is open.
        every: All networks that can be looked into.
        why: Said of one that is here all the same; a page that has more to say than that it has no
            use for it.
    """
    other = next((one for one in every if one.key == key), None)
    if other is not None:
        return _of_no_use(other, why)
    try:
        other = find_network(key)
    except LessonError as error:
        # Known, but without what a page needs; and else it is not here at all.
        if error.code not in {"model.unknown", "run.unknown", "run.ambiguous"}:
            return Gone("network", error.code, problem=error.problem, remedy=error.remedy)
    else:
        if other.kind == "brought" or (other.kind == "backbone" and why):
            return _of_no_use(other, why)
        if other.kind == "backbone":
            return Gone(
                "network",
                "model.not-taken-apart",
                problem="The reference network is open. Its backbone can be looked into, but ends"
                " in features and not in an answer, so this page cannot show it.",
                remedy="Choose another network here. Architecture, Convolution, Feature maps and"
                " Spatial hierarchy open the backbone; Test an X-ray asks the whole network.",
            )
    return Gone(
        "network",
        "network.gone",
        problem=f"There is no network {key!r} here.",
        remedy="The link may come from another computer, or its run was deleted. Choose another.",
    )


def _of_no_use(network: Network, why: str) -> LessonError:
    return Gone(
        "network",
        "network.other",
        problem=f"{network.title} is open, and {why or _NO_USE}.",
        remedy="Choose another network.",
    )


def require_epoch(network: Network, wanted: Opened) -> None:
    """Refuse an epoch without weights.

    Raises:
        Gone: ``epoch.gone``.
    """
    if wanted.epoch is None or wanted.epoch in (*(epochs := network.epochs), network.best):
        return
    asked = f"an epoch {wanted.epoch}" if wanted.epoch >= 0 else "the epoch in this address"
    kept = (
        f"Choose one from {epochs[0]} to {epochs[-1]} that was kept."
        if epochs
        else "It has one state only."
    )
    raise Gone("epoch", "epoch.gone", problem=f"{network.title} has not kept {asked}.", remedy=kept)


def _best(epochs: tuple[int, ...], best: int | None) -> int:
    return best if best in epochs else epochs[-1]


def _choose_epoch(slug: str, network: Network, opened: int | None) -> None:
    """The slider of epochs, where there are several."""
    epochs = network.epochs
    if len(epochs) < 2:
        return
    best, key = _best(epochs, network.best), f"{slug}_epoch_{network.key}"
    state.set_widget_value(key, opened if opened in epochs else best)

    def choose() -> None:
        picked = int(state.widget_value(key))
        state.open_epoch(None if picked == best else picked)

    st.select_slider(
        "Epoch",
        epochs,
        key=key,
        on_change=choose,
        help=f"Weights as they were after that epoch; the best one is {best}.",
    )
