"""Synthetic radiographs: a limb, a beam, sometimes a fracture, always the same for a seed.

The picture of an index is decided in separate streams of random numbers: the scene (limb, view,
clutter, exposure), the label, the fracture, the grain. The scene is complete before the label is
looked at, so nothing but the fracture itself can tell the classes apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Final

import cv2
import numpy as np

from core.arrays import BoolArray, IntArray, UInt8Array
from core.errors import LessonError
from core.marks import Box, Marks
from data.synthetic.difficulty import Difficulty
from data.synthetic.fractures import Fracture, draw_fracture
from data.synthetic.physics import mask_bounds
from data.synthetic.render import lesion_mask, render
from data.synthetic.scene import Scene, draw_scene

__all__ = [
    "CLASSES",
    "Difficulty",
    "DrawnSet",
    "Facts",
    "Radiograph",
    "draw",
    "draw_many",
    "draw_set",
    "facts",
    "label_of",
]

CLASSES: Final = ("normal", "fracture")
SMALLEST, LARGEST = 32, 1024
DRAWN_AT_LEAST = 128
"""Smaller pictures are drawn at a multiple of their size and averaged, as binned pixels are."""

_FRACTURE, _GRAIN, _LABEL = 1, 2, 3
"""Streams of random numbers; 0 is the scene's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Radiograph:
    """One picture and the truth about it.

    Attributes:
        image: (S, S) uint8, bone white.
        label: 1 with a fracture, else 0.
        kind: Kind of the fracture, None without one.
        mask: (S, S) bool, the pixels that the fracture changed; all False without one.
        marks: A box around the mask; none without a fracture.
        region: Body part.
        view: Projection.
        hardware: Metal is in the picture.
        confounders: Names of what else is in it, see `data.synthetic.confounders.CHANCES`.
    """

    image: UInt8Array
    label: int
    kind: str | None
    mask: BoolArray
    marks: Marks
    region: str
    view: str
    hardware: bool
    confounders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSet:
    """Many pictures at once; axis 0 is the index that `draw` takes.

    Attributes:
        images: (N, S, S) uint8.
        labels: (N,) int64, 1 with a fracture.
        facts: The truth about each, without image and mask.
    """

    images: UInt8Array
    labels: IntArray
    facts: tuple[Facts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a picture without its pixels; names as in `Radiograph`."""

    label: int
    kind: str | None
    marks: Marks
    region: str
    view: str
    hardware: bool
    confounders: tuple[str, ...]


def label_of(index: int, *, seed: int = 0) -> int:
    """The label of an index: one of each two neighbors is a fracture, a fair coin says which.

    >>> sorted([label_of(6), label_of(7)])
    [0, 1]
    """
    first = int(np.random.default_rng([seed, index // 2, _LABEL]).integers(2))
    return first ^ (index % 2)


def draw(
    index: int,
    *,
    size: int = 128,
    seed: int = 0,
    difficulty: Difficulty | None = None,
    fractured: bool | None = None,
) -> Radiograph:
    """One radiograph. It depends on its arguments alone.

    Args:
        index: Number of the picture, 0 and up.
        size: Pixels along each side, 32 to 1024. The same index shows the same limb at any size.
        seed: Another seed gives another set.
        difficulty: Sliders; None for the default.
        fractured: Forces the label. The two pictures of one index differ by the fracture alone.

    Raises:
        LessonError: ``synthetic.size`` or ``synthetic.index``.
    """
    plan = _plan(index, size=size, seed=seed, difficulty=difficulty, fractured=fractured)
    grain = np.random.default_rng([seed, index, _GRAIN])
    image, mask = render(plan.scene, plan.fracture, size=size * plan.factor, grain=grain)
    if plan.factor > 1:
        smaller = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
        image = np.asarray(smaller, np.uint8)
    mask = _binned(mask, plan.factor)
    known = _facts(plan, mask)
    return Radiograph(
        image=image,
        mask=mask,
        label=known.label,
        kind=known.kind,
        marks=known.marks,
        region=known.region,
        view=known.view,
        hardware=known.hardware,
        confounders=known.confounders,
    )


def facts(
    index: int, *, size: int = 128, seed: int = 0, difficulty: Difficulty | None = None
) -> Facts:
    """What `draw` would say of an index, marks included, in a fraction of its time."""
    plan = _plan(index, size=size, seed=seed, difficulty=difficulty, fractured=None)
    if plan.fracture is None:
        return _facts(plan, np.zeros((size, size), bool))
    mask = lesion_mask(plan.scene, plan.fracture, size=size * plan.factor)
    return _facts(plan, _binned(mask, plan.factor))


@dataclass(frozen=True, slots=True)
class _Plan:
    """One picture before it is drawn; it is drawn ``factor`` times finer than asked for."""

    scene: Scene
    fracture: Fracture | None
    factor: int


def _plan(
    index: int, *, size: int, seed: int, difficulty: Difficulty | None, fractured: bool | None
) -> _Plan:
    _check(index, size)
    difficulty = difficulty or Difficulty()
    scene = draw_scene(index, seed=seed, difficulty=difficulty)
    factor = max(-(-DRAWN_AT_LEAST // size), 1)
    if not (label_of(index, seed=seed) if fractured is None else fractured):
        return _Plan(scene, None, factor)
    fracture = draw_fracture(
        np.random.default_rng([seed, index, _FRACTURE]),
        shaft=scene.limb.bones[scene.site].shaft,
        along=scene.along,
        contrast=difficulty.contrast,
        displacement=difficulty.displacement,
    )
    return _Plan(scene, fracture, factor)


def _facts(plan: _Plan, mask: BoolArray) -> Facts:
    box = mask_bounds(mask)
    return Facts(
        label=int(plan.fracture is not None),
        kind=plan.fracture.kind if plan.fracture else None,
        marks=Marks(size=mask.shape, boxes=(Box(*map(float, box)),) if box else ()),
        region=plan.scene.region,
        view=plan.scene.view,
        hardware=bool(plan.scene.metal),
        confounders=plan.scene.names,
    )


def _binned(mask: BoolArray, factor: int) -> BoolArray:
    """A pixel is set where any of its factor x factor parts is."""
    size = mask.shape[0] // factor
    parts = mask.reshape(size, factor, size, factor)
    return np.asarray(parts.any(axis=(1, 3)), bool)


def _check(index: int, size: int) -> None:
    if not SMALLEST <= size <= LARGEST:
        raise LessonError(
            "synthetic.size",
            problem=f"A radiograph of {size} pixels cannot be drawn.",
            remedy=f"Choose a size from {SMALLEST} to {LARGEST} pixels.",
        )
    if index < 0:
        raise LessonError(
            "synthetic.index",
            problem=f"The number of the radiograph is {index}.",
            remedy="Count the radiographs from 0.",
        )


def draw_many(
    count: int,
    *,
    size: int = 128,
    seed: int = 0,
    difficulty: Difficulty | None = None,
) -> Iterator[Radiograph]:
    """The radiographs 0 to ``count - 1``, one after the other."""
    for index in range(count):
        yield draw(index, size=size, seed=seed, difficulty=difficulty)


def draw_set(
    count: int,
    *,
    size: int = 128,
    seed: int = 0,
    difficulty: Difficulty | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> DrawnSet:
    """Many radiographs as one array.

    Args:
        count: How many; an even number has as many fractures as normal ones.
        size: Pixels along each side.
        seed: Another seed gives another set.
        difficulty: Sliders; None for the default.
        progress: Called with a phase and the share done, 0 to 1.
    """
    images = np.empty((count, size, size), np.uint8)
    known = []
    for index, shot in enumerate(draw_many(count, size=size, seed=seed, difficulty=difficulty)):
        images[index] = shot.image
        known.append(_without_arrays(shot))
        if progress is not None and (index % 16 == 15 or index == count - 1):
            progress("Drawing radiographs", (index + 1) / count)
    labels = np.array([fact.label for fact in known], np.int64)
    return DrawnSet(images=images, labels=labels, facts=tuple(known))


def _without_arrays(shot: Radiograph) -> Facts:
    return Facts(**{field.name: getattr(shot, field.name) for field in fields(Facts)})
