"""A set of pictures taken from another one: chosen, dealt anew, changed, and kept in the cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import BoolArray, FloatArray, IntArray, UInt8Array
from core.errors import LessonError
from core.marks import Box, Marks
from core.prepared import PreparedSet, open_prepared, write_prepared
from core.training.augment import apply_change, change_for
from core.training.spec import Augmentation
from data.sets.registry import cache_root

CHANGES: Final = Augmentation(flip=False, shift=0.05, rotation=8.0, zoom=0.08, contrast=0.15)
"""Of the copies that are made before the split."""
_STAMP_SHARE: Final = 1 / 8
"""Side of the stamp as a share of the picture's."""
_FORMAT: Final = 1
"""Counts up where a set of the same name would be another one."""
NUMBERS: Final = 7
"""Drawn for each changed copy, as `core.training.augment.draw_epoch` has them."""

_LETTER: Final = np.array(
    [
        [1, 1, 1, 1, 1, 1, 1],
        [1, 0, 0, 0, 0, 0, 1],
        [1, 0, 1, 1, 1, 0, 1],
        [1, 0, 1, 0, 1, 0, 1],
        [1, 0, 1, 1, 0, 0, 1],
        [1, 0, 1, 0, 1, 0, 1],
        [1, 1, 1, 1, 1, 1, 1],
    ],
    np.bool_,
)
"""A framed R, as technicians lay it beside the limb."""


@dataclass(frozen=True, eq=False, slots=True)
class Arrangement:
    """A set as it is taken from another one.

    Attributes:
        sources: (M,) place of each image in the set it is taken from; a copy repeats it.
        split: (M,) int8, indices into ``SPLITS``.
        changes: (M, 7) random numbers of the changed copies, NaN where nothing is changed.
        stamped: (M,) whether the stamp is on it.
    """

    sources: IntArray
    split: NDArray[np.int8]
    changes: FloatArray
    stamped: BoolArray


def stamp_box(size: int) -> Box:
    """Where the stamp lies on a picture of that side: the lower left corner, one pixel in."""
    side = stamp_side(size)
    return Box(1.0, float(size - 1 - side), float(side), float(side))


def stamp_side(size: int) -> int:
    """Side of the stamp in pixels.

    >>> stamp_side(64), stamp_side(28)
    (8, 7)
    """
    return max(7, round(_STAMP_SHARE * size))


def stamped(images: UInt8Array) -> UInt8Array:
    """Copies of pictures (N, S, S) with the stamp."""
    box = stamp_box(images.shape[-1])
    side = int(box.width)
    at = np.arange(side) * 7 // side
    letter = np.where(_LETTER[at][:, at], np.uint8(255), np.uint8(0))
    found = np.array(images)
    top, left = int(box.y), int(box.x)
    found[..., top : top + side, left : left + side] = letter
    return found


def plain(sources: IntArray, split: Any) -> Arrangement:
    """Images as they are, in the parts (M,) or in one part."""
    count = len(sources)
    return Arrangement(
        np.asarray(sources, np.int64),
        np.broadcast_to(np.asarray(split, np.int8), (count,)),
        np.full((count, NUMBERS), np.nan),
        np.zeros(count, np.bool_),
    )


def joined(*parts: Arrangement) -> Arrangement:
    """One after another."""
    return Arrangement(
        np.concatenate([part.sources for part in parts]),
        np.concatenate([part.split for part in parts]),
        np.concatenate([part.changes for part in parts]),
        np.concatenate([part.stamped for part in parts]),
    )


def made(prepared: PreparedSet, wanted: Arrangement, **details: str) -> PreparedSet:
    """The arranged set, from the cache where it is there.

    Args:
        prepared: What it is taken from.
        wanted: What is taken, and what is done to it.
        details: Said of the set in its manifest.

    Raises:
        LessonError: What writing refuses.
    """
    key = _key(prepared, wanted)
    folder = cache_root() / f"{prepared.name}-{prepared.size}-{key}"
    try:
        return open_prepared(folder)
    except LessonError as error:
        if error.code not in {"prepared.missing", "prepared.damaged"}:
            raise
    cache_root().mkdir(parents=True, exist_ok=True)
    sources = wanted.sources
    records = prepared.records()
    return write_prepared(
        folder,
        name=prepared.name,
        title=prepared.title,
        classes=prepared.classes,
        images=_pictures(prepared.images, wanted),
        labels=prepared.labels[sources],
        split=wanted.split,
        groups=prepared.groups[sources],
        metadata=prepared.metadata[sources],
        metadata_names=prepared.metadata_names,
        records=[
            _record(records[source], int(number), changed=bool(np.isfinite(row[0])))
            for number, (source, row) in enumerate(zip(sources, wanted.changes, strict=True))
        ],
        details=_details(prepared.details, details),
    )


def _key(prepared: PreparedSet, wanted: Arrangement) -> str:
    digest = hashlib.sha256(json.dumps([_FORMAT, prepared.fingerprint]).encode())
    for array in (wanted.sources, wanted.split, wanted.changes, wanted.stamped):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:12]


def _pictures(images: UInt8Array, wanted: Arrangement) -> UInt8Array:
    found = np.array(images[wanted.sources])
    for number in np.flatnonzero(np.isfinite(wanted.changes[:, 0])):
        found[number] = apply_change(found[number], change_for(CHANGES, wanted.changes[number]))
    found[wanted.stamped] = stamped(found[wanted.stamped])
    return found


def _record(record: Mapping[str, Any], number: int, *, changed: bool) -> dict[str, Any]:
    """The record in its place; a changed copy has no marks, for they would lie elsewhere."""
    found = {**record, "id": f"{record['id']}~{number}"}
    if changed:
        found["marks"] = Marks(size=record["marks"].size)
    return found


def _details(details: Mapping[str, Any], more: Mapping[str, str]) -> dict[str, Any]:
    """What holds of the set; what was measured of the original's split does not."""
    kept = {key: value for key, value in details.items() if key in {"options", "finding"}}
    return {**kept, **more}
