"""DICOM: the standard's order of steps, and files that are not what they state."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.pixels import apply_modality_lut, apply_windowing

from core.errors import LessonError
from data.pictures.decode import decode_bytes, decode_file
from data.pictures.decoded import Decoded
from data.pictures.dicom import window_range
from tests.data.hostile import dicom, drawn_xray, samples


def codes(decoded: Decoded) -> tuple[str, ...]:
    return tuple(change.code for change in decoded.changes)


def ramp() -> np.ndarray:
    return np.linspace(0, 4095, 64 * 64).astype(np.uint16).reshape(64, 64)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), [(2048, 4096), (1000, 500), (300, 1200)])
def test_the_window_agrees_with_pydicom(center: float, width: float, function: str) -> None:
    raw = dicom(
        ramp(),
        BitsStored=12,
        HighBit=11,
        RescaleSlope=1,
        RescaleIntercept=-100,
        WindowCenter=center,
        WindowWidth=width,
        VOILUTFunction=function,
    )
    data = dcmread(io.BytesIO(raw))
    # pydicom gives the window's output in the modality's own range; the share of it is ours.
    theirs = apply_windowing(apply_modality_lut(data.pixel_array, data), data)
    low, high = -100.0, 4095.0 - 100.0
    expected = (theirs - low) / (high - low) * 255
    decoded = decode_bytes(raw)
    np.testing.assert_allclose(decoded.gray, expected, atol=0.6)
    assert codes(decoded) == ("dicom.rescaled", "dicom.windowed")


def test_the_standards_own_window_examples() -> None:
    # PS3.3 C.11.2.1.2.1: c = 2048, w = 1 is a threshold at 2047.5; c = 0, w = 100: -50 to 49.
    assert window_range(2048, 1) == (2047.5, 2047.5)
    assert window_range(0, 100) == (-50.0, 49.0)
    decoded = decode_bytes(dicom(ramp(), WindowCenter=2048, WindowWidth=1))
    np.testing.assert_array_equal(decoded.gray, np.where(ramp() > 2047, 255, 0))


def test_several_windows_the_first_counts() -> None:
    one = decode_bytes(dicom(ramp(), WindowCenter=1000, WindowWidth=500))
    two = decode_bytes(dicom(ramp(), WindowCenter=[1000, 9], WindowWidth=[500, 9]))
    np.testing.assert_array_equal(one.gray, two.gray)


@pytest.mark.parametrize("window", [{"WindowCenter": 5, "WindowWidth": 0}, {"WindowCenter": 5}])
def test_a_window_that_is_none_gives_way_to_the_range_in_use(window: dict[str, float]) -> None:
    decoded = decode_bytes(dicom(ramp(), **window))
    assert codes(decoded) == ("depth.stretched",)
    assert decoded.gray.min() == 0
    assert decoded.gray.max() == 255


def test_signed_values_keep_their_order() -> None:
    values = (ramp().astype(np.int16) - 2000).astype(np.int16)
    gray = decode_bytes(dicom(values)).gray.astype(int)
    assert gray[0, 0] == 0
    assert gray[-1, -1] == 255
    assert np.all(np.diff(gray.reshape(-1)) >= 0)


def test_monochrome1_is_inverted_by_itself_and_said() -> None:
    gray = drawn_xray()
    decoded = decode_bytes(dicom(255 - gray, photometric="MONOCHROME1"))
    np.testing.assert_array_equal(decoded.gray, gray)
    np.testing.assert_array_equal(decoded.received, 255 - gray)
    assert decoded.inverted
    assert not decoded.inverted_suspected


@pytest.mark.parametrize(("frames", "index"), [(2, 0), (3, 1), (4, 1), (9, 4)])
def test_the_middle_frame_is_used_and_said(frames: int, index: int) -> None:
    stack = np.stack([np.full((16, 16), 10 * n, np.uint8) for n in range(frames)])
    decoded = decode_bytes(dicom(stack))
    assert np.all(decoded.gray == 10 * index)
    assert decoded.frames == frames
    assert f"holds {frames} frames; number {index + 1}" in decoded.changes[0].sentence


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("MR_small_implicit.dcm", "MR_small.dcm"),
        ("MR_small_bigendian.dcm", "MR_small.dcm"),
        ("MR_small_RLE.dcm", "MR_small.dcm"),
        ("MR_small_jp2klossless.dcm", "MR_small.dcm"),
        ("MR_small_expb.dcm", "MR_small.dcm"),
    ],
)
def test_one_picture_in_many_transfer_syntaxes_is_one_picture(name: str, twin: str) -> None:
    one, other = (Path(str(get_testdata_file(n, download=False))) for n in (name, twin))
    np.testing.assert_array_equal(decode_file(one).gray, decode_file(other).gray)
    assert not decode_file(one).looks_like_xray
    assert "'MR'" in decode_file(one).warnings[0]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("image_dfl.dcm", "upload.dicom-compressed"),
        ("JPEG-lossy.dcm", "upload.dicom-compressed"),
        ("MR_small_jpeg_ls_lossless.dcm", "upload.dicom-compressed"),
        ("SC_rgb_jpeg_gdcm.dcm", "upload.dicom-compressed"),
        ("MR_truncated.dcm", "upload.truncated"),
        ("test-SR.dcm", "upload.dicom-without-pixels"),
        ("DICOMDIR-empty.dcm", "upload.dicom-without-pixels"),
        ("rtplan.dcm", "upload.dicom-without-pixels"),
    ],
)
def test_what_can_not_be_read_is_advice(name: str, code: str) -> None:
    path = get_testdata_file(name, download=False)
    with pytest.raises(LessonError) as caught:
        decode_file(Path(str(path)))
    assert caught.value.code == code


def test_no_pixel_is_decoded_before_the_size_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_: object, **__: object) -> None:
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr("data.pictures.dicom.pixel_array", decoded)
    for name, (raw, expected) in samples().items():
        if name in ("stated_huge.dcm", "oversized_frame.dcm", "run_length_bomb.dcm", "cut.dcm"):
            with pytest.raises(LessonError) as caught:
                decode_bytes(raw)
            assert caught.value.code == expected.outcome


def test_a_deflated_file_is_refused_without_unfolding_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zlib.decompress", lambda *_: pytest.fail("it was unfolded"))
    path = get_testdata_file("image_dfl.dcm", download=False)
    with pytest.raises(LessonError) as caught:
        decode_file(Path(str(path)))
    assert caught.value.code == "upload.dicom-compressed"


def test_endless_fields_are_refused() -> None:
    element = b"\x09\x00\x01\x10LO\x02\x00ab"
    raw = b"\0" * 128 + b"DICM" + dicom(None)[132:] + element * 30_000
    with pytest.raises(LessonError) as caught:
        decode_bytes(raw)
    assert caught.value.code == "upload.dicom-damaged"


def test_no_name_of_a_patient_is_repeated() -> None:
    for raw in (dicom(drawn_xray()), dicom(drawn_xray(), modality="CT")):
        decoded = decode_bytes(raw)
        assert "Nobody" not in repr((decoded.changes, decoded.warnings))
