"""The reference network's backbone as a list of our layers: what pages look into. No Keras.

The whole network cannot be one list: it reads a picture at two sizes, a linear head joins both, and
the locator answers beside it. What can be opened is the backbone at the smaller size, from the
picture to the means of its last maps, which the head reads among others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from core.arrays import FloatArray
from core.models.graph import nodes
from core.models.layers import (
    Convolution,
    DepthwiseConvolution,
    GlobalPooling,
    Layer,
    Rescaling,
    Residual,
)
from core.models.spec import ModelSpec
from core.npz import read_npz
from core.reference.backbone import DEVIATION, HEAD, MEAN, STEM, Block, blocks, layer_names
from core.reference.description import CLASSES, NAME, SIZE

OPENED: Final = SIZE // 2
"""Side in pixels at which it is looked into: the smaller of its two."""


@dataclass(frozen=True, slots=True)
class BackboneSpec(ModelSpec):
    """A network that ends in features: it has no logits, and its own way to rescale a picture."""

    @property
    def rescaling(self) -> Rescaling:
        """As the weights were learned."""
        return Rescaling(1.0 / DEVIATION, -MEAN / DEVIATION)

    def named_layers(self) -> Iterator[tuple[str, Layer]]:
        """As of any network, without the implied head."""
        *own, _ = super(BackboneSpec, self).named_layers()
        return iter(own)


def backbone_layers() -> tuple[Layer, ...]:
    """From the first convolution to the means of the last maps.

    >>> len(backbone_layers())
    37
    """
    found: list[Layer] = [Convolution(STEM, stride=2, activation="relu6")]
    for block in blocks():
        inside = _inverted(block)
        found += [Residual(inside, "linear")] if block.skips else inside
    last = Convolution(HEAD, kernel_size=1, activation="relu6")
    return (*found, last, GlobalPooling("average"))


def backbone_spec() -> BackboneSpec:
    """The backbone at the smaller size.

    >>> backbone_spec().input_shape
    (256, 256, 1)
    """
    return BackboneSpec(NAME, OPENED, CLASSES, backbone_layers())


def backbone_weights(arrays: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The backbone's arrays under the names of `backbone_spec`'s layers, float32.

    Args:
        arrays: ``<layer>/kernel`` and ``<layer>/bias``, as `core.reference.build` takes them.

    Raises:
        KeyError: Where a layer is missing.
    """
    own = (n.name for n in nodes(backbone_spec()) if _has_kernels(n.layer))
    return {
        f"{name}/{part}": np.asarray(arrays[f"{published}/{part}"], np.float32)
        for name, published in zip(own, layer_names(), strict=True)
        for part in ("kernel", "bias")
    }


def read_backbone(path: Path) -> dict[str, FloatArray]:
    """The same of a file ``backbone.npz``.

    Raises:
        OSError, ValueError: It cannot be read, or is another file.
    """
    try:
        return backbone_weights(read_npz(path))
    except KeyError as error:
        raise ValueError(f"{error} is missing") from error


def _has_kernels(layer: Layer | None) -> bool:
    return isinstance(layer, Convolution | DepthwiseConvolution)


def _inverted(block: Block) -> tuple[Layer, ...]:
    widen = Convolution(block.inside, kernel_size=1, activation="relu6")
    around = DepthwiseConvolution(block.kernel_size, block.stride, activation="relu6")
    narrow = Convolution(block.outputs, kernel_size=1, activation="linear")
    return (around, narrow) if block.expansion == 1 else (widen, around, narrow)
