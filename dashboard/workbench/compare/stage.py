"""The stage of "Compare runs": curves of several trainings, or the X-rays on which two differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray
from dashboard.browser.publication import component
from dashboard.shared.schema import Schema, choice, flag, numbers, text
from dashboard.theme import Theme
from dashboard.workbench.compare.shown import LETTERS
from dashboard.workbench.results.stage import Sheet
from dashboard.workbench.train.figure import MEASURES, Curves, payload

VIEWS: Final = (("curves", "Curves"), ("xrays", "X-rays they differ on"))
SCHEMA: Final[Schema] = (
    choice("view", "curves", VIEWS, label="Show"),
    choice("measure", "balanced_accuracy", tuple(MEASURES.items()), label="Right"),
    choice("other", "B", [(one, f"A and {one}") for one in LETTERS[1:]], label="Pair"),
    flag("training", label="Training too"),
    flag("log", label="Logarithmic loss"),
    flag("spread", True, label="Seeds as a band"),
    flag("marks", True, label="Marked places"),
    text("runs", ""),
    numbers("across", (), -1e6, 1e6, longest=2, label="Range of epochs"),
    numbers("left", (), -1e6, 1e6, longest=2, label="Range of the loss"),
    numbers("right", (), -1e6, 1e6, longest=2, label="Range of the measure"),
)

show = component("compare", "workbench/compare/stage.js")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wall:
    """The images on which two networks differ.

    Attributes:
        titles: Over the two halves.
        none: Said where there is none, or why they cannot be shown.
        split: How many stand in the first half.
        scores: Output of the network that is wrong, under each.
        sheet: Their thumbnails, those of the first half first; None where they cannot be shown.
        key: Changes with what is shown.
    """

    titles: tuple[str, str]
    none: str
    split: int = 0
    scores: FloatArray | None = None
    sheet: Sheet | None = None
    key: str = ""


def message(curves: Curves, wall: Wall, *, theme: Theme, header: Mapping[str, Any]) -> bytes:
    """The stage's message: the curves as Train sends them, and what the wall shows behind them."""
    sheet = wall.sheet
    told = {
        **header,
        "wall": {
            "titles": list(wall.titles),
            "none": wall.none,
            "split": wall.split,
            "key": wall.key,
            "scores": [] if wall.scores is None else [round(float(one), 4) for one in wall.scores],
            "sheet": sheet and sheet.to_json(),
        },
    }
    jpeg = np.frombuffer(sheet.jpeg if sheet else b"", np.uint8)
    return payload(curves, theme=theme, header=told, after=[jpeg])
