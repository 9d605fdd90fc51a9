"""What the reference network is for those who ask it: size, classes, files. No Keras."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.models.layers import Layer
from core.models.spec import ModelSpec

NAME: Final = "reference"
SIZE: Final = 512
"""Side of the square picture in pixels; the backbone also sees it at half of this."""

CLASSES: Final = ("normal", "fracture")
WEIGHTS: Final = "reference.npz"
"""File of its arrays: the backbone's in 16 bits, the rest in 32."""


@dataclass(frozen=True, slots=True)
class ReferenceSpec(ModelSpec):
    """A network that no list of our layers describes: its blocks add without an activation.

    It can be asked and explained; nothing can be counted, drawn or trained from its description.
    """

    def named_layers(self) -> Iterator[tuple[str, Layer]]:
        """None: what it consists of stands in ``core.reference.backbone``."""
        return iter(())

    def _check_shapes(self) -> None:
        """Nothing to check: its shapes are its weights'."""


def reference_spec() -> ReferenceSpec:
    """The one reference network.

    >>> reference_spec().input_shape, reference_spec().outputs
    ((512, 512, 1), 1)
    """
    return ReferenceSpec(NAME, SIZE, CLASSES, ())
