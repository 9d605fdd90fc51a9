"""Two components of the Activations lesson: the curves, and the stack of layers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from core.ops.activation import ACTIVATIONS
from core.ops.stack import (
    EXPLODED,
    INITIALIZATIONS,
    MAX_DEPTH,
    VANISHED,
    WIDTH,
    DepthMeasurement,
)
from dashboard.shared.activation_math import ACTIVATION_JS, PANEL_JS, all_described
from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.shared.common import COMMON_CSS
from dashboard.shared.keep import KEEP_JS

_FOLDER: Final = Path(__file__).parent
_SHARED: Final = UNPACK_JS + KEEP_JS + ACTIVATION_JS + PANEL_JS

TABLE_1: Final = ("step", "sigmoid", "tanh")
PRESETS: Final = (
    ("Table 1", TABLE_1),
    ("Fig. 6", ("relu",)),
    ("ReLU and kin", ("relu", "leaky_relu", "elu", "gelu", "silu")),
    ("All", tuple(ACTIVATIONS)),
)
"""Selections at one press: what the paper shows, and what came after it."""

_curves = st.components.v2.component(
    "lightbox_activations",
    html=(_FOLDER / "stage.html").read_text(encoding="utf-8"),
    css=COMMON_CSS,
    js=_SHARED + (_FOLDER / "stage.js").read_text(encoding="utf-8"),
)
_depth = st.components.v2.component(
    "lightbox_depth",
    html=(_FOLDER / "depth.html").read_text(encoding="utf-8"),
    css=COMMON_CSS,
    js=_SHARED + (_FOLDER / "depth.js").read_text(encoding="utf-8"),
)


def activation_curves(*, key: str, locked: str = "", fresh: str = "") -> None:
    """Draw every chosen activation with its slope; all that moves is computed in the browser.

    Args:
        key: Of the component.
        locked: Said in place of the slopes while the prediction is open; empty afterwards.
        fresh: Changes when the page is reset.
    """
    _curves(data=curves_payload(locked=locked, fresh=fresh), key=key)


def curves_payload(*, locked: str = "", fresh: str = "") -> bytes:
    """Activations with their sliders, and what is shown first."""
    return pack(
        {
            "locked": locked,
            "fresh": fresh,
            "activations": all_described(),
            "chosen": [*TABLE_1, "relu"],
            "presets": [{"title": title, "names": list(names)} for title, names in PRESETS],
        }
    )


def depth_curves(
    measured: dict[tuple[str, str], DepthMeasurement], *, key: str, fresh: str = ""
) -> None:
    """Draw what stacks of layers did to signal and gradient."""
    _depth(data=depth_payload(measured, fresh=fresh), key=key)


def depth_payload(measured: dict[tuple[str, str], DepthMeasurement], *, fresh: str = "") -> bytes:
    """All measurements: arrays (activations, initializations, ...), NaN beyond the top."""
    grid = [[measured[name, start] for start in INITIALIZATIONS] for name in ACTIVATIONS]
    return pack(
        {
            "fresh": fresh,
            "activations": all_described(),
            "initializations": [
                {"name": one.name, "title": one.title, "rule": one.rule, "source": one.source}
                for one in INITIALIZATIONS.values()
            ],
            "depth": MAX_DEPTH,
            "width": WIDTH,
            "vanished": VANISHED,
            "exploded": EXPLODED,
            "chosen": ["sigmoid", "tanh", "relu"],
        },
        [
            np.array([[one.signal for one in row] for row in grid]),
            np.array([[one.gradient for one in row] for row in grid]),
            np.array([[one.silent for one in row] for row in grid]),
        ],
    )
