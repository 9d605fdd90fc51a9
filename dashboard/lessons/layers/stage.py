"""A single layer under the hand, and a small network that trains in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import plotly.colors
import streamlit as st

from core.descent.small_network import (
    FEATURES,
    LAYER_ACTIVATIONS,
    MAX_HIDDEN,
    MAX_UNITS,
    Hidden,
    NetworkSpec,
)
from core.descent.small_training import OPTIMIZERS, Settings
from core.ops.activation import ACTIVATIONS
from core.ops.dense import LIMIT, MAX_INPUTS, MAX_OUTPUTS
from dashboard.shared.activation_math import ACTIVATION_JS, PANEL_JS, described
from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.shared.transport import TRANSPORT_CSS, TRANSPORT_JS
from dashboard.theme import ACTIVATION_SCALE
from data.samples.points import REACH, PlaneSet

_FOLDER: Final = Path(__file__).parent
_CSS: Final = (_FOLDER / "layers.css").read_text(encoding="utf-8")


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_layer = st.components.v2.component(
    "lightbox_layer",
    html=_read("layer.html"),
    css=_CSS,
    js="\n".join([UNPACK_JS, ACTIVATION_JS, PANEL_JS, _read("layer.js")]),
)
_network = st.components.v2.component(
    "lightbox_small_network",
    html=_read("network.html"),
    css=TRANSPORT_CSS + _CSS,
    js="\n".join(
        [
            UNPACK_JS,
            ACTIVATION_JS,
            PANEL_JS,
            TRANSPORT_JS,
            _read("network_math.js"),
            _read("network.js"),
        ]
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A ready-made start of the small network.

    Attributes:
        name: Of its sentence in the page's text.
        data: One of `data.samples.points.PLANE_SETS`.
        spec, settings: The network and how it is trained.
        share: Of the points that are trained on.
        noise: Standard deviation, in plane units.
    """

    name: str
    data: str
    spec: NetworkSpec
    settings: Settings = field(default_factory=lambda: Settings(seed=2))
    share: float = 0.5
    noise: float = 0.0


EXPERIMENTS: Final = (
    Experiment(name="circle", data="circle", spec=NetworkSpec()),
    Experiment(name="straight", data="circle", spec=NetworkSpec(hidden=())),
    Experiment(
        name="features",
        data="circle",
        spec=NetworkSpec(features=("x1_squared", "x2_squared"), hidden=()),
    ),
    Experiment(
        name="linear",
        data="circle",
        spec=NetworkSpec(hidden=(Hidden(8, "linear"), Hidden(8, "linear"))),
    ),
    Experiment(name="xor", data="xor", spec=NetworkSpec(hidden=(Hidden(3, "relu"),))),
    Experiment(
        name="spiral",
        data="spiral",
        spec=NetworkSpec(hidden=(Hidden(8, "tanh"), Hidden(8, "tanh"))),
        settings=Settings(optimizer="adam", rate=0.03, seed=1),
        share=0.7,
    ),
    Experiment(
        name="overfit",
        data="moons",
        spec=NetworkSpec(hidden=(Hidden(8, "relu"), Hidden(8, "relu"))),
        settings=Settings(optimizer="adam", rate=0.02, seed=2),
        share=0.15,
        noise=0.6,
    ),
    Experiment(
        name="dead",
        data="circle",
        spec=NetworkSpec(hidden=(Hidden(6, "relu"),)),
        settings=Settings(rate=5.0, seed=2),
    ),
    Experiment(
        name="diverge",
        data="circle",
        spec=NetworkSpec(hidden=(Hidden(4, "leaky_relu"),) * 3),
        settings=Settings(rate=3.0, seed=2),
    ),
)


def layer(*, key: str) -> None:
    """Draw the single layer; it needs no answer from the server."""
    _layer(data=layer_payload(), key=key)


def layer_payload() -> bytes:
    """Activations and limits."""
    return pack(
        {
            "activations": [described(ACTIVATIONS[name]) for name in LAYER_ACTIVATIONS],
            "mostInputs": MAX_INPUTS,
            "mostOutputs": MAX_OUTPUTS,
            "limit": LIMIT,
        }
    )


def network(sets: Sequence[PlaneSet], words: Mapping[str, str], *, key: str) -> None:
    """Draw the small network; it trains in the browser, without the server.

    Args:
        sets: All that it can be trained on.
        words: ``try-NAME`` and ``note-NAME`` of every experiment.
        key: Of the component.
    """
    _network(data=network_payload(sets, words), key=key)


def network_payload(sets: Sequence[PlaneSet], words: Mapping[str, str]) -> bytes:
    """Points, choices and ready-made experiments as one blob."""
    header = {
        "sets": [
            {"name": s.name, "title": s.title, "axes": list(s.axes), "classes": list(s.classes)}
            for s in sets
        ],
        "reach": REACH,
        "features": [{"name": f.name, "symbol": f.symbol} for f in FEATURES.values()],
        "activations": list(LAYER_ACTIVATIONS),
        "optimizers": list(OPTIMIZERS),
        "mostHidden": MAX_HIDDEN,
        "mostUnits": MAX_UNITS,
        "presets": [
            {
                "title": words[f"try-{entry.name}"],
                "note": " ".join(words[f"note-{entry.name}"].split()),
                "choices": choices(entry),
            }
            for entry in EXPERIMENTS
        ],
        "colors": [
            list(plotly.colors.unlabel_rgb(color))
            for _, color in plotly.colors.get_colorscale(ACTIVATION_SCALE)
        ],
    }
    arrays: list[Any] = []
    for one in sets:
        arrays += [one.clean, one.disturbances, one.labels.astype(np.uint8)]
    return pack(header, arrays)


def choices(entry: Experiment) -> dict[str, Any]:
    """An experiment as the component holds it."""
    return {
        "data": entry.data,
        "hidden": [[one.units, one.activation] for one in entry.spec.hidden],
        "features": list(entry.spec.features),
        "optimizer": entry.settings.optimizer,
        "rate": entry.settings.rate,
        "batch": entry.settings.batch_size,
        "l2": entry.settings.l2,
        "share": entry.share,
        "noise": entry.noise,
        "seed": entry.settings.seed,
    }
