"""What the pictures look like that a small network learned from, and which ones do not.

A small network has no way to say that a picture is none of its kind. The backbone of the reference
network looks at the pictures it learned from once, after its training, and at every picture it is
asked about. Kept beside the network as `FAMILIAR`; Keras is imported when one is looked at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, IntArray, UInt8Array
from core.bounded import Bounded
from core.npz import read_npz, write_npz
from core.prepared import PreparedSet
from core.reference.description import FAMILIAR
from core.reference.familiarity import Familiarity, learn_familiarity, read_familiarity

MOST: Final = 400
"""Pictures of a part that are looked at: more told no more strangers apart on FracAtlas."""
FEWEST: Final = 100
"""Training pictures below which nothing is claimed, and twice the validation pictures."""

_BATCH: Final = 32
_SEED: Final = 0
_eyes = Bounded[tuple[str, int], Any](1)
_known = Bounded[tuple[str, int], Familiarity](8)
_lock = threading.Lock()


class PutOff(Exception):
    """Somebody waits for what a look would hold up; what was looked at so far is forgotten."""


def learn(
    prepared: PreparedSet, eye: Path, *, others_wait: Callable[[], bool] = lambda: False
) -> Familiarity | None:
    """How the training pictures of a set look; the limit is set on its validation pictures.

    Args:
        prepared: The set.
        eye: File of the backbone.
        others_wait: Asked again and again, some times a second.

    Returns:
        None where there are too few pictures to say what is usual.

    Raises:
        PutOff: Others wait.
        OSError, ValueError, KeyError: The backbone cannot be read.
    """
    learned, held_out = prepared.indices("train"), prepared.indices("validation")
    if len(learned) < FEWEST or len(held_out) < FEWEST // 2:
        return None
    return learn_familiarity(
        *(_looked_at(prepared, _some(part), eye, others_wait) for part in (learned, held_out))
    )


def _looked_at(
    prepared: PreparedSet, index: IntArray, eye: Path, others_wait: Callable[[], bool]
) -> FloatArray:
    parts = []
    for start in range(0, len(index), _BATCH):
        if others_wait():
            raise PutOff
        parts.append(look(prepared.images[index[start : start + _BATCH]], eye))
    return np.concatenate(parts)


def keep(folder: Path, known: Familiarity) -> None:
    """Write it beside the network of a folder, whole or not at all."""
    write_npz(folder / FAMILIAR, known.arrays())


def strangeness(model_path: Path, images: UInt8Array, eye: Path) -> FloatArray | None:
    """How strange pictures (N, S, S) are to the network of a file: (N,), above 1 is beyond.

    None where nobody looked at what it learned from, or the file of that is damaged.
    """
    file = model_path.with_name(FAMILIAR)
    try:
        key = str(file), file.stat().st_mtime_ns
        with _lock:
            known = _known.find_or_put(key, lambda: read_familiarity(read_npz(file)))
        return known.distances(look(images, eye))
    except (OSError, ValueError, KeyError):
        return None


def look(images: UInt8Array, eye: Path) -> FloatArray:
    """How pictures (N, S, S) look: (N, 120) float32.

    Raises:
        OSError, ValueError, KeyError: The backbone cannot be read.
    """
    with _lock:
        model = _eyes.find_or_put((str(eye), eye.stat().st_mtime_ns), lambda: _load(eye))
    parts = [np.asarray(model.predict_on_batch(part)) for part in _batches(images)]
    return np.concatenate(parts)


def _load(eye: Path) -> Any:
    from core.reference.build import build_eye, in_single_precision

    return build_eye(in_single_precision(read_npz(eye)))


def _batches(images: UInt8Array) -> Iterator[FloatArray]:
    for start in range(0, len(images), _BATCH):
        yield images[start : start + _BATCH].astype(np.float32)[..., None]


def _some(index: IntArray) -> IntArray:
    """At most `MOST`, always the same ones, in their order."""
    if len(index) <= MOST:
        return index
    return np.sort(np.random.default_rng(_SEED).choice(index, MOST, replace=False))
