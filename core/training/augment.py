"""Random changes to training images, pure and repeatable: a page previews what a run will see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from core.arrays import FloatArray, IntArray, UInt8Array
from core.training.spec import Augmentation

_DRAWS: Final = 7
_NOISE_STREAM: Final = 3
_STREAM: Final = 2  # keeps these draws apart from the order of images under the same seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is done to one image.

    Attributes:
        flip: Mirrored left and right.
        right, down: Shift as a share of the side.
        degrees: Rotation, counterclockwise.
        zoom: Factor; above 1 the object grows.
        contrast: Factor around the image's mean.
    """

    flip: bool
    right: float
    down: float
    degrees: float
    zoom: float
    contrast: float


def draw_epoch(count: int, *, seed: int, epoch: int) -> FloatArray:
    """The random numbers of one epoch, (count, 7) in [0, 1): row i belongs to image i.

    A row depends on the seed, the epoch and the image alone, not on the order of the images.
    """
    return np.random.default_rng([seed, _STREAM, epoch]).random((count, _DRAWS))


def change_for(augmentation: Augmentation, draws: FloatArray) -> Change:
    """The change that one row of `draw_epoch` stands for.

    >>> change_for(Augmentation(shift=0.1), np.array([0.9, 0.0, 0.5, 0.5, 0.5, 0.5, 0.5])).right
    -0.1
    """
    signed = 2.0 * draws - 1.0
    return Change(
        flip=augmentation.flip and bool(draws[0] < 0.5),
        right=float(augmentation.shift * signed[1]),
        down=float(augmentation.shift * signed[2]),
        degrees=float(augmentation.rotation * signed[3]),
        # A power, so that growing and shrinking are equally likely.
        zoom=float((1.0 + augmentation.zoom) ** signed[4]),
        contrast=float(1.0 + augmentation.contrast * signed[5]),
    )


def apply_change(image: UInt8Array, change: Change) -> UInt8Array:
    """The changed image, (S, S) uint8; what comes from outside the picture is black, as air is."""
    result = image[:, ::-1] if change.flip else image
    moved = change.right or change.down or change.degrees or change.zoom != 1.0
    if moved:
        turned = cv2.warpAffine(
            np.ascontiguousarray(result),
            _matrix(change, size=image.shape[0]),
            (image.shape[1], image.shape[0]),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=0,
        )
        result = np.asarray(turned, np.uint8)
    if change.contrast != 1.0:
        mean = float(result.mean())
        table = np.clip(mean + change.contrast * (np.arange(256) - mean), 0, 255)
        result = np.rint(table).astype(np.uint8)[result]
    return np.ascontiguousarray(result)


def augment_batch(
    images: UInt8Array, indices: IntArray, augmentation: Augmentation, *, draws: FloatArray
) -> UInt8Array:
    """A changed copy of a batch.

    Args:
        images: (B, S, S) uint8; not modified.
        indices: (B,), which row of ``draws`` belongs to each image.
        augmentation: What may change, and how far.
        draws: From `draw_epoch`.
    """
    if not augmentation.active:
        return images
    changed = [
        apply_change(image, change_for(augmentation, draws[index]))
        for image, index in zip(images, indices, strict=True)
    ]
    return np.stack(changed)


def noisy_labels(
    labels: IntArray, index: IntArray, *, share: float, classes: int, seed: int
) -> IntArray:
    """The labels with a share of those of some images changed to another class; a copy.

    Which ones are changed, and to what, depends on the seed alone; with a larger share the same
    ones are changed and others too.

    Args:
        labels: (N,) of all images; not modified.
        index: Of the images that may be changed: the training part.
        share: Of these, rounded to whole images.
        classes: How many there are.
        seed: Of the training.

    >>> int(noisy_labels(np.zeros(4, int), np.arange(4), share=0.5, classes=2, seed=0).sum())
    2
    """
    rng = np.random.default_rng([seed, _NOISE_STREAM])
    order, steps = rng.permutation(index), rng.integers(1, classes, len(index))
    count = round(share * len(index))
    found = labels.copy()
    found[order[:count]] = (labels[order[:count]] + steps[:count]) % classes
    return found


def preview(image: UInt8Array, augmentation: Augmentation, *, seed: int, count: int) -> UInt8Array:
    """How one image looks in ``count`` epochs, (count, S, S) uint8.

    The draws are those that the first image of a set gets in epochs 1 to ``count``.
    """
    rows = [draw_epoch(1, seed=seed, epoch=epoch)[0] for epoch in range(1, count + 1)]
    return np.stack([apply_change(image, change_for(augmentation, row)) for row in rows])


def _matrix(change: Change, *, size: int) -> FloatArray:
    center = (size - 1) / 2
    turn = cv2.getRotationMatrix2D((center, center), change.degrees, change.zoom)
    matrix = np.asarray(turn, np.float64)
    matrix[:, 2] += (change.right * size, change.down * size)
    return matrix
