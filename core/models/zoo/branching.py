"""Networks with branches, shortcuts, shared or split kernels, made small and sized to their input.

Each function takes the side of the image and the classes, as those of `core.models.zoo.early` do.
"""

from __future__ import annotations

from typing import Final

from core.models.spec import (
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    GlobalPooling,
    Layer,
    ModelSpec,
    Parallel,
    Pooling,
    Residual,
    SharedConvolution,
)

Classes = tuple[str, ...]

SCALES: Final = (1, 2, 4)
LARGEST_START: Final = 32
"""Side of the maps, at most, at which the costly stages of a deep network begin."""


def inception(squeeze: int, narrow: int, wide: int, pooled: int) -> Parallel:
    """One inception module: 1x1, 3x3, 5x5 and pooling side by side, 1x1 before the costly ones.

    Args:
        squeeze: Channels that the 1x1 filters leave for the 3x3 and 5x5 filters to read.
        narrow: Maps of the 1x1 branch, and of the 3x3 branch half as many again.
        wide: Maps of the 5x5 branch.
        pooled: Maps of the pooling branch.
    """
    return Parallel(
        (
            (Convolution(narrow, 1),),
            (Convolution(squeeze, 1), Convolution(narrow + narrow // 2, 3)),
            (Convolution(squeeze // 2, 1), Convolution(wide, 5)),
            (Pooling("max", 3, stride=1, padding="same"), Convolution(pooled, 1)),
        )
    )


def googlenet(input_size: int, classes: Classes) -> ModelSpec:
    """Inception modules in pairs, then one average a map instead of wide dense layers."""
    layers: list[Layer] = [Convolution(16, 5)]
    side = input_size
    while side > LARGEST_START // 2:
        layers.append(Pooling("max", 3, stride=2, padding="same"))
        side = -(-side // 2)
    layers += [inception(16, 16, 8, 8), inception(16, 24, 12, 12)]
    layers.append(Pooling("max", 3, stride=2, padding="same"))
    layers += [inception(24, 32, 16, 16), inception(24, 32, 16, 16)]
    layers += [GlobalPooling(), Dropout(0.4)]
    return ModelSpec("googlenet", input_size, classes, tuple(layers))


def residual_block(filters: int, stride: int = 1) -> Residual:
    """Two normalized convolutions, and the input added to what they give."""
    return Residual(
        (
            Convolution(filters, stride=stride, activation="linear"),
            BatchNormalization(),
            Activation("relu"),
            Convolution(filters, activation="linear"),
            BatchNormalization(),
        )
    )


def resnet(input_size: int, classes: Classes) -> ModelSpec:
    """Six residual blocks in three stages: fourteen layers of weights behind one another."""
    side, layers = _shrunken_start(input_size, 16)
    while side > LARGEST_START:
        layers.append(Pooling("max", 3, stride=2, padding="same"))
        side = -(-side // 2)
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        layers += [residual_block(filters, stride), residual_block(filters)]
    return ModelSpec("resnet", input_size, classes, (*layers, GlobalPooling()))


def separable(filters: int, stride: int = 1) -> list[Layer]:
    """One kernel a channel, then 1x1 filters that mix the channels; each normalized, with ReLU."""
    return [
        DepthwiseConvolution(stride=stride, activation="linear"),
        BatchNormalization(),
        Activation("relu"),
        Convolution(filters, 1, activation="linear"),
        BatchNormalization(),
        Activation("relu"),
    ]


def mobilenet(input_size: int, classes: Classes) -> ModelSpec:
    """Depthwise separable convolutions only, behind one ordinary convolution."""
    side, layers = _shrunken_start(input_size, 16)
    layers += separable(32)
    filters = 64
    while side > 4:
        layers += separable(filters, stride=2) + separable(filters)
        side, filters = -(-side // 2), min(2 * filters, 128)
    return ModelSpec("mobilenet", input_size, classes, (*layers, GlobalPooling()))


def _shrunken_start(input_size: int, filters: int) -> tuple[int, list[Layer]]:
    """The first convolution, normalized; it halves what is larger than 32 pixels."""
    stride = 2 if input_size > LARGEST_START else 1
    first = Convolution(filters, stride=stride, activation="linear")
    return -(-input_size // stride), [first, BatchNormalization(), Activation("relu")]


def fused(input_size: int, classes: Classes) -> ModelSpec:
    """One trunk of convolutions whose shallow, middle and deep features all reach the head.

    At each of two forks one branch ends (the largest value of each map is kept) and the other goes
    deeper; the vectors of all three depths are joined.
    """
    layers: list[Layer] = [Convolution(24)]
    side = input_size
    while side > LARGEST_START:
        layers += [Pooling(), Convolution(24)]
        side //= 2
    pooled = GlobalPooling("max")
    deepest: tuple[Layer, ...] = (Pooling(), Convolution(96), Convolution(96), pooled)
    deeper: tuple[Layer, ...] = (
        Pooling(),
        Convolution(48),
        Convolution(48),
        Parallel(((pooled,), deepest)),
    )
    layers += [Parallel(((pooled,), deeper)), Dropout(0.3), Dense(64)]
    return ModelSpec("fused", input_size, classes, tuple(layers))


def shared_scales(input_size: int, classes: Classes) -> ModelSpec:
    """Every kernel looks at the picture, at its half and at its quarter; the strongest counts."""
    layers: list[Layer] = []
    rest = input_size % max(SCALES)
    if rest:
        # Scales need sides that they divide; an average of neighbors takes up to three pixels off.
        layers.append(Pooling("average", rest + 1, stride=1))
    side, filters = input_size - rest, 16
    layers += [SharedConvolution(filters, 5, SCALES), Pooling()]
    side //= 2
    while side > 4:
        filters = min(2 * filters, 64)
        layers += [_as_shared(filters, side), Pooling()]
        side //= 2
    return ModelSpec("shared", input_size, classes, (*layers, GlobalPooling("max"), Dense(64)))


def _as_shared(filters: int, side: int) -> Layer:
    scales = tuple(scale for scale in SCALES if side % scale == 0 and side // scale >= 4)
    return SharedConvolution(filters, 3, scales) if len(scales) > 1 else Convolution(filters)
