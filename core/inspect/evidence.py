"""What a network's last maps say, one number a map, and what becomes of that number.

Where a network ends in global average pooling and one dense layer, its logit is a sum over maps
of weight times mean, plus a bias. The same weights give the class-activation map: the weighted sum
of the maps, whose own mean is the logit without its bias. Where a network flattens its maps
instead, every position has a weight of its own, and no single number stands for a map.

Source: Zhou, Khosla, Lapedriza, Oliva & Torralba (2016), Learning deep features for discriminative
localization, https://doi.org/10.1109/CVPR.2016.319
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray
from core.models.graph import Node, nodes
from core.models.layers import GlobalPooling
from core.models.spec import ModelSpec
from core.models.weights import Weights
from core.ops.pooling import pool_globally

PASSED_ON = frozenset({"dropout"})
"""Kinds of nodes that hand on what they get when a network is asked."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapEvidence:
    """The last maps of a network for one picture.

    Attributes:
        node: Name of the layer that gave them.
        maps: (H, W, C).
        means: (C,), what global average pooling makes of them.
        weights: (C,) of the logit below, None where the network does not end in global pooling.
        bias: Of that logit; 0 without weights.
        logit: What the network answered for that class.
        label: The class that the logit speaks for.
    """

    node: str
    maps: FloatArray
    means: FloatArray
    weights: FloatArray | None
    bias: float
    logit: float
    label: str

    @property
    def activation_map(self) -> FloatArray | None:
        """(H, W) weighted sum of the maps, None without weights."""
        return None if self.weights is None else self.maps @ self.weights


def map_evidence(
    spec: ModelSpec, weights: Weights, activations: Mapping[str, FloatArray], *, sample: int = 0
) -> MapEvidence:
    """The last maps, their means and, where there is one, the weight of each.

    Args:
        spec: The network.
        weights: Its arrays.
        activations: Of every node, as `core.inspect.forward.forward` gives them.
        sample: Which picture of the batch.
    """
    graph = {node.name: node for node in nodes(spec)}
    logits = activations["logits"][sample].astype(np.float64)
    # One output speaks for the second class; of several the loudest is explained.
    unit = 0 if len(logits) == 1 else int(logits.argmax())
    label = spec.classes[1] if len(logits) == 1 else spec.classes[unit]
    linked = _maps_behind(graph)
    name = linked or next(n.name for n in reversed(graph.values()) if len(n.shape) == 3)
    maps = activations[name][sample].astype(np.float64)
    return MapEvidence(
        node=name,
        maps=maps,
        means=pool_globally(maps).values,
        weights=weights["logits/kernel"][:, unit].astype(np.float64) if linked else None,
        bias=float(weights["logits/bias"][unit]) if linked else 0.0,
        logit=float(logits[unit]),
        label=label,
    )


def counts_maps(spec: ModelSpec) -> bool:
    """Whether each last map has one weight: global average pooling, then one dense layer."""
    return _maps_behind({node.name: node for node in nodes(spec)}) is not None


def _maps_behind(graph: Mapping[str, Node]) -> str | None:
    """The node whose maps are averaged and then summed to the logits by one dense layer."""
    node = graph[graph["logits"].inputs[0]]
    while node.kind in PASSED_ON:
        node = graph[node.inputs[0]]
    averaged = isinstance(node.layer, GlobalPooling) and node.layer.kind == "average"
    return node.inputs[0] if averaged else None
