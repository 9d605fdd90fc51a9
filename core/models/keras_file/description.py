"""A layer as a file describes it, which kinds are known, and what the first one reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import LessonError
from core.models.keras_file.objections import refused
from core.models.spec import MAX_INPUT_SIZE, MIN_INPUT_SIZE

RANDOM: Final = frozenset(
    {
        "GaussianNoise", "GaussianDropout", "SpatialDropout2D", "AlphaDropout", "RandomFlip",
        "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness",
        "ActivityRegularization",
    }
)  # fmt: skip
"""Layers that do something in training alone."""
POOLS: Final = {"MaxPooling2D": "max", "AveragePooling2D": "average"}
GLOBAL_POOLS: Final = {"GlobalMaxPooling2D": "max", "GlobalAveragePooling2D": "average"}
JOINS: Final = ("Add", "Concatenate")
"""Layers that read several others."""


@dataclass(frozen=True, slots=True)
class Given:
    """One layer of the file.

    Attributes:
        kind: Its class.
        name: For people.
        config: What it is set to.
        place: Where its numbers lie; no two layers have one.
        reads: Places of the layers whose answers it takes, in their order.
    """

    kind: str
    name: str
    config: Mapping[str, Any]
    place: str
    reads: tuple[str, ...] = ()


def find_input(layers: Sequence[Given]) -> tuple[int | None, int]:
    """Side (None where open) and channels of what the network reads."""
    first = next((one.config for one in layers if not one.reads), {})
    shape = first.get("batch_shape") or first.get("batch_input_shape")
    if not isinstance(shape, list) or len(shape) != 4:
        raise refused(
            "input",
            f"It does not read pictures: its input has the shape {str(shape)[:60]}.",
            "Bring a network for pictures of one or three channels, the channels last.",
        )
    height, width, channels = shape[1:]
    if channels not in (1, 3):
        raise refused("input", f"It reads {channels} channels; pictures have 1 or 3, last.")
    if height != width:
        raise refused("input", f"It reads pictures of {height} x {width}; only squares are shown.")
    whole = isinstance(height, int) and not isinstance(height, bool)
    if height is not None and not (whole and MIN_INPUT_SIZE <= height <= MAX_INPUT_SIZE):
        raise refused(
            "input",
            f"It reads pictures of {height} pixels a side; {MIN_INPUT_SIZE} to {MAX_INPUT_SIZE} "
            "are shown.",
        )
    return height, channels


def require_known(layers: Sequence[Given]) -> None:
    """See that each layer is of a kind that can be shown."""
    known = {
        "Rescaling", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Activation", "ReLU",
        "LeakyReLU", "ELU", "Softmax", "BatchNormalization", "Dropout", "Flatten", "Reshape",
        "Dense", "InputLayer", *JOINS, *POOLS, *GLOBAL_POOLS, *RANDOM,
    }  # fmt: skip
    strange = list(dict.fromkeys(one.kind for one in layers if one.kind not in known))
    if strange:
        named = ", ".join(kind[:40] for kind in strange[:6])
        raise refused(
            "layer",
            f"No view here can show its {'layer' if len(strange) == 1 else 'layers'} {named}.",
            "Convolutions, pooling, dense layers, batch normalization, dropout, the usual "
            "activations, residual blocks and parallel branches can be shown.",
        )


def not_shown(one: Given, what: str) -> LessonError:
    """A layer with a setting that no layer of ours has."""
    return refused("layer", f"Layer {one.name} ({one.kind}) has {what}, which no view here shows.")
