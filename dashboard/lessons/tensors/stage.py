"""Tensors as a component: all numbers sent once, sliced, batched and drawn in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import plotly.colors
import streamlit as st

from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.shared.transport import TRANSPORT_CSS, TRANSPORT_JS
from dashboard.theme import MAGNITUDE_SCALE
from data.samples.tensors import Specimen

_FOLDER: Final = Path(__file__).parent
_JS: Final = "\n".join(
    [
        UNPACK_JS,
        TRANSPORT_JS,
        *(
            (_FOLDER / name).read_text(encoding="utf-8")
            for name in ("tensor_math.js", "drawing.js", "stage.js")
        ),
    ]
)

VIEWS: Final = ("slice", "batch", "memory", "types", "order")
"""What the stage can show of a tensor, in the order of its buttons."""

_tensors = st.components.v2.component(
    "lightbox_tensors",
    html=(_FOLDER / "stage.html").read_text(encoding="utf-8"),
    css=TRANSPORT_CSS + (_FOLDER / "stage.css").read_text(encoding="utf-8"),
    js=_JS,
)


def tensors(
    specimens: Sequence[Specimen],
    words: Mapping[str, str],
    *,
    closed: Mapping[str, str],
    key: str,
) -> None:
    """Draw the stage; it needs no answer from the server while it is moved.

    Args:
        specimens: The tensors.
        words: The page's text by section.
        closed: Titles by names of tensors that are not sent: a prediction about them is open.
        key: Of the component.
    """
    _tensors(data=payload(specimens, words, closed=closed), key=key)


def payload(
    specimens: Sequence[Specimen], words: Mapping[str, str], *, closed: Mapping[str, str]
) -> bytes:
    """Every tensor as it is, uint8 or float32, with its names."""
    header = {
        "tensors": [
            {
                "name": one.name,
                "title": one.title,
                "axes": list(one.axes),
                "labels": list(one.labels),
                "origin": one.origin,
                "stamp": one.stamp,
            }
            for one in specimens
        ],
        "closed": list(closed.items()),
        "views": [[view, words[f"view-{view}"]] for view in VIEWS],
        "cividis": [
            list(plotly.colors.hex_to_rgb(color))
            for _, color in plotly.colors.get_colorscale(MAGNITUDE_SCALE)
        ],
        "words": {
            name.removeprefix("stage-"): " ".join(value.split())
            for name, value in words.items()
            if name.startswith("stage-")
        },
    }
    return pack(header, [one.values for one in specimens])
