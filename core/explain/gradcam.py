"""Grad-CAM: which places of a layer's feature maps pushed an output up or down. Keras."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import keras
import numpy as np
import tensorflow as tf

from core.arrays import FloatArray
from core.errors import LessonError
from core.explain.result import GradCam, enlarge, probabilities
from core.models.graph import SHARED_KERNELS

_CONVOLUTIONS: Final = (
    keras.layers.Conv2D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)
_FOLLOWERS: Final = (
    keras.layers.BatchNormalization,
    keras.layers.Activation,
    keras.layers.ReLU,
)
_KEPT: Final = 8
"""Models whose traced functions are kept; a worker serves a handful at a time."""


def grad_cam(
    model: keras.Model, image: FloatArray, *, class_index: int, layer: str | None = None
) -> GradCam:
    r"""Weigh a layer's feature maps by what they do to one class's logit.

    .. math:: L = \sum_f \alpha_f A_f, \qquad
              \alpha_f = \frac{1}{hw} \sum_{ij} \frac{\partial s}{\partial A_{f,ij}}

    The score s is the logit, not the probability: a saturated output still has a gradient.
    A network with one logit for two classes gives class 0 the score -logit, so the two maps are
    each other's negative. The map stays signed (the paper's ReLU is a view of it), and it is
    enlarged after weighting. Where normalization and an activation follow a convolution, the
    maps are taken behind them: these are what the next layer sees.

    Args:
        model: Gives logits (1, K) for an image (1, S, S, 1) with values 0 to 255.
        image: (S, S), 0 to 255; not modified.
        class_index: Class to explain, 0 to C - 1.
        layer: Name of a convolutional layer; the last one when left out.

    Raises:
        LessonError: ``explain.no-convolution``, ``explain.unknown-layer``,
            ``explain.unknown-class``, ``explain.wrong-size``.

    Source:
        Selvaraju et al. (2017), equations 1 and 2. https://arxiv.org/abs/1610.02391
    """
    names = convolutional_layers(model)
    if not names:
        raise LessonError(
            "explain.no-convolution",
            problem="This network has no convolutional layer, so there are no maps to weigh.",
            remedy="Choose a network with at least one convolution.",
        )
    chosen = names[-1] if layer is None else layer
    _require_layer(chosen, names)
    _require_fit(model, image, class_index)
    traced = _traced(model, chosen)
    pixels = np.asarray(image, np.float32)[None, :, :, None]
    maps, gradients, logits = (
        part.numpy()[0] for part in traced(pixels, tf.constant(class_index, tf.int32))
    )
    weights = gradients.mean(axis=(0, 1))
    cells = np.asarray(maps @ weights, np.float32)
    return GradCam(
        logits=logits,
        probabilities=probabilities(logits),
        map=enlarge(cells, image.shape[0]),
        weights=weights,
        layer=chosen,
        layers=names,
        class_index=class_index,
        cells=cells,
    )


def convolutional_layers(model: keras.Model) -> tuple[str, ...]:
    """Names of the layers that can be explained, from the image to the output."""
    return tuple(layer.name for layer in model.layers if _has_maps(layer))


def _has_maps(layer: keras.Layer) -> bool:
    """Whether a layer is a convolution with one output.

    Kernels that are shared over scales have an output for each; their maximum is the layer.
    """
    shared = layer.name.endswith(SHARED_KERNELS)
    return isinstance(layer, keras.layers.Maximum) or (
        isinstance(layer, _CONVOLUTIONS) and not shared
    )


def _feature_maps(model: keras.Model, name: str) -> keras.KerasTensor:
    """The maps of a convolution, behind its own normalization and activation."""
    maps = model.get_layer(name).output
    while True:
        readers = [
            layer
            for layer in model.layers
            if any(tensor is maps for tensor in keras.tree.flatten(_inputs(layer)))
        ]
        if len(readers) != 1 or not isinstance(readers[0], _FOLLOWERS):
            return maps
        maps = readers[0].output


def _inputs(layer: keras.Layer) -> object:
    return [] if isinstance(layer, keras.layers.InputLayer) else layer.input


class _Traced:
    """The traced functions of one model; holds the model, so its id cannot be given away."""

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self.by_layer: dict[str, Callable[..., tuple[tf.Tensor, ...]]] = {}


_traced_models: OrderedDict[int, _Traced] = OrderedDict()


def _traced(model: keras.Model, layer: str) -> Callable[..., tuple[tf.Tensor, ...]]:
    """The compiled function of this model and layer; tracing takes longer than running it."""
    entry = _traced_models.setdefault(id(model), _Traced(model))
    _traced_models.move_to_end(id(model))
    while len(_traced_models) > _KEPT:
        _traced_models.popitem(last=False)
    if layer not in entry.by_layer:
        entry.by_layer[layer] = _trace(model, layer)
    return entry.by_layer[layer]


def _trace(model: keras.Model, layer: str) -> Callable[..., tuple[tf.Tensor, ...]]:
    both = keras.Model(model.inputs, [_feature_maps(model, layer), model.outputs[0]])
    outputs = model.output_shape[-1]

    @tf.function(reduce_retracing=True)
    def run(pixels: tf.Tensor, class_index: tf.Tensor) -> tuple[tf.Tensor, ...]:
        with tf.GradientTape() as tape:
            maps, logits = both(pixels, training=False)
            if outputs == 1:
                score = logits[:, 0] * tf.cast(2 * class_index - 1, logits.dtype)
            else:
                score = tf.gather(logits, class_index, axis=1)
        zero = tf.UnconnectedGradients.ZERO
        return maps, tape.gradient(score, maps, unconnected_gradients=zero), logits

    return run


def _require_layer(layer: str, names: tuple[str, ...]) -> None:
    if layer not in names:
        raise LessonError(
            "explain.unknown-layer",
            problem=f"This network has no convolutional layer named {layer!r}.",
            remedy=f"Choose one of {', '.join(names)}.",
        )


def _require_fit(model: keras.Model, image: FloatArray, class_index: int) -> None:
    expected = tuple(model.input_shape[1:3])
    if image.shape != expected:
        raise LessonError(
            "explain.wrong-size",
            problem=f"The image is {image.shape}, but this network takes {expected}.",
            remedy="Prepare the image for this network's input size.",
        )
    classes = max(2, model.output_shape[-1])
    if not 0 <= class_index < classes:
        raise LessonError(
            "explain.unknown-class",
            problem=f"Class {class_index} does not exist: this network knows {classes} classes.",
            remedy=f"Choose a class from 0 to {classes - 1}.",
        )
