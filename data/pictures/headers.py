"""What a picture file says of itself in its first bytes, read without decoding a pixel.

A file of 100 kB can unfold to 900 megapixels, so size, number of pictures and completeness are
read from the format's own headers, here, before any decoder sees the bytes. All readers work on
offsets into the bytes as they are: no copy, no loop that a hostile file can make long.

Source:
    PNG (ISO/IEC 15948), JPEG (ITU-T T.81, annex B), TIFF 6.0 and BigTIFF, GIF89a, WebP container
    (RFC 9649), BITMAPINFOHEADER.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MAX_BLOCKS: Final = 20_000
MAX_COUNTED_FRAMES: Final = 1_000

PNG: Final = b"\x89PNG\r\n\x1a\n"
TIFF_STARTS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
DIB_WITH_16_BIT_SIDES: Final = 12
# Reading at an offset that the file states and does not hold; one of BigTIFF's may be larger than
# any that the machine can express.
OUTSIDE: Final = (struct.error, IndexError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of a picture file.

    Attributes:
        format: "PNG", "JPEG", "TIFF", "BMP", "WEBP" or "GIF".
        width: Columns, 0 when the file breaks off before saying it.
        height: Rows, likewise.
        frames: Pictures in the file, counted up to 1,000.
        bits: Bits of one sample, 0 when not said.
        orientation: TIFF's own orientation tag; the other formats keep theirs in EXIF.
        complete: False when the file ends before its own end.
    """

    format: str
    width: int = 0
    height: int = 0
    frames: int = 1
    bits: int = 0
    orientation: int = 1
    complete: bool = True


def read_header(raw: bytes) -> Header | None:
    """Read the header of a picture in one of the six formats.

    Returns:
        None where the first bytes are those of no such format.

    >>> read_header(b"GIF89a" + bytes([40, 0, 30, 0, 0, 0, 0, 0x3B]))
    Header(format='GIF', width=40, height=30, frames=1, bits=8, orientation=1, complete=True)
    """
    for kind, starts, read in _READERS:
        if raw.startswith(starts):
            try:
                return read(raw)
            except OUTSIDE:
                # The header itself breaks off, or points outside the file.
                return Header(format=kind, complete=False)
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        try:
            return _webp(raw)
        except OUTSIDE:
            return Header(format="WEBP", complete=False)
    return None


def has_picture_start(raw: bytes) -> bool:
    """Whether the first bytes are those of one of the six formats; 12 bytes are enough.

    >>> has_picture_start(b"BM but no picture"), has_picture_start(b"RIFF....WEBP")
    (True, True)
    """
    if raw[:4] == b"RIFF":
        return raw[8:12] == b"WEBP"
    return any(raw.startswith(starts) for _, starts, _ in _READERS)


def _png(raw: bytes) -> Header:
    width, height, bits = struct.unpack_from(">IIB", raw, 16)
    if raw[12:16] != b"IHDR":
        return Header(format="PNG")
    frames, complete, at = 1, False, len(PNG)
    for _ in range(MAX_BLOCKS):
        if at + 12 > len(raw):
            break
        length, kind = struct.unpack_from(">I4s", raw, at)
        if kind == b"acTL":
            frames = struct.unpack_from(">I", raw, at + 8)[0]
        at += 12 + length
        if kind == b"IEND":
            complete = at <= len(raw)
            break
    else:
        # Thousands of small chunks are legal; the decoder will say whether they are whole.
        complete = True
    return Header(
        format="PNG",
        width=width,
        height=height,
        bits=bits,
        frames=max(1, min(frames, MAX_COUNTED_FRAMES)),
        complete=complete,
    )


def _jpeg(raw: bytes) -> Header:
    width = height = bits = 0
    at = 2
    for _ in range(MAX_BLOCKS):
        # Fill bytes before a marker are legal.
        while raw[at] == 0xFF and raw[at + 1] == 0xFF:
            at += 1
        marker = raw[at + 1]
        if raw[at] != 0xFF or marker == 0xD9:
            break
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        length = struct.unpack_from(">H", raw, at + 2)[0]
        # 0xF7 begins a frame of JPEG-LS, which only DICOM holds.
        if (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)) or marker == 0xF7:
            bits, height, width = struct.unpack_from(">BHH", raw, at + 4)
        at += 2 + length
        if marker == 0xDA:
            break
    # A thumbnail inside the metadata ends with the same marker: look behind the metadata only.
    complete = raw.rfind(b"\xff\xd9", at) != -1
    return Header(format="JPEG", width=width, height=height, bits=bits, complete=complete)


def _bmp(raw: bytes) -> Header:
    stated, _, start, dib = struct.unpack_from("<IIII", raw, 2)
    if dib == DIB_WITH_16_BIT_SIDES:
        width, height, _, bits = struct.unpack_from("<HHHH", raw, 18)
        packed = 0
    else:
        width, height, _, bits, packed = struct.unpack_from("<iiHHI", raw, 18)
    rows = ((abs(width) * bits + 31) // 32) * 4
    # Run-length packed pictures have no fixed length; there the stated file size must do.
    need = start + rows * abs(height) if packed in (0, 3, 6) else min(stated, start + 1)
    return Header(
        format="BMP",
        width=abs(width),
        height=abs(height),
        bits=bits,
        complete=need <= len(raw),
    )


def _gif(raw: bytes) -> Header:
    width, height, flags = struct.unpack_from("<HHB", raw, 6)
    at = 13 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0)
    frames, steps, complete = 0, 0, True
    while steps < MAX_BLOCKS:
        steps += 1
        if at >= len(raw):
            complete = frames > 1  # the first picture, which is the one used, is whole
            break
        if raw[at] == 0x3B or frames >= MAX_COUNTED_FRAMES:
            break
        if raw[at] == 0x2C:
            frames += 1
            local = raw[at + 9]
            at += 11 + (3 * 2 ** ((local & 7) + 1) if local & 0x80 else 0)
        elif raw[at] == 0x21:
            at += 2
        else:
            break
        while raw[at] and steps < MAX_BLOCKS:
            at += raw[at] + 1
            steps += 1
            if at >= len(raw):
                return Header(
                    format="GIF",
                    width=width,
                    height=height,
                    bits=8,
                    frames=max(1, frames),
                    complete=frames > 1,
                )
        at += 1
    return Header(
        format="GIF", width=width, height=height, bits=8, frames=max(1, frames), complete=complete
    )


def _webp(raw: bytes) -> Header:
    length = struct.unpack_from("<I", raw, 4)[0]
    kind = raw[12:16]
    frames = 1
    if kind == b"VP8X":
        width = 1 + int.from_bytes(raw[24:27], "little")
        height = 1 + int.from_bytes(raw[27:30], "little")
        if raw[20] & 0x02:
            frames = _webp_frames(raw)
    elif kind == b"VP8L":
        packed = struct.unpack_from("<I", raw, 21)[0]
        width, height = 1 + (packed & 0x3FFF), 1 + ((packed >> 14) & 0x3FFF)
    else:
        sides = struct.unpack_from("<HH", raw, 26)
        width, height = sides[0] & 0x3FFF, sides[1] & 0x3FFF
    return Header(
        format="WEBP",
        width=width,
        height=height,
        bits=8,
        frames=frames,
        complete=length + 8 <= len(raw),
    )


def _webp_frames(raw: bytes) -> int:
    frames, at = 0, 12
    while at + 8 <= len(raw) and frames < MAX_COUNTED_FRAMES:
        kind, length = struct.unpack_from("<4sI", raw, at)
        frames += kind == b"ANMF"
        at += 8 + length + (length & 1)
    return max(1, frames)


_TIFF_VALUES: Final = {1: "B", 3: "H", 4: "I", 16: "Q"}
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_BITS, _TIFF_ORIENTATION = 256, 257, 258, 274


def _tiff(raw: bytes) -> Header:
    order = "<" if raw[:2] == b"II" else ">"
    big = raw[2:4] in (b"+\0", b"\0+")
    at = struct.unpack_from(order + ("Q" if big else "I"), raw, 8 if big else 4)[0]
    tags, following = _tiff_directory(raw, at, order=order, big=big)
    frames, seen = 1, {at}
    while following and following not in seen and frames < MAX_COUNTED_FRAMES:
        seen.add(following)
        try:
            following = _tiff_directory(raw, following, order=order, big=big, values=False)[1]
        except OUTSIDE:
            break
        frames += 1
    end = max(
        (
            start + count
            for starts, counts in ((273, 279), (324, 325))
            for start, count in zip(tags.get(starts, ()), tags.get(counts, ()), strict=False)
        ),
        default=0,
    )
    return Header(
        format="TIFF",
        width=tags.get(_TIFF_WIDTH, (0,))[0],
        height=tags.get(_TIFF_HEIGHT, (0,))[0],
        bits=tags.get(_TIFF_BITS, (1,))[0],
        orientation=tags.get(_TIFF_ORIENTATION, (1,))[0],
        frames=frames,
        complete=end <= len(raw),
    )


def _tiff_directory(
    raw: bytes, at: int, *, order: str, big: bool, values: bool = True
) -> tuple[dict[int, tuple[int, ...]], int]:
    """The whole-number tags of one directory, and where the next one lies (0: none)."""
    count_code, entry, inline = ("Q", 20, 8) if big else ("H", 12, 4)
    count = struct.unpack_from(order + count_code, raw, at)[0]
    first = at + struct.calcsize("<" + count_code)
    following = struct.unpack_from(order + ("Q" if big else "I"), raw, first + count * entry)[0]
    tags: dict[int, tuple[int, ...]] = {}
    for index in range(min(count, MAX_BLOCKS) if values else 0):
        here = first + index * entry
        tag, kind = struct.unpack_from(order + "HH", raw, here)
        number = struct.unpack_from(order + ("Q" if big else "I"), raw, here + 4)[0]
        code = _TIFF_VALUES.get(kind)
        if code is None or not 0 < number <= MAX_BLOCKS:
            continue
        where = here + (12 if big else 8)
        if struct.calcsize("<" + code) * number > inline:
            where = struct.unpack_from(order + ("Q" if big else "I"), raw, where)[0]
        if tag in (273, 279, 324, 325, 256, 257, 258, 274):
            tags[tag] = struct.unpack_from(f"{order}{number}{code}", raw, where)
    return tags, following


_READERS: Final[tuple[tuple[str, bytes | tuple[bytes, ...], Callable[[bytes], Header]], ...]] = (
    ("PNG", PNG, _png),
    ("JPEG", b"\xff\xd8\xff", _jpeg),
    ("TIFF", TIFF_STARTS, _tiff),
    ("BMP", b"BM", _bmp),
    ("GIF", (b"GIF87a", b"GIF89a"), _gif),
)
