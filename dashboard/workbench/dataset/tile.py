"""One image of a wall in words: name, class with its mark, places in the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from core.marks import Marks, Size

MARKS: Final = (("circle", "other"), ("triangle", "reference"), ("square", "training"))
"""Shape and theme color of a class by its index; further ones are open diamonds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One image's words.

    Attributes:
        id: Name, shown and reported.
        label: Name of its class.
        class_index: Decides shape and color of its mark.
        words: What else is known, in a few words.
        marks: Places in the image; None where none are.
    """

    id: str
    label: str
    class_index: int
    words: str = ""
    marks: Marks | None = None


def described_tile(tile: Tile, size: Size) -> dict[str, Any]:
    """A tile as JSON, its marks in pixels of an image of that size."""
    known = tile.class_index < len(MARKS)
    mark, color = MARKS[tile.class_index] if known else ("diamond", "validation")
    return {
        "id": tile.id,
        "label": tile.label,
        "words": tile.words,
        "boxes": [box.plain() for box in tile.marks.of(size).boxes] if tile.marks else [],
        "mark": mark,
        "color": color,
        "filled": tile.class_index > 0,
    }
