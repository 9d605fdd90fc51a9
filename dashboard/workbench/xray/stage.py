"""The heat overlay as a component: sent once for each result, then answered in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from core.arrays import UInt8Array
from core.explain.result import ClassMap
from core.marks import Box, Marks
from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.workbench.xray.words import (
    AGAINST_RGB,
    FOR_RGB,
    number,
    overlay_sentence,
)

_FOLDER: Final = Path(__file__).parent
_HTML: Final = (_FOLDER / "stage.html").read_text(encoding="utf-8")
_CSS: Final = (_FOLDER / "stage.css").read_text(encoding="utf-8")
_JS: Final = UNPACK_JS + (_FOLDER / "stage.js").read_text(encoding="utf-8")

WORDS: Final[Mapping[str, str]] = {
    "opacity": "Opacity %",
    "opacity-number": "Opacity of the heat map in percent",
    "hide": "Hide weakest %",
    "hide-number": "Share of the picture whose heat is hidden, weakest first, in percent",
    "positive": "Only what speaks for",
    "input": "As the network saw it",
    "boxes": "Marked places",
    "hint": "Point at the picture, or move over it with the arrow keys, to read a cell.",
    "keys": "Arrow keys move from cell to cell; Home and End go to the strongest for and against.",
    "for": "for {target}",
    "against": "against {target}",
    "neither": "neither for nor against {target}",
}

UNSIGNED_WORDS: Final[Mapping[str, str]] = {
    "positive": "Only what is above zero",
    "keys": "Arrow keys move from cell to cell; Home and End go to the largest and smallest.",
    "for": "above zero",
    "against": "below zero",
    "neither": "zero",
}
"""Instead of those above for a map whose signs are no evidence."""

_heat_overlay = st.components.v2.component("lightbox_heat_overlay", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlay:
    """What the overlay shows.

    Attributes:
        picture: (H, W) uint8, the upright X-ray, at most some 800 pixels a side.
        network: (S, S) uint8, what the network saw.
        picture_box: Rectangle of the picture inside the square, whole pixels.
        cam: The explanation of ``network``.
        target: Name of the explained class.
        marks: Places in the square; None where none are.
    """

    picture: UInt8Array
    network: UInt8Array
    picture_box: Box
    cam: ClassMap
    target: str
    marks: Marks | None = None


def heat_overlay(overlay: Overlay, *, key: str) -> None:
    """Draw the X-ray with its heat; the controls need no answer from the server."""
    _heat_overlay(data=payload(overlay), key=key)


def payload(overlay: Overlay) -> bytes:
    """Pictures and maps as one blob. Values stay signed and unscaled; the limit is symmetric."""
    cam = overlay.cam
    marks = (overlay.marks or Marks(size=overlay.network.shape)).of(overlay.network.shape)
    header = {
        "size": int(overlay.network.shape[0]),
        "placement": [int(value) for value in overlay.picture_box.plain()],
        "limit": cam.limit,
        "low": number(-cam.limit) + (f" against {overlay.target}" if cam.holds else ""),
        "high": number(cam.limit) + (f" for {overlay.target}" if cam.holds else ""),
        "target": overlay.target,
        "hot": list(FOR_RGB),
        "cold": list(AGAINST_RGB),
        "boxes": [box.plain() for box in marks.boxes],
        "summary": overlay_sentence(cam, overlay.target),
        "words": {**WORDS, **({} if cam.holds else UNSIGNED_WORDS)},
    }
    arrays = [
        overlay.picture,
        overlay.network,
        cam.map.astype(np.float32),
        cam.cells.astype(np.float32),
    ]
    return pack(header, arrays)
