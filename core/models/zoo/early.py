"""Networks up to 2014 that are one chain of layers, made small and sized to their input.

Each function takes the side of the image and the classes. The number of steps that shrink the
maps follows the side, so that any input from 28 to 256 pixels ends in maps of a useful size.
"""

from __future__ import annotations

from typing import Final

from core.models.spec import (
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Layer,
    ModelSpec,
    Pooling,
)

Classes = tuple[str, ...]

S_CELL_WINDOW: Final = 5
C_CELL_WINDOW: Final = 3
LARGE_INPUT: Final = 96
"""From here on AlexNet's first filters are as large as in 2012."""


def neocognitron(input_size: int, classes: Classes) -> ModelSpec:
    """Layers of S-cells that find a feature, each followed by C-cells that blur its place.

    >>> neocognitron(28, ("normal", "fracture")).layers[:2]  # doctest: +ELLIPSIS
    (Convolution(filters=12, kernel_size=5, ...), Pooling(kind='average', size=3, stride=2, ...))
    """
    layers: list[Layer] = []
    side, filters = input_size, 12
    while side > 4:
        layers.append(Convolution(filters, S_CELL_WINDOW if side > 8 else 3))
        layers.append(Pooling("average", C_CELL_WINDOW, stride=2, padding="same"))
        side, filters = -(-side // 2), min(2 * filters, 48)
    return ModelSpec("neocognitron", input_size, classes, (*layers, Flatten()))


def lenet(input_size: int, classes: Classes) -> ModelSpec:
    """Two rounds of 5x5 filters and averaging, then 120 and 84 units, all with tanh.

    At 32 pixels the sizes are those of 1998: 28, 14, 10, 5. Larger inputs get further rounds.
    """
    first = Convolution(6, 5, padding="valid", activation="tanh")
    layers: list[Layer] = [first, Pooling("average")]
    side = (input_size - 4) // 2
    while side > 8:
        layers += [Convolution(16, 5, padding="valid", activation="tanh"), Pooling("average")]
        side = (side - 4) // 2
    layers += [Flatten(), Dense(120, activation="tanh"), Dense(84, activation="tanh")]
    return ModelSpec("lenet", input_size, classes, tuple(layers))


def alexnet(input_size: int, classes: Classes) -> ModelSpec:
    """Five convolutions with ReLU, overlapping 3x3 pooling at stride 2, two dropped-out layers."""
    large = input_size >= LARGE_INPUT
    kernel, stride = (11, 4) if large else (7, 2)
    layers: list[Layer] = [Convolution(24, kernel, stride=stride)]
    side = _overlapping(layers, -(-input_size // stride))
    layers.append(Convolution(48, 5))
    side = _overlapping(layers, side)
    layers += [Convolution(64), Convolution(64), Convolution(48)]
    while side > 4:
        side = _overlapping(layers, side)
    layers += [Flatten(), Dropout(0.5), Dense(128), Dropout(0.5), Dense(128)]
    return ModelSpec("alexnet", input_size, classes, tuple(layers))


def _overlapping(layers: list[Layer], side: int) -> int:
    """Append windows of three pixels that step by two; return the new side."""
    layers.append(Pooling("max", 3, stride=2))
    return (side - 3) // 2 + 1


def vgg(input_size: int, classes: Classes) -> ModelSpec:
    """Pairs of 3x3 filters before each pooling, and never a larger filter."""
    layers: list[Layer] = []
    side, filters = input_size, 16
    while side > 6:
        layers += [Convolution(filters), Convolution(filters), Pooling()]
        side, filters = side // 2, min(2 * filters, 64)
    layers += [Flatten(), Dropout(0.5), Dense(128), Dropout(0.5)]
    return ModelSpec("vgg", input_size, classes, tuple(layers))
