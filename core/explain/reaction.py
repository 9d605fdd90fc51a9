"""What a network makes of one picture at one moment of its training. Keras."""

from __future__ import annotations

from typing import Any, Final

import keras
import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.bounded import Bounded
from core.explain.gradcam import class_map
from core.explain.result import NO_MAP, Reaction
from core.inspect.condition import MOST_FILTERS, first_kernels
from core.inspect.forward import forward
from core.models.build import build
from core.models.spec import ModelSpec
from core.models.weights import Weights, check_weights

MOST_SIDE: Final = 32
"""Of the first layer's maps, in cells; larger ones are averaged."""
_KEPT: Final = 2

_built = Bounded[ModelSpec, keras.Model](_KEPT)


def reaction(spec: ModelSpec, weights: Weights, image: UInt8Array) -> Reaction:
    """Ask a network with these weights about a picture.

    The map is HiResCAM's at the last convolution, for the second class where there are two, else
    for the one that is answered.

    Args:
        spec: The network.
        weights: Its arrays by name.
        image: (S, S) uint8.

    Raises:
        LessonError: ``model.other-weights``; as `core.inspect.forward.forward`.
    """
    check_weights(spec, weights)
    model = _with_weights(spec, weights)
    picture = np.asarray(image, np.float32)
    node = first_kernels(spec)
    if node is None:
        logits = np.asarray(model(picture[None, :, :, None], training=False))[0]
        return Reaction(maps=NO_MAP[None], cells=NO_MAP, logits=logits, class_index=1)
    maps = forward(spec, weights, image[None], until=node.name)[node.name][0]
    class_index = 1
    if len(spec.classes) > 2:
        class_index = int(np.asarray(model(picture[None, :, :, None], training=False))[0].argmax())
    found = class_map(model, picture, class_index=class_index)
    return Reaction(
        maps=averaged(maps[..., :MOST_FILTERS].transpose(2, 0, 1)),
        cells=found.cells,
        logits=found.logits,
        class_index=class_index,
    )


def averaged(maps: FloatArray) -> FloatArray:
    """(K, H, W) averaged over squares to at most `MOST_SIDE` cells a side.

    >>> averaged(np.arange(64.0 * 64).reshape(1, 64, 64))[0, 0, :3].tolist()
    [32.5, 34.5, 36.5]
    """
    count, height, width = maps.shape
    by = max(1, -(-max(height, width) // MOST_SIDE))
    high, wide = height // by, width // by
    cut = maps[:, : high * by, : wide * by].reshape(count, high, by, wide, by)
    return np.ascontiguousarray(cut.mean(axis=(2, 4)), np.float32)


def _with_weights(spec: ModelSpec, weights: Weights) -> keras.Model:
    """One model a network, given the weights of each moment in turn: tracing it takes longest."""
    model: Any = _built.find_or_put(spec, lambda: build(spec, seed=0))
    for variable in model.weights:
        if variable.path in weights:
            variable.assign(weights[variable.path])
    return model
