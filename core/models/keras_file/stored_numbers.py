"""The numbers of a network: ``model.weights.h5``, read as data."""

from __future__ import annotations

import io
import math
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray
from core.errors import LessonError
from core.models.keras_file.description import Given
from core.models.keras_file.objections import damaged

MOST_UNPACKED: Final = 256 * 2**20
"""Of the weights; with an optimizer a network of ours would take three times its own bytes."""


class Numbers:
    """The arrays of ``model.weights.h5``; only what is asked for is read, and only its own."""

    def __init__(self, raw: bytes) -> None:
        import h5py  # read in a process of its own alone: the server has no use for it

        try:
            self._file = h5py.File(io.BytesIO(raw), "r")
        except (OSError, ValueError) as error:
            raise damaged("its weights cannot be read") from error

    def read(self, layer: Given, index: int, shape: tuple[int | None, ...]) -> FloatArray:
        """An array of a layer, (shape) float64, where it has that shape.

        Args:
            layer: Whose it is.
            index: Its number among the layer's.
            shape: What it must be; None for a side that the file decides.
        """
        data = self._dataset(f"{layer.place}/vars/{index}")
        if data is None:
            raise damaged(f"the weights of {layer.name} are not there")
        fits = len(data.shape) == len(shape) and all(
            want in (None, side) for want, side in zip(shape, data.shape, strict=True)
        )
        if not fits:
            wanted = " x ".join("?" if side is None else str(side) for side in shape)
            raise damaged(
                f"{layer.name} should hold {wanted} numbers, and holds "
                + " x ".join(map(str, data.shape))
            )
        if data.dtype.kind != "f" or math.prod(data.shape) * 8 > MOST_UNPACKED:
            raise damaged(f"the weights of {layer.name} are no numbers, or too many")
        try:
            array = np.asarray(data[()], np.float64)
        except (OSError, ValueError, MemoryError) as error:
            raise damaged(f"the weights of {layer.name} cannot be read") from error
        if not np.isfinite(array).all():
            raise LessonError(
                "network.not-finite",
                problem=f"Of the numbers of {layer.name} "
                f"{np.count_nonzero(~np.isfinite(array)):,} of {array.size:,} are infinite or no "
                "numbers at all: such a training has broken off.",
                remedy="Train it again with a smaller learning rate, and bring that.",
            )
        return array

    def has(self, layer: Given, index: int) -> bool:
        """Whether a layer has an array of that number."""
        return self._dataset(f"{layer.place}/vars/{index}") is not None

    def _dataset(self, path: str) -> Any:
        """A dataset of this file alone: no link leads out of it."""
        import h5py

        place: Any = self._file
        try:
            for part in path.split("/"):
                link = place.get(part, getlink=True) if isinstance(place, h5py.Group) else None
                if link is None:
                    return None
                if not isinstance(link, h5py.HardLink):
                    raise damaged("its weights point out of the file")
                place = place[part]
        except (OSError, KeyError, RuntimeError) as error:
            raise damaged("its weights cannot be read") from error
        if not isinstance(place, h5py.Dataset):
            return None
        if place.external or place.is_virtual:
            raise damaged("its weights point out of the file")
        return place
