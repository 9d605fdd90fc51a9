"""Networks as Keras saves them, and what one that was read answers."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.arrays import FloatArray
from core.evaluation.logits import scores
from core.models.build import rebuild
from core.models.keras_file.reader import ReadNetwork

SIZE = 20


def sequential(*layers: Any, channels: int = 1, size: int | None = SIZE) -> keras.Model:
    return keras.Sequential([keras.Input((size, size, channels)), *layers])


def saved(model: keras.Model, folder: Path, *, seed: int = 0) -> bytes:
    """A network's file, its numbers drawn so that every bias and running mean counts."""
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        drawn = rng.normal(0, 0.3, variable.shape)
        variable.assign(np.abs(drawn) + 0.3 if "variance" in variable.path else drawn)
    path = folder / "network.keras"
    model.save(path)
    return path.read_bytes()


def answered(read: ReadNetwork, pixels: FloatArray) -> FloatArray:
    """Outputs for gray values 0 to 255, (N, S, S): as shares, by the network rebuilt here."""
    logits = np.asarray(rebuild(read.spec, read.weights)(pixels[..., None]))
    return scores(logits)


def rewritten(raw: bytes, **members: bytes | None) -> bytes:
    """An archive with other members: named without their dots, None leaves one out."""
    out = io.BytesIO()
    packing = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", packing) as new:
        for name in old.namelist():
            content = members.get(name.split(".")[0], old.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def redescribed(raw: bytes, change: Callable[[Any], None]) -> bytes:
    """An archive whose description was changed in place."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        config = json.loads(archive.read("config.json"))
    change(config)
    return rewritten(raw, config=json.dumps(config).encode())
