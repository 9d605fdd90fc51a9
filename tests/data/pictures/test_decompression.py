"""Compressed DICOM: the very pixels that were compressed, and a decoder that can do no harm."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gdcm
import numpy as np
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2KLossless

from core.errors import LessonError
from data.pictures import decompression
from data.pictures.decode import decode_bytes, decode_file
from tests import patience
from tests.data.hostile import dicom, drawn_xray, encoded

# 24 x 32 pixels of 12 bits, 100 a column and 50 a row, compressed without loss by OpenJPH 0.26.3.
HIGH_THROUGHPUT = base64.b64decode(
    "/0//UQApQAAAAAAYAAAAIAAAAAAAAAAAAAAAGAAAACAAAAAAAAAAAAABDwEB/1AACAACAAAACv9SAAwAAgABAAUEBEAB"
    "/1wAEyCIkJCQkJCQkJCQkJCQiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAALcAAf+TwAAm8/UFB3QA"
    "wAATQAASgGL9Awd0ACICh3QAwAATQAATgPH4AIt0AJBD/gCDVADAABVQAAVIjjt27PiX4gt1AMaNjcAYwIy2AMAAFoQA"
    "AV7AwMDAwMDAwN4KenpxgngA4GAwGAz+/AAQ9iEB7LkAwAAtuAAFsEaj0Wg0Go1Go9FoNBqN8/4Kenp6enp6cQJ9AGJR"
    "FEVRFEVRFP9ygQge/YQge/YQgey/AP/Z"
)


@pytest.fixture
def _own_processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(decompression, "_idle", [])
    yield
    decompression._end_all()


def compressed(raw: bytes, kind: int, folder: Path) -> bytes:
    """The file in another transfer syntax, written by GDCM."""
    plain, packed = folder / "plain.dcm", folder / "packed.dcm"
    plain.write_bytes(raw)
    reader, change, writer = (
        gdcm.ImageReader(),
        gdcm.ImageChangeTransferSyntax(),
        gdcm.ImageWriter(),
    )
    reader.SetFileName(str(plain))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(kind))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFileName(str(packed))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return packed.read_bytes()


@pytest.mark.parametrize("depth", [8, 12, 16])
@pytest.mark.parametrize(
    "kind",
    [
        gdcm.TransferSyntax.JPEGLosslessProcess14,
        gdcm.TransferSyntax.JPEGLosslessProcess14_1,
        gdcm.TransferSyntax.JPEGLSLossless,
        gdcm.TransferSyntax.JPEG2000Lossless,
    ],
)
def test_what_was_compressed_without_loss_comes_back(kind: int, depth: int, tmp_path: Path) -> None:
    values = drawn_xray() if depth == 8 else drawn_xray().astype(np.uint16) << (depth - 8)
    raw = dicom(values, BitsStored=depth, HighBit=depth - 1)
    packed = compressed(raw, kind, tmp_path)
    assert raw != packed
    np.testing.assert_array_equal(decode_bytes(packed).gray, decode_bytes(raw).gray)


def test_high_throughput_jpeg_2000_comes_back() -> None:
    row, column = np.mgrid[:32, :24]
    values = (100 * column + 50 * row).astype(np.uint16)
    fields = {"BitsStored": 12, "HighBit": 11, "WindowCenter": 2048, "WindowWidth": 4096}
    packed = dicom(
        values, syntax=HTJ2KLossless, raw_pixels=encapsulate([HIGH_THROUGHPUT]), **fields
    )
    np.testing.assert_array_equal(
        decode_bytes(packed).gray, decode_bytes(dicom(values, **fields)).gray
    )


def test_twelve_bits_of_jpeg_come_as_libjpeg_turbo_reads_them() -> None:
    # The stored values are 0 to 264 with this mean (libjpeg-turbo built for 12 bits).
    decoded = decode_file(Path(str(get_testdata_file("JPEG-lossy.dcm", download=False))))
    assert (decoded.width, decoded.height) == (256, 1024)
    sentence = decoded.changes[0].sentence
    assert decoded.changes[0].code == "depth.stretched"
    assert sentence.startswith("12 bits a pixel were reduced to 8: values from 0 to 1")


def test_colors_come_back(tmp_path: Path) -> None:
    rgb = np.dstack([drawn_xray(), drawn_xray()[::-1], drawn_xray()[:, ::-1]])
    raw = dicom(rgb, photometric="RGB")
    packed = compressed(raw, gdcm.TransferSyntax.JPEGLSLossless, tmp_path)
    np.testing.assert_array_equal(decode_bytes(packed).gray, decode_bytes(raw).gray)
    np.testing.assert_array_equal(decode_bytes(packed).received, rgb)


def test_an_ordinary_jpeg_inside_is_checked_for_its_end() -> None:
    from PIL import Image
    from pydicom.uid import JPEGBaseline8Bit

    stream = encoded(Image.fromarray(drawn_xray()), "JPEG", quality=95)
    cut = stream[: len(stream) // 2] + b"\xff\xd9"
    whole, half = (
        dicom(drawn_xray(), syntax=JPEGBaseline8Bit, raw_pixels=encapsulate([part]))
        for part in (stream, cut)
    )
    assert np.abs(decode_bytes(whole).gray.astype(int) - drawn_xray()).mean() < 3
    with pytest.raises(LessonError) as caught:
        decode_bytes(half)
    assert caught.value.code == "upload.dicom-damaged"


@pytest.mark.usefixtures("_own_processes")
def test_one_process_serves_many_frames_and_many_threads(tmp_path: Path) -> None:
    packed = compressed(dicom(drawn_xray()), gdcm.TransferSyntax.JPEGLSLossless, tmp_path)
    decode_bytes(packed)
    (first,) = decompression._idle
    decode_bytes(packed)
    assert decompression._idle == [first]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: decode_bytes(packed).gray, range(12)))
    assert all(np.array_equal(gray, drawn_xray()) for gray in found)
    assert len(decompression._idle) <= decompression.MOST_IDLE


@pytest.mark.usefixtures("_own_processes")
@pytest.mark.parametrize(
    "script",
    [
        "raise SystemExit",
        "import os; os.abort()",
        "import sys; sys.stdout.write('nonsense' * 9)",
        "import sys; sys.stdout.buffer.write(bytes([2, 0, 0, 0]) + b'{}' + bytes([9] * 8))",
        "import sys; sys.stdout.buffer.write(bytes([2, 0, 0, 0]) + b'{}' + bytes(8))",
        "import time; time.sleep(600)",
    ],
)
def test_a_decoder_that_dies_lies_or_never_ends_is_advice(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = compressed(dicom(drawn_xray()), gdcm.TransferSyntax.JPEGLSLossless, tmp_path)
    bad = tmp_path / "bad.py"
    bad.write_text(script)
    with monkeypatch.context() as patched:
        patched.setattr(decompression, "SCRIPT", bad)
        patched.setattr(decompression, "WAIT_S", 3.0)
        started = time.monotonic()
        with pytest.raises(LessonError) as caught:
            decode_bytes(packed)
        assert caught.value.code == "upload.dicom-damaged"
        assert time.monotonic() - started < patience.SECONDS
        assert decompression._idle == []
    # The next picture is read as if nothing had happened.
    np.testing.assert_array_equal(decode_bytes(packed).gray, drawn_xray())


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process as Linux keeps them")
def test_the_process_can_write_nothing_open_nothing_and_grow_only_so_far(tmp_path: Path) -> None:
    program = (
        "import runpy, sys\n"
        f"module = runpy.run_path({str(decompression.SCRIPT)!r})\n"
        "module['_confine']()\n"
        "for forbidden in (\n"
        f"    lambda: open({str(tmp_path / 'x')!r}, 'w'),\n"
        "    lambda: open('/etc/hostname'),\n"
        "    lambda: bytearray(module['MEMORY']),\n"
        "    lambda: __import__('socket').socket(),\n"
        "):\n"
        "    try:\n"
        "        forbidden()\n"
        "    except (OSError, MemoryError, ImportError):\n"
        "        continue\n"
        "    raise SystemExit('allowed')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "x").exists()


def test_the_process_learns_nothing_of_the_servers_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLASS_CODE", "secret")
    assert "secret" not in decompression._environment().values()


def test_damaged_frames_are_advice(tmp_path: Path) -> None:
    packed = compressed(dicom(drawn_xray()), gdcm.TransferSyntax.JPEGLSLossless, tmp_path)
    rng = np.random.default_rng(0)
    start = packed.index(b"\xff\xd8\xff")
    codes = []
    for _ in range(25):
        broken = bytearray(packed)
        for place in rng.integers(start, len(packed), 6):
            broken[place] = int(rng.integers(256))
        try:
            shape = decode_bytes(bytes(broken)).gray.shape
        except LessonError as error:
            codes.append(error.code)
        else:
            assert shape == drawn_xray().shape
    assert codes
    assert all(code.startswith("upload.") for code in codes)
