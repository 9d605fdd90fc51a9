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

from core.arrays import FloatArray, UInt8Array
from core.prepared import PreparedSet
from core.training.paper_log import PAPER_LOG
from data.pictures.preprocess import prepare_image
from data.samples.points import tumor_table
from data.synthetic.difficulty import Difficulty
from data.synthetic.radiograph import draw_set
from data.synthetic.render import render
from data.synthetic.scene import draw_scene

IMAGES: Final = 24
SIDE: Final = 64
WINDOW: Final = 5
"""Epochs of the paper's log in one sample of the series."""
FILMS: Final = (8, 7, 3)
"""Radiographs whose limbs move."""
FRAMES: Final = 20
VIDEO_SHAPE: Final = (len(FILMS), FRAMES, SIDE, SIDE, 1)
_SWING: Final = 0.34
"""Greatest turn of a moving limb, radians."""
_MARGIN: Final = 1.3
"""A limb is drawn on a field that much wider, so that no corner is empty once it turns."""
_GRAIN: Final = 2
_GRAIN_LEVELS: Final = 5.0


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
        stamp: Names the numbers: another stamp, other numbers.
        palette: (256, 3) uint8, the color of each gray, where the values are another tensor's
            grays colored; None for all others.
    """

    name: str
    title: str
    axes: tuple[str, ...]
    values: NDArray[Any]
    labels: tuple[str, ...]
    origin: str
    stamp: str = ""
    palette: UInt8Array | None = None


def specimens(prepared: PreparedSet | None = None) -> tuple[Specimen, ...]:
    """Table, series, images in gray and in color; ranks 2, 3, 4 and 4. The video is apart.

    Args:
        prepared: Take its X-rays instead of drawn ones.
    """
    gray = images() if prepared is None else images_of(prepared)
    return (table(), series(), gray, color_images(gray))


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
    return _pictures(drawn.images, f"{IMAGES} synthetic radiographs.", "synthetic")


def images_of(prepared: PreparedSet) -> Specimen:
    """(24, 64, 64, 1) uint8: images of a set, drawn by chance and no two of one group.

    A set with fewer groups gives fewer images.
    """
    # Neighboring numbers are often one patient: as many patients as can be.
    order = np.random.default_rng(0).permutation(len(prepared))
    _, firsts = np.unique(prepared.groups[order], return_index=True)
    chosen = order[np.sort(firsts)[:IMAGES]]
    shown = np.stack([prepare_image(np.asarray(prepared.images[i]), SIDE) for i in chosen])
    counts = np.bincount(prepared.labels[chosen], minlength=len(prepared.classes))
    labeled = ", ".join(f"{n} {name}" for n, name in zip(counts, prepared.classes, strict=True))
    origin = f"{len(chosen)} of the {len(prepared):,} images of {prepared.title} ({labeled})."
    return _pictures(shown, origin, prepared.fingerprint)


def _pictures(shown: UInt8Array, origin: str, stamp: str) -> Specimen:
    return Specimen(
        name="images",
        title="Images",
        axes=("samples", "height", "width", "channels"),
        values=shown[..., None],
        labels=("gray",),
        origin=origin,
        stamp=stamp,
    )


def color_images(gray: Specimen) -> Specimen:
    """(N, 64, 64, 3) uint8: the same as a monitor colors them, so that channels differ."""
    grays = np.arange(256, dtype=np.uint8)[:, None]
    colors = cv2.applyColorMap(grays, cv2.COLORMAP_CIVIDIS)[:, 0, ::-1]
    palette = np.ascontiguousarray(colors, dtype=np.uint8)
    return Specimen(
        name="color",
        title="Color images",
        axes=gray.axes,
        values=palette[gray.values[..., 0]],
        labels=("red", "green", "blue"),
        origin=f"{gray.origin} A monitor colors them so (the scale cividis).",
        stamp=gray.stamp,
        palette=palette,
    )


def video() -> Specimen:
    """`VIDEO_SHAPE` uint8: three synthetic limbs that swing once to and fro."""
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

    It depends on its arguments alone. The limb is drawn once and then turned; grain is drawn
    anew for each frame, as it is in fluoroscopy. The last frame leads back to the first, so it
    can be played in a loop.
    """
    still = _still(index, side=round(_MARGIN * 2 * size), seed=seed)
    fine, middle = 2 * size, (len(still) - 1) / 2
    shown = np.empty((frames, size, size), np.uint8)
    for number in range(frames):
        turn = _SWING * math.sin(2 * math.pi * number / frames)
        place = cv2.getRotationMatrix2D((middle, middle), math.degrees(turn), 1.0)
        place[:, 2] -= middle - (fine - 1) / 2
        turned = cv2.warpAffine(still, place, (fine, fine), borderMode=cv2.BORDER_REPLICATE)
        grain = np.random.default_rng([seed, index, _GRAIN, number])
        noise = grain.normal(0.0, _GRAIN_LEVELS, (fine, fine)).astype(np.float32)
        small = cv2.resize(turned + noise, (size, size), interpolation=cv2.INTER_AREA)
        shown[number] = np.clip(np.round(small), 0, 255)
    return shown


def _still(index: int, *, side: int, seed: int) -> FloatArray:
    """(side, side) float32: a radiograph and what lies around it, the collimator wide open."""
    scene = draw_scene(index, seed=seed, difficulty=Difficulty(noise=0.0, clutter=0.0))
    limb = replace(scene.limb, half=_MARGIN * scene.limb.half)
    wide = replace(scene, limb=limb, letter=None, frame=(-1.0, -1.0, 2.0, 2.0, 0.0))
    picture, _ = render(wide, None, size=side, grain=np.random.default_rng([seed, index, _GRAIN]))
    return picture.astype(np.float32)
