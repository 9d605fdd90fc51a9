"""Limbs drawn at a difficulty, with sliders that report while they are dragged: a component."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st

from core.arrays import UInt8Array
from core.marks import Marks, Size
from dashboard.shared.blob import UNPACK_JS, pack

_FOLDER: Final = Path(__file__).parent
_HTML: Final = (_FOLDER / "samples.html").read_text(encoding="utf-8")
_CSS: Final = (_FOLDER / "samples.css").read_text(encoding="utf-8")
_JS: Final = UNPACK_JS + (_FOLDER / "samples.js").read_text(encoding="utf-8")

_wall = st.components.v2.component("lightbox_dataset_samples", html=_HTML, css=_CSS, js=_JS)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Slider:
    """A slider from 0 to 1 that reports while it is dragged."""

    name: str
    label: str
    help: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the wall shows at once.

    Attributes:
        title: What the images are, for those who cannot see them.
        tiles: N tiles.
        images: (N, S, S) uint8.
        page: Number of this page, from 0.
        pages: How many there are.
        first: Number of the first tile among all, from 0.
        total: Tiles on all pages.
        tile: Wanted side of a tile in CSS pixels.
        columns: At most so many columns; as many as fit where 0.
        largest: With ``columns``, side of a tile at most.
        opens: Whether a tile can be opened.
        hint: Said while no tile is pointed at.
        sliders: Above the wall.
    """

    title: str
    tiles: tuple[Tile, ...]
    images: UInt8Array
    page: int = 0
    pages: int = 1
    first: int = 0
    total: int = 0
    tile: int = 84
    columns: int = 0
    largest: int = 0
    opens: bool = True
    hint: str = ""
    sliders: tuple[Slider, ...] = ()


def payload(sheet: Sheet) -> bytes:
    """The sheet as one blob."""
    return pack(
        {
            "title": sheet.title,
            "tiles": [described_tile(tile, sheet.images.shape[1:]) for tile in sheet.tiles],
            "page": sheet.page,
            "pages": sheet.pages,
            "first": sheet.first,
            "total": sheet.total or len(sheet.tiles),
            "tile": sheet.tile,
            "columns": sheet.columns,
            "largest": sheet.largest,
            "opens": sheet.opens,
            "hint": sheet.hint,
            "boxed": any(tile.marks for tile in sheet.tiles),
            "sliders": [asdict(slider) for slider in sheet.sliders],
        },
        [sheet.images],
    )


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


def image_wall(
    sheet: Sheet, *, key: str, on_change: Callable[[], None] | None = None
) -> Mapping[str, Any]:
    """Draw the wall; return what it reported last: ``page``, ``opened``, ``values``.

    Args:
        sheet: What to show.
        key: Of the component in the session.
        on_change: Called before the next run when one of the three has changed.
    """

    def changed() -> None:
        if on_change is not None:
            on_change()

    values = {slider.name: slider.value for slider in sheet.sliders}
    return _wall(
        data=payload(sheet),
        key=key,
        default={"page": None, "opened": None, "values": values},
        on_page_change=changed,
        on_opened_change=changed,
        on_values_change=changed,
    )
