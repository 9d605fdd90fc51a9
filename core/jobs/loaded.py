"""Networks that a worker has loaded, and asking them. Imports Keras only when one is loaded."""

from __future__ import annotations

import json
import threading
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.bounded import Bounded
from core.errors import LessonError
from core.jobs import familiar
from core.models.spec import ModelSpec
from core.models.weights import WEIGHTS_FILE, check_weights, read_weights
from core.reference.description import WEIGHTS

_PIXELS: Final = 2**21
"""Asked about at once at most: feature maps of many large pictures would fill the memory."""
_CHUNK: Final = 64
_MODELS_KEPT: Final = 4
_models = Bounded[tuple[str, int, int], Any](_MODELS_KEPT)
_models_lock = threading.Lock()


def predict(model_path: str, images: UInt8Array) -> FloatArray:
    """Logits (N, K) float32 of images (N, S, S) uint8, prepared at the network's size.

    Raises:
        LessonError: ``model.missing``, ``model.damaged``, ``model.other-size``.
    """
    model = load_model(model_path)
    parts = [np.asarray(model(part, training=False)) for part in _chunks(as_batch(model, images))]
    return np.concatenate(parts) if parts else np.empty((0, model.output_shape[-1]), np.float32)


def judge(
    model_path: str, images: UInt8Array, *, eye: Path | None = None
) -> tuple[FloatArray, FloatArray | None]:
    """Logits (N, K) as `predict` gives them, and how strange each image is to the network, (N,).

    Above 1 an image lies beyond what the network learned from; None where that is not known. The
    reference network tells itself, for a small one the backbone in the file ``eye`` looks.

    Raises:
        LessonError: as `predict`.
    """
    known = _known(model_path)
    if not len(images):
        return predict(model_path, images), None
    if not hasattr(known, "judge"):
        strange = None if eye is None else familiar.strangeness(Path(model_path), images, eye)
        return predict(model_path, images), strange
    parts = [known.judge(part) for part in _chunks(as_batch(known.network, images))]
    logits, strangeness = zip(*parts, strict=True)
    return np.concatenate(logits), np.concatenate(strangeness)


def load_model(path: str) -> Any:
    """The Keras model in a file, kept in memory until four others were wanted.

    Raises:
        LessonError: ``model.missing``, ``model.damaged``.
    """
    known = _known(path)
    return getattr(known, "network", known)


def _known(path: str) -> Any:
    """What a file holds: a Keras model, or the reference network with what it knows."""
    file = Path(path)
    try:
        stat = file.stat()
    except OSError as error:
        raise LessonError(
            "model.missing",
            problem=f"There is no {file.name} of {file.parent.name}.",
            remedy="Train until an epoch has ended, or choose another model.",
        ) from error
    key = (str(file), stat.st_mtime_ns, stat.st_size)
    with _models_lock:
        return _models.find_or_put(key, lambda: _load(file))


def _load(file: Path) -> Any:
    import keras

    try:
        if file.name == WEIGHTS:
            from core.reference.build import load_reference

            return load_reference(file)
        if file.name == "network.json":
            return _rebuilt(file)
        return keras.saving.load_model(file, compile=False)
    except (
        ValueError,
        OSError,
        LookupError,
        TypeError,
        AttributeError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise LessonError(
            "model.damaged",
            problem=f"{file.name} of {file.parent.name} cannot be read ({type(error).__name__}).",
            remedy="Train it again, or choose another model.",
        ) from error


def _rebuilt(file: Path) -> Any:
    """A network that somebody brought, from its description and its weights."""
    from core.models.build import rebuild

    spec = ModelSpec.from_json(json.loads(file.read_text(encoding="utf-8"))["spec"])
    weights = read_weights(file.with_name(WEIGHTS_FILE))
    check_weights(spec, weights)
    return rebuild(spec, weights)


def as_batch(model: Any, images: UInt8Array) -> FloatArray:
    """(N, S, S) of gray values to (N, S, S, 1) float32, as the network takes them."""
    size = int(model.input_shape[1])
    if images.ndim != 3 or images.shape[1:] != (size, size):
        raise LessonError(
            "model.other-size",
            problem=f"Images of shape {images.shape} do not fit a network for {size} x {size}.",
            remedy=f"Prepare the images at {size} pixels.",
        )
    return images.astype(np.float32)[..., None]


def _chunks(batch: FloatArray) -> Iterator[FloatArray]:
    """Parts of (N, S, S, 1) that fit into memory with their feature maps."""
    count = max(1, min(_CHUNK, _PIXELS // batch.shape[1] ** 2))
    for start in range(0, len(batch), count):
        yield batch[start : start + count]
