"""The network that the paper describes, sized to its input."""

from __future__ import annotations

from typing import Final

from core.errors import LessonError
from core.models.layers import PoolName
from core.models.spec import (
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalPooling,
    Layer,
    ModelSpec,
    Pooling,
)

MIN_PAPER_SIZE: Final = 16
SMALLEST_POOLED: Final = 4
LARGEST_FLATTENED: Final = 8


def paper_network(
    input_size: int,
    classes: tuple[str, ...],
    *,
    filters: tuple[int, ...] = (32, 64, 128),
    kernel_size: int = 3,
    convolutions: int = 1,
    batch_normalization: bool = False,
    dense: int = 128,
    dropout: float = 0.5,
    global_pooling: PoolName | None = None,
) -> ModelSpec:
    """The paper's network: convolution with ReLU, 2x2 max pooling, dense layer, dropout.

    The number of pooling steps follows the input so that the last maps have a useful size:

    - a block whose pooling would leave less than 4 pixels a side keeps its convolutions and does
      not pool (inputs under 32 pixels with three blocks);
    - while the maps are larger than 8 pixels a side, a block with the last number of filters is
      added, so that Flatten never gives more than 8 x 8 x ``filters[-1]`` numbers and the dense
      layer does not grow with the area of the image.

    Args:
        input_size: Side of the image in pixels, at least 16.
        classes: Names; of two the second is the positive one.
        filters: Filters of each block, from the image on.
        kernel_size: 3 or 5 pixels.
        convolutions: Convolutions in each block, before its pooling.
        batch_normalization: Normalize between each convolution and its ReLU. Not in the paper.
        dense: Units of the hidden dense layer; 0 leaves it out.
        dropout: Share of values dropped before the dense layer and before the logits.
        global_pooling: "average" or "max" instead of Flatten. Not in the paper.

    Raises:
        LessonError: ``model.invalid`` for an input under 16 pixels or another kernel size.
    """
    _check_paper(input_size, kernel_size, filters, convolutions)
    layers: list[Layer] = []
    side, block = input_size, 0
    while block < len(filters) or side > LARGEST_FLATTENED:
        count = filters[min(block, len(filters) - 1)]
        for _ in range(convolutions):
            layers += _convolution(count, kernel_size, batch_normalization)
        if side // 2 >= SMALLEST_POOLED:
            layers.append(Pooling())
            side //= 2
        block += 1
    layers.append(GlobalPooling(global_pooling) if global_pooling else Flatten())
    if dropout:
        layers.append(Dropout(dropout))
    if dense:
        layers.append(Dense(dense))
    if dense and dropout:
        layers.append(Dropout(dropout))
    return ModelSpec("paper", input_size, tuple(classes), tuple(layers))


def _convolution(filters: int, kernel_size: int, normalized: bool) -> list[Layer]:
    if not normalized:
        return [Convolution(filters, kernel_size)]
    plain = Convolution(filters, kernel_size, activation="linear")
    return [plain, BatchNormalization(), Activation("relu")]


def _check_paper(
    input_size: int, kernel_size: int, filters: tuple[int, ...], convolutions: int
) -> None:
    if input_size < MIN_PAPER_SIZE:
        raise LessonError(
            "model.invalid",
            problem=f"The paper's network cannot start from {input_size} pixels.",
            remedy=f"Choose an input of at least {MIN_PAPER_SIZE} pixels; the paper advises 28.",
        )
    if kernel_size not in (3, 5):
        raise LessonError(
            "model.invalid",
            problem=f"The paper's filters are 3x3 or 5x5, not {kernel_size}x{kernel_size}.",
            remedy="Choose 3 or 5.",
        )
    if not filters or convolutions < 1:
        raise LessonError(
            "model.invalid",
            problem=f"{len(filters)} blocks of {convolutions} convolutions are no network.",
            remedy="Choose at least one block and one convolution in each.",
        )
