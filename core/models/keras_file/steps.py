"""Our layers with their arrays, on the way from a file to a `ModelSpec`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.arrays import FloatArray
from core.models.layers import (
    Activation,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Flatten,
    GlobalPooling,
    Layer,
    Pooling,
)


@dataclass(slots=True)
class Step:
    """One of our layers with its arrays, float64."""

    layer: Layer
    arrays: dict[str, FloatArray] = field(default_factory=dict)


class End(Activation):
    """An activation that only an output can have; `split_head` takes it away."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Nothing is refused: it is no layer of ours."""


def is_flat(steps: Sequence[Step]) -> bool:
    """Whether a vector stands behind these steps."""
    for step in reversed(steps):
        if isinstance(step.layer, Flatten | Dense | GlobalPooling):
            return True
        if isinstance(step.layer, Convolution | DepthwiseConvolution | Pooling):
            return False
    return False
