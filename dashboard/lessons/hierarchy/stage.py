"""The spatial hierarchy as a component: all parts of all strong units sent once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, IntArray, UInt8Array
from core.explain.result import OptimizedInput
from core.inspect.composition import Cell, Composition, Part
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.schema import Schema, numbers, whole
from dashboard.workbench.xray.words import layer_title

STRONGEST: Final = 4
"""Units that each layer's row begins with."""
PARTS: Final = 3
"""Parts that are told of each cell."""

MOST_LEVELS: Final = 99
SCHEMA: Final[Schema] = (
    whole("level", MOST_LEVELS, 1, MOST_LEVELS, label="Layer to begin with"),
    numbers("follow", (), 0, STRONGEST - 1, longest=MOST_LEVELS, label="Patch of each row"),
    whole("row", 0, 0, MOST_LEVELS, label="Row"),
)

show = component("hierarchy", "lessons/hierarchy/stage.js")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tree:
    """The strongest units of every convolution and all that they are made of.

    Attributes:
        levels: Names of the convolutions, from the image on.
        edges: Of each, whether its parts are pixels.
        cells: (N, 8) int32: index of the level, row, column, channel, and the window on the
            picture: top, left, bottom, right, the last two excluded.
        answers: (N,) float32, activations.
        parts: (N, `PARTS`) int32, indices of cells; -1 for none.
        products, shares: (N, `PARTS`) float32, as in `core.inspect.composition.Part`.
        starts: For each level the indices of its strongest cells, the strongest first.
    """

    levels: tuple[str, ...]
    edges: tuple[bool, ...]
    cells: IntArray
    answers: FloatArray
    parts: IntArray
    products: FloatArray
    shares: FloatArray
    starts: tuple[tuple[int, ...], ...]


def grow(composition: Composition) -> Tree:
    """Every strong unit with its parts, their parts, and so on down to the pixels."""
    levels = composition.levels()
    chosen = [composition.strongest(level, STRONGEST) for level in levels]
    order: dict[Cell, int] = {}
    parts: dict[Cell, tuple[Part, ...]] = {}
    waiting = [cell for cells in chosen for cell in cells]
    while waiting:
        cell = waiting.pop()
        if cell in order:
            continue
        order[cell] = len(order)
        parts[cell] = composition.parts(cell, PARTS)
        waiting += [part.cell for part in parts[cell]]
    return Tree(
        levels=levels,
        edges=tuple(composition.reads_pixels(level) for level in levels),
        cells=np.array([_row(composition, levels, cell) for cell in order], np.int32).reshape(
            -1, 8
        ),
        answers=np.array([composition.answer(cell) for cell in order], np.float32),
        parts=_padded([[order[p.cell] for p in parts[c]] for c in order], -1).astype(np.int32),
        products=_padded([[p.product for p in parts[c]] for c in order], 0.0),
        shares=_padded([[p.share for p in parts[c]] for c in order], 0.0),
        starts=tuple(tuple(order[cell] for cell in cells) for cells in chosen),
    )


def _row(composition: Composition, levels: Sequence[str], cell: Cell) -> list[int]:
    place = [levels.index(cell.node), cell.row, cell.column, cell.channel]
    return place + list(composition.window(cell))


def _padded(rows: list[list[Any]], fill: float) -> FloatArray:
    full = [row + [fill] * (PARTS - len(row)) for row in rows]
    return np.array(full, np.float32).reshape(-1, PARTS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wish:
    """A unit whose pleasing picture was asked for.

    Attributes:
        key: Node and channel, as the component names it.
        found: The picture and its way.
        window: Top, left and side of the square that the unit sees of it.
    """

    key: str
    found: OptimizedInput
    window: tuple[int, int, int]


def payload(
    tree: Tree,
    picture: UInt8Array,
    header: Mapping[str, Any],
    *,
    title: str,
    stamp: str,
    words: Mapping[str, str],
    wish: Wish | None,
) -> bytes:
    """Everything as one blob; the pleasing picture's frames last, where there is one.

    Args:
        tree: Cells and parts.
        picture: (S, S).
        header: What every stage's message begins with.
        title: Of the picture, for the text twin.
        stamp: Names tree and picture; another one begins anew.
        words: Sentences of the stage by name.
        wish: What was asked for last and is there.
    """
    depth = len(tree.levels)
    header = {
        **header,
        "size": len(picture),
        "title": title,
        "stamp": stamp,
        "levels": tree.levels,
        "edges": tree.edges,
        "titles": [layer_title(level) for level in tree.levels],
        "starts": tree.starts,
        "words": {**words, "columns": words["columns"].split(" | ")},
        "moments": moments(
            SCHEMA,
            words,
            edge={"level": 1, "follow": [], "row": 0},
            whole={"level": depth, "follow": [], "row": 0},
            part={"level": depth, "follow": [], "row": 1},
            pixels={"level": depth, "follow": [], "row": depth},
        ),
        "wished": wish
        and {"key": wish.key, "window": wish.window, "steps": wish.found.steps.tolist()},
    }
    arrays = [
        picture,
        tree.cells,
        tree.answers,
        tree.parts,
        tree.products,
        tree.shares,
    ]
    if wish is not None:
        arrays += [wish.found.frames, wish.found.responses.astype(np.float32)]
    return pack(header, arrays)
