"""From the graph of a file to layers one behind the other, with blocks whose paths part and join.

A graph has this form where every join brings together paths that parted at one layer, and nothing
leads into the middle of a path or out of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final, TypeAlias

from core.models.diagnosis import DEEPEST
from core.models.keras_file.description import JOINS, Given
from core.models.keras_file.objections import damaged, refused

MOST_PATHS: Final = 32
"""Paths that join at one layer."""
_ADVICE: Final = (
    "Residual blocks (Add of a block and its input) and Concatenate of parallel branches can be "
    "shown, also inside one another."
)


@dataclass(frozen=True, slots=True)
class Join:
    """Where paths that parted come together again.

    Attributes:
        layer: Add or Concatenate.
        paths: What lies on each, in the order in which it reads them; () for the input itself.
    """

    layer: Given
    paths: tuple[tuple[Item, ...], ...]


Item: TypeAlias = Given | Join


@dataclass(frozen=True, slots=True)
class _Way:
    """How an answer comes about: from the answer of ``fork`` (None: the picture), by ``items``."""

    fork: str | None
    items: tuple[Item, ...] = ()
    depth: int = 0


def arrange(layers: Sequence[Given], end: str) -> tuple[Item, ...]:
    """The layers from the picture to the answer.

    Args:
        layers: In any order.
        end: Place of the layer whose answer is the network's.

    Raises:
        LessonError: ``network.layer`` where the graph has another form, ``network.output``,
            ``network.damaged``.
    """
    known = {one.place: one for one in layers}
    order = _order(layers)
    paths = Counter(read for one in layers for read in one.reads)
    _require_one_end(layers, end, paths)
    forks = {place for place, count in paths.items() if count > 1}
    ways: dict[str, _Way] = {}
    for place in order:
        one = known[place]
        starts = [_Way(read) if read in forks else ways[read] for read in one.reads]
        way = _joined(one, starts, known) if one.kind in JOINS else _behind(one, starts)
        if way.fork is not None and len(starts) > 1:
            paths[way.fork] -= len(starts) - 1
        # Where all paths of a fork are one again, they are a stretch of the path on which it lies.
        while way.fork is not None and paths[way.fork] == 1:
            before = ways[way.fork]
            way = _Way(before.fork, before.items + way.items, max(before.depth, way.depth))
        ways[place] = way
    return ways[end].items


def _order(layers: Sequence[Given]) -> list[str]:
    """Places, each behind those it reads."""
    try:
        return list(TopologicalSorter({one.place: one.reads for one in layers}).static_order())
    except CycleError as error:
        names = {one.place: one.name for one in layers}
        raise damaged(f"layer {names[error.args[1][0]]} waits for its own answer") from error


def _require_one_end(layers: Sequence[Given], end: str, paths: Counter[str]) -> None:
    if paths[end]:
        raise refused("output", "Its output lies in its middle: other layers read it.")
    for one in layers:
        if one.place != end and not paths[one.place]:
            raise refused("output", f"Nothing reads the answer of its layer {one.name}.")


def _behind(one: Given, starts: Sequence[_Way]) -> _Way:
    if not starts:
        return _Way(None, _shown(one))
    if len(starts) > 1:
        raise refused(
            "layer", f"Layer {one.name} ({one.kind}) reads {len(starts)} others.", _ADVICE
        )
    return _Way(starts[0].fork, starts[0].items + _shown(one), starts[0].depth)


def _shown(one: Given) -> tuple[Given, ...]:
    return () if one.kind == "InputLayer" else (one,)


def _joined(one: Given, starts: Sequence[_Way], known: Mapping[str, Given]) -> _Way:
    most = 2 if one.kind == "Add" else MOST_PATHS
    if not 2 <= len(starts) <= most:
        counted = "2 can be shown" if most == 2 else f"2 to {most} can be shown"
        raise refused(
            "layer", f"Layer {one.name} ({one.kind}) joins {len(starts)} paths; {counted}.", _ADVICE
        )
    forks = [known[fork].name for fork in dict.fromkeys(way.fork for way in starts) if fork]
    if len(forks) > 1:
        raise refused(
            "layer",
            f"Layer {one.name} ({one.kind}) joins paths that parted at different layers "
            f"({', '.join(forks[:4])}): one of them leads into or out of the middle of a block.",
            _ADVICE,
        )
    depth = 1 + max(way.depth for way in starts)
    if depth > DEEPEST:
        raise refused(
            "layer",
            f"At its layer {one.name} ({one.kind}) {depth} blocks lie inside one another; "
            f"{DEEPEST} can be shown.",
            "Put some of them one behind the other.",
        )
    return _Way(starts[0].fork, (Join(one, tuple(way.items for way in starts)),), depth)
