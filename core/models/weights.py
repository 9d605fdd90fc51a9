"""A network's numbers by name, as snapshots and shipped models keep them. NumPy only."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from core.arrays import FloatArray
from core.errors import LessonError
from core.models.graph import Node, nodes, weights_name
from core.models.layers import (
    RECTIFIERS,
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Shape,
    SharedConvolution,
)
from core.models.spec import LOGITS, ModelSpec
from core.npz import read_npz, reason

Weights: TypeAlias = Mapping[str, FloatArray]
"""Arrays under the names of Keras's variables, such as ``convolution_1/kernel``."""

WEIGHTS_FILE: Final = "weights.npz"
HEAD_DEVIATION: Final = 0.01


def weight_shapes(spec: ModelSpec) -> dict[str, Shape]:
    """Name and shape of every array that the network holds, in the order of computation."""
    shapes: dict[str, Shape] = {}
    known = {node.name: node for node in nodes(spec)}
    for node in known.values():
        for name, shape in _own_shapes(node, known).items():
            shapes[f"{weights_name(node)}/{name}"] = shape
    return shapes


def initial_weights(spec: ModelSpec, seed: int) -> dict[str, FloatArray]:
    """Weights of an untrained network, float32, drawn as `core.models.build` has Keras draw.

    The distributions are the same (He uniform before a rectifier, Glorot uniform elsewhere, a
    very small head, biases zero), the numbers are not: Keras has a generator of its own.
    """
    arrays: dict[str, FloatArray] = {}
    known = {node.name: node for node in nodes(spec)}
    for node in known.values():
        # A layer keeps its weights when another is added behind it.
        random = np.random.default_rng(layer_seed(seed, node.name))
        for name, shape in _own_shapes(node, known).items():
            drawn = _draw(node, name, shape, random)
            arrays[f"{weights_name(node)}/{name}"] = drawn.astype(np.float32)
    return arrays


def check_weights(spec: ModelSpec, weights: Weights) -> None:
    """See that the arrays are those of this network.

    Raises:
        LessonError: ``model.other-weights``, naming the first that differs.
    """
    for name, shape in weight_shapes(spec).items():
        given = weights[name].shape if name in weights else None
        if given != shape:
            raise LessonError(
                "model.other-weights",
                problem=f"{name} should have the shape {shape}, but "
                + ("is not there." if given is None else f"has {given}."),
                remedy="Train the network again, or choose another one.",
            )


def read_weights(path: Path) -> dict[str, FloatArray]:
    """The arrays of a ``weights.npz``, float32.

    Raises:
        LessonError: ``model.missing``, ``model.damaged``.
    """
    try:
        return {name: array.astype(np.float32) for name, array in read_npz(path).items()}
    except FileNotFoundError as error:
        raise LessonError(
            "model.missing",
            problem=f"There is no {path.name} of {path.parent.name}.",
            remedy="Choose another network.",
        ) from error
    except (ValueError, OSError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: ValueError | OSError) -> LessonError:
    """``model.damaged``: what is said of a file of weights that cannot be read.

    Args:
        path: The file.
        error: Why, as `core.npz.read_npz` raises it.
    """
    return LessonError(
        "model.damaged",
        problem=f"{path.name} of {path.parent.name} cannot be read: {reason(error)}.",
        remedy="Restore the file, or choose another network.",
    )


def _own_shapes(node: Node, known: Mapping[str, Node]) -> dict[str, Shape]:
    layer = node.layer
    if layer is None:
        return {}
    entering = known[node.inputs[0]].shape
    match layer:
        case Convolution() | SharedConvolution():
            size = layer.kernel_size
            kernel = (size, size, entering[2], layer.filters)
            return {"kernel": kernel, "bias": (layer.filters,)}
        case DepthwiseConvolution():
            size = layer.kernel_size
            return {"kernel": (size, size, entering[2], 1), "bias": (entering[2],)}
        case Dense():
            return {"kernel": (entering[0], layer.units), "bias": (layer.units,)}
        case BatchNormalization():
            names = ("gamma", "beta", "moving_mean", "moving_variance")
            return dict.fromkeys(names, (entering[-1],))
        case _:
            return {}


def _draw(node: Node, name: str, shape: Shape, random: np.random.Generator) -> FloatArray:
    if name in {"gamma", "moving_variance"}:
        return np.ones(shape)
    if name != "kernel":
        return np.zeros(shape)
    if node.name == LOGITS:
        return random.normal(0.0, HEAD_DEVIATION, shape)
    limit = _limit(node, shape)
    return random.uniform(-limit, limit, shape)


def _limit(node: Node, shape: Shape) -> float:
    """Bound of the uniform distribution; Source: He et al. (2015), Glorot & Bengio (2010)."""
    cells = math.prod(shape[:-2])
    entering, leaving = cells * shape[-2], cells * shape[-1]
    rectified = getattr(node.layer, "activation", "linear") in RECTIFIERS
    if isinstance(node.layer, DepthwiseConvolution):
        return math.sqrt((6.0 if rectified else 3.0) / cells)
    if rectified:
        return math.sqrt(6.0 / entering)
    return math.sqrt(6.0 / (entering + leaving))


def layer_seed(seed: int, name: str) -> int:
    """A seed of 32 bits for one layer, the same in every process (unlike ``hash``)."""
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:4], "big")
