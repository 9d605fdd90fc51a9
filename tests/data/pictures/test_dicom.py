"""DICOM: the standard's order of steps, and files that are not what they state."""

from __future__ import annotations

import io
import re
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi_lut, apply_windowing
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian

from core.errors import LessonError
from data.pictures import dicom_meta
from data.pictures.decode import decode_bytes, decode_file
from data.pictures.decoded import Decoded
from data.pictures.dicom_gray import window_range
from tests.data.hostile import dicom, drawn_xray, samples


def refusal(raw: bytes) -> str:
    with pytest.raises(LessonError) as caught:
        decode_bytes(raw)
    return caught.value.code


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


def test_what_is_said_of_units_below_zero_has_a_minus() -> None:
    """A CT's air lies at about -1000 units."""
    raw = dicom(ramp(), BitsStored=12, HighBit=11, RescaleSlope=1, RescaleIntercept=-1024)
    window = {"WindowCenter": -600, "WindowWidth": 1500}
    seen = dicom(
        ramp(), BitsStored=12, HighBit=11, RescaleIntercept=-1024, RescaleSlope=1, **window
    )
    said = [change.sentence for one in (raw, seen) for change in decode_bytes(one).changes]
    assert any("x 1 \N{MINUS SIGN}1024." in one for one in said)
    assert any("center \N{MINUS SIGN}600," in one for one in said)
    assert not [one for one in said if re.search(r"[\s(]-\d", one)]


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


def deflated(raw: bytes) -> bytes:
    """The same file with everything behind its head deflated."""
    data = dcmread(io.BytesIO(raw))
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    out = io.BytesIO()
    data.save_as(out, enforce_file_format=True)
    return out.getvalue()


def test_a_deflated_file_is_the_file_that_was_deflated() -> None:
    gray = drawn_xray()
    np.testing.assert_array_equal(decode_bytes(deflated(dicom(gray))).gray, gray)
    # Only the head says how a file is written, not a comment that names the syntax.
    named = dicom(gray, ImageComments=f"converted from {DeflatedExplicitVRLittleEndian}")
    np.testing.assert_array_equal(decode_bytes(named).gray, gray)


def test_a_deflated_bomb_is_refused_before_it_unfolds(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = deflated(dicom(np.zeros((3000, 3000), np.uint8)))
    assert len(raw) < 20_000
    monkeypatch.setattr(dicom_meta, "MAX_INFLATED", 1_000_000)
    tracemalloc.start()
    assert refusal(raw) == "upload.too-large"
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


def with_syntax(stated: bytes) -> bytes:
    """A file whose head states another transfer syntax, of any length."""
    raw = dicom(drawn_xray())
    at = raw.index(b"UI\x14\x001.2.840.10008.1.2.1\0")
    size = len(stated).to_bytes(2, "little")
    # The group's length, which readers may trust, follows.
    (length,) = struct.unpack_from("<I", raw, 140)
    raw = raw[:140] + struct.pack("<I", length - 20 + len(stated)) + raw[144:]
    return raw[:at] + b"UI" + size + stated + raw[at + 24 :]


def test_a_file_that_does_not_say_how_it_is_written_is_read_as_it_is_written() -> None:
    for stated in (b"", b" " * 20, b"1.2.840.10008.1.2.1\\1.2.840.10008.1.2.1\0"):
        np.testing.assert_array_equal(decode_bytes(with_syntax(stated)).gray, drawn_xray())


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        (b"1.2.840.10008.1.2.1\\1.2.840.10008.1.2\0\0", "upload.dicom-damaged"),
        (b"1.2.840.10008.1.1\0", "upload.dicom-damaged"),
        (b"1.2.840.99999.9.9.9\0", "upload.dicom-compressed"),
    ],
)
def test_a_transfer_syntax_that_is_none_is_advice(stated: bytes, code: str) -> None:
    assert refusal(with_syntax(stated)) == code


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


def table(first: int, entries: np.ndarray, bits: int) -> Dataset:
    """An item of a lookup table's sequence."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries) % 65_536, first, bits])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    return item


def gamma(bits: int, length: int = 4096) -> np.ndarray:
    top = 2**bits - 1
    return np.round(top * (np.arange(length) / (length - 1)) ** 0.4).astype(np.uint16)


@pytest.mark.parametrize("bits", [10, 12, 16])
@pytest.mark.parametrize("intercept", [0, -100])
def test_a_table_of_gray_values_agrees_with_pydicom(bits: int, intercept: int) -> None:
    raw = dicom(
        ramp(),
        BitsStored=12,
        HighBit=11,
        RescaleSlope=1,
        RescaleIntercept=intercept,
        VOILUTSequence=[table(0, gamma(bits), bits)],
    )
    data = dcmread(io.BytesIO(raw))
    units = np.rint(apply_modality_lut(data.pixel_array, data)).astype(np.int32)
    theirs = apply_voi_lut(units, data)
    decoded = decode_bytes(raw)
    # All of the table's range is shown, not the part of it that this picture uses.
    np.testing.assert_allclose(decoded.gray, theirs / (2**bits - 1) * 255, atol=0.51)


def test_a_table_for_the_devices_units_agrees_with_pydicom() -> None:
    half = np.arange(4096) // 2
    raw = dicom(
        ramp(), BitsStored=12, HighBit=11, ModalityLUTSequence=[table(0, half, 16)],
        WindowCenter=1024, WindowWidth=2048,
    )  # fmt: skip
    data = dcmread(io.BytesIO(raw))
    theirs = apply_windowing(apply_modality_lut(data.pixel_array, data), data)
    np.testing.assert_allclose(decode_bytes(raw).gray, theirs / 65_535 * 255, atol=0.6)


def test_a_table_of_bytes_is_read_as_bytes() -> None:
    gray = drawn_xray()
    item = table(0, np.zeros(256), 8)
    item.LUTData = np.arange(255, -1, -1, dtype=np.uint8).tobytes()
    decoded = decode_bytes(dicom(gray, VOILUTSequence=[item]))
    np.testing.assert_array_equal(decoded.gray, 255 - gray)
    assert "shows high values dark" in decoded.changes[0].sentence


def test_a_broken_table_is_advice() -> None:
    for item in (table(0, np.zeros(0), 16), table(0, np.arange(16), 40), Dataset()):
        assert refusal(dicom(ramp(), VOILUTSequence=[item])) == "upload.dicom-damaged"


def in_group(**fields: object) -> Dataset:
    """A functional group with one frame's window."""
    window, group = Dataset(), Dataset()
    for keyword, value in fields.items():
        setattr(window, keyword, value)
    group.FrameVOILUTSequence = [window]
    return group


def test_a_frame_is_shown_by_its_own_window_else_by_the_shared_one() -> None:
    stack = np.stack([ramp(), ramp(), ramp()])
    shared = in_group(WindowCenter=1000, WindowWidth=500)
    own = [in_group(WindowCenter=9, WindowWidth=9), in_group(WindowCenter=3000, WindowWidth=800)]
    by_file = decode_bytes(dicom(ramp(), WindowCenter=1000, WindowWidth=500)).gray
    of_frame = decode_bytes(dicom(ramp(), WindowCenter=3000, WindowWidth=800)).gray
    raw = dicom(stack, SharedFunctionalGroupsSequence=[shared], WindowCenter=5, WindowWidth=5)
    np.testing.assert_array_equal(decode_bytes(raw).gray, by_file)
    raw = dicom(
        stack,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=[*own, own[0]],
    )
    np.testing.assert_array_equal(decode_bytes(raw).gray, of_frame)


@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
@pytest.mark.parametrize("padding", [-2000, -32_768, 32_767])
def test_padding_is_black_and_has_no_say_in_the_range(padding: int, photometric: str) -> None:
    values = ramp().astype(np.int16)
    if photometric == "MONOCHROME1":
        values = (4095 - values).astype(np.int16)
    alone = decode_bytes(dicom(values[8:], photometric=photometric)).gray
    values[:8] = padding
    decoded = decode_bytes(dicom(values, photometric=photometric, PixelPaddingValue=padding))
    np.testing.assert_array_equal(decoded.gray[:8], 0)
    np.testing.assert_array_equal(decoded.gray[8:], alone)
    assert "dicom.padding" in codes(decoded)
    assert "12.5 %" in decoded.changes[-1].sentence


def test_padding_may_be_a_range_and_is_nothing_where_no_pixel_has_it() -> None:
    values = ramp()
    values[:4], values[4:8] = 60_000, 60_100
    raw = dicom(values, PixelPaddingValue=60_100, PixelPaddingRangeLimit=60_000)
    np.testing.assert_array_equal(decode_bytes(raw).gray[:8], 0)
    assert "dicom.padding" not in codes(decode_bytes(dicom(ramp(), PixelPaddingValue=60_000)))


def test_the_byte_order_does_not_show() -> None:
    values = drawn_xray().astype(np.uint16) * 257
    raw = dicom(values.byteswap(), syntax=ExplicitVRBigEndian)
    np.testing.assert_array_equal(decode_bytes(raw).gray, drawn_xray())
    assert codes(decode_bytes(raw)) == ("depth.reduced",)


@pytest.mark.parametrize("stored", [1, 4, 7])
def test_the_bits_in_use_decide_what_is_white(stored: int) -> None:
    values = drawn_xray() >> (8 - stored)
    decoded = decode_bytes(dicom(values, BitsStored=stored, HighBit=stored - 1))
    np.testing.assert_allclose(decoded.gray, values / (2**stored - 1) * 255, atol=0.51)
    assert f"{stored} bit" in decoded.changes[0].sentence


def test_twelve_bits_that_stay_below_256_are_twelve_bits() -> None:
    dark = drawn_xray().astype(np.uint16)
    decoded = decode_bytes(dicom(dark, BitsStored=12, HighBit=11))
    assert codes(decoded) == ("depth.stretched",)
    # A file that says "16 of 16 bits" says nothing, and keeps 8-bit values as they are.
    assert np.array_equal(decode_bytes(dicom(dark)).gray, drawn_xray())


def test_an_output_called_inverse_is_inverted_once_and_a_contradiction_doubted() -> None:
    gray = drawn_xray()
    both = decode_bytes(
        dicom(255 - gray, photometric="MONOCHROME1", PresentationLUTShape="INVERSE")
    )
    np.testing.assert_array_equal(both.gray, gray)
    assert both.warnings == ()
    alone = decode_bytes(dicom(255 - gray, PresentationLUTShape="INVERSE"))
    np.testing.assert_array_equal(alone.gray, gray)
    assert codes(alone) == ("dicom.inverse",)
    assert "contradicts itself" in alone.warnings[0]
    odd = decode_bytes(
        dicom(255 - gray, photometric="MONOCHROME1", PresentationLUTShape="IDENTITY")
    )
    np.testing.assert_array_equal(odd.gray, gray)
    assert "contradicts itself" in odd.warnings[0]


def test_a_window_beside_the_values_is_doubted_with_both() -> None:
    decoded = decode_bytes(dicom(ramp() + 12_000, WindowCenter=3174, WindowWidth=2426))
    assert "12000 to 16095" in decoded.warnings[0]
    assert "center 3174" in decoded.warnings[0]


@pytest.mark.parametrize(
    ("fields", "doubted"),
    [
        ({"PixelAspectRatio": [2, 1]}, True),
        ({"ImagerPixelSpacing": [0.2, 0.1]}, True),
        ({"PixelSpacing": [0.143, 0.143]}, False),
        ({"PixelAspectRatio": [1, 1], "ImagerPixelSpacing": [0.1, 0.1]}, False),
        ({}, False),
    ],
)
def test_pixels_that_are_not_square_are_doubted(fields: dict[str, object], doubted: bool) -> None:
    warnings = decode_bytes(dicom(drawn_xray(), **fields)).warnings
    assert any("not square" in warning for warning in warnings) == doubted
