"""How a network is at one moment of its training, whatever it looks at. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, RealArray
from core.inspect.silence import LayerActivity, measure_activity
from core.models.graph import Node, nodes, weights_name
from core.models.spec import ModelSpec
from core.models.weights import Weights

MOST_FILTERS: Final = 12
"""Filters that are shown: the first ones, so that each stays in its place through a training."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Condition:
    """A network at one moment.

    Attributes:
        kernels: (K, k, k) float32, of the first filters of the first layer with kernels; (0, 0, 0)
            in a network without one.
        activity: One entry a layer that can fall silent or saturate; () without images.
    """

    kernels: FloatArray
    activity: tuple[LayerActivity, ...]


def first_kernels(spec: ModelSpec) -> Node | None:
    """The first layer with kernels, None in a network without one.

    >>> from core.models.zoo.entries import paper_network
    >>> first_kernels(paper_network(28, ("normal", "fracture"))).name
    'convolution_1'
    """
    return next((node for node in nodes(spec) if _has_kernels(node)), None)


def condition(spec: ModelSpec, weights: Weights, images: RealArray) -> Condition:
    """Look at a network as it is.

    Args:
        spec: The network.
        weights: Its arrays by name.
        images: (N, S, S), gray values 0 to 255, on which silent units are counted; may be none.

    Raises:
        LessonError: As `core.inspect.silence.measure_activity`.
    """
    node = first_kernels(spec)
    kernels = np.zeros((0, 0, 0), np.float32)
    if node is not None:
        # One channel goes into the first layer: a filter is one kernel.
        stored = weights[f"{weights_name(node)}/kernel"]
        flat = stored[:, :, 0, :MOST_FILTERS]
        kernels = np.ascontiguousarray(flat.transpose(2, 0, 1), np.float32)
    activity = measure_activity(spec, weights, images) if len(images) else ()
    return Condition(kernels=kernels, activity=activity)


def _has_kernels(node: Node) -> bool:
    return hasattr(node.layer, "kernel_size") and len(node.shape) == 3
