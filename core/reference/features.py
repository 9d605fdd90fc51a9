"""What the frozen backbone reads of many pictures, kept on disk part by part. Keras.

Reading takes most of the time of a training and never changes; whoever is interrupted goes on
where the last whole part ended, and another head costs seconds.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import keras
import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.reference.build import build_features, in_single_precision

PART: Final = 256
"""Pictures a file."""
BATCH: Final = 8
FORMAT: Final = "1: mean and maximum of stage 5 and the last maps, whole and half size"
"""Goes into the name of the files: what was read differently is read anew."""


def collect(
    images: UInt8Array,
    fingerprint: str,
    arrays: Mapping[str, FloatArray],
    folder: Path,
    *,
    told: Callable[[int], None] = lambda done: None,
) -> FloatArray:
    """The features of all pictures, those read before taken from the folder.

    Args:
        images: (N, 512, 512) uint8.
        fingerprint: Of the pictures; others have another one.
        arrays: Of the backbone, as they will be shipped: rounding and all.
        folder: Where the parts lie.
        told: Called with the number of pictures that are done.

    Returns:
        (N, 5600) float32.
    """
    place = folder / _name(fingerprint, arrays)
    place.mkdir(parents=True, exist_ok=True)
    model: keras.Model | None = None
    parts = []
    for start in range(0, len(images), PART):
        file = place / f"part-{start // PART:04d}.npy"
        if not file.is_file():
            model = model or build_features(in_single_precision(arrays))
            _write(file, _read(model, images[start : start + PART]))
        parts.append(np.load(file))
        told(min(start + PART, len(images)))
    return np.concatenate(parts)


def _read(model: keras.Model, images: UInt8Array) -> FloatArray:
    batches = [
        model.predict_on_batch(images[start : start + BATCH].astype(np.float32)[..., None])
        for start in range(0, len(images), BATCH)
    ]
    return np.concatenate(batches).astype(np.float32)


def _write(file: Path, features: FloatArray) -> None:
    """Whole or not at all."""
    partial = file.with_suffix(".partial")
    with partial.open("wb") as opened:
        np.save(opened, features)
        opened.flush()
        os.fsync(opened.fileno())
    partial.replace(file)


def _name(fingerprint: str, arrays: Mapping[str, FloatArray]) -> str:
    digest = hashlib.sha256(f"{FORMAT} {fingerprint}".encode())
    for name in sorted(arrays):
        digest.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())
    return f"features-{digest.hexdigest()[:12]}"
