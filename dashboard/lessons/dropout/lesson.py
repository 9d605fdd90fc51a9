"""Dropout: what it does to a layer in training, and in use."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

import numpy as np
import streamlit as st

from core.arrays import FloatArray, UInt8Array
from core.models.graph import nodes
from core.ops.dropout import chances, deviation, drop
from dashboard import cache
from dashboard.lessons.dropout.stage import DRAWS, SCHEMA, DropoutView, payload, show
from dashboard.networks.open_network import OpenNetwork
from dashboard.opened import Gone
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.network_choice import choose_network
from dashboard.shared.number import percent, write
from dashboard.shared.picture_choice import choose_picture

SLUG: Final = "dropout"
SEED: Final = 7
MOST_UNITS: Final = 64
ASKED: Final = (3.0, 0.5)
"""Output and rate of the question."""


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG, _question(text))
    with lesson.corner():
        network = choose_network(SLUG)
        picture = choose_picture(SLUG, size=network.spec.input_size, prepared=network.prepared)
    layer, outputs = _layer(network, picture.image, picture.key)
    view = DropoutView(
        values=outputs,
        chances=chances(len(outputs), DRAWS, seed=SEED),
        layer=layer,
        words=words(text),
    )
    with lesson.stage():
        show(
            data=payload(view, lesson.header(SCHEMA, told=True)),
            key="dropout_stage",
            on_settled_change=lesson.keep_setting("dropout_stage"),
        )
    rate = float(lesson.values(SCHEMA)["rate"])
    with lesson.below():
        st.markdown(text["why"])
        st.latex(
            r"y_i = \frac{m_i}{1-p}\,x_i,\qquad m_i \in \{0, 1\},\qquad "
            rf"\frac{{1}}{{1-p}} = \frac{{1}}{{1-{rate:g}}} = {1 / (1 - rate):.3g}"
        )
        largest = float(outputs[0])
        spread = write(float(deviation(np.array([largest]), rate)[0]))
        st.markdown(
            text["spread"].format(largest=write(largest), rate=percent(rate), spread=spread)
        )
    lesson.finish(_check(text, rate), source=text["source"])


def _question(text: dict[str, str]) -> Question:
    """What becomes of an output that is kept? Computed, not typed."""
    value, rate = ASKED
    kept = float(drop(np.array([value]), np.array([1.0]), rate)[0])
    options = (value * (1 - rate), value, kept)
    return Question(
        text=text["predict"].format(value=write(value), rate=percent(rate)),
        options=tuple(write(option) for option in options),
        truth=2,
        because=text["because"].format(factor=write(1 / (1 - rate))),
    )


def _check(text: dict[str, str], rate: float) -> Check:
    """Transfer: the dropped share of the whole network's products, not of one layer's outputs."""
    kept = 1 - rate
    return Check(
        text=text["check"].format(rate=percent(rate)),
        answer=round(100 * kept * kept, 1),
        tolerance=0.5,
        unit="%",
        because=text["check-because"].format(kept=percent(kept), both=percent(kept * kept)),
    )


def _layer(network: OpenNetwork, image: UInt8Array, picture: Hashable) -> tuple[str, FloatArray]:
    """The last hidden dense layer and its outputs; at most `MOST_UNITS`, the largest first.

    As the layer computes them: those of a tanh may lie below 0, and are as large there.

    Raises:
        Gone: ``dropout.no-layer`` where the network has none.
    """
    hidden = [node.name for node in nodes(network.spec) if node.kind == "dense"][:-1]
    found = cache.activations(network.key, network.epoch, network.fingerprint, picture, image)
    named = [name for name in hidden if found[name].any()]
    if not named:
        raise Gone(
            "network",
            "dropout.no-layer",
            problem=f"{network.title} has no hidden dense layer, which dropout is used on here.",
            remedy="Choose another network, such as a shipped one.",
        )
    outputs = found[named[-1]][0].ravel()
    order = np.argsort(-np.abs(outputs), kind="stable")[:MOST_UNITS]
    return named[-1], outputs[order]
