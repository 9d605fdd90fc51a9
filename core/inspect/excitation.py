"""Which images of a set excite a unit most, and where in them its strongest cell lies.

Source: Zeiler & Fergus (2014), arXiv:1311.2901, the images of figure 2, without the deconvolution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray, UInt8Array
from core.inspect.forward import forward
from core.models.graph import find_node
from core.models.spec import ModelSpec
from core.models.weights import Weights

TOP: Final = 9
CHUNK_VALUES: Final = 4_000_000
"""Activations of the first layer that one chunk of images may fill."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exciting:
    """The images that excite each of U units most, the strongest first.

    Attributes:
        name: The node.
        images: (U, T) positions in the images searched.
        values: (U, T) float32, the unit's largest activation in each.
        rows, columns: (U, T) where in the unit's map that is; 0 for a vector.
        searched: Number of images searched.
    """

    name: str
    images: IntArray
    values: FloatArray
    rows: IntArray
    columns: IntArray
    searched: int


def exciting_images(
    spec: ModelSpec, weights: Weights, images: UInt8Array, name: str, *, top: int = TOP
) -> Exciting:
    """Search images for the strongest answer of every unit of a layer.

    Of equal answers the earlier image comes first, and in an image the first cell, row by row.

    Args:
        spec: The network.
        weights: Its arrays by name.
        images: (N, S, S) at the network's size, at least one.
        name: The node.
        top: Images kept for each unit; fewer where there are fewer.

    Raises:
        KeyError: If there is no such node.
    """
    shape = find_node(spec, name).shape
    units = shape[-1]
    peaks = np.empty((len(images), units), np.float32)
    places = np.empty((len(images), units), np.int64)
    step = max(1, CHUNK_VALUES // (32 * spec.input_size**2))
    for start in range(0, len(images), step):
        answer = forward(spec, weights, images[start : start + step], until=name)[name]
        flat = answer.reshape(len(answer), -1, units)
        places[start : start + step] = flat.argmax(axis=1)
        peaks[start : start + step] = flat.max(axis=1)
    order = np.argsort(-peaks, axis=0, kind="stable")[:top]
    values = np.take_along_axis(peaks, order, axis=0)
    found = np.take_along_axis(places, order, axis=0)
    width = shape[1] if len(shape) == 3 else 1
    return Exciting(
        name=name,
        images=order.T.copy(),
        values=values.T.copy(),
        rows=(found // width).T.copy(),
        columns=(found % width).T.copy(),
        searched=len(images),
    )
