"""The stage of Dataset: the wall of images, one page of them at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.arrays import UInt8Array
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.schema import Schema, flag, whole
from dashboard.workbench.dataset.tile import Tile, described_tile

SCHEMA: Final[Schema] = (
    whole("page", 0, 0, 99_999, label="Page"),
    flag("boxes", label="Boxes"),
)

show = component("dataset", "workbench/dataset/stage.js")
show_waiting = component("dataset_waiting", "workbench/dataset/waiting.js")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wall:
    """What the wall shows at once.

    Attributes:
        tiles: N tiles.
        images: (N, S, S) uint8.
        page: Number of this page, from 0.
        pages: How many there are.
        first: Number of the first tile among all, from 0.
        total: Tiles on all pages.
        title: Of the set.
        balance: Images of each class in one sentence; kept back while the question is open.
        words: Sentences of the stage by name.
    """

    tiles: tuple[Tile, ...]
    images: UInt8Array
    page: int
    pages: int
    first: int
    total: int
    title: str
    balance: str
    words: Mapping[str, str]


def payload(wall: Wall, header: Mapping[str, Any]) -> bytes:
    """The wall as one blob.

    Args:
        wall: What to show.
        header: From `Lesson.header`.
    """
    told = {
        **header,
        "name": wall.title,
        "tiles": [described_tile(tile, wall.images.shape[1:]) for tile in wall.tiles],
        "page": wall.page,
        "pages": wall.pages,
        "first": wall.first,
        "total": wall.total,
        "balance": wall.balance,
        "boxed": any(tile.marks for tile in wall.tiles),
        "words": dict(wall.words),
        "moments": moments(
            SCHEMA,
            wall.words,
            wall={"page": 0, "boxes": False},
            boxes={"page": 0, "boxes": True},
            more={"page": min(1, wall.pages - 1), "boxes": False},
        ),
    }
    return pack(told, [wall.images])


def waiting(header: Mapping[str, Any], *, title: str, phase: str, share: float, more: str) -> bytes:
    """What the stage tells while a set is being prepared, as one blob.

    Args:
        header: From `Lesson.header`.
        title: Of what is done.
        phase: What is at work, and how far.
        share: Done of all, 0 to 1.
        more: What else a person should know.
    """
    return pack({**header, "name": title, "phase": phase, "share": share, "more": more})
