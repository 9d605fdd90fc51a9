"""Bytes that a network takes, in float32: its numbers, its maps, and what training keeps.

What training keeps is an estimate with an assumption, said in `ASSUMPTION` and wherever the figure
is shown; what a library needs on top (workspace, copies, its own code) is not in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from core.models.graph import Node, nodes
from core.models.layers import BatchNormalization, parameters
from core.models.spec import ModelSpec

FLOAT_BYTES: Final = 4
"""One float32."""
ADAM_COPIES: Final = 3
"""Beside each trained weight: its gradient and Adam's two moments."""
VIEWS: Final = frozenset({"input", "flatten"})
"""Kinds that hand their numbers on as they lie in memory; the image is counted with the batch."""
ASSUMPTION: Final = (
    "every map is kept until its gradient has passed, which is as large as the map, and Adam keeps "
    "two numbers beside each weight and its gradient"
)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of one network.

    Attributes:
        parameters: All numbers that it holds.
        maps: What its nodes give for one image.
        training: While training on a batch, under `ASSUMPTION`.
        batch: Images in that batch.
    """

    parameters: int
    maps: int
    training: int
    batch: int


def memory(spec: ModelSpec, *, batch: int = 32) -> Memory:
    """What the network takes for one image, and while it is trained on ``batch`` images.

    >>> from core.models.zoo.entries import paper_network
    >>> found = memory(paper_network(28, ("normal", "fracture")), batch=1)
    >>> found.parameters == 4 * (320 + 18_496 + 73_856 + 6272 * 128 + 128 + 129)
    True
    """
    graph = nodes(spec)
    shapes = {node.name: node.shape for node in graph}
    held = trained = 0
    for node in graph:
        count, moved = _numbers(node, shapes)
        held, trained = held + count, trained + moved
    maps = sum(activation_bytes(node) for node in graph)
    image = FLOAT_BYTES * math.prod(spec.input_shape)
    training = batch * (image + 2 * maps) + FLOAT_BYTES * (held + ADAM_COPIES * trained)
    return Memory(FLOAT_BYTES * held, maps, training, batch)


def activation_bytes(node: Node) -> int:
    """What a node gives for one image; 0 where it only hands on."""
    return 0 if node.kind in VIEWS else FLOAT_BYTES * math.prod(node.shape)


def _numbers(node: Node, shapes: dict[str, tuple[int, ...]]) -> tuple[int, int]:
    """Numbers that a node holds, and those of them that training moves."""
    if node.layer is None:
        return 0, 0
    count = parameters(node.layer, shapes[node.inputs[0]])
    return count, count // 2 if isinstance(node.layer, BatchNormalization) else count
