"""A heat map in words and colors, for those who see it and those who hear it. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from core.explain.result import ClassMap, Method
from dashboard.shared.number import write
from dashboard.workbench.maps import METHOD_TITLES, layer_title

SUM_MISS: Final = 0.05
"""Share by which a sum may miss what it claims to be."""


def number(value: float) -> str:
    """A signed value in three digits, with a real minus sign.

    >>> number(0.8213), number(-12.0) == "\N{MINUS SIGN}12", number(0.0)
    ('+0.821', True, '0')
    """
    return ("+" if value > 0 else "") + write(value)


_TRIED: Final[Mapping[Method, str]] = {
    "integrated": "With the orange places made black",
    "guided": "With the orange places made black",
    "occlusion": "With all orange places covered in gray",
}
"""How a map of pixels was tried; the others without the activations there."""


def overlay_sentence(cam: ClassMap, target: str) -> str:
    """The heat map in words: what a person hears who does not see it."""
    rows, columns = cam.cells.shape
    of = layer_title(cam.layer) if cam.layer else "the picture"
    head = f"{METHOD_TITLES[cam.method]} of {of}, {rows} by {columns} cells, "
    head += f"for {target}."
    if cam.constant:
        level = number(float(cam.cells.flat[0]))
        return f"{head} Every cell has the same value ({level}): the map points nowhere."
    low, high = float(cam.cells.min()), float(cam.cells.max())
    span = f"Values range from {number(low)} to {number(high)}."
    most, least = _place(cam.cells.argmax(), columns), _place(cam.cells.argmin(), columns)
    if not cam.holds:
        return f"{head} Largest value: row {most}. Smallest value: row {least}. {span}"
    against = f"Strongest against it: row {least}."
    if not cam.positive:
        return f"{head} No cell speaks for {target}; all that is shown speaks against it. {span}"
    found = f"Largest positive evidence: row {most}."
    return " ".join([head, found, *([against] if low < 0 else []), span])


def trial_sentence(cam: ClassMap, target: str) -> str:
    """What became of the score when the orange places were taken away, and what that means."""
    score, rest = cam.score(cam.logits), cam.score(cam.without_positive)
    if not cam.positive:
        return ""
    way = "falls" if rest < score else "rises" if rest > score else "stays as it is,"
    without = _TRIED.get(cam.method, "Without the activations at the orange places")
    tried = (
        f"{without} the score for {target} (the logit) {way} "
        f"from {plain_number(score)} to {plain_number(rest)}"
    )
    if cam.holds:
        return f"{tried}: they pushed the output toward {target}."
    return (
        f"{tried}. The signs of this map do not say what pushed the output of this picture up or "
        "down: do not read orange as evidence."
    )


def sum_sentence(cam: ClassMap) -> str:
    """What the cells add up to, beside what they claim to share out; "" without a claim."""
    if cam.change is None:
        return ""
    total = float(np.sum(cam.cells, dtype=np.float64))
    said = (
        f"All cells add up to {number(total)}; from a black picture to this one the score changes "
        f"by {number(cam.change)}."
    )
    if abs(total - cam.change) <= SUM_MISS * max(abs(cam.change), 1.0):
        return said
    return f"{said} The two differ: its steps are too coarse for this network, so read it roughly."


def plain_number(value: float) -> str:
    """A value in three digits, with a real minus sign and without a plus.

    >>> plain_number(1.0), plain_number(-0.25) == "\N{MINUS SIGN}0.25"
    ('1', True)
    """
    return number(value).removeprefix("+")


def _place(flat: int | np.integer, columns: int) -> str:
    return f"{int(flat) // columns + 1}, column {int(flat) % columns + 1}"
