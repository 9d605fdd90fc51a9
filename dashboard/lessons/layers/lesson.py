"""Small networks: a layer as matrix and lines, then a network that learns while one watches."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np
import streamlit as st

from core.descent.small_network import NetworkSpec
from core.descent.small_training import batches_in_epoch
from core.ops.activation import ACTIVATIONS
from core.ops.dense import dense
from dashboard import cache
from dashboard.lessons.layers.stage import (
    EXPERIMENTS,
    SCHEMA,
    LayersView,
    payload,
    show,
)
from dashboard.shared.lesson import Check, Lesson, Question, ask, words
from dashboard.shared.number import write

SLUG: Final = "layers"
PARTED: Final = 0.95
"""A network that gets this share right has separated its points."""

COUNTED: Final = (3, 4)
"""Inputs and outputs of the layer whose numbers are counted."""

CHECKED_WEIGHTS: Final = ((1.0, -2.0), (0.5, 3.0))
CHECKED_INPUT: Final = (2.0, 1.0)
CHECKED_BIASES: Final = (0.5, -1.0)
CHECKED_NETWORK: Final = NetworkSpec()
_STAGE: Final = "layers_stage"


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG, _question(text))
    part = str(lesson.values(SCHEMA)["part"])
    sets = cache.plane_sets()
    first = EXPERIMENTS[0]
    points = next(one for one in sets if one.name == first.data)
    trained = round(first.share * len(points.labels))
    view = LayersView(
        sets=sets,
        text=text,
        words=words(text),
        per_epoch=batches_in_epoch(trained, first.settings.batch_size),
    )
    with lesson.stage():
        show(
            data=payload(view, lesson.header(SCHEMA)),
            key=_STAGE,
            on_settled_change=lesson.keep_setting(_STAGE),
        )
    with lesson.below():
        st.markdown(text[f"hint-{part}"])
        st.markdown(text[f"why-{part}"])
        if part == "layer":
            ask(SLUG, _count(text), name="count")
    tumors = next(one for one in sets if one.name == "tumors")
    lesson.finish(
        _layer_check(text) if part == "layer" else _network_check(text),
        source=text[f"source-{part}"].format(points=tumors.source),
    )


def _question(text: Mapping[str, str]) -> Question:
    """Can a straight border part a ring from what it holds? Trained, not typed."""
    tried = cache.straight_line()
    return Question(
        text=text["predict"],
        options=("yes", "no"),
        truth=0 if tried.right / tried.points >= PARTED else 1,
        because=text["because"].format(
            right=tried.right, points=tried.points, majority=tried.majority
        ),
    )


def _count(text: Mapping[str, str]) -> Check:
    """How many numbers a layer can learn, biases included."""
    inputs, outputs = COUNTED
    weights, biases = np.zeros((outputs, inputs)).size, np.zeros(outputs).size
    return Check(
        text=text["count"].format(inputs=inputs, outputs=outputs),
        answer=weights + biases,
        because=text["count-because"].format(
            inputs=inputs, outputs=outputs, weights=weights, all=weights + biases
        ),
    )


def _layer_check(text: Mapping[str, str]) -> Check:
    done = dense(
        np.array(CHECKED_INPUT),
        np.array(CHECKED_WEIGHTS),
        np.array(CHECKED_BIASES),
        activation=ACTIVATIONS["relu"],
    )
    return Check(
        text=text["check-layer"],
        answer=float(done.outputs[1]),
        tolerance=0.005,
        because=text["check-layer-because"].format(
            first=write(float(done.products[1, 0])),
            second=write(float(done.products[1, 1])),
            bias=write(abs(CHECKED_BIASES[1])),
            sum=write(float(done.sums[1])),
            other=write(float(done.sums[0])),
            passed=write(float(done.outputs[0])),
        ),
    )


def _network_check(text: Mapping[str, str]) -> Check:
    steps = [f"{m} · ({n} + 1)" for n, m in pairwise(CHECKED_NETWORK.sizes)]
    return Check(
        text=text["check-network"],
        answer=CHECKED_NETWORK.num_parameters,
        because=text["check-network-because"].format(steps=" + ".join(steps)),
    )
