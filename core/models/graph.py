"""A network's layers as the nodes of a graph, named as the Keras model names its layers.

A description nests: a residual block has a body, parallel layers have branches. Drawing, walking
forward and asking for one cell all want the same flat list instead, in the order of computation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.models.layers import (
    Activation,
    Layer,
    Parallel,
    Residual,
    Shape,
    SharedConvolution,
    output_shape,
    projection,
)
from core.models.spec import ModelSpec, kind_of

IMAGE: Final = "image"
RESCALING: Final = "rescaling"
SHARED_KERNELS: Final = "_kernels"
"""Ends the name of the Keras layer that holds the weights of a shared convolution."""


@dataclass(frozen=True, slots=True)
class Node:
    """One layer of the network as it is computed.

    Attributes:
        name: The Keras layer's name.
        kind: "input", "rescaling", "add", "concatenate", or the kind of a single layer.
        layer: Its description; None for the three kinds that have none of their own.
        inputs: Names of the nodes it reads.
        shape: Of what it gives, without the batch axis.
    """

    name: str
    kind: str
    layer: Layer | None
    inputs: tuple[str, ...]
    shape: Shape


def nodes(spec: ModelSpec) -> tuple[Node, ...]:
    """Every node from the image to the logits; a node stands behind those it reads.

    >>> from core.models.zoo.entries import paper_network
    >>> [node.name for node in nodes(paper_network(28, ("normal", "fracture")))][:4]
    ['image', 'rescaling', 'convolution_1', 'pooling_1']
    """
    found = [
        Node(IMAGE, "input", None, (), spec.input_shape),
        Node(RESCALING, "rescaling", spec.rescaling, (IMAGE,), spec.input_shape),
    ]
    last = RESCALING
    for name, layer in spec.named_layers():
        last = _add(found, layer, name, last)
    return tuple(found)


def find_node(spec: ModelSpec, name: str) -> Node:
    """The node of that name.

    Raises:
        KeyError: If there is none.
    """
    return {node.name: node for node in nodes(spec)}[name]


def weights_name(node: Node) -> str:
    """What stands before the slash in the names of the node's weights."""
    shared = isinstance(node.layer, SharedConvolution)
    return f"{node.name}{SHARED_KERNELS}" if shared else node.name


def _add(found: list[Node], layer: Layer, name: str, source: str) -> str:
    """Append the nodes of ``layer`` to ``found``; return the name of the last."""
    shape = _shape_of(found, source)
    if isinstance(layer, Residual):
        return _add_residual(found, layer, name, source)
    if isinstance(layer, Parallel):
        ends = tuple(
            _add_chain(found, branch, f"{name}_branch_{number}", source)
            for number, branch in enumerate(layer.branches, start=1)
        )
        join = f"{name}_join"
        found.append(Node(join, "concatenate", None, ends, output_shape(layer, shape)))
        return join
    found.append(Node(name, kind_of(layer), layer, (source,), output_shape(layer, shape)))
    return name


def _add_residual(found: list[Node], layer: Residual, name: str, source: str) -> str:
    shape = _shape_of(found, source)
    after = output_shape(layer, shape)
    body = _add_chain(found, layer.body, name, source)
    shortcut = projection(layer, shape)
    if shortcut is not None:
        source = _add(found, shortcut, f"{name}_shortcut", source)
    total = f"{name}_add"
    found.append(Node(total, "add", None, (source, body), after))
    if layer.activation == "linear":
        return total
    result = f"{name}_relu"
    found.append(Node(result, "activation", Activation("relu"), (total,), after))
    return result


def _add_chain(found: list[Node], layers: tuple[Layer, ...], name: str, source: str) -> str:
    for number, layer in enumerate(layers, start=1):
        source = _add(found, layer, f"{name}_{kind_of(layer)}_{number}", source)
    return source


def _shape_of(found: list[Node], name: str) -> Shape:
    return next(node.shape for node in reversed(found) if node.name == name)
