"""The backbone in Keras against an independent forward in NumPy, and how its weights are read."""

from __future__ import annotations

import pickle
import sys
import types
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from core.arrays import FloatArray
from core.errors import LessonError
from core.reference.backbone import layer_names
from core.reference.build import build_backbone
from core.reference.published import MAGIC, brought_over, read_checkpoint

Arrays = dict[str, FloatArray]


class Independent:
    """The network as its authors describe it: three channels, batch normalization apart, float64.

    Written from the published table, not from `core.reference.backbone`.
    """

    TABLE = ((1, 3, 1), (3, 3, 2), (3, 5, 2), (4, 3, 2), (4, 5, 1), (5, 5, 2), (1, 3, 1))

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = {name: array.astype(np.float64) for name, array in arrays.items()}

    def maps(self, pictures: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Of stage 5 and the last, channels first."""
        color = np.repeat((pictures.transpose(0, 3, 1, 2) - 127.0) / 128.0, 3, axis=1)
        tensor = self._normal(self._convolve(color, "_conv_stem", 2), "_bn0", cut=True)
        fine, number = tensor, 0
        for stage, (repeats, _, stride) in enumerate(self.TABLE, start=1):
            for repeat in range(repeats):
                tensor = self._block(tensor, f"_blocks.{number}", 1 if repeat else stride)
                number += 1
            if stage == 5:
                fine = tensor
        return fine, self._normal(self._convolve(tensor, "_conv_head"), "_bn1", cut=True)

    def _block(self, tensor: FloatArray, place: str, stride: int) -> FloatArray:
        inside = tensor
        if f"{place}._expand_conv.weight" in self._arrays:
            widened = self._convolve(inside, f"{place}._expand_conv")
            inside = self._normal(widened, f"{place}._bn0", cut=True)
        around = self._convolve(inside, f"{place}._depthwise_conv", stride)
        inside = self._normal(around, f"{place}._bn1", cut=True)
        narrow = self._normal(self._convolve(inside, f"{place}._project_conv"), f"{place}._bn2")
        return tensor + narrow if narrow.shape == tensor.shape else narrow

    def _normal(self, tensor: FloatArray, name: str, *, cut: bool = False) -> FloatArray:
        gain, bias, mean, variance = (
            self._arrays[f"{name}.{part}"][None, :, None, None]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        normal = (tensor - mean) / np.sqrt(variance + 0.001) * gain + bias
        return np.clip(normal, 0.0, 6.0) if cut else normal

    def _convolve(self, tensor: FloatArray, name: str, stride: int = 1) -> FloatArray:
        kernel = self._arrays[f"{name}.weight"]
        size, (height, width) = kernel.shape[2], tensor.shape[2:]
        down, across = -(-height // stride), -(-width // stride)
        # TensorFlow's SAME: where the padding is odd, the larger half comes after.
        above, left = (
            max((count - 1) * stride + size - side, 0)
            for count, side in ((down, height), (across, width))
        )
        halves = [(total // 2, total - total // 2) for total in (above, left)]
        padded = np.pad(tensor, ((0, 0), (0, 0), *halves))
        total = np.zeros((len(tensor), len(kernel), down, across))
        for row in range(size):
            for column in range(size):
                rows = slice(row, row + stride * (down - 1) + 1, stride)
                columns = slice(column, column + stride * (across - 1) + 1, stride)
                seen, cell = padded[:, :, rows, columns], kernel[:, :, row, column]
                if kernel.shape[1] == 1 and len(kernel) == tensor.shape[1]:
                    total += seen * cell[None, :, 0, None, None]
                else:
                    total += np.einsum("nchw,oc->nohw", seen, cell, optimize=True)
        return total


@pytest.mark.reference
@pytest.mark.parametrize("shape", [(64, 64), (37, 50), (65, 33)])
def test_the_backbone_equals_an_independent_forward(
    published: Arrays, shape: tuple[int, int]
) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (2, *shape, 1)).astype(np.float64)
    fine, last = Independent(published).maps(pictures)

    found = build_backbone(brought_over(published))(pictures.astype(np.float32))

    assert fine.std() > 0.1
    assert last.std() > 0.1
    for ours, theirs in zip(found, (fine, last), strict=True):
        np.testing.assert_allclose(np.asarray(ours), theirs.transpose(0, 2, 3, 1), atol=1e-4)


def test_sixteen_bits_are_enough(published: Arrays) -> None:
    arrays = brought_over(published)
    halves = {name: array.astype(np.float16).astype(np.float32) for name, array in arrays.items()}
    pictures = np.random.default_rng(2).integers(0, 256, (1, 64, 64, 1)).astype(np.float32)
    exact, rounded = build_backbone(arrays)(pictures), build_backbone(halves)(pictures)
    for one, other in zip(exact, rounded, strict=True):
        one, other = np.asarray(one), np.asarray(other)
        assert 0 < np.abs(one - other).mean() < 0.005 * np.abs(one).mean()


def test_every_layer_gets_its_weights(published: Arrays) -> None:
    arrays = brought_over(published)
    assert set(arrays) == {
        f"{name}/{part}" for name in layer_names() for part in ("kernel", "bias")
    }
    # 6.1 million are published for the network; 1.28 million of them are its classifier.
    assert sum(array.size for array in arrays.values()) == pytest.approx(4.8e6, rel=0.02)


def test_a_checkpoint_is_read_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    count = np.array([7], dtype=np.int64)
    file = tmp_path / "weights.pth"
    _write_checkpoint(file, {"wide": wide, "turned": wide[0].T, "count": count}, monkeypatch)

    found = read_checkpoint(file)

    assert list(found) == ["wide", "turned", "count"]
    np.testing.assert_array_equal(found["wide"], wide)
    np.testing.assert_array_equal(found["turned"], wide[0].T)
    np.testing.assert_array_equal(found["count"], count)


def test_a_checkpoint_cannot_do_anything(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> object:
            return (Path.touch, (tmp_path / "harmed",))

    file = tmp_path / "weights.pth"
    file.write_bytes(b"".join(pickle.dumps(part, 2) for part in (MAGIC, 1001, {}, Harm())))
    with pytest.raises(LessonError, match="no array") as raised:
        read_checkpoint(file)
    assert raised.value.code == "weights.unreadable"
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a newer form", pickle.dumps(3)])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "weights.pth"
    file.write_bytes(content)
    with pytest.raises(LessonError, match=r"weights\.pth"):
        read_checkpoint(file)


def _write_checkpoint(path: Path, arrays: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the old form, by stand-ins for the classes that PyTorch would name in it."""
    torch, parts = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def rebuild(*arguments: object) -> object:
        return arguments

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    parts._rebuild_tensor_v2 = rebuild  # type: ignore[attr-defined]
    for name in ("FloatStorage", "LongStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", parts)
    kinds = {"<f4": "FloatStorage", "<i8": "LongStorage"}

    class Storage:
        def __init__(self, key: str, array: FloatArray) -> None:
            self.key, self.kind, self.count = key, kinds[array.dtype.str], array.size

    class Tensor:
        def __init__(self, key: str, array: FloatArray) -> None:
            self.storage = Storage(key, array)
            steps = tuple(step // array.itemsize for step in array.strides)
            self.rest = (0, array.shape, steps, False, OrderedDict())

        def __reduce__(self) -> object:
            return rebuild, (self.storage, *self.rest)

    class Writer(pickle.Pickler):
        def persistent_id(self, obj: object) -> object:
            if not isinstance(obj, Storage):
                return None
            return "storage", getattr(torch, obj.kind), obj.key, "cpu", obj.count, None

    tensors = OrderedDict((name, Tensor(name, array)) for name, array in arrays.items())
    with path.open("wb") as file:
        for part in (MAGIC, 1001, {"little_endian": True}, tensors, list(arrays)):
            Writer(file, protocol=2).dump(part)
        for array in arrays.values():
            memory = array if array.flags.c_contiguous else array.T
            file.write(np.int64(array.size).tobytes() + memory.tobytes())
