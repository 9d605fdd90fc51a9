"""The living picture as a component: sent once, played in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from dashboard.lessons.home.picture import LivingPicture
from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.shared.color_scale import color_stops
from dashboard.theme import ACTIVATION_SCALE, WEIGHT_SCALE

_FOLDER: Final = Path(__file__).parent
_HTML: Final = (_FOLDER / "stage.html").read_text(encoding="utf-8")
_CSS: Final = (_FOLDER / "stage.css").read_text(encoding="utf-8")
_JS: Final = UNPACK_JS + (_FOLDER / "stage.js").read_text(encoding="utf-8")

_hero = st.components.v2.component("lightbox_hero", html=_HTML, css=_CSS, js=_JS)


def hero(picture: LivingPicture, *, key: str) -> None:
    """Draw the living picture; it needs no answer from the server while it plays."""
    _hero(data=payload(picture), key=key)


def payload(picture: LivingPicture) -> bytes:
    """Image, kernels and maps as one blob, with the color scales that the app uses."""
    return pack(
        {
            "title": picture.title,
            "origin": picture.origin,
            "limit": picture.limit,
            "kernels": [{"name": k.name, "source": k.source} for k in picture.kernels],
            "activation": color_stops(ACTIVATION_SCALE),
            "weight": color_stops(WEIGHT_SCALE),
        },
        [
            picture.image,
            np.stack([kernel.weights for kernel in picture.kernels]).astype(np.float32),
            picture.maps.astype(np.float32),
        ],
    )
