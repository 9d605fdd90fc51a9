"""From the description of a network to a Keras model. The only Keras file of this package."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

import keras

from core.models import weights
from core.models.graph import RESCALING, SHARED_KERNELS
from core.models.layers import (
    RECTIFIERS,
    RUNNING_MOMENTUM,
    SKIP,
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    GlobalPooling,
    Layer,
    Parallel,
    Pooling,
    Residual,
    Shape,
    SharedConvolution,
    output_shape,
    projection,
    skips_pixels,
)
from core.models.spec import LOGITS, ModelSpec, kind_of
from core.models.weights import HEAD_DEVIATION

_Initializer: TypeAlias = Any
"""A `keras.Initializer`. Keras is not typed: a checker takes the text that is a parameter's default
for all that the parameter may be."""


def build(spec: ModelSpec, *, seed: int) -> keras.Model:
    """The Keras model: (N, S, S, 1) float32 with values 0 to 255 in, logits (N, outputs) out.

    The first layer rescales (it divides by 255), so that the model carries its own preprocessing;
    a description without logits ends with its last layer. Kernels are
    He-uniform before a ReLU, Glorot-uniform elsewhere and very small in the head, biases zero: an
    untrained network answers near 1/C for every image, so its loss starts near ln C, which is
    what guessing costs. Each layer draws from a seed made of ``seed`` and its own name: equal
    seeds give equal weights, and a layer keeps its weights when another is added behind it.

    >>> from core.models.zoo.entries import paper_network
    >>> build(paper_network(28, ("normal", "fracture")), seed=0).output_shape
    (None, 1)
    """
    inputs = keras.Input(spec.input_shape, name="image")
    first = spec.rescaling
    tensor = keras.layers.Rescaling(first.scale, first.offset, name=RESCALING)(inputs)
    shape = spec.input_shape
    for name, layer in spec.named_layers():
        tensor = _apply(layer, tensor, shape, name=name, seed=seed)
        shape = output_shape(layer, shape)
    # Keras refuses some characters of a title in a model's name; ours is only an identifier.
    return keras.Model(inputs, tensor, name="network")


def _apply(
    layer: Layer, tensor: keras.KerasTensor, shape: Shape, *, name: str, seed: int
) -> keras.KerasTensor:
    if isinstance(layer, Residual):
        return _residual(layer, tensor, shape, name=name, seed=seed)
    if isinstance(layer, Parallel):
        ends = [
            _chain(branch, tensor, shape, name=f"{name}_branch_{number}", seed=seed)
            for number, branch in enumerate(layer.branches, start=1)
        ]
        return keras.layers.Concatenate(name=f"{name}_join")(ends)
    if isinstance(layer, SharedConvolution):
        return _shared(layer, tensor, name=name, seed=seed)
    return _apply_single(layer, tensor, name=name, seed=seed)


def _apply_single(
    layer: Layer, tensor: keras.KerasTensor, *, name: str, seed: int
) -> keras.KerasTensor:
    if skips_pixels(layer):
        # The same numbers as one strided layer. TensorFlow 2.21 ends the whole process in the
        # gradient of a strided 1x1 kernel when a batch holds a single image.
        skip = keras.layers.MaxPooling2D(
            1, strides=layer.stride, padding="same", name=f"{name}{SKIP}"
        )
        tensor, layer = skip(tensor), replace(layer, stride=1)
    return _single(layer, name=name, seed=seed)(tensor)


def _shared(
    layer: SharedConvolution, tensor: keras.KerasTensor, *, name: str, seed: int
) -> keras.KerasTensor:
    """One Keras layer called once a scale: its weights exist once, and every call trains them.

    The maximum carries the layer's name: its output is what the description calls the layer.
    """
    convolution = keras.layers.Conv2D(
        layer.filters,
        layer.kernel_size,
        padding="same",
        activation=layer.activation,
        kernel_initializer=_initializer(layer.activation, layer_seed(seed, name)),
        name=f"{name}{SHARED_KERNELS}",
    )
    answers = []
    for scale in layer.scales:
        seen = tensor
        if scale > 1:
            seen = keras.layers.AveragePooling2D(scale, name=f"{name}_shrink_{scale}")(seen)
        answer = convolution(seen)
        if scale > 1:
            answer = keras.layers.UpSampling2D(scale, name=f"{name}_repeat_{scale}")(answer)
        answers.append(answer)
    return keras.layers.Maximum(name=name)(answers)


def _residual(
    layer: Residual, tensor: keras.KerasTensor, shape: Shape, *, name: str, seed: int
) -> keras.KerasTensor:
    shortcut = projection(layer, shape)
    body = _chain(layer.body, tensor, shape, name=name, seed=seed)
    if shortcut is not None:
        tensor = _apply_single(shortcut, tensor, name=f"{name}_shortcut", seed=seed)
    total = keras.layers.Add(name=f"{name}_add")([tensor, body])
    return total if layer.activation == "linear" else keras.layers.ReLU(name=f"{name}_relu")(total)


def _chain(
    layers: tuple[Layer, ...], tensor: keras.KerasTensor, shape: Shape, *, name: str, seed: int
) -> keras.KerasTensor:
    for number, layer in enumerate(layers, start=1):
        part = f"{name}_{kind_of(layer)}_{number}"
        tensor = _apply(layer, tensor, shape, name=part, seed=seed)
        shape = output_shape(layer, shape)
    return tensor


def _single(layer: Layer, *, name: str, seed: int) -> keras.Layer:
    own_seed = layer_seed(seed, name)
    match layer:
        case Convolution():
            return keras.layers.Conv2D(
                layer.filters,
                layer.kernel_size,
                strides=layer.stride,
                padding=layer.padding,
                dilation_rate=layer.dilation,
                activation=layer.activation,
                kernel_initializer=_initializer(layer.activation, own_seed),
                name=name,
            )
        case DepthwiseConvolution():
            return keras.layers.DepthwiseConv2D(
                layer.kernel_size,
                strides=layer.stride,
                padding=layer.padding,
                activation=layer.activation,
                depthwise_initializer=_depthwise_initializer(layer, own_seed),
                name=name,
            )
        case Dense():
            return keras.layers.Dense(
                layer.units,
                activation=layer.activation,
                kernel_initializer=_head(own_seed)
                if name == LOGITS
                else _initializer(layer.activation, own_seed),
                name=name,
            )
        case Pooling():
            kinds = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
            return kinds[layer.kind](
                layer.size, strides=layer.step, padding=layer.padding, name=name
            )
        case GlobalPooling(kind="max"):
            return keras.layers.GlobalMaxPooling2D(name=name)
        case GlobalPooling():
            return keras.layers.GlobalAveragePooling2D(name=name)
        case Activation():
            return keras.layers.Activation(layer.kind, name=name)
        case BatchNormalization():
            return keras.layers.BatchNormalization(momentum=RUNNING_MOMENTUM, name=name)
        case Dropout():
            return keras.layers.Dropout(layer.rate, seed=own_seed, name=name)
        case Flatten():
            return keras.layers.Flatten(name=name)
        case _:
            raise TypeError(f"{type(layer).__name__} is not a single layer")


def layer_seed(seed: int, name: str) -> int:
    """A seed of 31 bits for one layer: positive as a signed 32-bit integer too."""
    return weights.layer_seed(seed, name) >> 1


def _head(seed: int) -> _Initializer:
    return keras.initializers.RandomNormal(stddev=HEAD_DEVIATION, seed=seed)


def _initializer(activation: str, seed: int) -> _Initializer:
    if activation in RECTIFIERS:
        return keras.initializers.HeUniform(seed=seed)
    return keras.initializers.GlorotUniform(seed=seed)


def _depthwise_initializer(layer: DepthwiseConvolution, seed: int) -> _Initializer:
    """Keras counts all channels as inputs of a depthwise kernel; each cell has only its own."""
    variance = 2.0 if layer.activation in RECTIFIERS else 1.0
    limit = (3.0 * variance / layer.kernel_size**2) ** 0.5
    return keras.initializers.RandomUniform(-limit, limit, seed=seed)


def rebuild(spec: ModelSpec, weights: weights.Weights) -> keras.Model:
    """The Keras model of a network whose weights are known.

    Args:
        spec: What it is built of.
        weights: Its arrays, as `core.models.weights.check_weights` asks for them.
    """
    model = build(spec, seed=0)
    for variable in model.weights:
        if variable.path in weights:
            variable.assign(weights[variable.path])
    return model
