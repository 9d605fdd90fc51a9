"""What the lesson on single layers and small networks consists of."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from core.descent.small_network import NetworkSpec
from core.ops.activation import ACTIVATIONS
from core.ops.dense import dense
from dashboard import cache
from dashboard.lessons.layers.stage import layer, network
from dashboard.shared.questions import check, number, predict

SLUG: Final = "layers"
STYLE: Final = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
PARTS: Final = ("layer", "network")
PARTED: Final = 0.95
"""A network that gets this share right has separated its points."""

ASKED: Final = (3, 4)
"""Inputs and outputs of the layer that is asked about."""

CHECKED_WEIGHTS: Final = ((1.0, -2.0), (0.5, 3.0))
CHECKED_INPUT: Final = (2.0, 1.0)
CHECKED_BIASES: Final = (0.5, -1.0)
CHECKED_NETWORK: Final = NetworkSpec()


def text() -> dict[str, str]:
    """The lesson's words."""
    return cache.page_text(SLUG)


def style() -> None:
    """The look of what only this lesson has."""
    st.html(f"<style>{STYLE}</style>")


def opening() -> str:
    """Which of the two parts, and its question, before any figure."""
    words = text()
    with st.container(key="layers_top", horizontal=True, vertical_alignment="center", gap="medium"):
        part = st.segmented_control(
            "Part",
            PARTS,
            default=PARTS[0],
            required=True,
            format_func=lambda name: words[f"part-{name}"],
            key="layers_part",
            bind="query-params",
            label_visibility="collapsed",
        )
        chosen = str(part or PARTS[0])
        with st.container():
            if chosen == "layer":
                _ask_of_the_layer(words)
            else:
                _ask_of_the_network(words)
    return chosen


def _ask_of_the_layer(words: dict[str, str]) -> None:
    inputs, outputs = ASKED
    shape = np.zeros((outputs, inputs)).size, np.zeros(outputs).size
    options = (inputs + outputs, shape[0], sum(shape))
    predict(
        SLUG,
        words["predict-layer"].format(inputs=inputs, outputs=outputs),
        [number(option) for option in options],
        2,
        words["because-layer"].format(
            inputs=inputs, outputs=outputs, weights=inputs * outputs, all=options[2]
        ),
        name="predict_layer",
    )


def _ask_of_the_network(words: dict[str, str]) -> None:
    tried = cache.straight_line()
    truth = 0 if tried.right / tried.points >= PARTED else 1
    predict(
        SLUG,
        words["predict-network"],
        words["predict-network-options"].splitlines(),
        truth,
        words["because-network"].format(
            right=tried.right, points=tried.points, majority=tried.majority, epochs=tried.epochs
        ),
        name="predict_network",
    )


def stage(part: str) -> None:
    """The one picture of the part."""
    words = text()
    with st.container(key=f"layers_stage_{part}"):
        if part == "layer":
            layer(key="layers_layer")
        else:
            network(cache.plane_sets(), words, key="layers_network")
    st.caption(words[f"hint-{part}"])


def explain(part: str) -> None:
    """The formulas and what follows from them."""
    st.markdown(text()[f"why-{part}"])


def ask_after(part: str) -> None:
    """A number to find by hand; core knows it."""
    words = text()
    if part == "layer":
        done = dense(
            np.array(CHECKED_INPUT),
            np.array(CHECKED_WEIGHTS),
            np.array(CHECKED_BIASES),
            activation=ACTIVATIONS["relu"],
        )
        check(
            SLUG,
            words["check-layer"],
            float(done.outputs[1]),
            0.005,
            words["check-layer-because"].format(
                first=number(float(done.products[1, 0])),
                second=number(float(done.products[1, 1])),
                bias=number(abs(CHECKED_BIASES[1])),
                sum=number(float(done.sums[1])),
                silent=number(float(done.sums[0])),
            ),
            name="check_layer",
        )
        return
    sizes = CHECKED_NETWORK.sizes
    steps = [f"{m} · ({n} + 1)" for n, m in pairwise(sizes)]
    check(
        SLUG,
        words["check-network"],
        CHECKED_NETWORK.num_parameters,
        0,
        words["check-network-because"].format(steps=" + ".join(steps)),
        name="check_network",
    )


def sources(part: str) -> None:
    """Where all this comes from."""
    tumors = next(one for one in cache.plane_sets() if one.name == "tumors")
    st.caption(text()[f"source-{part}"].format(points=tumors.source))
