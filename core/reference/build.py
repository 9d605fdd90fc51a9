"""The backbone and the whole reference network as Keras models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np

from core.arrays import FloatArray
from core.models.spec import LOGITS
from core.npz import read_npz
from core.reference.backbone import DEVIATION, FINE, HEAD, MEAN, STEM, Block, blocks
from core.reference.description import BACKBONE, HIGHEST, SIZE
from core.reference.familiarity import Familiarity, read_familiarity

LOCATED: Final = "locate_mark"
"""Layer whose one map says where a fracture is."""
EYE_SIDE: Final = 128
"""Pixels a side at which the pictures of small networks are looked at."""
LOCATOR_WIDTH: Final = 48
LOCATOR_HIDDEN: Final = 32
SEEN_AS_A_WHOLE: Final = "last_mean"
"""Layer of the features by which a picture is familiar or strange."""


def build_backbone(arrays: Mapping[str, FloatArray], *, name: str = "backbone") -> keras.Model:
    """The backbone with its weights: any (N, H, W, 1) of 0 to 255 in, two stacks of maps out.

    Args:
        arrays: ``<layer>/kernel`` and ``<layer>/bias`` of every layer, as
            ``core.reference.published.brought_over`` makes them.
        name: Of the model.

    Returns:
        A model whose outputs are the maps of stage 5 (N, H/16, W/16, 120), and the last maps
        (N, H/32, W/32, 1280); sides round up.
    """
    inputs = keras.Input((None, None, 1), name="picture")
    fine, _, last = _stages(inputs)
    model = keras.Model(inputs, [fine, last], name=name)
    fill(model, arrays)
    return model


def build_eye(arrays: Mapping[str, FloatArray]) -> keras.Model:
    """From pictures (N, S, S, 1) of any size to how they look: (N, 120), means of stage 5.

    Where the later stages ask what a picture shows, these answer to texture and edges; they tell
    X-rays from photographs, text and noise also at the size at which small networks see them.
    """
    inputs = keras.Input((None, None, 1), name="picture")
    side = (EYE_SIDE, EYE_SIDE)
    resized = keras.ops.image.resize(inputs, side, interpolation="bilinear", antialias=True)
    means = keras.layers.GlobalAveragePooling2D(name="look")(lower_stages(resized))
    model = keras.Model(inputs, means, name="eye")
    fill(model, arrays)
    return model


def build_describer(arrays: Mapping[str, FloatArray]) -> keras.Model:
    """From pictures (N, S, S, 1) of any size to what they show: (N, 1280), means of the last maps.

    What a thousand kinds of photographs were told apart by; a linear head on it learns from a
    few pictures which ones a person means.
    """
    backbone = build_backbone(arrays, name="describer")
    means = keras.layers.GlobalAveragePooling2D(name=SEEN_AS_A_WHOLE)(backbone.outputs[1])
    return keras.Model(backbone.input, means, name="describer")


def build_features(arrays: Mapping[str, FloatArray]) -> keras.Model:
    """From pictures (N, 512, 512, 1) to what the heads read of them.

    Returns:
        A model with three outputs. The features (N, 5600), in this order, first of the whole
        picture, then of the picture at half its size: mean of stage 5, maximum of stage 5, mean
        of the last maps, maximum of the last maps. And for the locator the maps of the whole
        picture of stage 5 (N, 32, 32, 120) and stage 7 (N, 16, 16, 352).
    """
    inputs = keras.Input((SIZE, SIZE, 1), name="picture")
    halved = keras.layers.AveragePooling2D(2, name="halved")(inputs)
    half = build_backbone(arrays, name="at_half_size")
    fine, deep, last = _stages(inputs)
    stacks = [fine, last, *half(halved)]
    read = [
        pooling(name=f"{place}_{kind}")(maps)
        for place, maps in zip(("fine", "last", "half_fine", "half_last"), stacks, strict=True)
        for kind, pooling in (
            ("mean", keras.layers.GlobalAveragePooling2D),
            ("maximum", keras.layers.GlobalMaxPooling2D),
        )
    ]
    joined = keras.layers.Concatenate(name="features")(read)
    model = keras.Model(inputs, [joined, fine, deep], name="features")
    fill(model, arrays)
    return model


def build_reference(arrays: Mapping[str, FloatArray]) -> keras.Model:
    """The whole network: (N, 512, 512, 1) float32 of 0 to 255 in, logits (N, 1) out.

    Args:
        arrays: Those of the backbone and of the locator, ``logits/kernel`` (5601, 1) and
            ``logits/bias`` (1,).
    """
    features = build_features(arrays)
    joined, fine, deep = features.outputs
    cells = keras.layers.Flatten(name="cells")(_located(fine, deep))
    highest: Any = keras.ops.top_k(cells, HIGHEST)
    told = keras.layers.Concatenate(name="told")(
        [joined, keras.ops.mean(highest[0], axis=1, keepdims=True)]
    )
    model = keras.Model(features.input, keras.layers.Dense(1, name=LOGITS)(told), name="reference")
    for name in ("locate_fine", "locate_deep", "locate_around", LOCATED, LOGITS):
        model.get_layer(name).set_weights([arrays[f"{name}/kernel"], arrays[f"{name}/bias"]])
    return model


def _located(fine: keras.KerasTensor, deep: keras.KerasTensor) -> keras.KerasTensor:
    """Logits of the cells (N, 32, 32, 1), as `core.reference.locator` trains them."""
    layers = keras.layers
    narrow = layers.Conv2D(LOCATOR_WIDTH, 1, name="locate_fine")(fine)
    coarse = layers.Conv2D(LOCATOR_WIDTH, 1, name="locate_deep")(deep)
    enlarged = layers.UpSampling2D(2, interpolation="bilinear", name="locate_enlarged")(coarse)
    joined = layers.ReLU(name="locate_joined")(layers.Add(name="locate_sum")([narrow, enlarged]))
    around = layers.Conv2D(
        LOCATOR_HIDDEN, 3, padding="same", activation="relu", name="locate_around"
    )
    return layers.Conv2D(1, 3, padding="same", name=LOCATED)(around(joined))


@dataclass(frozen=True, eq=False, slots=True)
class Reference:
    """The reference network, ready to answer.

    Attributes:
        network: Pictures (N, 512, 512, 1) to logits (N, 1).
        familiarity: Which pictures it knows.
    """

    network: keras.Model
    familiarity: Familiarity
    _both: keras.Model

    def judge(self, pictures: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logits (N, 1) of pictures (N, 512, 512, 1), and how strange each is, (N,)."""
        # As one graph it takes less than half of what it takes layer by layer.
        logits, features = self._both.predict_on_batch(pictures)
        return np.asarray(logits), self.familiarity.distances(np.asarray(features))


def load_reference(path: Path) -> Reference:
    """The network of a file `WEIGHTS` with its `BACKBONE` beside it.

    Raises:
        OSError, ValueError, KeyError: It cannot be read, or is another file.
    """
    arrays = read_npz(path)
    backbone = read_npz(path.with_name(BACKBONE))
    network = build_reference(in_single_precision({**backbone, **arrays}))
    seen = network.get_layer(SEEN_AS_A_WHOLE).output
    both = keras.Model(network.input, [network.output, seen])
    return Reference(network, read_familiarity(arrays), both)


def in_single_precision(arrays: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Arrays as Keras takes them, from 16 bits on disk."""
    return {name: np.asarray(array, np.float32) for name, array in arrays.items()}


def lower_stages(tensor: Any) -> Any:
    """The maps of stage 5 of pictures (N, H, W, 1) of 0 to 255."""
    tensor = keras.layers.Rescaling(1.0 / DEVIATION, offset=-MEAN / DEVIATION)(tensor)
    tensor = _convolution(tensor, "stem", STEM, kernel_size=3, stride=2)
    for block in blocks():
        if block.stage <= FINE:
            tensor = _inverted_residual(tensor, block)
    return tensor


def upper_stages(fine: Any) -> tuple[Any, Any]:
    """The maps of stage 7 and the last maps, from those of stage 5."""
    tensor = fine
    for block in blocks():
        if block.stage > FINE:
            tensor = _inverted_residual(tensor, block)
    return tensor, _convolution(tensor, "head", HEAD)


def _stages(tensor: Any) -> tuple[Any, Any, Any]:
    """The maps of stage 5, those of stage 7 and the last maps of a picture."""
    fine = lower_stages(tensor)
    return (fine, *upper_stages(fine))


def fill(model: keras.Model, arrays: Mapping[str, FloatArray]) -> None:
    """Give the convolutions their weights; a model inside has its own already."""
    for layer in model.layers:
        if layer.weights and not isinstance(layer, keras.Model):
            layer.set_weights([arrays[f"{layer.name}/kernel"], arrays[f"{layer.name}/bias"]])


def _inverted_residual(tensor: keras.KerasTensor, block: Block) -> keras.KerasTensor:
    inside = tensor
    if block.expansion != 1:
        inside = _convolution(inside, f"{block.name}_widen", block.inside)
    inside = keras.layers.DepthwiseConv2D(
        block.kernel_size,
        strides=block.stride,
        padding="same",
        activation="relu6",
        name=f"{block.name}_around",
    )(inside)
    # Narrowing has no activation: what is cut off in few channels is lost.
    inside = keras.layers.Conv2D(block.outputs, 1, name=f"{block.name}_narrow")(inside)
    return keras.layers.Add(name=f"{block.name}_sum")([tensor, inside]) if block.skips else inside


def _convolution(
    tensor: keras.KerasTensor, name: str, filters: int, *, kernel_size: int = 1, stride: int = 1
) -> keras.KerasTensor:
    layer = keras.layers.Conv2D(
        filters, kernel_size, strides=stride, padding="same", activation="relu6", name=name
    )
    return layer(tensor)
