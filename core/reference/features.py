"""What the frozen backbone reads of many pictures, kept on disk as it is read. Keras.

Reading takes most of the time of a training and never changes; whoever is interrupted goes on
where he was, and another head costs minutes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.reference.build import build_features, in_single_precision

PART: Final = 256
"""Pictures after which it is noted how far the reading has come."""
BATCH: Final = 8
FORMAT: Final = "2: mean and maximum of stage 5 and last maps, whole and half; maps of 5 and 7"
"""Goes into the name of the folder: what was read differently is read anew."""

DONE: Final = "done"
_KINDS: Final = {"features": np.float32, "fine": np.float16, "deep": np.float16}


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Collected:
    """What was read of N pictures, mapped from its files.

    Attributes:
        folder: Where they lie; what is made of them may be kept there too.
        features: (N, 5600) float32.
        fine: (N, 32, 32, 120) float16, maps of stage 5.
        deep: (N, 16, 16, 352) float16, maps of stage 7.
    """

    folder: Path
    features: FloatArray
    fine: FloatArray
    deep: FloatArray


def collect(
    images: UInt8Array,
    fingerprint: str,
    arrays: Mapping[str, FloatArray],
    folder: Path,
    *,
    told: Callable[[int], None] = lambda done: None,
) -> Collected:
    """Read all pictures; those read before are not read again.

    Args:
        images: (N, 512, 512) uint8.
        fingerprint: Of the pictures; others have another one.
        arrays: Of the backbone, as they will be shipped: rounding and all.
        folder: Where a folder of these pictures is made.
        told: Called with the number of pictures that are done.
    """
    place = folder / _name(fingerprint, arrays)
    place.mkdir(parents=True, exist_ok=True)
    done = _done(place)
    if done < len(images):
        model = build_features(in_single_precision(arrays))
        for start in range(done, len(images), PART):
            stop = min(start + PART, len(images))
            for first in range(start, stop, BATCH):
                batch = images[first : min(first + BATCH, stop)]
                read = model.predict_on_batch(batch.astype(np.float32)[..., None])
                _put(place, first, read, count=len(images))
            # Noted once the values are there: a part that was broken off is read again.
            (place / DONE).write_text(str(stop))
            told(stop)
    return Collected(
        folder=place,
        **{name: np.load(place / f"{name}.npy", mmap_mode="r") for name in _KINDS},
    )


def _done(place: Path) -> int:
    file = place / DONE
    return int(file.read_text()) if file.is_file() else 0


def _put(place: Path, first: int, read: list[FloatArray], *, count: int) -> None:
    for (name, kind), values in zip(_KINDS.items(), read, strict=True):
        file = place / f"{name}.npy"
        if first == 0:
            shape = (count, *values.shape[1:])
            table = np.lib.format.open_memmap(file, mode="w+", dtype=kind, shape=shape)
        else:
            table = np.load(file, mmap_mode="r+")
        table[first : first + len(values)] = values
        table.flush()


def _name(fingerprint: str, arrays: Mapping[str, FloatArray]) -> str:
    digest = hashlib.sha256(f"{FORMAT} {fingerprint}".encode())
    for name in sorted(arrays):
        digest.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())
    return f"features-{digest.hexdigest()[:12]}"
