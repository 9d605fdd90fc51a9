"""Limbs drawn at a difficulty, with sliders that report while they are dragged: a component."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from core.arrays import UInt8Array
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.workbench.dataset.tile import Tile, described_tile

show = component("dataset_limbs", "workbench/dataset/limbs.js")

COLUMNS: Final = 4
"""At most so many side by side; two where they would be too small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slider:
    """A slider from 0 to 1 that reports while it is dragged."""

    name: str
    label: str
    help: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limbs:
    """What is shown at once.

    Attributes:
        title: What the images are, for those who cannot see them.
        tiles: N tiles.
        images: (N, S, S) uint8.
        hint: Said while no image is pointed at.
        sliders: Above the images.
    """

    title: str
    tiles: tuple[Tile, ...]
    images: UInt8Array
    hint: str
    sliders: tuple[Slider, ...]


def payload(limbs: Limbs) -> bytes:
    """The limbs as one blob."""
    return pack(
        {
            "title": limbs.title,
            "tiles": [described_tile(tile, limbs.images.shape[1:]) for tile in limbs.tiles],
            "columns": COLUMNS,
            "hint": limbs.hint,
            "boxed": any(tile.marks for tile in limbs.tiles),
            "sliders": [asdict(slider) for slider in limbs.sliders],
        },
        [limbs.images],
    )


def show_limbs(limbs: Limbs, *, key: str) -> None:
    """Draw sliders and limbs; the component's state tells ``values``, a number a slider's name."""
    show(
        data=payload(limbs),
        key=key,
        default={"values": {slider.name: slider.value for slider in limbs.sliders}},
        on_values_change=lambda: None,
    )
