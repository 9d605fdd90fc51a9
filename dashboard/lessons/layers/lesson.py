"""Small networks: a layer as matrix and lines, then a network that learns while one watches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import streamlit as st

from core.arrays import BoolArray, FloatArray
from core.descent.small_network import Hidden, NetworkSpec, initial, layers
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
from dashboard.shared.lesson import Check, Lesson, Question, words

SLUG: Final = "layers"
PARTED: Final = 0.95
"""A network that gets this share right has separated its points."""

CHECKED_LAYER: Final = (3, 4)
"""Inputs and outputs of the layer that the check is about."""

DOUBLED: Final = 2
"""The input, from 1, that is given twice as large."""

FOLDED: Final = NetworkSpec(hidden=(Hidden(8, "linear"), Hidden(8, "linear")))
"""Layers without a bend, which are one sum."""
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


def _layer_check(text: Mapping[str, str]) -> Check:
    """Transfer: which weights an input has, seen from the outputs that must not change."""
    inputs, outputs = CHECKED_LAYER
    halved = int(answering(CHECKED_LAYER, DOUBLED - 1).sum())
    told = {"input": DOUBLED, "inputs": inputs, "outputs": outputs, "all": inputs * outputs}
    return Check(
        text=text["check-layer"].format(**told),
        answer=halved,
        because=text["check-layer-because"].format(answer=halved, input=DOUBLED),
    )


def answering(shape: tuple[int, int], place: int) -> BoolArray:
    """(outputs, inputs) True where a weight decides what a larger input does to the outputs.

    >>> answering((3, 2), 1).astype(int).tolist()
    [[0, 1, 0], [0, 1, 0]]
    """
    inputs, outputs = shape
    weights, biases = np.ones((outputs, inputs)), np.zeros(outputs)
    before, after = np.ones(inputs), np.ones(inputs)
    after[place] = 2.0
    linear = ACTIVATIONS["linear"]
    products = [dense(x, weights, biases, activation=linear).products for x in (before, after)]
    return products[0] != products[1]


def _network_check(text: Mapping[str, str]) -> Check:
    """Transfer: layers without a bend are one sum, which is small."""
    weights, bias = folded(FOLDED, initial(FOLDED, seed=0))
    return Check(
        text=text["check-network"].format(
            features=len(FOLDED.features), units=FOLDED.hidden[0].units
        ),
        answer=weights.size + bias.size,
        because=text["check-network-because"].format(
            weights=weights.size, all=FOLDED.num_parameters
        ),
    )


def folded(spec: NetworkSpec, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weights (1, n) and bias (1,) of the one sum that layers without a bend are.

    Args:
        spec: All of its hidden layers linear.
        parameters: (P,).
    """
    total, shift = np.eye(len(spec.features)), np.zeros(len(spec.features))
    for weights, biases in layers(spec, parameters):
        total, shift = weights @ total, weights @ shift + biases
    return total, shift
