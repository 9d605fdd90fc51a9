"""The archive of a ``.keras`` file: its two members, unpacked no further than allowed."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, Final

from core.errors import LessonError
from core.models.keras_file.objections import damaged, not_keras, too_large
from core.models.keras_file.stored_numbers import MOST_UNPACKED, Numbers

MOST_BYTES: Final = 25 * 2**20
MOST_CONFIG: Final = 4 * 2**20
_CONFIG: Final = "config.json"
_METADATA: Final = "metadata.json"
_NUMBERS: Final = "model.weights.h5"


def unpack(raw: bytes) -> tuple[Mapping[str, Any], Numbers]:
    """The description and the numbers of an archive.

    Raises:
        LessonError: ``network.too-large``, ``network.not-keras``, ``network.other-version``,
            ``network.damaged``.
    """
    if len(raw) > MOST_BYTES:
        raise too_large(len(raw), MOST_BYTES)
    if raw[:8] == b"\x89HDF\r\n\x1a\n":
        raise not_keras("an HDF5 file (.h5), which can hold code and is not read")
    if raw[:1] == b"\x80" or raw[:4] in {b"\x93NUM", b"(lp0", b"(dp0"}:
        raise not_keras("a pickle or a NumPy file, which can hold code and is not read")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = set(archive.namelist())
            if any(name.endswith("saved_model.pb") for name in names):
                raise not_keras("a packed SavedModel, which holds a program and is not read")
            if any(name.endswith("data.pkl") for name in names):
                raise not_keras("a file of PyTorch, which can hold code and is not read")
            if not {_CONFIG, _NUMBERS} <= names:
                raise not_keras("an archive without config.json and model.weights.h5")
            config = _json(_member(archive, _CONFIG, MOST_CONFIG))
            about = _json(_member(archive, _METADATA, MOST_CONFIG)) if _METADATA in names else {}
            numbers = _member(archive, _NUMBERS, MOST_UNPACKED)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise not_keras("no whole archive") from error
    version = str(about.get("keras_version", "3"))
    if not version.startswith("3"):
        raise LessonError(
            "network.other-version",
            problem=f"This file was written by Keras {version[:12]}.",
            remedy="Open it with Keras 3 and save it again: model.save('network.keras').",
        )
    return config, Numbers(numbers)


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A file of the archive, unpacked no further than allowed, whatever its header claims."""
    with archive.open(name) as packed:
        found = packed.read(most + 1)
    if len(found) > most:
        raise too_large(archive.getinfo(name).file_size, most, unpacked=True)
    return found


def _json(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise damaged("its description is no JSON") from error
    if not isinstance(found, dict):
        raise damaged("its description is no object")
    return found
