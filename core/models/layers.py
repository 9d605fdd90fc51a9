"""The layers a network is made of, as values, and the arithmetic of each.

Shapes are (height, width, channels) for maps and (units,) for vectors, without the batch axis.
A multiply-add is one product and one sum; additions of a bias, activations, pooling and
normalization are not counted, which is the custom for the cost of a network.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeGuard

from core.errors import LessonError

Shape: TypeAlias = tuple[int, ...]
ActivationName: TypeAlias = Literal[
    "linear", "relu", "relu6", "tanh", "sigmoid", "leaky_relu", "elu", "gelu", "silu"
]
PaddingName: TypeAlias = Literal["same", "valid"]
PoolName: TypeAlias = Literal["max", "average"]

ACTIVATIONS = (
    "linear", "relu", "relu6", "tanh", "sigmoid", "leaky_relu", "elu", "gelu", "silu",
)  # fmt: skip
RECTIFIERS = ("relu", "relu6", "leaky_relu", "elu", "gelu", "silu")
"""Activations that pass positive values on and let weights start as He et al. (2015) advise."""
RUNNING_MOMENTUM = 0.9
"""Of batch normalization's running mean. Keras's 0.99 keeps it near its start for the few hundred
steps of a lesson: a network would guess on validation while it is right in training."""
SKIP = "_skip"
"""Ends the name of the Keras layer that leaves pixels out before a strided 1x1 convolution."""
ENDINGS = ("relu", "linear")
"""Activations behind the addition of a residual block."""
PADDINGS = ("same", "valid")
POOLS = ("max", "average")
MAX_KERNEL_SIZE = 15
MAX_STRIDE = 8
MAX_WINDOW = 8
MAX_DILATION = 8
MAX_SCALE = 16
MAX_WIDTH = 4096


@dataclass(frozen=True, slots=True)
class Rescaling:
    """What a network does to gray values g of 0 to 255 first: ``g * scale + offset``.

    Every network begins with one, so no list of layers names it.
    """

    scale: float = 1.0 / 255.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Convolution:
    """Filters of ``kernel_size`` x ``kernel_size`` over all input channels, one bias a filter.

    A ``dilation`` of d leaves d - 1 pixels out between two cells of the kernel. Stride and
    dilation cannot both be larger than 1, as in Keras.
    """

    filters: int
    kernel_size: int = 3
    stride: int = 1
    padding: PaddingName = "same"
    activation: ActivationName = "relu"
    dilation: int = 1

    def __post_init__(self) -> None:
        _check_count("filters", self.filters, high=MAX_WIDTH)
        _check_window(self)
        _check_choice("activation", self.activation, ACTIVATIONS)
        _check_count("dilation", self.dilation, high=MAX_DILATION)
        if self.stride > 1 and self.dilation > 1:
            raise LessonError(
                "model.invalid-layer",
                problem=f"A stride of {self.stride} and a dilation of {self.dilation} together "
                "are not supported by Keras.",
                remedy="Set one of the two to 1.",
            )


@dataclass(frozen=True, slots=True)
class DepthwiseConvolution:
    """One kernel and one bias for each input channel; channels are not mixed.

    With a 1x1 `Convolution` behind it, it is a depthwise separable convolution
    (Howard et al. 2017, arXiv:1704.04861).
    """

    kernel_size: int = 3
    stride: int = 1
    padding: PaddingName = "same"
    activation: ActivationName = "relu"

    def __post_init__(self) -> None:
        _check_window(self)
        _check_choice("activation", self.activation, ACTIVATIONS)


@dataclass(frozen=True, slots=True)
class SharedConvolution:
    """One set of kernels over several receptive fields.

    For each scale s the input is averaged over s x s windows, convolved (padding "same"),
    activated and repeated s x s; each output cell is the largest of the scales. A pattern is
    found by the same kernel whether it is small or s times larger.
    """

    filters: int
    kernel_size: int = 3
    scales: tuple[int, ...] = (1, 2, 4)
    activation: ActivationName = "relu"

    def __post_init__(self) -> None:
        object.__setattr__(self, "scales", tuple(self.scales))
        _check_count("filters", self.filters, high=MAX_WIDTH)
        _check_count("kernel_size", self.kernel_size, high=MAX_KERNEL_SIZE)
        _check_choice("activation", self.activation, ACTIVATIONS)
        for scale in self.scales:
            _check_count("scale", scale, high=MAX_SCALE)
        if len(self.scales) < 2 or len(set(self.scales)) != len(self.scales):
            raise LessonError(
                "model.invalid-layer",
                problem=f"Scales {self.scales} are not two or more different whole numbers.",
                remedy="Choose scales such as 1, 2 and 4.",
            )


@dataclass(frozen=True, slots=True)
class Pooling:
    """One number for each ``size`` x ``size`` window.

    A ``stride`` of None steps by the window's size. With padding "valid" a last incomplete
    window is dropped; with "same" it counts only the pixels that exist.
    """

    kind: PoolName = "max"
    size: int = 2
    stride: int | None = None
    padding: PaddingName = "valid"

    def __post_init__(self) -> None:
        _check_choice("kind", self.kind, POOLS)
        _check_count("size", self.size, low=2, high=MAX_WINDOW)
        _check_choice("padding", self.padding, PADDINGS)
        if self.stride is not None:
            _check_count("stride", self.stride, high=MAX_STRIDE)

    @property
    def step(self) -> int:
        """Pixels from one window to the next."""
        return self.size if self.stride is None else self.stride


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
    """``activation(shortcut(x) + body(x))``.

    The shortcut is the input itself; where the body changes the shape it is a 1x1 convolution
    without activation (and with the body's stride), as in He et al. (2016), option B. With the
    activation "linear" nothing follows the sum, as in Sandler et al. (2018, arXiv:1801.04381).
    """

    body: tuple[Layer, ...]
    activation: ActivationName = "relu"

    def __post_init__(self) -> None:
        _check_body("A residual block", self.body)
        _check_choice("activation", self.activation, ENDINGS)


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
    Rescaling
    | Convolution
    | DepthwiseConvolution
    | SharedConvolution
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
            return (*_sides_after(layer, shape), layer.filters)
        case DepthwiseConvolution() | Pooling():
            return (*_sides_after(layer, shape), shape[2])
        case SharedConvolution():
            return (*_shared_sides(layer, shape), layer.filters)
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
        case Rescaling() | Activation() | BatchNormalization() | Dropout():
            return shape


def parameters(layer: Layer, shape: Shape) -> int:
    """Numbers that ``layer`` holds for an input of ``shape``, the untrained ones included.

    Batch normalization holds four a channel: a learned scale and shift, and the running mean
    and variance, which are measured and not trained.

    >>> parameters(Convolution(32), (28, 28, 1))
    320
    """
    match layer:
        case Convolution() | SharedConvolution():
            return (layer.kernel_size**2 * shape[2] + 1) * layer.filters
        case DepthwiseConvolution():
            return (layer.kernel_size**2 + 1) * shape[2]
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
        case DepthwiseConvolution():
            return math.prod(output_shape(layer, shape)) * layer.kernel_size**2
        case SharedConvolution():
            cells = sum((shape[0] // s) * (shape[1] // s) for s in layer.scales)
            return cells * layer.filters * layer.kernel_size**2 * shape[2]
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


def skips_pixels(layer: Layer) -> TypeGuard[Convolution | DepthwiseConvolution]:
    """Whether a layer looks at single pixels and leaves some of them out."""
    return (
        isinstance(layer, Convolution | DepthwiseConvolution)
        and layer.kernel_size == 1
        and layer.stride > 1
    )


def projection(layer: Residual, shape: Shape) -> Convolution | None:
    """The 1x1 convolution on a residual block's shortcut; None where the shapes agree."""
    result = _through(layer.body, shape)
    if result == shape:
        return None
    if len(shape) != 3 or len(result) != 3:
        raise LessonError(
            "model.wrong-order",
            problem=f"A residual body turns {shape} into {result}, which no shortcut can match.",
            remedy="Keep Flatten, GlobalPooling and dense layers outside of the block.",
        )
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


def _sides_after(
    layer: Convolution | DepthwiseConvolution | Pooling, shape: Shape
) -> tuple[int, int]:
    """Height and width behind a window that steps over the maps."""
    sides = _map_sides(layer, shape)
    if isinstance(layer, Pooling):
        reach, step = layer.size, layer.step
        what = f"{layer.kind} pooling {reach}x{reach}"
    else:
        dilation = layer.dilation if isinstance(layer, Convolution) else 1
        reach, step = (layer.kernel_size - 1) * dilation + 1, layer.stride
        what = f"{reach}x{reach} filter"
    if layer.padding == "same":
        return -(-sides[0] // step), -(-sides[1] // step)
    if min(sides) < reach:
        _vanishes(what, shape)
    return (sides[0] - reach) // step + 1, (sides[1] - reach) // step + 1


def _shared_sides(layer: SharedConvolution, shape: Shape) -> tuple[int, int]:
    sides = _map_sides(layer, shape)
    for scale in layer.scales:
        if sides[0] % scale or sides[1] % scale:
            raise LessonError(
                "model.wrong-order",
                problem=f"Maps of {sides[0]}x{sides[1]} cannot be averaged in windows of "
                f"{scale}x{scale} without a rest.",
                remedy=f"Use an input size that {scale} divides, or other scales.",
            )
    return sides


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


def _check_window(layer: Convolution | DepthwiseConvolution) -> None:
    _check_count("kernel_size", layer.kernel_size, high=MAX_KERNEL_SIZE)
    _check_count("stride", layer.stride, high=MAX_STRIDE)
    _check_choice("padding", layer.padding, PADDINGS)


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
