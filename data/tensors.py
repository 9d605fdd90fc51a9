"""One tensor of each kind that the paper names: table, series, images, video. All are real data
of this project or computed here; nothing is filled with made-up numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from core.arrays import UInt8Array
from core.training.history import PAPER_LOG
from data.points import tumor_table
from data.synthetic.difficulty import Difficulty
from data.synthetic.radiograph import draw_set
from data.synthetic.render import render
from data.synthetic.scene import draw_scene
from data.synthetic.shapes import Pose

IMAGES: Final = 24
SIDE: Final = 64
WINDOW: Final = 5
"""Epochs of the paper's log in one sample of the series."""
FILMS: Final = (8, 7, 3)
"""Radiographs whose limbs move."""
FRAMES: Final = 20
_SWING: Final = 0.34
"""Greatest turn of a moving limb, radians."""
_GRAIN: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Specimen:
    """One tensor with the names of its axes.

    Attributes:
        name: Stable, for keys.
        title: Short.
        axes: Name of each axis.
        values: The numbers.
        labels: Names along the last axis; empty where they need none.
        origin: One sentence.
    """

    name: str
    title: str
    axes: tuple[str, ...]
    values: NDArray[Any]
    labels: tuple[str, ...]
    origin: str


def specimens() -> tuple[Specimen, ...]:
    """Table, series, images in gray and in color, video; ranks 2, 3, 4, 4 and 5."""
    return (table(), series(), images(), color_images(), video())


def table() -> Specimen:
    """(569, 30) float32: every tumor of the table that the Neuron lesson draws its points from."""
    found = tumor_table()
    return Specimen(
        name="table",
        title="Table",
        axes=("samples", "features"),
        values=found.values.astype(np.float32),
        labels=found.features,
        origin=f"569 tumors, 30 measurements each. {found.source}.",
    )


def series() -> Specimen:
    """(11, 5, 4) float32: the paper's training log, cut into all windows of five epochs."""
    log = np.array(
        [
            [row.loss, row.accuracy, row.validation_loss, row.validation_accuracy]
            for row in PAPER_LOG
        ],
        np.float32,
    )
    windows = np.stack([log[i : i + WINDOW] for i in range(len(log) - WINDOW + 1)])
    return Specimen(
        name="series",
        title="Time series",
        axes=("samples", "steps", "features"),
        values=windows,
        labels=("loss", "accuracy", "validation loss", "validation accuracy"),
        origin=f"The paper's training log (Fig. 7), cut into windows of {WINDOW} epochs.",
    )


def images() -> Specimen:
    """(24, 64, 64, 1) uint8: synthetic radiographs."""
    drawn = draw_set(IMAGES, size=SIDE, difficulty=Difficulty(noise=0.2))
    return Specimen(
        name="images",
        title="Images",
        axes=("samples", "height", "width", "channels"),
        values=drawn.images[..., None],
        labels=("gray",),
        origin=f"{IMAGES} synthetic radiographs.",
    )


def color_images() -> Specimen:
    """(24, 64, 64, 3) uint8: the same as a monitor colors them, so that channels differ."""
    gray = images().values[..., 0]
    colored = cv2.applyColorMap(gray.reshape(-1, SIDE), cv2.COLORMAP_CIVIDIS)[..., ::-1]
    return Specimen(
        name="color",
        title="Color images",
        axes=("samples", "height", "width", "channels"),
        values=np.ascontiguousarray(colored).reshape(IMAGES, SIDE, SIDE, 3),
        labels=("red", "green", "blue"),
        origin="The same radiographs as a monitor colors them (the scale cividis).",
    )


def video() -> Specimen:
    """(3, 20, 64, 64, 1) uint8: three synthetic limbs that swing once to and fro."""
    films = np.stack([film(index) for index in FILMS])
    return Specimen(
        name="video",
        title="Video",
        axes=("samples", "frames", "height", "width", "channels"),
        values=films[..., None],
        labels=("gray",),
        origin=f"{len(FILMS)} synthetic limbs that swing under the beam, {FRAMES} frames each.",
    )


def film(index: int, *, frames: int = FRAMES, size: int = SIDE, seed: int = 0) -> UInt8Array:
    """(frames, size, size) uint8: the limb of a radiograph swings to and fro under the beam.

    It depends on its arguments alone. The last frame leads back to the first, so it can be
    played in a loop; grain is drawn anew for each frame, as it is in fluoroscopy.
    """
    scene = draw_scene(index, seed=seed, difficulty=Difficulty(noise=0.1, clutter=0.0))
    factor = max(-(-128 // size), 1)
    shown = []
    for number in range(frames):
        angle = _SWING * math.sin(2 * math.pi * number / frames)
        pose = Pose(origin=0j, mirrored=False, angle=angle)
        # Without the side marker: it looks for a dark corner, which another pose may move.
        moved = replace(scene, limb=scene.limb.posed(pose), letter=None)
        grain = np.random.default_rng([seed, index, _GRAIN, number])
        picture, _ = render(moved, None, size=size * factor, grain=grain)
        shown.append(cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA))
    return np.stack(shown).astype(np.uint8)
