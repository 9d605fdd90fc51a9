"""A layer through a training as a component: all epochs sent once, scrubbed in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from dashboard.lessons.features.stage import title
from dashboard.networks.layer_history import LayerHistory
from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.shared.color_scale import color_stops
from dashboard.shared.transport import TRANSPORT_CSS, TRANSPORT_JS
from dashboard.theme import ACTIVATION_SCALE

_FOLDER: Final = Path(__file__).parent


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_history = st.components.v2.component(
    "lightbox_features_film",
    html=_read("epochs.html"),
    css=TRANSPORT_CSS + _read("stage.css"),
    js="\n".join(
        [
            UNPACK_JS,
            TRANSPORT_JS,
            *map(_read, ("features_words.js", "features_layout.js", "epochs.js")),
        ]
    ),
)


def draw_history(history: LayerHistory, *, words: Mapping[str, str], stamp: str, key: str) -> None:
    """Draw the maps of all epochs; nothing is asked of the server while they play."""
    _history(data=payload(history, words=words, stamp=stamp), key=key)


def payload(history: LayerHistory, *, words: Mapping[str, str], stamp: str) -> bytes:
    """Maps in 255 steps, 127 for zero, and the figures of each epoch."""
    share = history.maps / history.limit if history.limit > 0 else history.maps
    steps = np.rint((share.clip(-1.0, 1.0) + 1.0) * 127.0).astype(np.uint8)
    header = {
        "stamp": stamp,
        "title": title(history.name),
        "epochs": history.epochs,
        "units": history.units,
        "means": history.means,
        "zeros": history.zeros,
        "limit": history.limit,
        "low": -history.limit if float(history.maps.min()) < 0 else 0.0,
        "activation": color_stops(ACTIVATION_SCALE),
        "words": dict(words),
    }
    return pack(header, [steps])
