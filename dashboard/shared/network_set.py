"""The images that a network learned from: at hand, or prepared while the page stays alive."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LessonError
from core.prepared import PreparedSet
from dashboard import cache, catalogue
from dashboard.advice import advise
from dashboard.background.set_request import SetRequest
from dashboard.networks.network import Network, set_title


def network_set(network: Network, size: int, busy: DeltaGenerator) -> PreparedSet | None:
    """The images that the network's set consists of; None while they are being prepared.

    Args:
        network: Shipped or trained here.
        size: Side of its input.
        busy: Where the preparation tells how far it is, or why it failed.
    """
    if network.prepared:
        try:
            return cache.prepared_set(network.prepared)
        except LessonError:
            pass  # moved or cleared away: prepare the set of that name again
    request = set_of(network, size)
    preparation = cache.preparations().get(request)
    if not preparation.wait(0.3):
        with busy:
            _wait_for(request)
        return None
    try:
        return preparation.value()
    except LessonError as error:
        with busy:
            advise(error)
            st.page_link(catalogue.page("dataset").path, label="To the dataset page")
        return None


def set_of(network: Network, size: int) -> SetRequest:
    """The images that a network learned from, at a side of so many pixels.

    What a brought one learned from is not known: it is shown drawn radiographs.
    """
    return SetRequest(dataset=network.dataset or "synthetic", size=size, count=network.count)


@st.fragment(run_every=0.7)
def _wait_for(request: SetRequest) -> None:
    preparation = cache.preparations().get(request)
    st.progress(preparation.fraction, f"{set_title(request.dataset)}: {preparation.phase}")
    if preparation.ended:
        st.rerun()
