"""Files that are no pictures, or no pictures we take: what they are, and what to do instead.

A person who drags the wrong file in wants to hear what it was. The table goes by first bytes and
never by the file's name, which says nothing about the content.
"""

from __future__ import annotations

import re
from typing import Final

from core.errors import LessonError

ACCEPTED: Final = "PNG, JPEG, TIFF, BMP, WebP, GIF or DICOM"
EXPORT: Final = "Open it in a viewer and save it as PNG or JPEG, then choose that file."
UNPACK: Final = (
    "Unpack it and choose one of the pictures inside. A whole dataset in a ZIP belongs to the "
    "page Dataset."
)

# (offset, first bytes, code, what it is, what to do)
SIGNATURES: Final[tuple[tuple[int, bytes, str, str, str], ...]] = (
    (0, b"PK\x03\x04", "upload.archive", "a ZIP archive", UNPACK),
    (0, b"PK\x05\x06", "upload.archive", "an empty ZIP archive", UNPACK),
    (0, b"PK\x07\x08", "upload.archive", "a ZIP archive", UNPACK),
    (0, b"\x1f\x8b", "upload.archive", "a gzip archive", UNPACK),
    (0, b"BZh", "upload.archive", "a bzip2 archive", UNPACK),
    (0, b"\xfd7zXZ\0", "upload.archive", "an xz archive", UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "upload.archive", "a Zstandard archive", UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "upload.archive", "a 7-Zip archive", UNPACK),
    (0, b"Rar!\x1a\x07", "upload.archive", "a RAR archive", UNPACK),
    (257, b"ustar", "upload.archive", "a tar archive", UNPACK),
    (0, b"%PDF", "upload.pdf", "a PDF document", "Export the picture from it as PNG or JPEG."),
    (0, b"8BPS", "upload.unsupported-format", "a Photoshop file", EXPORT),
    (0, b"\0\0\0\x0cjP  ", "upload.unsupported-format", "a JPEG 2000 picture", EXPORT),
    (0, b"\xff\x4f\xff\x51", "upload.unsupported-format", "a JPEG 2000 picture", EXPORT),
    (0, b"\0\0\0\x0cJXL ", "upload.unsupported-format", "a JPEG XL picture", EXPORT),
    (0, b"\xff\x0a", "upload.unsupported-format", "a JPEG XL picture", EXPORT),
    (0, b"\0\0\x01\0", "upload.unsupported-format", "an icon file", EXPORT),
    (0, b"\x93NUMPY", "upload.unsupported-format", "a NumPy array", EXPORT),
    (0, b"\x89HDF\r\n\x1a\n", "upload.unsupported-format", "an HDF5 file", EXPORT),
    (344, b"n+1\0", "upload.unsupported-format", "a NIfTI volume", EXPORT),
    (0, b"\x1aE\xdf\xa3", "upload.video", "a video", "Choose a still picture."),
    (0, b"MZ", "upload.not-an-image", "a Windows program", ""),
    (0, b"\x7fELF", "upload.not-an-image", "a program", ""),
    (0, b"SQLite format 3", "upload.not-an-image", "a database", ""),
)
HEIC_BRANDS: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
AVIF_BRANDS: Final = (b"avif", b"avis")
MARKUP_SEEN: Final = 4_096


def refuse(raw: bytes) -> LessonError:
    """Say what a file is that is no picture in a known format.

    Args:
        raw: The file's bytes; only the first few thousand are looked at.

    Returns:
        The error to raise.

    >>> refuse(b"%PDF-1.7 ...").code
    'upload.pdf'
    >>> refuse(b"<svg xmlns='http://www.w3.org/2000/svg'/>").code
    'upload.svg'
    """
    for offset, start, code, thing, remedy in SIGNATURES:
        if raw[offset : offset + len(start)] == start:
            return _refusal(code, thing, remedy)
    if raw[4:8] == b"ftyp":
        return _media(raw[8:12], raw[16:64])
    return _text(raw[:MARKUP_SEEN])


def _media(brand: bytes, compatible: bytes) -> LessonError:
    """A file of the ISO media family: a phone's photo or a film."""
    if brand in AVIF_BRANDS or (brand in HEIC_BRANDS and b"avif" in compatible):
        return _refusal("upload.unsupported-format", "an AVIF picture", EXPORT)
    if brand in HEIC_BRANDS:
        remedy = "Save it as JPEG on the phone (iPhone: Settings, Camera, Most Compatible)."
        return _refusal("upload.heic", "a HEIC photo", remedy)
    return _refusal("upload.video", "a video", "Choose a still picture.")


def _text(start: bytes) -> LessonError:
    """Markup, plain text, or nothing known."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start[2:].replace(b"\0", b"")
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start.strip(b"\0"):
        return _refusal("upload.not-an-image", "a file of zeros", "")
    if text.startswith(b"<"):
        if re.search(rb"<(\w+:)?svg[\s>/]", text):
            return _refusal("upload.svg", "an SVG drawing", EXPORT)
        if re.search(rb"<(!doctype\s+html|html|head|body|script)\b", text):
            remedy = "The download may have saved a page instead of the picture: save the picture."
            return _refusal("upload.web-page", "a web page", remedy)
        return _refusal("upload.not-an-image", "an XML or text file", "")
    if not re.search(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]", start):
        return _refusal("upload.not-an-image", "a text file", "")
    return _refusal("upload.not-an-image", "no picture in a format that is known here", "")


def _refusal(code: str, thing: str, remedy: str) -> LessonError:
    return LessonError(
        code,
        problem=f"This file is {thing}, whatever its name says.",
        remedy=remedy or f"Choose an X-ray as {ACCEPTED}.",
    )
