"""``.npz`` files: read as files that may be damaged, written whole or not at all."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_BYTES: Final = 2 * 2**30
"""Unpacked; the largest network that can be described here takes 0.2 GB."""


def read_npz(path: Path, *, only: Container[str] | None = None) -> dict[str, NDArray[Any]]:
    """Arrays of a file by name.

    Args:
        path: The file.
        only: Names to read, as far as they are there; all where None.

    Raises:
        OSError: The system refuses, or there is no such file.
        ValueError: The file is cut off, damaged, no archive of arrays, or too large unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(entry.file_size for entry in archive.infolist())
        if total > MOST_BYTES:
            raise ValueError(f"it would take {total / 2**30:.1f} GB unpacked")
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files if only is None or name in only}
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError) as error:
        # A cut or overwritten archive; RuntimeError and its kin: encrypted or unknown packing.
        raise ValueError(f"it is no whole archive ({error})") from error
    except (SyntaxError, TypeError, MemoryError, OverflowError) as error:
        # The header of an array is a Python literal, and may claim any shape.
        raise ValueError("the description of an array in it is damaged") from error


def write_npz(path: Path, arrays: Mapping[str, Any], *, compressed: bool = False) -> None:
    """Write arrays by name, in their order: whole, or the file that was there stays.

    Args:
        path: The file; its folder is there.
        arrays: Numbers or texts.
        compressed: Whether the file is to be small rather than quick.

    Raises:
        OSError: The system refuses.
    """
    partial = path.with_name(f".{path.stem}.partial.npz")
    save = np.savez_compressed if compressed else np.savez
    save(partial, allow_pickle=False, **arrays)
    partial.replace(path)


def reason(error: OSError | ValueError) -> str:
    """Why a file cannot be read, without its path."""
    return (error.strerror or "").lower() if isinstance(error, OSError) else str(error)
