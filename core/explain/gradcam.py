"""HiResCAM, Grad-CAM, Grad-CAM++: a layer's maps, weighed by what they do to an output. Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from core.arrays import FloatArray
from core.bounded import Bounded
from core.errors import LessonError
from core.explain.result import (
    METHODS,
    NEGLIGIBLE,
    OF_PIXELS,
    ClassMap,
    Method,
    enlarge,
    probabilities,
)
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
_WAYS: Final[tuple[Method, ...]] = tuple(one for one in METHODS if one not in OF_PIXELS)
_KEPT: Final = 8
"""Models whose traced functions are kept; a worker serves a handful at a time."""


def class_map(
    model: keras.Model,
    image: FloatArray,
    *,
    class_index: int,
    layer: str | None = None,
    method: Method = "hirescam",
) -> ClassMap:
    r"""Weigh a layer's feature maps by what they do to one class's logit.

    HiResCAM multiplies place by place, Grad-CAM by the mean of a map's gradient over all places:

    .. math:: L_{ij} = \sum_f \frac{\partial s}{\partial A_{f,ij}} A_{f,ij}
              \qquad\text{or}\qquad
              L_{ij} = \sum_f \Bigl(\frac{1}{hw} \sum_{kl}
              \frac{\partial s}{\partial A_{f,kl}}\Bigr) A_{f,ij}

    Where a mean over all places follows the maps, the two are the same. Where a network gives each
    place weights of its own (Flatten), the mean loses the sign by place; what is left out of the
    picture where Grad-CAM is positive then often raises the score.

    The score s is the logit, not the probability: a saturated output still has a gradient.
    A network with one logit for two classes gives class 0 the score -logit, so the two maps are
    each other's negative. The map stays signed (Grad-CAM's ReLU is a view of it), and it is
    enlarged after weighting. Where normalization and an activation follow a convolution, the
    maps are taken behind them: these are what the next layer sees.

    Args:
        model: Gives logits (1, K) for an image (1, S, S, 1) with values 0 to 255.
        image: (S, S), 0 to 255; not modified.
        class_index: Class to explain, 0 to C - 1.
        layer: Name of a convolutional layer; the last one when left out.
        method: "hirescam", "gradcam" or "gradcampp", which weighs the gradients above 0 more where
            few places of a map answer.

    Raises:
        LessonError: ``explain.no-convolution``, ``explain.unknown-layer``,
            ``explain.unknown-class``, ``explain.unknown-method``, ``explain.wrong-size``.

    Source:
        Draelos and Carin (2020), HiResCAM. https://arxiv.org/abs/2011.08891
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
    _require_method(method)
    require_fit(model, image, class_index)
    cells, weights, logits, without_positive, without_negative = (
        part.numpy()[0]
        for part in _traced(model, chosen)(
            np.asarray(image, np.float32)[None, :, :, None],
            tf.constant(class_index, tf.int32),
            tf.constant(_WAYS.index(method), tf.int32),
        )
    )
    return ClassMap(
        logits=logits,
        probabilities=probabilities(logits),
        method=method,
        map=enlarge(cells, image.shape[0]),
        weights=weights,
        without_positive=without_positive,
        without_negative=without_negative,
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
    maps: Any = model.get_layer(name).output
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


_traced_models = Bounded[int, _Traced](_KEPT)


def _traced(model: keras.Model, layer: str) -> Callable[..., tuple[tf.Tensor, ...]]:
    """The compiled function of this model and layer; tracing takes longer than running it."""
    entry = _traced_models.find_or_put(id(model), lambda: _Traced(model))
    if layer not in entry.by_layer:
        entry.by_layer[layer] = _trace(model, layer)
    return entry.by_layer[layer]


def _beside(model: keras.Model, maps: keras.KerasTensor) -> list[keras.KerasTensor]:
    """What passes the maps by: tensors that do not depend on them and are joined with them later.

    In a network with branches some reach the output around the layer. They need not be computed
    again where only the maps change.
    """
    behind, beside = {id(maps)}, {}
    by_depth: dict[int, list[Any]] = model._nodes_by_depth
    for depth in sorted(by_depth, reverse=True):
        for node in by_depth[depth]:
            tensors = node.input_tensors
            if any(id(tensor) in behind for tensor in tensors):
                behind.update(id(tensor) for tensor in node.outputs)
                beside.update({id(one): one for one in tensors if id(one) not in behind})
    return list(beside.values())


def _cut(model: keras.Model, layer: str) -> tuple[keras.Model, keras.Model]:
    """A network in two: to a layer's maps, what passes them by and the logits; and from these on.

    The second takes the maps and what passes them by, and gives the logits.
    """
    found = _feature_maps(model, layer)
    beside = _beside(model, found)
    both = keras.Model(model.inputs, [found, *beside, model.outputs[0]])
    return both, keras.Model([found, *beside], model.outputs[0])


def _trace(model: keras.Model, layer: str) -> Callable[..., tuple[tf.Tensor, ...]]:
    both, behind = _cut(model, layer)
    outputs = model.output_shape[-1]

    @tf.function(reduce_retracing=True)
    def run(pixels: tf.Tensor, class_index: tf.Tensor, way: tf.Tensor) -> tuple[tf.Tensor, ...]:
        with tf.GradientTape() as tape:
            maps, *around, logits = both(pixels, training=False)
            if outputs == 1:
                score = logits[:, 0] * tf.cast(2 * class_index - 1, logits.dtype)
            else:
                score = tf.gather(logits, class_index, axis=1)
        zero = tf.UnconnectedGradients.ZERO
        gradients = tape.gradient(score, maps, unconnected_gradients=zero)
        weights = tf.reduce_mean(gradients, axis=(1, 2))
        mean = weights[:, None, None, :]
        factors = tf.stack([gradients, mean + 0 * gradients, _plus(maps, gradients)])[way]
        cells = tf.reduce_sum(maps * factors, axis=-1)

        def logits_without(gone: tf.Tensor) -> tf.Tensor:
            rest = tf.where(tf.expand_dims(gone, -1), tf.zeros_like(maps), maps)
            return behind([rest, *around], training=False)

        rounding = NEGLIGIBLE * tf.reduce_max(tf.abs(cells))
        return (
            cells,
            weights,
            logits,
            logits_without(cells > rounding),
            logits_without(cells < -rounding),
        )

    return run


def _plus(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    r"""Grad-CAM++'s weight of each map, at every place.

    .. math:: w_f = \sum_{ij} \frac{g^2}{2 g^2 + g^3 \sum_{kl} A_{f,kl}} \max(g, 0)

    Source: Chattopadhay et al. (2018), equations 9 and 19. https://arxiv.org/abs/1710.11063
    """
    square = gradients**2
    below = 2 * square + gradients * square * tf.reduce_sum(maps, (1, 2), keepdims=True)
    shares = tf.math.divide_no_nan(square, below)
    weights = tf.reduce_sum(shares * tf.nn.relu(gradients), (1, 2), keepdims=True)
    return weights + tf.zeros_like(maps)


def _require_layer(layer: str, names: tuple[str, ...]) -> None:
    if layer not in names:
        raise LessonError(
            "explain.unknown-layer",
            problem=f"This network has no convolutional layer named {layer!r}.",
            remedy=f"Choose one of {', '.join(names)}.",
        )


def _require_method(method: str) -> None:
    if method not in _WAYS:
        raise LessonError(
            "explain.unknown-method",
            problem=f"There is no map named {method!r}.",
            remedy=f"Choose one of {', '.join(_WAYS)}.",
        )


def require_fit(model: keras.Model, image: FloatArray, class_index: int) -> None:
    """See that a network can be asked about an image and a class.

    Raises:
        LessonError: ``explain.wrong-size``, ``explain.unknown-class``.
    """
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
