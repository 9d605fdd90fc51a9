"""Which nodes of a network a drawing of all of it shows, and in which column.

A network of the zoo has up to some sixty nodes, many of which only finish what another began.
One drawing has room for the maps that matter: a convolution is shown as it stands behind its
normalization and activation, and nodes that pass values on (rescaling, dropout, flatten) are
looked through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.models.graph import Node

PASSING: Final = ("rescaling", "dropout", "flatten")
"""Kinds that the drawing looks through."""
FINISHING: Final = ("batch_normalization", "activation")
"""Kinds that stand for the node whose only reader they are."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One node of the drawing.

    Attributes:
        name: The node whose values are drawn.
        chain: Names of the nodes that it stands for, in the order of computation; the last is
            itself.
        feeds: The shown nodes that the chain's first node reads.
        column: 0 for the picture; a node stands right of all that it reads.
    """

    name: str
    chain: tuple[str, ...]
    feeds: tuple[str, ...]
    column: int


def overview(nodes: Sequence[Node]) -> tuple[Shown, ...]:
    """The nodes that are drawn, in the order of computation.

    >>> from core.models.graph import nodes
    >>> from core.models.zoo.entries import paper_network
    >>> [shown.name for shown in overview(nodes(paper_network(28, ("a", "b"))))][:3]
    ['image', 'convolution_1', 'pooling_1']
    """
    known = {node.name: node for node in nodes}
    readers: dict[str, list[Node]] = {node.name: [] for node in nodes}
    for node in nodes:
        for name in node.inputs:
            readers[name].append(node)
    finished = {
        node.name
        for node in nodes
        if node.kind not in (*PASSING, "input")
        and len(readers[node.name]) == 1
        and readers[node.name][0].kind in FINISHING
    }
    found: dict[str, Shown] = {}
    for node in nodes:
        if node.kind in PASSING or node.name in finished:
            continue
        chain = _chain(node, known, finished)
        feeds = tuple(look_through(known, name) for name in known[chain[0]].inputs)
        column = 1 + max((found[name].column for name in feeds), default=-1)
        found[node.name] = Shown(node.name, chain, feeds, column)
    return tuple(found.values())


def look_through(known: dict[str, Node], name: str) -> str:
    """The node whose values ``name`` passes on; ``name`` itself where it makes its own."""
    while known[name].kind in PASSING:
        name = known[name].inputs[0]
    return name


def _chain(node: Node, known: dict[str, Node], finished: set[str]) -> tuple[str, ...]:
    chain = [node.name]
    while known[chain[0]].kind in FINISHING and known[chain[0]].inputs[0] in finished:
        chain.insert(0, known[chain[0]].inputs[0])
    return tuple(chain)
