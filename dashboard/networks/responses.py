"""What a network makes of one picture: every activation with its figures. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.inspect.condensed import Condensed
from core.inspect.forward import forward
from core.inspect.overview import PASSING, Shown, overview
from core.inspect.receptive_field import ReceptiveField, receptive_fields
from core.inspect.statistics import LayerStatistics, layer_statistics
from core.models.graph import Node, nodes
from core.models.weights import Weights
from dashboard.networks.open_network import OpenNetwork


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Anatomy:
    """What holds for a network whatever it looks at.

    Attributes:
        nodes: In the order of computation.
        shown: Those that a drawing of the whole network shows.
        fields: Receptive field of every node.
    """

    nodes: tuple[Node, ...]
    shown: tuple[Shown, ...]
    fields: Mapping[str, ReceptiveField]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Response:
    """Activations of one picture.

    Attributes:
        image: (S, S) uint8.
        activations: By node, (H, W, C) or (U,) float32; where there is more than a server should
            keep, of some nodes only.
        statistics: By node.
        condensed: By node, of those whose activations are not all kept; empty where they are.
    """

    image: UInt8Array
    activations: Mapping[str, FloatArray]
    statistics: Mapping[str, LayerStatistics]
    condensed: Mapping[str, Condensed] = field(default_factory=dict)


def anatomy(network: OpenNetwork) -> Anatomy:
    """Nodes, drawing and receptive fields of a network."""
    found = nodes(network.spec)
    return Anatomy(nodes=found, shown=overview(found), fields=receptive_fields(network.spec))


def respond(network: OpenNetwork, image: UInt8Array) -> Response:
    """Send a picture through the network and keep everything.

    Raises:
        LessonError: ``model.other-size`` where the picture has another size.
    """
    known = forward(network.spec, network.weights, np.asarray(image)[None])
    activations = {name: np.ascontiguousarray(values[0]) for name, values in known.items()}
    statistics: dict[str, LayerStatistics] = {}
    for node in nodes(network.spec):
        statistics[node.name] = (
            statistics[node.inputs[0]]
            if node.kind == "dropout"
            else layer_statistics(activations[node.name])
        )
    return Response(image=image, activations=activations, statistics=statistics)


def parts_of_cell(anatomy: Anatomy, name: str) -> tuple[str, ...]:
    """The nodes whose values the formula of a cell of ``name`` needs, itself included."""
    known = {node.name: node for node in anatomy.nodes}
    found = [name]
    for source in known[name].inputs:
        while known[source].kind in PASSING:
            source = known[source].inputs[0]
        found.append(source)
    return tuple(dict.fromkeys(found))


def weights_of(weights: Weights) -> tuple[list[str], list[FloatArray]]:
    """Names and arrays, float32, in a fixed order."""
    names = sorted(weights)
    return names, [np.asarray(weights[name], np.float32) for name in names]


def silence(network: OpenNetwork, found: Response) -> tuple[int, int]:
    """How many values behind a ReLU are exactly 0, and how many there are in all."""
    figures = [
        found.statistics[node.name]
        for node in nodes(network.spec)
        if {"relu", "relu6"}
        & {getattr(node.layer, "activation", ""), getattr(node.layer, "kind", "")}
    ]
    return sum(round(one.zeros * one.count) for one in figures), sum(one.count for one in figures)
