"""What a network sees of a picture, step by step. One way for training and for uploads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from data.pictures.decode import decode_bytes, decode_file, inverted, turn
from data.pictures.decoded import Decoded, shrink
from data.pictures.placement import (
    Placement,
    fit,
    marks_on_file,
    marks_to_original,
    marks_to_prepared,
    pad,
    place,
    to_original,
)
from data.pictures.tones import Change, invert

__all__ = [
    "Change",
    "Decoded",
    "Placement",
    "Preprocessed",
    "Stage",
    "decode_bytes",
    "decode_file",
    "inverted",
    "letterbox",
    "marks_on_file",
    "marks_to_original",
    "marks_to_prepared",
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
    """Every step from the file to the network's input, as pictures with sentences.

    Steps that change nothing for this picture ("oriented", "inverted") are left out. Pictures
    before the resizing are shown at most 1,024 px large; the network's own come as they are.

    Args:
        decoded: From `decode_bytes` or `decode_file`.
        size: Side S of the network's input, in pixels.

    Returns:
        The prepared picture, equal to ``prepare_image(decoded.gray, size)``, and the stages.
    """
    placement = place(decoded.width, decoded.height, size)
    fitted = fit(decoded.gray, placement)
    image = pad(fitted, placement)
    stages = (*_received(decoded), *_grayed(decoded), *_fitted(fitted, image, placement))
    return Preprocessed(image=image, stages=stages, box=placement)


def _received(decoded: Decoded) -> tuple[Stage, ...]:
    """As received, and upright."""
    sideways = decoded.orientation >= 5
    width, height = (decoded.height, decoded.width) if sideways else (decoded.width, decoded.height)
    stages = [
        Stage(
            name="received",
            title="As received",
            sentence=_sentences(
                f"A {decoded.format} file of {width} x {height} pixels, {decoded.original_mode}.",
                decoded,
                ("frame.first", "frame.middle"),
            ),
            image=decoded.received,
        )
    ]
    if decoded.orientation != 1:
        stages.append(
            Stage(
                name="oriented",
                title="Upright",
                sentence=_sentences("", decoded, ("orientation.applied",)),
                image=np.ascontiguousarray(turn(decoded.received, decoded.orientation)),
            )
        )
    return tuple(stages)


SWAPS: Final = ("dicom.monochrome1", "dicom.inverse", "tiff.white-is-zero", "inverted.requested")
NOT_GRAY: Final = ("frame.first", "frame.middle", "orientation.applied", *SWAPS)


def _grayed(decoded: Decoded) -> tuple[Stage, ...]:
    """Gray in 8 bits, and black for white."""
    shown = shrink(decoded.gray)
    others = tuple(c.code for c in decoded.changes if c.code not in NOT_GRAY)
    stages = [
        Stage(
            name="gray",
            title="Gray, 8 bits",
            sentence=_sentences("", decoded, others)
            or "The picture is gray with 8 bits a pixel already: nothing was changed.",
            image=invert(shown) if decoded.inverted else shown,
        )
    ]
    if any(change.code in SWAPS for change in decoded.changes):
        stages.append(
            Stage(
                name="inverted",
                title="Black and white swapped",
                sentence=_sentences("", decoded, SWAPS),
                image=shown,
            )
        )
    return tuple(stages)


def _fitted(fitted: UInt8Array, image: UInt8Array, placement: Placement) -> tuple[Stage, ...]:
    """Resized, letterboxed, scaled."""
    size = placement.size
    across, down = size - placement.width, size - placement.height
    percent = 100 * placement.scale
    resized = f"{placement.original_width} x {placement.original_height} pixels became "
    resized += f"{placement.width} x {placement.height}, {percent:.3g} % of each side. "
    resized += (
        "Each new pixel is the mean of the area it covers."
        if placement.scale < 1
        else "Each new pixel is interpolated between its neighbors."
    )
    if across or down:
        bars = f"{down} black rows" if down else f"{across} black columns"
        boxed = f"{bars} make it a square of {size} x {size} without stretching the bone."
    else:
        boxed = f"The picture fills the square of {size} x {size}; no black bars are needed."
    scaled = image.astype(np.float32) / np.float32(255)
    return (
        Stage(name="resized", title="Resized", sentence=resized, image=fitted),
        Stage(name="letterboxed", title="Letterboxed", sentence=boxed, image=image),
        Stage(
            name="scaled",
            title="As the network sees it",
            sentence=f"Divided by 255: {size * size:,} numbers from {scaled.min():.2f} to "
            f"{scaled.max():.2f}, with a mean of {scaled.mean():.2f}.",
            image=scaled,
        ),
    )


def _sentences(first: str, decoded: Decoded, codes: tuple[str, ...]) -> str:
    said = [change.sentence for change in decoded.changes if change.code in codes]
    return " ".join([first, *said] if first else said)
