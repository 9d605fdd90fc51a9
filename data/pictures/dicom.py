"""DICOM: the hospital's own format, one radiograph of it as gray values.

Stored values become gray in the standard's order: modality (rescale slope and intercept), values
of interest (a window or a table; without one, the range in use), then black for white where the
file is MONOCHROME1. Only pixels and what is needed to show them are read; names and numbers of
patients are never looked at.

Source:
    DICOM PS3.3 C.7.6.3 (Image Pixel), C.11.1 (Modality LUT), C.11.2 (VOI LUT).
"""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from pydicom import config
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import get_frame
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_partial
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array
from pydicom.tag import BaseTag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from core.arrays import FloatArray, IntArray, UInt8Array
from core.errors import LessonError
from data.pictures import appearance, limits, tones
from data.pictures.decoded import PHOTO_WARNING, Decoded, shrink
from data.pictures.headers import read_header
from data.pictures.refusals import EXPORT
from data.pictures.tones import Change

MAX_ELEMENTS: Final = 20_000
# Radiography and its neighbors; all else (CT, MR, ultrasound...) is no plain X-ray picture.
XRAY_MODALITIES: Final = ("CR", "DX", "RG", "XA", "RF", "MG", "IO", "PX", "DR", "SC", "OT", "")
PIXEL_KEYWORDS: Final = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
READ_KEYWORDS: Final = (
    *PIXEL_KEYWORDS,
    "PhotometricInterpretation",
    "Modality",
    "VOILUTFunction",
    "VOILUTSequence",
    "ModalityLUTSequence",
)
SEND_AGAIN: Final = "Export the picture again from the viewer, as uncompressed DICOM or as PNG."

# What pydicom raises on bytes that are not what they claim; see `DECODER_FAILURES` in decode.
READER_FAILURES: Final = (
    InvalidDicomError,
    BytesLengthException,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
)

# An odd value in a field that is never shown must neither stop nor warn.
config.settings.reading_validation_mode = config.IGNORE


def decode(raw: bytes) -> Decoded:
    """Decode one picture of a DICOM file.

    Args:
        raw: The whole file, at most 25 MB.

    Returns:
        As `data.pictures.decode.decode_bytes`; of several frames the middle one.

    Raises:
        LessonError: ``upload.dicom-damaged``, ``upload.dicom-without-pixels``,
            ``upload.dicom-compressed``, ``upload.truncated`` or a limit of `data.pictures.limits`.
    """
    data = _read(raw)
    rows, columns, frames = _check_picture(data)
    index = (frames - 1) // 2
    changes: list[Change] = []
    if frames > 1:
        sentence = f"The file holds {frames:,} frames; number {index + 1}, in the middle, is used."
        changes.append(Change(code="frame.middle", sentence=sentence))
    syntax = data.file_meta.TransferSyntaxUID
    if syntax.is_compressed:
        _check_frame(data, index=index, frames=frames, rows=rows, columns=columns)
    try:
        values = np.asarray(pixel_array(data, index=index))
    except READER_FAILURES as error:
        if syntax.is_compressed:
            # A variant (12-bit JPEG, say) that the decoder for this syntax does not know.
            raise _compressed(syntax.name) from error
        raise _damaged("its pixels can't be decoded") from error
    photometric = str(data.get("PhotometricInterpretation", "MONOCHROME2"))
    if values.ndim == 2 and photometric != "PALETTE COLOR":
        gray, said = _gray(data, values)
        preview = tones.invert(gray) if photometric == "MONOCHROME1" else gray
    else:
        gray, preview, said = _color(data, values)
    changes.extend(said)
    warnings = _doubts(data, preview)
    return Decoded(
        gray=np.ascontiguousarray(gray),
        received=np.ascontiguousarray(shrink(preview)),
        original_mode=photometric,
        format="DICOM",
        width=columns,
        height=rows,
        frames=frames,
        inverted=photometric == "MONOCHROME1",
        looks_like_xray=not warnings,
        changes=tuple(changes),
        warnings=warnings,
    )


def window_range(center: float, width: float, *, exact: bool = False) -> tuple[float, float]:
    """The values that a window makes black and white.

    Args:
        center: Window Center, in modality units.
        width: Window Width, above 1 (above 0 when `exact`).
        exact: The function LINEAR_EXACT instead of LINEAR.

    Source:
        DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3.2; its worked example, c = 2048 and w = 4096:

    >>> window_range(2048, 4096)
    (0.0, 4095.0)
    """
    if exact:
        return center - width / 2, center + width / 2
    return center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2


def _read(raw: bytes) -> Dataset:
    """Read the elements, without decoding any pixel."""
    if str(DeflatedExplicitVRLittleEndian).encode() in raw:
        # Deflated files unfold as a whole before a single size is known.
        raise _compressed("deflated explicit VR")
    seen = 0

    def count(tag: BaseTag, vr: str | None, length: int) -> bool:
        nonlocal seen
        seen += 1
        if seen > MAX_ELEMENTS:
            raise _damaged(f"it lists more than {MAX_ELEMENTS:,} fields")
        return False

    try:
        data = read_partial(io.BytesIO(raw), stop_when=count, force=True)
        meta = getattr(data, "file_meta", None)
        if meta is None or "TransferSyntaxUID" not in meta:
            # Without its preamble a file does not say how it is written; reading has found out.
            data.file_meta = meta if meta is not None else FileMetaDataset()
            implicit, little = data.original_encoding
            data.file_meta.TransferSyntaxUID = (
                ImplicitVRLittleEndian
                if implicit
                else (ExplicitVRLittleEndian if little else ExplicitVRBigEndian)
            )
        for keyword in READ_KEYWORDS:
            # Fields are turned into values on their first use; a broken one shows itself here.
            data.get(keyword)
    except READER_FAILURES as error:
        raise _damaged("its fields can't be read") from error
    return data


def _check_picture(data: Dataset) -> tuple[int, int, int]:
    """Rows, columns and frames; refuses what can't become a picture, before any decoding."""
    rows, columns = (int(_number(data, name) or 0) for name in ("Rows", "Columns"))
    keyword = next((name for name in PIXEL_KEYWORDS if name in data), None)
    if keyword is None or rows < 1 or columns < 1:
        raise LessonError(
            "upload.dicom-without-pixels",
            problem="This DICOM file holds no picture (a report, a directory or only a header).",
            remedy="Choose the file of the radiograph itself, often the largest of the series.",
        )
    limits.check_size(columns, rows)
    syntax = data.file_meta.TransferSyntaxUID
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        raise _compressed(syntax.name)
    frames = max(1, int(_number(data, "NumberOfFrames") or 1))
    samples = int(_number(data, "SamplesPerPixel") or 1)
    bits = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}.get(
        keyword, int(_number(data, "BitsAllocated") or 16)
    )
    need = rows * columns * samples * frames * bits // 8
    if str(data.get("PhotometricInterpretation", "")) == "YBR_FULL_422":
        need = need * 2 // 3
    if not syntax.is_compressed and len(data[keyword].value or b"") < need:
        raise LessonError(
            "upload.truncated",
            problem=f"The DICOM file breaks off: {columns} x {rows} pixels in {frames} frame(s) "
            f"take {need:,} bytes, and {len(data[keyword].value or b''):,} are there.",
            remedy="The copy or download was cut short: copy or download the file again.",
        )
    return rows, columns, frames


def _check_frame(data: Dataset, *, index: int, frames: int, rows: int, columns: int) -> None:
    """Compare a compressed frame's own size with the file's, before it is decompressed."""
    try:
        frame = get_frame(data.PixelData, index, number_of_frames=frames)
    except READER_FAILURES as error:
        raise _damaged("a frame is missing") from error
    if data.file_meta.TransferSyntaxUID == RLELossless:
        samples = int(_number(data, "SamplesPerPixel") or 1)
        plane = int(_number(data, "BitsAllocated") or 8) // 8 * samples
        if not _run_lengths_fit(frame, rows * columns * plane):
            raise _damaged("its run lengths unfold to more than the picture")
        return
    inside = _codestream_size(frame)
    if inside is None:
        raise _damaged("a compressed frame is not what it claims to be")
    # Padding by a few pixels occurs; another size altogether is a trap or an error.
    if inside[0] * inside[1] > (rows + 16) * (columns + 16):
        raise _damaged(f"its frame is {inside[0]} x {inside[1]} instead of {columns} x {rows}")


def _codestream_size(frame: bytes) -> tuple[int, int] | None:
    """Width and height that a JPEG or JPEG 2000 stream states."""
    at = frame.find(b"\xff\x4f\xff\x51") if not frame.startswith(b"\xff\xd8") else -1
    if at >= 0 and len(frame) >= at + 24:
        right, bottom, left, top = struct.unpack_from(">IIII", frame, at + 8)
        return max(0, right - left), max(0, bottom - top)
    header = read_header(frame)
    if header is None or header.format != "JPEG":
        return None
    return header.width, header.height


def _run_lengths_fit(frame: bytes, limit: int) -> bool:
    """Walk the run lengths of a frame without writing them out; false once above `limit`.

    Source:
        DICOM PS3.5, annex G (PackBits).
    """
    if len(frame) < 64:
        return False
    count, *starts = struct.unpack_from("<16I", frame)
    starts = [*starts[: min(count, 15)], len(frame)]
    total = 0
    for begin, end in itertools.pairwise(starts):
        at, end = begin, min(end, len(frame))
        while at < end:
            code = frame[at]
            if code < 128:
                total += code + 1
                at += code + 2
            else:
                total += 257 - code if code > 128 else 0
                at += 2 if code > 128 else 1
            # Each plane may end in one padding byte or run.
            if total > limit + 130 * len(starts):
                return False
    return True


def _gray(data: Dataset, values: IntArray | FloatArray) -> tuple[UInt8Array, list[Change]]:
    """Modality, window, polarity."""
    changes: list[Change] = []
    slope = _number(data, "RescaleSlope")
    intercept = _number(data, "RescaleIntercept")
    if "ModalityLUTSequence" in data or (slope, intercept) not in ((None, None), (1.0, 0.0)):
        values = _applied(apply_modality_lut, values, data)
        table = "ModalityLUTSequence" in data
        said = "a table" if table else f"x {slope or 1:g} {intercept or 0:+g}"
        sentence = f"Stored numbers were turned into the device's units by {said}."
        changes.append(Change(code="dicom.rescaled", sentence=sentence))
    gray, said = _windowed(data, values)
    changes.extend(said)
    if str(data.get("PhotometricInterpretation", "")) == "MONOCHROME1":
        gray = tones.invert(gray)
        sentence = "The file is MONOCHROME1, its highest value is black: black and white swapped."
        changes.append(Change(code="dicom.monochrome1", sentence=sentence))
    return gray, changes


def _windowed(
    data: Dataset, values: IntArray | FloatArray
) -> tuple[UInt8Array, tuple[Change, ...]]:
    """The range of values that the file asks to show, or else the range in use."""
    if "VOILUTSequence" in data and np.issubdtype(values.dtype, np.integer):
        shown = _applied(apply_voi_lut, values, data)
        gray, _ = tones.to_eight_bits(shown)
        sentence = "The file's own table chose which values show as which gray."
        return gray, (Change(code="dicom.windowed", sentence=sentence),)
    center, width = _number(data, "WindowCenter"), _number(data, "WindowWidth")
    function = str(data.get("VOILUTFunction", "") or "LINEAR")
    exact = function == "LINEAR_EXACT"
    if center is None or width is None or width < (0 if exact else 1) or width == 0:
        gray, said = tones.to_eight_bits(values)
        return gray, said
    if function == "SIGMOID":
        power = np.clip(-4.0 * (values.astype(np.float64) - center) / width, -700.0, 700.0)
        gray = tones.stretch(1.0 / (1.0 + np.exp(power)), low=0.0, high=1.0)
    else:
        low, high = window_range(center, width, exact=exact)
        if low == high:
            gray = np.where(values > low, np.uint8(255), np.uint8(0))
        else:
            gray = tones.stretch(values, low=low, high=high)
    sentence = f"The file's window chose the values shown: center {center:g}, width {width:g}."
    return gray, (Change(code="dicom.windowed", sentence=sentence),)


def _color(
    data: Dataset, values: IntArray | FloatArray
) -> tuple[UInt8Array, UInt8Array, list[Change]]:
    """Gray and preview of a color picture (screen captures, mostly)."""
    if values.ndim == 2:
        values = _applied(apply_color_lut, values, data)
    rgb = values[..., :3]
    if rgb.dtype != np.uint8:
        top = float(2 ** min(16, int(_number(data, "BitsStored") or 16)) - 1)
        if "RedPaletteColorLookupTableDescriptor" in data and data.get("SamplesPerPixel") == 1:
            top = 65535.0 if rgb.dtype.itemsize > 1 else 255.0
        rgb = tones.stretch(rgb.reshape(rgb.shape[0], -1), low=0.0, high=top).reshape(rgb.shape)
    weighted = (19595 * rgb[..., 0].astype(np.uint32) + 38470 * rgb[..., 1].astype(np.uint32)) + (
        7471 * rgb[..., 2].astype(np.uint32) + 0x8000
    )
    sentence = "Colors became gray: 0.299 of red, 0.587 of green and 0.114 of blue."
    gray = (weighted >> 16).astype(np.uint8)
    return gray, np.asarray(rgb, np.uint8), [Change(code="color.removed", sentence=sentence)]


def _applied(
    apply: Callable[..., Any], values: IntArray | FloatArray, data: Dataset
) -> IntArray | FloatArray:
    try:
        return np.asarray(apply(values, data))
    except READER_FAILURES as error:
        raise _damaged("a table of gray values is broken") from error


def _doubts(data: Dataset, preview: UInt8Array) -> tuple[str, ...]:
    modality = str(data.get("Modality", "") or "").strip().upper()
    doubts: list[str] = []
    if modality not in XRAY_MODALITIES:
        doubts.append(
            f"This does not look like an X-ray: the file names its device {modality[:16]!r}, which "
            "is not radiography. The network was trained on X-rays only."
        )
    if preview.ndim == 3 and appearance.is_colored(preview):
        doubts.append(PHOTO_WARNING)
    return tuple(doubts)


def _number(data: Dataset, keyword: str) -> float | None:
    """The first number of a field; None where it is missing, empty or no finite number."""
    try:
        value = data.get(keyword)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if not isinstance(value, str | bytes) and hasattr(value, "__len__"):
            value = value[0]
        number = float(value)
    except READER_FAILURES:
        return None
    return number if np.isfinite(number) else None


def _damaged(detail: str) -> LessonError:
    return LessonError(
        "upload.dicom-damaged",
        problem=f"This DICOM file can't be used: {detail}.",
        remedy=SEND_AGAIN,
    )


def _compressed(syntax: str) -> LessonError:
    return LessonError(
        "upload.dicom-compressed",
        problem=f"The pixels of this DICOM file are compressed in a way not read here ({syntax}).",
        remedy=f"Export it as uncompressed DICOM. Or: {EXPORT[0].lower()}{EXPORT[1:]}",
    )
