"""A heat map in words and colors, for those who see it and those who hear it. No Streamlit."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from core.explain.result import GradCam

# Orange and purple of the PuOr scale: signed like the scales of activations (red and blue) and
# of weights (brown and green), and not to be taken for either of them. Orange, the hot color,
# speaks for the class. What speaks against it is also striped.
FOR_RGB: Final = (245, 150, 40)
AGAINST_RGB: Final = (150, 125, 235)


def number(value: float) -> str:
    """A signed value in three digits, with a real minus sign.

    >>> number(0.8213), number(-12.0) == "\N{MINUS SIGN}12", number(0.0)
    ('+0.821', True, '0')
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    text = f"{abs(value):.3g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}·10^{int(exponent)}".replace("-", "\N{MINUS SIGN}")
    return ("+" if value > 0 else "\N{MINUS SIGN}") + text


def overlay_sentence(cam: GradCam, target: str) -> str:
    """The heat map in words: what a person hears who does not see it."""
    rows, columns = cam.cells.shape
    head = f"Grad-CAM of {layer_title(cam.layer)}, {rows} by {columns} cells, for {target}."
    if cam.constant:
        level = number(float(cam.cells.flat[0]))
        return f"{head} Every cell has the same value ({level}): the map points nowhere."
    low, high = float(cam.cells.min()), float(cam.cells.max())
    span = f"Values range from {number(low)} to {number(high)}."
    against = f"Strongest against it: row {_place(cam.cells.argmin(), columns)}."
    if not cam.positive:
        return f"{head} No cell speaks for {target}; all that is shown speaks against it. {span}"
    found = f"Largest positive evidence: row {_place(cam.cells.argmax(), columns)}."
    return " ".join([head, found, *([against] if low < 0 else []), span])


def _place(flat: int | np.integer, columns: int) -> str:
    return f"{int(flat) // columns + 1}, column {int(flat) % columns + 1}"


def layer_title(name: str, *, last: bool = False) -> str:
    """A layer's name for people.

    >>> layer_title("convolution_3", last=True)
    'convolution 3 (last)'
    """
    return name.replace("_", " ") + (" (last)" if last else "")
