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
from pydicom.filereader import read_partial
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.tag import BaseTag
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
)

from core.arrays import FloatArray, IntArray, UInt8Array
from core.errors import LessonError
from data.pictures import appearance, decompression, dicom_meta, jpeg_wholeness, limits, tones
from data.pictures.decoded import PHOTO_WARNING, Decoded, shrink
from data.pictures.dicom_fields import READER_FAILURES, damaged, number
from data.pictures.dicom_gray import OF_INTEREST, TO_UNITS, Gray, gray_of, photometric_of
from data.pictures.headers import read_header
from data.pictures.refusals import EXPORT
from data.pictures.tones import Change

MAX_ELEMENTS: Final = 20_000
# What needs no process of its own: run lengths are unfolded by Python, and an ordinary JPEG by the
# library that opens every uploaded one.
IN_PROCESS: Final = {RLELossless: "pydicom", JPEGBaseline8Bit: "pillow"}
# Radiography and its neighbors; all else (CT, MR, ultrasound...) is no plain X-ray picture.
XRAY_MODALITIES: Final = ("CR", "DX", "RG", "XA", "RF", "MG", "IO", "PX", "DR", "SC", "OT", "")
SQUARE: Final = 1.05
"""Sides of a pixel may differ by this factor before it shows."""

PIXEL_KEYWORDS: Final = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
READ_KEYWORDS: Final = (
    *PIXEL_KEYWORDS,
    "PhotometricInterpretation",
    "PresentationLUTShape",
    "Modality",
    *TO_UNITS,
    *OF_INTEREST,
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
    values = _values(data, index=index, frames=frames)
    photometric = photometric_of(data)
    if values.ndim == 2 and photometric != "PALETTE COLOR":
        made = gray_of(data, values, index=index)
    else:
        made = _color(data, values)
    changes.extend(made.changes)
    foreign = _foreign(data, made.stored)
    return Decoded(
        gray=np.ascontiguousarray(made.gray),
        received=np.ascontiguousarray(shrink(made.stored)),
        original_mode=photometric,
        format="DICOM",
        width=columns,
        height=rows,
        frames=frames,
        inverted=made.inverted,
        looks_like_xray=not foreign,
        changes=tuple(changes),
        warnings=(*foreign, *made.doubts, *_stretched(data)),
    )


def _read(raw: bytes) -> Dataset:
    """Read the elements, without decoding any pixel."""
    seen = 0

    def count(tag: BaseTag, vr: str | None, length: int) -> bool:
        nonlocal seen
        seen += 1
        if seen > MAX_ELEMENTS:
            raise damaged(f"it lists more than {MAX_ELEMENTS:,} fields")
        return False

    try:
        data = read_partial(io.BytesIO(dicom_meta.inflated(raw)), stop_when=count, force=True)
        meta = getattr(data, "file_meta", None)
        data.file_meta = FileMetaDataset() if meta is None else meta
        data.file_meta.TransferSyntaxUID = _syntax(data)
        for keyword in READ_KEYWORDS:
            # Fields are turned into values on their first use; a broken one shows itself here.
            data.get(keyword)
    except READER_FAILURES as error:
        raise damaged("its fields can't be read") from error
    return data


def _syntax(data: Dataset) -> UID:
    """How the file is written: as it says, or, where it says nothing, as reading has found out."""
    stated = data.file_meta.get("TransferSyntaxUID") or ""
    names = {str(name) for name in ([stated] if isinstance(stated, str) else stated) if name}
    if len(names) > 1:
        raise damaged(f"it names {len(names)} ways in which it is written (transfer syntaxes)")
    if names:
        (name,) = names
        syntax = UID(name)
        if not (syntax.is_private or syntax.is_transfer_syntax):
            raise damaged(f"its transfer syntax {name[:64]!r} is none")
        return syntax
    implicit, little = data.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def _check_picture(data: Dataset) -> tuple[int, int, int]:
    """Rows, columns and frames; refuses what can't become a picture, before any decoding."""
    rows, columns = (int(number(data, name) or 0) for name in ("Rows", "Columns"))
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
    except (NotImplementedError, ValueError):
        available = False
    if not available:
        raise _compressed(syntax.name)
    frames = max(1, int(number(data, "NumberOfFrames") or 1))
    samples = int(number(data, "SamplesPerPixel") or 1)
    bits = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}.get(
        keyword, int(number(data, "BitsAllocated") or 16)
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


def _values(data: Dataset, *, index: int, frames: int) -> IntArray | FloatArray:
    """(H, W) or (H, W, 3) stored values of a frame; colors as red, green and blue."""
    syntax = data.file_meta.TransferSyntaxUID
    try:
        if not syntax.is_compressed:
            return np.asarray(pixel_array(data, index=index))
        frame = get_frame(data.PixelData, index, number_of_frames=frames)
        _check_frame(data, frame)
        if syntax in IN_PROCESS and _jpeg_bits(frame) in (None, 8):
            plugin = IN_PROCESS[syntax]
            return np.asarray(pixel_array(data, index=index, decoding_plugin=plugin))
        options = _pixel_options(data)
    except READER_FAILURES as error:
        raise damaged("its pixels can't be decoded") from error
    return decompression.decompress(str(syntax), frame, options)[0]


def _pixel_options(data: Dataset) -> dict[str, Any]:
    """What a decoder has to know of a frame, as pydicom names it."""
    samples = int(data.SamplesPerPixel)
    options = {
        "rows": int(data.Rows),
        "columns": int(data.Columns),
        "samples_per_pixel": samples,
        "photometric_interpretation": photometric_of(data),
        "bits_allocated": int(data.BitsAllocated),
        "bits_stored": int(data.BitsStored),
        "pixel_representation": int(data.PixelRepresentation),
        "number_of_frames": 1,
        "pixel_keyword": "PixelData",
    }
    if samples > 1:
        options["planar_configuration"] = int(data.get("PlanarConfiguration") or 0)
    return options


def _check_frame(data: Dataset, frame: bytes) -> None:
    """Compare a compressed frame's own size with the file's, before it is decompressed."""
    rows, columns = int(data.Rows), int(data.Columns)
    if data.file_meta.TransferSyntaxUID == RLELossless:
        samples = int(number(data, "SamplesPerPixel") or 1)
        plane = int(number(data, "BitsAllocated") or 8) // 8 * samples
        if not _run_lengths_fit(frame, rows * columns * plane):
            raise damaged("its run lengths unfold to more than the picture")
        return
    inside = _codestream_size(frame)
    if inside is None:
        raise damaged("a compressed frame is not what it claims to be")
    # Padding by a few pixels occurs; another size altogether is a trap or an error.
    if inside[0] * inside[1] > (rows + 16) * (columns + 16):
        raise damaged(f"its frame is {inside[0]} x {inside[1]} instead of {columns} x {rows}")
    ordinary = data.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    if ordinary and jpeg_wholeness.is_cut(jpeg_wholeness.complaint(frame)):
        raise damaged("its compressed picture breaks off")


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


def _jpeg_bits(frame: bytes) -> int | None:
    header = read_header(frame)
    return header.bits if header is not None and header.format == "JPEG" else None


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


def _color(data: Dataset, values: IntArray | FloatArray) -> Gray:
    """Gray of a color picture (screen captures, mostly); `stored` keeps its colors."""
    if values.ndim == 2:
        values = _applied(apply_color_lut, values, data)
    rgb = values[..., :3]
    if rgb.dtype != np.uint8:
        top = float(2 ** min(16, int(number(data, "BitsStored") or 16)) - 1)
        if "RedPaletteColorLookupTableDescriptor" in data and data.get("SamplesPerPixel") == 1:
            top = 65535.0 if rgb.dtype.itemsize > 1 else 255.0
        rgb = tones.stretch(rgb.reshape(rgb.shape[0], -1), low=0.0, high=top).reshape(rgb.shape)
    weighted = (19595 * rgb[..., 0].astype(np.uint32) + 38470 * rgb[..., 1].astype(np.uint32)) + (
        7471 * rgb[..., 2].astype(np.uint32) + 0x8000
    )
    sentence = "Colors became gray: 0.299 of red, 0.587 of green and 0.114 of blue."
    return Gray(
        gray=(weighted >> 16).astype(np.uint8),
        stored=np.asarray(rgb, np.uint8),
        inverted=False,
        changes=(Change(code="color.removed", sentence=sentence),),
        doubts=(),
    )


def _stretched(data: Dataset) -> tuple[str, ...]:
    """The doubt of pixels that are not square; they are shown as if they were."""
    for keyword in ("PixelAspectRatio", "PixelSpacing", "ImagerPixelSpacing"):
        try:
            tall, wide = (float(side) for side in data.get(keyword) or (1.0, 1.0))
        except READER_FAILURES:
            continue
        if min(tall, wide) > 0 and not 1 / SQUARE <= tall / wide <= SQUARE:
            sentence = (
                f"The file's pixels are not square ({tall:g} high, {wide:g} wide), and are shown "
                "as if they were: the bone is out of shape."
            )
            return (sentence,)
    return ()


def _applied(
    apply: Callable[..., Any], values: IntArray | FloatArray, data: Dataset
) -> IntArray | FloatArray:
    try:
        return np.asarray(apply(values, data))
    except READER_FAILURES as error:
        raise damaged("a table of gray values is broken") from error


def _foreign(data: Dataset, preview: UInt8Array) -> tuple[str, ...]:
    """The doubts that this is an X-ray at all."""
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


def _compressed(syntax: str) -> LessonError:
    return LessonError(
        "upload.dicom-compressed",
        problem=f"The pixels of this DICOM file are compressed in a way not read here ({syntax}).",
        remedy=f"Export it as uncompressed DICOM. Or: {EXPORT[0].lower()}{EXPORT[1:]}",
    )
