"""What pictures show, in the features of the reference network's frozen backbone.

The backbone was never taught what a person collects here; a head on its features is
(`core.transfer.head`). Keras is imported when the first picture is described.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.bounded import Bounded
from core.errors import LessonError
from core.npz import read_npz

_BATCH: Final = 16
_kept = Bounded[tuple[str, int], Any](1)
_lock = threading.Lock()


def describe(images: UInt8Array, eye: Path) -> FloatArray:
    """Features of pictures (N, S, S): (N, 1280) float32.

    Args:
        images: Gray, 0 to 255.
        eye: File of the backbone.

    Raises:
        LessonError: ``model.damaged`` where the backbone cannot be read.
    """
    try:
        with _lock:
            model = _kept.find_or_put((str(eye), eye.stat().st_mtime_ns), lambda: _load(eye))
    except (OSError, ValueError, KeyError) as error:
        raise LessonError(
            "model.damaged",
            problem=f"The backbone in {eye.name} cannot be read ({type(error).__name__}).",
            remedy="Install Lightbox again, or train a small network from nothing.",
        ) from error
    batch = np.asarray(images, np.float32)[..., None]
    parts = [
        np.asarray(model.predict_on_batch(batch[start : start + _BATCH]))
        for start in range(0, len(batch), _BATCH)
    ]
    return np.concatenate(parts)


def _load(eye: Path) -> Any:
    from core.reference.build import build_describer, in_single_precision

    return build_describer(in_single_precision(read_npz(eye)))
