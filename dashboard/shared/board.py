"""A small board to draw a picture on, by mouse, finger or keyboard."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Final

import numpy as np

from core.arrays import UInt8Array
from dashboard.browser.publication import component
from dashboard.shared.blob import pack

SIZE: Final = 28
"""Pixels a side: what the paper advises to begin with."""

_WORDS: Final = {
    "hint": "Draw with the mouse; or arrow keys move, Space draws a dot, Shift and arrows a line.",
    "row": "Row",
    "column": "column",
}

show = component("drawing", "browser/board.js")


def board(start: UInt8Array, *, key: str, restored: str, changed: Callable[[], None]) -> None:
    """A board of 28 by 28 pixels, bright on black.

    Args:
        start: (28, 28), what the board shows when it is made.
        key: Of the component.
        restored: Names the drawing that Back brought again, so that the board shows it; "" leaves
            the board alone.
        changed: Called after each stroke; `read_pixels` of the component's state tells the rest.
    """
    show(
        data=pack({"size": SIZE, "words": _WORDS, "restored": restored}, [start]),
        key=key,
        default={"pixels": ""},
        on_pixels_change=changed,
    )


def read_pixels(sent: str | None) -> UInt8Array | None:
    """What the board sent; None for nothing, or for what is no picture of its size.

    >>> read_pixels("") is None, read_pixels("AAAA") is None
    (True, True)
    """
    try:
        raw = base64.b64decode(sent or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != SIZE * SIZE:
        return None
    return np.frombuffer(raw, np.uint8).reshape(SIZE, SIZE)
