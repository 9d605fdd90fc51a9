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
CELLS: Final = 32
"""Cells a side in which it says where a fracture is: a sixteenth of the picture each."""
HIGHEST: Final = 4
"""Cells whose mean says whether there is a fracture at all."""
EXPLAINED: Final = {"head": "last maps of the backbone", "locate_around": "locator"}
"""Layers whose maps can be weighed, with what people call them; the default last."""
WEIGHTS: Final = "reference.npz"
"""File of what was learned from X-rays, in 32 bits."""
BACKBONE: Final = "backbone.npz"
"""File of the backbone's arrays beside it, in 16 bits: half the size, and enough."""
FAMILIAR: Final = "familiar.npz"
"""File beside a small network: what the pictures that it learned from look like."""


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


def strange_sentence(strangeness: float | None) -> str:
    """What is said of a picture unlike all that a network learned from; "" of the others.

    About one in a hundred of its own X-rays lies a little beyond the limit, hence no verdict on
    the output.

    >>> strange_sentence(0.8), strange_sentence(None)
    ('', '')
    >>> strange_sentence(2.04)[:68]
    'The network learned from no picture like this (2.0 times its limit):'
    """
    if strangeness is None or strangeness <= 1.0:
        return ""
    times = f"{strangeness:.1f}" if strangeness < 100 else "over 100"
    return (
        f"The network learned from no picture like this ({times} times its limit): do not rely on"
        " the output."
    )
