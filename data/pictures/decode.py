"""From the bytes of one picture to gray values, with every change said.

The order is fixed: what can be refused by its size, its first bytes or its header is refused
before a pixel is decoded; then the picture is decoded, turned upright, made gray and brought to
8 bits. Dataset files and uploads take the same way, so a file gives the same pixels in both.

Bytes are never handed to a decoder that sniffs on its own (OpenCV would unfold a file of 100 kB
to gigabytes), and never written to disk.
"""

from __future__ import annotations

import dataclasses
import io
import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, UnidentifiedImageError

from core.arrays import FloatArray, IntArray, UInt8Array
from core.errors import LessonError
from data.pictures import appearance, deep_color, jpeg_wholeness, limits, tones
from data.pictures.decoded import PHOTO_WARNING, PREVIEW_SIDE, Decoded, shrink
from data.pictures.headers import MAX_COUNTED_FRAMES, Header, read_header
from data.pictures.refusals import EXPORT, refuse
from data.pictures.tones import Change

FORMATS: Final = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")
ORIENTATION: Final = 274
SAMPLE_FORMAT: Final = 339
SIGNED: Final = 2
PHOTOMETRIC: Final = 262
DEEP_MODES: Final = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
ALPHA_MODES: Final = ("RGBA", "LA", "PA", "La", "RGBa")

# What Pillow's decoders raise on bytes that are not what they claim. Hostile bytes reach every
# line of them, so the list is long; it surrounds calls into Pillow only, never code of ours.
DECODER_FAILURES: Final = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)

# EXIF orientation: (what undoes it, in words).
TURNS: Final = {
    2: "mirrored left to right",
    3: "turned by 180 degrees",
    4: "mirrored top to bottom",
    5: "mirrored along the diagonal",
    6: "turned by 90 degrees clockwise",
    7: "mirrored along the other diagonal",
    8: "turned by 90 degrees counterclockwise",
}
COLOR_REMOVED: Final = "Colors became gray: 0.299 of red, 0.587 of green and 0.114 of blue."
ALPHA_FLATTENED: Final = "Transparent parts were laid on black, an X-ray's empty background."
NEGATIVE_WARNING: Final = (
    "The picture is bright all over, up to its border: black and white may be swapped. If bone "
    "is dark in it, swap black and white; nothing was swapped by itself."
)
BLANK_WARNING: Final = "All pixels have the same value: there is nothing in this picture to see."
FEW_GRAYS_WARNING: Final = (
    "Only a few grays are in use, as in a mask, a drawing or a picture of 4 bits: an X-ray has "
    "more. The network was trained on X-rays only."
)
DARK_WARNING: Final = (
    "The picture is nearly black all over: its values may belong to another range (a mask, or 12 "
    "bits read as 16). Open it in a viewer and save it with its contrast stretched."
)
_JUDGED: Final = (NEGATIVE_WARNING, BLANK_WARNING, FEW_GRAYS_WARNING, DARK_WARNING)


def decode_file(path: Path, *, invert: bool = False) -> Decoded:
    """Decode a picture of a dataset; the same pixels as `decode_bytes` of its bytes.

    Args:
        path: The file. Its name's ending plays no part.
        invert: Swap black and white.

    Raises:
        LessonError: ``upload.missing`` where the file can't be read, else as `decode_bytes`.
    """
    try:
        # A look at the size first: a film of 4 GB is not read only to be refused.
        limits.check_bytes(path.stat().st_size)
        raw = path.read_bytes()
    except OSError as error:
        raise LessonError(
            "upload.missing",
            problem=f"{path} can't be read: {error.strerror or error}.",
            remedy="Check the name, and that it is a file you may read.",
        ) from error
    return decode_bytes(raw, name=path.name, invert=invert)


def decode_bytes(raw: bytes, *, name: str = "", invert: bool = False) -> Decoded:
    """Decode an uploaded picture.

    Args:
        raw: The whole file.
        name: The file's name; used in no decision, for the content says what a file is.
        invert: Swap black and white. Only this does: a suspected negative is reported, while
            DICOM's MONOCHROME1 and TIFF's white-is-zero, which state it, are undone at once.

    Returns:
        The upright gray picture, all changes and doubts.

    Raises:
        LessonError: ``upload.empty``, ``upload.too-large``, ``upload.too-many-pixels``,
            ``upload.too-small``, ``upload.too-long``, ``upload.truncated``, ``upload.damaged``,
            ``upload.not-an-image``, ``upload.archive``, ``upload.svg``, ``upload.web-page``,
            ``upload.pdf``, ``upload.heic``, ``upload.video``, ``upload.unsupported-format``,
            or one of DICOM's: ``upload.dicom-...``.
    """
    limits.check_bytes(len(raw))
    if looks_like_dicom(raw, name):
        # pydicom takes 0.3 s to import, which a session without DICOM does not pay.
        from data.pictures import dicom

        decoded = dicom.decode(raw)
    else:
        header = read_header(raw)
        if header is None:
            raise refuse(raw)
        decoded = _decode_picture(raw, header)
    return _judged(inverted(decoded) if invert else decoded)


def inverted(decoded: Decoded) -> Decoded:
    """The same picture with black and white swapped, and that said."""
    change = Change(code="inverted.requested", sentence="Black and white were swapped, as asked.")
    return _judged(
        dataclasses.replace(
            decoded,
            gray=tones.invert(decoded.gray),
            inverted=not decoded.inverted,
            changes=(*decoded.changes, change),
        )
    )


def looks_like_dicom(raw: bytes, name: str = "") -> bool:
    """True for DICOM with its preamble, or without it when the name or the first tag says so."""
    if raw[128:132] == b"DICM":
        return True
    if raw[:2] not in (b"\x08\0", b"\x02\0", b"\0\x08"):
        return False
    group_8_or_2 = raw[2:4] in (b"\0\0", b"\x01\0", b"\x05\0", b"\x08\0", b"\x16\0", b"\0\x08")
    return group_8_or_2 or name.lower().endswith((".dcm", ".dicom"))


def _judged(decoded: Decoded) -> Decoded:
    """Add the doubts that follow from the final gray values."""
    kept = [warning for warning in decoded.warnings if warning not in _JUDGED]
    counts = appearance.histogram(decoded.gray)
    blank = appearance.grays(counts) == 1
    negative = appearance.looks_negative(decoded.gray) and not blank
    if blank:
        kept.append(BLANK_WARNING)
    else:
        if appearance.grays(counts) <= appearance.FEW_GRAYS:
            kept.append(FEW_GRAYS_WARNING)
        if appearance.is_dark(counts):
            kept.append(DARK_WARNING)
        if negative:
            kept.append(NEGATIVE_WARNING)
    return dataclasses.replace(decoded, inverted_suspected=negative, warnings=tuple(kept))


def _decode_picture(raw: bytes, header: Header) -> Decoded:
    """PNG, JPEG, TIFF, BMP, WebP or GIF, through Pillow."""
    _check_header(header)
    image = _load(raw, header)
    doubts = _require_whole(raw) if header.format == "JPEG" else ()
    # Pillow turns TIFF upright by itself while loading, the others not.
    orientation, turned = _orientation(image, header)
    changes: list[Change] = []
    if header.frames > 1:
        changes.append(first_frame(header.frames))
    if orientation != 1:
        sentence = f"The file says how the camera was held: the picture was {TURNS[orientation]}."
        changes.append(Change(code="orientation.applied", sentence=sentence))
    if image.mode in DEEP_MODES:
        gray, said = _deep_gray(image)
        white_is_zero = any(change.code == "tiff.white-is-zero" for change in said)
        preview = shrink(tones.invert(gray) if white_is_zero else gray)
    else:
        # The preview first: the gray conversion may let go of the colors.
        preview = _preview(image)
        gray, said = _shallow_gray(image, header, raw)
    changes.extend(said)
    if turned:
        preview = turn(preview, undone(orientation))
    else:
        gray = turn(gray, orientation)
    photo = preview.ndim == 3 and appearance.is_colored(preview)
    return Decoded(
        gray=np.ascontiguousarray(gray),
        received=np.ascontiguousarray(preview),
        original_mode=image.mode,
        format=header.format,
        width=gray.shape[1],
        height=gray.shape[0],
        frames=header.frames,
        orientation=orientation,
        inverted=any(change.code == "tiff.white-is-zero" for change in said),
        looks_like_xray=not photo,
        changes=tuple(changes),
        warnings=(PHOTO_WARNING, *doubts) if photo else doubts,
    )


def first_frame(frames: int) -> Change:
    """Say that a file holds several pictures and which one counts."""
    many = f"more than {frames - 1:,}" if frames >= MAX_COUNTED_FRAMES else f"{frames:,}"
    return Change(
        code="frame.first", sentence=f"The file holds {many} pictures; the first one is used."
    )


def _check_header(header: Header) -> None:
    """Refuse by what the header says."""
    if header.width == 0 or header.height == 0:
        raise _truncated(header.format) if not header.complete else _damaged(header.format)
    limits.check_size(header.width, header.height)
    if header.format == "JPEG" and header.bits != 8:
        raise LessonError(
            "upload.unsupported-format",
            problem=f"This JPEG holds {header.bits} bits a sample; 8 are read.",
            remedy=EXPORT,
        )
    if not header.complete:
        raise _truncated(header.format)


def _require_whole(raw: bytes) -> tuple[str, ...]:
    """Refuse a JPEG that was cut short and closed; returns the doubt of a damaged one."""
    said = jpeg_wholeness.complaint(raw)
    if jpeg_wholeness.is_cut(said):
        raise _truncated("JPEG")
    return (jpeg_wholeness.DAMAGE_DOUBT,) if jpeg_wholeness.is_damaged(said) else ()


def _load(raw: bytes, header: Header) -> Image.Image:
    """Decode the pixels of the first picture."""
    try:
        image = Image.open(io.BytesIO(raw), formats=FORMATS)
        # Pillow's own reading counts too, in case it differs from ours.
        limits.check_size(*image.size)
        image.load()
    except LessonError:
        raise
    except UnidentifiedImageError as error:
        raise _damaged(header.format) from error
    except DECODER_FAILURES as error:
        if "truncated" in str(error).lower():
            raise _truncated(header.format) from error
        raise _damaged(header.format) from error
    return image


def _truncated(kind: str) -> LessonError:
    return LessonError(
        "upload.truncated",
        problem=f"The {kind} file breaks off before its end: a part of the picture is missing.",
        remedy="The copy or download was cut short: copy or download the picture again.",
    )


def _damaged(kind: str) -> LessonError:
    return LessonError(
        "upload.damaged",
        problem=f"The {kind} picture can't be decoded: it is damaged or of a rare kind.",
        remedy=EXPORT,
    )


def _orientation(image: Image.Image, header: Header) -> tuple[int, bool]:
    """The EXIF orientation, and whether the decoder has undone it already."""
    if header.format == "TIFF":
        return (header.orientation if header.orientation in TURNS else 1), True
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except DECODER_FAILURES:
        # Broken metadata round a sound picture: without it nothing is known of a rotation.
        value = 1
    return (value if value in TURNS else 1), False


def turn(image: UInt8Array, orientation: int) -> UInt8Array:
    """Turn a picture upright by its EXIF orientation.

    Args:
        image: (H, W) or (H, W, 3).
        orientation: 1 to 8.

    >>> turn(np.array([[1, 2], [3, 4]], dtype=np.uint8), 6).tolist()
    [[3, 1], [4, 2]]
    """
    if orientation in (5, 7):
        image = np.swapaxes(image, 0, 1)
        return image if orientation == 5 else image[::-1, ::-1]
    if orientation in (6, 8):
        return np.rot90(image, -1 if orientation == 6 else 1)
    return {2: image[:, ::-1], 3: image[::-1, ::-1], 4: image[::-1]}.get(orientation, image)


def undone(orientation: int) -> int:
    """The orientation that takes an upright picture back to how it lay in the file."""
    return {6: 8, 8: 6}.get(orientation, orientation)


def _preview(image: Image.Image) -> UInt8Array:
    """The picture as a browser would show it, at most `PREVIEW_SIDE` on the longer side."""
    if image.mode in ("P", "PA", "1"):
        image = image.convert("RGBA" if _is_transparent(image) else "RGB")
    step = -(-max(image.size) // PREVIEW_SIDE)
    small = image.reduce(step) if step > 1 else image
    if small.mode == "L":
        return np.asarray(small)
    if _is_transparent(small):
        small = small.convert("RGBA")
        black = Image.new("RGBA", small.size, (0, 0, 0, 255))
        small = Image.alpha_composite(black, small)
    return np.asarray(small.convert("RGB"))


def _is_transparent(image: Image.Image) -> bool:
    return image.mode in ALPHA_MODES or "transparency" in image.info


def _shallow_gray(
    image: Image.Image, header: Header, raw: bytes
) -> tuple[UInt8Array, list[Change]]:
    """Gray values of a picture that Pillow holds in 8 bits a channel."""
    changes: list[Change] = []
    if image.mode == "L" and _is_signed(image):
        # Pillow reads them as if they had no sign: 0 becomes black, -1 white.
        gray, said = tones.to_eight_bits(np.asarray(image).view(np.int8), bits=8)
        return gray, list(said)
    if header.bits == 16:
        planes = _planes(image, header, raw)
        if planes is not None:
            return _deep_color_gray(planes)
        sentence = "16 bits a channel were reduced to 8: the finer half of each value is dropped."
        changes.append(Change(code="depth.reduced", sentence=sentence))
    if image.mode == "P":
        sentence = "The palette's numbers were replaced by the colors they stand for."
        changes.append(Change(code="palette.resolved", sentence=sentence))
    if image.mode == "1":
        sentence = "1 bit a pixel: the picture has only black and white."
        changes.append(Change(code="depth.widened", sentence=sentence))
    alpha: Image.Image | None = None
    if _is_transparent(image):
        image = image.convert("LA" if image.mode in ("LA", "La") else "RGBA")
        alpha = image.getchannel("A")
    if image.mode == "CMYK":
        sentence = "The four printing inks (CMYK) were turned into red, green and blue."
        changes.append(Change(code="inks.converted", sentence=sentence))
        image = image.convert("RGB")
    if image.mode not in ("L", "LA", "1"):
        changes.append(Change(code="color.removed", sentence=COLOR_REMOVED))
        image = image.convert("RGB")
    gray = image.convert("L")
    if alpha is not None and alpha.getextrema() != (255, 255):
        changes.append(Change(code="alpha.flattened", sentence=ALPHA_FLATTENED))
        gray = ImageChops.multiply(gray, alpha)
    return np.asarray(gray), changes


def _planes(image: Image.Image, header: Header, raw: bytes) -> NDArray[np.uint16] | None:
    """The channels with all their 16 bits, where Pillow has let go of the lower 8."""
    if header.format not in deep_color.FORMATS or image.mode not in deep_color.MODES:
        return None
    return deep_color.planes_of(raw, image)


def _deep_color_gray(planes: NDArray[np.uint16]) -> tuple[UInt8Array, list[Change]]:
    gray, said = deep_color.gray_of(planes)
    changes = list(said)
    if planes.shape[-1] > 2:
        changes.append(Change(code="color.removed", sentence=COLOR_REMOVED))
    if planes.shape[-1] in (2, 4) and planes[..., -1].min() < 65_535:
        changes.append(Change(code="alpha.flattened", sentence=ALPHA_FLATTENED))
    return gray, changes


def _deep_gray(image: Image.Image) -> tuple[UInt8Array, list[Change]]:
    """Gray values of 16 bits, 32 bits or floating point.

    Pillow's own conversion cuts off at 255, which turns a 16-bit X-ray into a white sheet.
    """
    values: IntArray | FloatArray = np.asarray(image)
    tags = getattr(image, "tag_v2", {})
    if image.mode == "I" and tags.get(SAMPLE_FORMAT, (1,))[0] == 1 and _bits(tags) == 32:
        # Unsigned in the file, but Pillow's 32-bit mode is signed.
        values = values.view(np.uint32)
    gray, said = tones.to_eight_bits(values)
    changes = list(said)
    if tags.get(PHOTOMETRIC) == 0:
        # Pillow undoes this for 8 bits and leaves deeper pictures as they are.
        gray = tones.invert(gray)
        sentence = "The file says that its zero is white: black and white were swapped."
        changes.append(Change(code="tiff.white-is-zero", sentence=sentence))
    return gray, changes


def _is_signed(image: Image.Image) -> bool:
    tags = getattr(image, "tag_v2", {})
    return tags.get(SAMPLE_FORMAT, (1,))[0] == SIGNED


def _bits(tags: object) -> int:
    get = getattr(tags, "get", None)
    return int(get(258, (0,))[0]) if get else 0
