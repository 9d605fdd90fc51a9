"""A layer's maps through the epochs of a training, for one picture. No Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.inspect.forward import forward
from core.inspect.statistics import layer_statistics
from dashboard.networks.open_network import OpenNetwork

MOST_EPOCHS: Final = 16
MOST_UNITS: Final = 24
MOST_SIDE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerHistory:
    """The maps of some units of a layer, epoch by epoch.

    Attributes:
        name: The layer.
        epochs: (E,) epochs with a snapshot, ascending.
        units: (U,) the units that are shown, those that answer most in the last epoch.
        maps: (E, U, H, W) float32, averaged to at most `MOST_SIDE` pixels a side.
        means, zeros: (E,) mean, and share of exact zeros, of the whole layer.
        limit: Largest absolute value of `maps`, shared by all epochs.
    """

    name: str
    epochs: tuple[int, ...]
    units: tuple[int, ...]
    maps: FloatArray
    means: tuple[float, ...]
    zeros: tuple[float, ...]
    limit: float


def some(epochs: Sequence[int], most: int = MOST_EPOCHS) -> tuple[int, ...]:
    """At most so many of the epochs, evenly spaced, the first and the last among them.

    >>> some(range(11), 3)
    (0, 5, 10)
    """
    if len(epochs) <= most:
        return tuple(epochs)
    places = np.linspace(0, len(epochs) - 1, most).round().astype(int)
    return tuple(epochs[place] for place in places)


def layer_history(
    open_epoch: Callable[[int], OpenNetwork], epochs: Sequence[int], image: UInt8Array, name: str
) -> LayerHistory:
    """Walk the picture to one layer with the weights of each epoch.

    Args:
        open_epoch: From an epoch to the network as it was then.
        epochs: With a snapshot, ascending.
        image: (S, S) uint8.
        name: The layer.
    """
    chosen = some(epochs)
    answers = []
    for epoch in chosen:
        network = open_epoch(epoch)
        answers.append(forward(network.spec, network.weights, image[None], until=name)[name][0])
    figures = [layer_statistics(answer) for answer in answers]
    stack = np.stack([answer if answer.ndim == 3 else answer[None, None] for answer in answers])
    strength = np.abs(stack[-1]).mean(axis=(0, 1))
    units = np.sort(np.argsort(-strength, kind="stable")[:MOST_UNITS])
    maps = _smaller(stack[..., units]).transpose(0, 3, 1, 2)
    return LayerHistory(
        name=name,
        epochs=chosen,
        units=tuple(int(unit) for unit in units),
        maps=np.ascontiguousarray(maps),
        means=tuple(figure.mean for figure in figures),
        zeros=tuple(figure.zeros for figure in figures),
        limit=float(np.abs(maps).max()),
    )


def _smaller(stack: FloatArray) -> FloatArray:
    count, height, width, units = stack.shape
    factor = max(1, -(-height // MOST_SIDE))
    high, wide = height // factor, width // factor
    cut = stack[:, : high * factor, : wide * factor]
    return cut.reshape(count, high, factor, wide, factor, units).mean(axis=(2, 4))
