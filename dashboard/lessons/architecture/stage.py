"""The builder as a component: drawing, table and receptive field follow the hand.

The script counts by itself while something is dragged (``architecture_math.js``) and reports the
description of the network when the hand lets go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from core.arrays import UInt8Array
from core.models.layers import (
    ACTIVATIONS,
    MAX_DILATION,
    MAX_KERNEL_SIZE,
    MAX_STRIDE,
    MAX_WIDTH,
    MAX_WINDOW,
    PADDINGS,
    POOLS,
)
from core.models.spec import MAX_INPUT_SIZE, MIN_INPUT_SIZE
from dashboard.shared.blob import UNPACK_JS, pack

_FOLDER: Final = Path(__file__).parent
_JS: Final = "\n".join(
    [
        UNPACK_JS,
        *(
            (_FOLDER / name).read_text(encoding="utf-8")
            for name in ("architecture_math.js", "drawing.js", "space.js", "stage.js")
        ),
    ]
)

_architecture = st.components.v2.component(
    "lightbox_architecture",
    html=(_FOLDER / "stage.html").read_text(encoding="utf-8"),
    css=(_FOLDER / "stage.css").read_text(encoding="utf-8"),
    js=_JS,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArchitectureView:
    """What the builder is given.

    Attributes:
        design: Description of the network, possible or not.
        token: Another one makes the builder take ``design`` in place of what it holds.
        picture: (S, S) uint8, for receptive fields.
        batch: Images behind the figure of training memory.
        locked: Parameters are not told yet: a prediction is still open.
        text: The page's text by section.
    """

    design: Mapping[str, Any]
    token: str
    picture: UInt8Array
    batch: int
    locked: bool
    text: Mapping[str, str]


def architecture(view: ArchitectureView, *, key: str, on_design_change: Callable[[], None]) -> None:
    """Draw the builder. It reports a new design, as JSON text, when the hand lets go."""
    _architecture(data=payload(view), key=key, on_design_change=on_design_change)


def payload(view: ArchitectureView) -> bytes:
    """Design, limits, words and picture."""
    words = {
        name.removeprefix("stage-"): value
        for name, value in view.text.items()
        if name.startswith("stage-")
    }
    limits = {
        "input_size": [MIN_INPUT_SIZE, MAX_INPUT_SIZE],
        "filters": [1, MAX_WIDTH],
        "units": [1, MAX_WIDTH],
        "kernel_size": [1, MAX_KERNEL_SIZE],
        "stride": [1, MAX_STRIDE],
        "dilation": [1, MAX_DILATION],
        "size": [2, MAX_WINDOW],
        "rate": [0, 0.95],
    }
    choices = {"activation": ACTIVATIONS, "padding": PADDINGS, "kind": POOLS}
    header = {
        "design": view.design,
        "token": view.token,
        "batch": view.batch,
        "locked": view.locked,
        "limits": limits,
        "choices": {name: list(values) for name, values in choices.items()},
        "words": words,
    }
    return pack(header, [np.asarray(view.picture)])
