"""What the Activations lesson consists of."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from core.inspect.silence import FLAT
from core.ops.activation import ACTIVATIONS
from dashboard import cache, state
from dashboard.advice import reset_button
from dashboard.frame import current_theme
from dashboard.lessons.activations.figure import activity_figure, activity_rows, activity_sentence
from dashboard.lessons.activations.stage import activation_curves, depth_curves
from dashboard.shared.network_choice import choose_network
from dashboard.shared.questions import check, number, predict

SLUG: Final = "activations"
OPTIONS: Final = (0.25, 0.5, 1.0)
LAYERS: Final = 5


def steepest_logistic() -> float:
    """The logistic function's greatest slope, at its default parameter."""
    return float(ACTIVATIONS["sigmoid"].derivative(np.array(0.0)))


def question() -> bool:
    """Ask before the slopes are seen; whether an answer is locked in."""
    text = cache.page_text(SLUG)
    truth = OPTIONS.index(steepest_logistic())
    options = [number(option) for option in OPTIONS]
    return predict(SLUG, text["predict"], options, truth, text["because"])


def curves(*, locked: bool) -> None:
    """The stage: functions, slopes and the operating point.

    Args:
        locked: The prediction is still open: no slope is shown.
    """
    text = cache.page_text(SLUG)
    with st.container(key="activations_stage"):
        activation_curves(
            key="activations_curves",
            locked=text["locked"] if locked else "",
            fresh=state.freshness(SLUG),
        )
    st.markdown(text["try"])


def table() -> None:
    """The paper's table, with what it means."""
    st.markdown(cache.page_text(SLUG)["table"])


def depth() -> None:
    """What happens through many layers."""
    text = cache.page_text(SLUG)
    st.markdown(f"### {text['depth-title']}\n{text['depth']}")
    with st.container(key="activations_depth_stage"):
        depth_curves(
            cache.depth_measurements(), key="activations_depth", fresh=state.freshness(SLUG)
        )


def activity() -> None:
    """Which share of a real network's units is silent or saturated."""
    text = cache.page_text(SLUG)
    st.markdown(f"### {text['activity-title']}\n{text['activity']}")
    left, right = st.columns([1, 2.6], gap="medium")
    with left:
        network = choose_network(SLUG)
    with right, st.container(key="activations_activity"):
        with st.spinner(text["activity-wait"]):
            found = cache.network_activity(network.key, network.epoch, network.fingerprint)
        if not found.layers:
            st.info(text["activity-none"])
            return
        sentence = activity_sentence(found.layers, found.images)
        st.plotly_chart(
            activity_figure(found.layers, current_theme()),
            key="activations_activity_chart",
            config={"displayModeBar": False},
            theme=None,
            alt=sentence,
        )
        told = {"images": found.images, "flat": f"{FLAT:.0%}", "network": network.title}
        st.caption(f"{network.origin} {text['activity-reading'].format(**told)}")
        with st.expander(text["activity-words"]):
            st.markdown(sentence)
            st.dataframe(activity_rows(found.layers), hide_index=True)


def closing() -> None:
    """Check and source."""
    text = cache.page_text(SLUG)
    share = steepest_logistic() ** LAYERS
    check(SLUG, text["check"], share, 0.05 * share, text["check-because"])
    st.caption(text["source"])
    reset_button(SLUG)
