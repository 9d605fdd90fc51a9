"""The layers a network is made of, as values, and the arithmetic of each.

Shapes are (height, width, channels) for maps and (units,) for vectors, without the batch axis.
A multiply-add is one product and one sum; additions of a bias, activations, pooling and
normalization are not counted, which is the custom for the cost of a network.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from core.errors import LessonError

Shape: TypeAlias = tuple[int, ...]
ActivationName: TypeAlias = Literal["linear", "relu", "tanh", "sigmoid"]
PaddingName: TypeAlias = Literal["same", "valid"]
PoolName: TypeAlias = Literal["max", "average"]

ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid")
PADDINGS = ("same", "valid")
POOLS = ("max", "average")
MAX_KERNEL_SIZE = 15
MAX_WIDTH = 4096


@dataclass(frozen=True, slots=True)
class Convolution:
    """Filters of ``kernel_size`` x ``kernel_size`` over all input channels, one bias a filter."""

    filters: int
    kernel_size: int = 3
    stride: int = 1
    padding: PaddingName = "same"
    activation: ActivationName = "relu"

    def __post_init__(self) -> None:
        _check_count("filters", self.filters, high=MAX_WIDTH)
        _check_count("kernel_size", self.kernel_size, high=MAX_KERNEL_SIZE)
        _check_count("stride", self.stride, high=8)
        _check_choice("padding", self.padding, PADDINGS)
        _check_choice("activation", self.activation, ACTIVATIONS)


@dataclass(frozen=True, slots=True)
class Pooling:
    """One number for each ``size`` x ``size`` window; a last incomplete window is dropped."""

    kind: PoolName = "max"
    size: int = 2

    def __post_init__(self) -> None:
        _check_choice("kind", self.kind, POOLS)
        _check_count("size", self.size, low=2, high=8)


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation on its own, for networks that normalize before it."""

    kind: ActivationName = "relu"

    def __post_init__(self) -> None:
        _check_choice("kind", self.kind, ACTIVATIONS)


@dataclass(frozen=True, slots=True)
class BatchNormalization:
    """Mean 0 and deviation 1 a channel over the batch, then a learned scale and shift."""


@dataclass(frozen=True, slots=True)
class Dropout:
    """Puts a random share ``rate`` of the values to zero, while training only."""

    rate: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.rate < 1.0:
            raise LessonError(
                "model.invalid-layer",
                problem=f"A dropout rate of {self.rate} is not in the range 0 to below 1.",
                remedy="Choose the share of values to drop, such as 0.5.",
            )


@dataclass(frozen=True, slots=True)
class Flatten:
    """Lays the maps out as one vector, row by row, channels last."""


@dataclass(frozen=True, slots=True)
class GlobalPooling:
    """One number a map: its mean or its largest value. Needs no fixed input size."""

    kind: PoolName = "average"

    def __post_init__(self) -> None:
        _check_choice("kind", self.kind, POOLS)


@dataclass(frozen=True, slots=True)
class Dense:
    """Every input connected to every unit, one bias a unit."""

    units: int
    activation: ActivationName = "relu"

    def __post_init__(self) -> None:
        _check_count("units", self.units, high=MAX_WIDTH)
        _check_choice("activation", self.activation, ACTIVATIONS)


@dataclass(frozen=True, slots=True)
class Residual:
    """``relu(shortcut(x) + body(x))``.

    The shortcut is the input itself; where the body changes the shape it is a 1x1 convolution
    without activation (and with the body's stride), as in He et al. (2016), option B.
    """

    body: tuple[Layer, ...]

    def __post_init__(self) -> None:
        _check_body("A residual block", self.body)


@dataclass(frozen=True, slots=True)
class Parallel:
    """Branches that see the same input; their maps are concatenated along the channels.

    An empty branch passes its input on unchanged.
    """

    branches: tuple[tuple[Layer, ...], ...]

    def __post_init__(self) -> None:
        if len(self.branches) < 2:
            raise LessonError(
                "model.invalid-layer",
                problem=f"Parallel branches number {len(self.branches)}; at least 2 are needed.",
                remedy="Add a branch, or put the layers one after another.",
            )


Layer: TypeAlias = (
    Convolution
    | Pooling
    | Activation
    | BatchNormalization
    | Dropout
    | Flatten
    | GlobalPooling
    | Dense
    | Residual
    | Parallel
)


def output_shape(layer: Layer, shape: Shape) -> Shape:
    """The shape of what ``layer`` gives for an input of ``shape``.

    Raises:
        LessonError: ``model.vanishes`` where a map would be smaller than one pixel,
            ``model.wrong-order`` where a layer cannot follow (a convolution after a vector).

    >>> output_shape(Convolution(32, kernel_size=5, padding="valid"), (28, 28, 1))
    (24, 24, 32)
    >>> output_shape(Pooling(), (7, 7, 32))
    (3, 3, 32)
    """
    match layer:
        case Convolution():
            side = [_convolved(layer, length) for length in _map_sides(layer, shape)]
            return (*side, layer.filters)
        case Pooling():
            sides = [length // layer.size for length in _map_sides(layer, shape)]
            if min(sides) < 1:
                _vanishes(f"{layer.kind} pooling {layer.size}x{layer.size}", shape)
            return (*sides, shape[2])
        case Flatten():
            return (math.prod(shape),)
        case GlobalPooling():
            _map_sides(layer, shape)
            return (shape[2],)
        case Dense():
            if len(shape) != 1:
                raise LessonError(
                    "model.wrong-order",
                    problem=f"A dense layer takes a vector, but receives maps of shape {shape}.",
                    remedy="Put Flatten or GlobalPooling before the first dense layer.",
                )
            return (layer.units,)
        case Residual():
            return _through(layer.body, shape)
        case Parallel():
            return _joined(layer, shape)
        case Activation() | BatchNormalization() | Dropout():
            return shape


def parameters(layer: Layer, shape: Shape) -> int:
    """Numbers that ``layer`` holds for an input of ``shape``, the untrained ones included.

    Batch normalization holds four a channel: a learned scale and shift, and the running mean
    and variance, which are measured and not trained.

    >>> parameters(Convolution(32), (28, 28, 1))
    320
    """
    match layer:
        case Convolution():
            return (layer.kernel_size**2 * shape[2] + 1) * layer.filters
        case Dense():
            return (shape[0] + 1) * layer.units
        case BatchNormalization():
            return 4 * shape[-1]
        case Residual():
            shortcut = projection(layer, shape)
            extra = parameters(shortcut, shape) if shortcut else 0
            return extra + _sum_over(layer.body, shape, parameters)
        case Parallel():
            return sum(_sum_over(branch, shape, parameters) for branch in layer.branches)
        case _:
            return 0


def multiply_adds(layer: Layer, shape: Shape) -> int:
    """Products (each with its sum) that ``layer`` computes for one image.

    >>> multiply_adds(Convolution(32), (28, 28, 1)) == 28 * 28 * 9 * 32
    True
    """
    match layer:
        case Convolution():
            height, width, filters = output_shape(layer, shape)
            return height * width * filters * layer.kernel_size**2 * shape[2]
        case Dense():
            return shape[0] * layer.units
        case Residual():
            shortcut = projection(layer, shape)
            extra = multiply_adds(shortcut, shape) if shortcut else 0
            return extra + _sum_over(layer.body, shape, multiply_adds)
        case Parallel():
            return sum(_sum_over(branch, shape, multiply_adds) for branch in layer.branches)
        case _:
            return 0


def projection(layer: Residual, shape: Shape) -> Convolution | None:
    """The 1x1 convolution on a residual block's shortcut; None where the shapes agree."""
    result = _through(layer.body, shape)
    if result == shape:
        return None
    stride = max(1, -(-shape[0] // result[0]))
    shortcut = Convolution(result[2], kernel_size=1, stride=stride, activation="linear")
    if output_shape(shortcut, shape) != result:
        raise LessonError(
            "model.wrong-order",
            problem=f"A residual body turns {shape} into {result}, which no shortcut can match.",
            remedy='Use padding "same" and an even size inside the block.',
        )
    return shortcut


def _through(layers: tuple[Layer, ...], shape: Shape) -> Shape:
    for layer in layers:
        shape = output_shape(layer, shape)
    return shape


def _joined(layer: Parallel, shape: Shape) -> Shape:
    ends = [_through(branch, shape) for branch in layer.branches]
    if len({end[:-1] for end in ends}) != 1:
        raise LessonError(
            "model.wrong-order",
            problem=f"Parallel branches end in different sizes: {ends}.",
            remedy="Give every branch the same strides and pooling.",
        )
    return (*ends[0][:-1], sum(end[-1] for end in ends))


def _sum_over(layers: tuple[Layer, ...], shape: Shape, count: Callable[[Layer, Shape], int]) -> int:
    total = 0
    for layer in layers:
        total += count(layer, shape)
        shape = output_shape(layer, shape)
    return total


def _map_sides(layer: Layer, shape: Shape) -> tuple[int, int]:
    if len(shape) != 3:
        raise LessonError(
            "model.wrong-order",
            problem=f"{type(layer).__name__} takes maps, but receives a vector of {shape[0]}.",
            remedy="Put it before Flatten or GlobalPooling.",
        )
    return shape[0], shape[1]


def _convolved(layer: Convolution, length: int) -> int:
    if layer.padding == "same":
        return -(-length // layer.stride)
    size = (length - layer.kernel_size) // layer.stride + 1
    if size < 1:
        _vanishes(f"{layer.kernel_size}x{layer.kernel_size} filter", (length, length))
    return size


def _vanishes(what: str, shape: Shape) -> None:
    raise LessonError(
        "model.vanishes",
        problem=f"A {what} does not fit maps of {shape[0]}x{shape[1]}: nothing would be left.",
        remedy="Use a larger input image, or fewer pooling layers.",
    )


def _check_body(what: str, body: tuple[Layer, ...]) -> None:
    if not body:
        raise LessonError(
            "model.invalid-layer",
            problem=f"{what} has no layers.",
            remedy="Put at least one convolution into it.",
        )


def _check_count(name: str, value: int, *, low: int = 1, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise LessonError(
            "model.invalid-layer",
            problem=f"{name} is {value!r}, not a whole number from {low} to {high}.",
            remedy=f"Choose {name} between {low} and {high}.",
        )


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise LessonError(
            "model.invalid-layer",
            problem=f"{name} is {value!r}, which is unknown.",
            remedy=f"Choose one of {', '.join(choices)}.",
        )
