"""What a network sees of a picture, step by step. One way for training and for uploads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray, UInt8Array
from data.decode import Decoded, decode_bytes, decode_file, inverted
from data.placement import (
    Placement,
    box_to_original,
    box_to_prepared,
    fit,
    pad,
    place,
    to_original,
)
from data.tones import Change

__all__ = [
    "Change",
    "Decoded",
    "Placement",
    "Preprocessed",
    "Stage",
    "box_to_original",
    "box_to_prepared",
    "decode_bytes",
    "decode_file",
    "inverted",
    "letterbox",
    "place",
    "prepare_image",
    "steps",
    "to_original",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """One preprocessing step as a picture with its sentence.

    Attributes:
        name: "received", "oriented", "gray", "inverted", "resized", "letterboxed" or "scaled".
        title: Two or three words.
        sentence: What happened in this step, with its numbers.
        image: (h, w) or (h, w, 3) uint8; the last stage, "scaled", is (S, S) float32, 0 to 1.
    """

    name: str
    title: str
    sentence: str
    image: UInt8Array | FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Preprocessed:
    """A picture ready for the network, and the way it took.

    Attributes:
        image: (S, S) uint8, what `prepare_image` gives.
        stages: The steps in order.
        box: Where the picture lies inside the square.
    """

    image: UInt8Array
    stages: tuple[Stage, ...]
    box: Placement


def prepare_image(gray: UInt8Array, size: int) -> UInt8Array:
    """Fit a picture into the square that a network takes.

    The shape is kept; what is free stays black. The same function prepares a dataset for
    training and an upload for the test, so a dataset file uploaded gives the identical array.

    Args:
        gray: (H, W), 0 to 255; not modified.
        size: Side S of the square, in pixels.

    Returns:
        (S, S) uint8.

    >>> prepare_image(np.full((2, 4), 9, np.uint8), 4).tolist()
    [[0, 0, 0, 0], [9, 9, 9, 9], [9, 9, 9, 9], [0, 0, 0, 0]]
    """
    placement = place(gray.shape[1], gray.shape[0], size)
    return pad(fit(gray, placement), placement)


letterbox = prepare_image


def steps(decoded: Decoded, *, size: int) -> Preprocessed:
    """Every step from the file to the network's input, as pictures."""
    placement = place(decoded.width, decoded.height, size)
    fitted = fit(decoded.gray, placement)
    image = pad(fitted, placement)
    stages = (
        Stage(name="received", title="As received", sentence="", image=decoded.received),
        Stage(name="gray", title="Gray", sentence="", image=decoded.gray),
        Stage(name="resized", title="Resized", sentence="", image=fitted),
        Stage(name="letterboxed", title="Letterboxed", sentence="", image=image),
        Stage(
            name="scaled",
            title="As the network sees it",
            sentence="",
            image=image.astype(np.float32) / np.float32(255),
        ),
    )
    return Preprocessed(image=image, stages=stages, box=placement)
