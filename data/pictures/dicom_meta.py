"""The head of a DICOM file: where it ends, how the rest is written, and unfolding a deflated rest.

A deflated file is one stream: every size it states lies inside. It is unfolded no further than a
limit, before pydicom, which would unfold it whole, sees it.

Source:
    DICOM PS3.10, 7.1 (File Meta Information), PS3.5, A.5 (deflated little endian).
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from core.errors import LessonError
from data.pictures import limits
from data.pictures.dicom_fields import damaged

START: Final = 132
MAX_META_ELEMENTS: Final = 100
MAX_INFLATED: Final = 4 * limits.MAX_BYTES
_LONG_LENGTHS: Final = (b"OB", b"OW", b"UN", b"UT", b"SQ", b"OF", b"OD", b"OL", b"UC", b"UR")
_SYNTAX: Final = (2, 0x10)


def inflated(raw: bytes) -> bytes:
    """The file with its rest unfolded where it is deflated, else the file as it is.

    Raises:
        LessonError: ``upload.dicom-damaged`` for a broken stream, ``upload.too-large`` for one
            that unfolds to more than 100 MB.
    """
    place, length, end = _syntax_place(raw)
    if raw[place : place + length].rstrip(b"\0 ") != DeflatedExplicitVRLittleEndian.encode():
        return raw
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        rest = stream.decompress(raw[end:], MAX_INFLATED)
    except zlib.error as error:
        raise damaged("its deflated fields can't be unfolded") from error
    if stream.unconsumed_tail:
        raise LessonError(
            "upload.too-large",
            problem=f"The file unfolds to more than {MAX_INFLATED / 1e6:g} MB.",
            remedy="Save the picture smaller, or as JPEG or PNG.",
        )
    plain = ExplicitVRLittleEndian.encode().ljust(length, b"\0")
    return raw[:place] + plain + raw[place + length : end] + rest


def _syntax_place(raw: bytes) -> tuple[int, int, int]:
    """Where the name of the transfer syntax begins, how long it is, and where the head ends."""
    place, length, at = START, 0, START
    if raw[128:START] != b"DICM":
        return place, length, at
    try:
        for _ in range(MAX_META_ELEMENTS):
            group, element, kind = struct.unpack_from("<HH2s", raw, at)
            if group != 2:
                break
            if kind in _LONG_LENGTHS:
                begin, count = at + 12, struct.unpack_from("<I", raw, at + 8)[0]
            else:
                begin, count = at + 8, struct.unpack_from("<H", raw, at + 6)[0]
            if (group, element) == _SYNTAX:
                place, length = begin, count
            at = begin + count
    except struct.error:
        pass  # the head itself breaks off; reading the fields will say so
    return place, length, at
