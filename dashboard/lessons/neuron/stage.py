"""The living neuron as a component: sliders, drawing and decision line follow the hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from core.ops.neuron import CORNERS, LIMIT, MAX_INPUTS, TABLES, YES, Neuron, best_count
from dashboard.shared.activation_math import ACTIVATION_JS, PANEL_JS, all_described
from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.shared.common import COMMON_CSS
from dashboard.shared.keep import KEEP_JS
from data.samples.points import Points

_FOLDER: Final = Path(__file__).parent
_CSS: Final = COMMON_CSS + (_FOLDER / "stage.css").read_text(encoding="utf-8")

_neuron = st.components.v2.component(
    "lightbox_neuron",
    html=(_FOLDER / "stage.html").read_text(encoding="utf-8"),
    css=_CSS,
    js=UNPACK_JS
    + ACTIVATION_JS
    + PANEL_JS
    + KEEP_JS
    + (_FOLDER / "stage.js").read_text(encoding="utf-8"),
)

Pasted = tuple[tuple[float, ...], float]
"""Weights and bias."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronView:
    """What the stage shows.

    Attributes:
        points: Of the task with real data.
        words: Sentences of the live count: done, going, most, impossible, tumors, only_two; and
            locked, said while the prediction is open.
        asked: The neuron that the prediction asks about; the stage begins with it.
        inputs: Its inputs.
        locked: The prediction is open: neither sum nor output is shown, nothing can be turned.
        pasted: Weights and bias to put in once; a new pair replaces what was dragged.
        fresh: Changes when the page is reset.
    """

    points: Points
    words: Mapping[str, str]
    asked: Neuron
    inputs: tuple[float, ...]
    locked: bool = False
    pasted: Pasted | None = None
    fresh: str = ""


def neuron(view: NeuronView, *, key: str) -> None:
    """Draw the neuron; it needs no answer from the server while it is moved."""
    _neuron(data=payload(view), key=key)


def payload(view: NeuronView) -> bytes:
    """Tasks with what one neuron can reach at most, real points, activations and sentences."""
    points, pasted, asked = view.points, view.pasted, view.asked
    tasks = [
        {"name": name, "title": name, "table": list(table), "best": best_count(table)}
        for name, table in TABLES.items()
    ]
    tasks.append({"name": "tumors", "title": "a tumor test", "table": None, "best": None})
    return pack(
        {
            "activations": all_described(),
            "asked": {
                "x": list(view.inputs),
                "w": list(asked.weights),
                "b": asked.bias,
                "activation": asked.activation.name,
            },
            "locked": view.locked,
            "fresh": view.fresh,
            "tasks": tasks,
            "corners": [list(corner) for corner in CORNERS],
            "most": MAX_INPUTS,
            "limit": LIMIT,
            "yes": YES,
            "features": [
                f"{name.removeprefix('mean ')} (standardized)" for name in points.features
            ],
            "words": dict(view.words),
            "pasted": pasted and {"weights": list(pasted[0]), "bias": pasted[1]},
        },
        [points.positions, points.labels.astype(np.uint8)],
    )
