"""Our layers with their arrays, on the way from a file to a `ModelSpec`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.arrays import FloatArray
from core.models.layers import Activation, Layer, Shape, output_shape

EPSILON: Final = 1e-3
"""Of our normalization, Keras's own."""


@dataclass(slots=True)
class Step:
    """One of our layers with its arrays, float64.

    Attributes:
        layer: The layer.
        arrays: Its own, by the last part of their names.
        parts: Of a block the steps inside, in the order in which `core.models.graph` walks them:
            body and shortcut ([] for the input itself), or the branches.
    """

    layer: Layer
    arrays: dict[str, FloatArray] = field(default_factory=dict)
    parts: tuple[list[Step], ...] = ()


class End(Activation):
    """An activation that only an output can have; `split_head` takes it away."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Nothing is refused: it is no layer of ours."""


def with_numbers(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps that have arrays, those inside blocks too, in the order of computation."""
    for step in steps:
        if step.arrays:
            yield step
        for part in step.parts:
            yield from with_numbers(part)


def shape_behind(steps: Sequence[Step], shape: Shape) -> Shape:
    """The shape of what the steps make of one.

    Raises:
        LessonError: Those of `core.models.layers.output_shape`.
    """
    for step in steps:
        shape = output_shape(step.layer, shape)
    return shape
