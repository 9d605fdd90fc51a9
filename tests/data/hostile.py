"""Files a person might upload, good and bad, drawn here, each with what must happen to it.

``write_samples(folder)`` is for every test that needs uploads (decoding, command line, browser).
Nothing in here comes from a dataset.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What decoding a sample must give.

    Attributes:
        outcome: "ok", or the code of the LessonError.
        changes: Codes of the changes that must be said (others may be said too).
        size: (width, height) of the gray picture where it matters.
        frames: Pictures in the file.
        xray: Value of `looks_like_xray`.
        negative: Value of `inverted_suspected`.
        doubted: A doubt is said besides those two.
    """

    outcome: str = OK
    changes: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    frames: int = 1
    xray: bool = True
    negative: bool = False
    doubted: bool = False


def drawn_xray(width: int = 96, height: int = 128) -> NDArray[np.uint8]:
    """A bone on black, different in all four corners, so that turns and flips show."""
    y, x = np.mgrid[0:height, 0:width]
    across = (x - width * 0.45 - 0.1 * (y - height / 2)) / width
    image = 30.0 * (np.abs(across) < 0.33) + 150.0 * (np.abs(across) < 0.15)
    image += 50.0 * ((np.abs(across) > 0.11) & (np.abs(across) < 0.15))
    image[: height // 8, : width // 6] = 255  # the side marker, top left
    image += 12.0 * np.sin(x * 0.9) * np.cos(y * 0.7) * (image > 0)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def colored_photo(width: int = 160, height: int = 120) -> NDArray[np.uint8]:
    """Sky, a house, a meadow: many hues."""
    y, x = np.mgrid[0:height, 0:width]
    photo = np.zeros((height, width, 3), np.float64)
    photo[..., 0] = np.where(y < height / 2, 90, 70) + 40 * np.sin(x / 9.0)
    photo[..., 1] = np.where(y < height / 2, 150, 160) + 20 * np.cos(y / 7.0)
    photo[..., 2] = np.where(y < height / 2, 230, 40)
    photo[height // 3 : 2 * height // 3, width // 4 : width // 2] = (190, 60, 50)
    return np.clip(photo, 0, 255).astype(np.uint8)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a picture file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def oriented(gray: NDArray[np.uint8], kind: str, orientation: int, **options: object) -> bytes:
    """A file whose EXIF says how to turn it."""
    exif = Image.Exif()
    exif[274] = orientation
    return encoded(Image.fromarray(gray), kind, exif=exif, **options)


def hollow_png(width: int, height: int, *, bits: int = 8, color: int = 0) -> bytes:
    """A PNG of zeros: a few kilobytes that unfold to any size."""
    samples = {0: 1, 2: 3, 6: 4}[color]
    row = b"\0" * (1 + (width * samples * bits + 7) // 8)
    packer = zlib.compressobj(9)
    rows_at_once = max(1, 1_000_000 // len(row))
    data, left = b"", height
    while left:
        take = min(left, rows_at_once)
        data += packer.compress(row * take)
        left -= take
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    return png_of((b"IHDR", header), (b"IDAT", data + packer.flush()), (b"IEND", b""))


def png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG from its chunks, with right checksums."""
    packed = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + packed


def stated_png(width: int, height: int) -> bytes:
    """A PNG that states a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return png_of((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 64)), (b"IEND", b""))


def dicom(
    pixels: NDArray[np.generic] | None,
    *,
    photometric: str = "MONOCHROME2",
    syntax: str = ExplicitVRLittleEndian,
    raw_pixels: bytes | None = None,
    modality: str = "DX",
    **fields: object,
) -> bytes:
    """A small DICOM file.

    Args:
        pixels: (H, W), (N, H, W) or (H, W, 3) stored values, or None for no pixel data.
        photometric: Photometric Interpretation.
        syntax: Transfer Syntax UID.
        raw_pixels: The Pixel Data instead of the array's own bytes (still described by it).
        modality: The device.
        fields: Further elements by keyword; overrule what the array says.
    """
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = (
        CTImageStorage if modality == "CT" else DigitalXRayImageStorageForPresentation
    )
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["lightbox"])
    data = Dataset()
    data.file_meta = meta
    data.SOPClassUID = meta.MediaStorageSOPClassUID
    data.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    data.Modality = modality
    data.PatientName = "Nobody^Known"
    if pixels is not None:
        color = pixels.ndim == 3 and pixels.shape[2] == 3
        data.SamplesPerPixel = 3 if color else 1
        if color:
            data.PlanarConfiguration = 0
        data.PhotometricInterpretation = photometric
        data.Rows, data.Columns = (
            pixels.shape[:2] if color or pixels.ndim == 2 else pixels.shape[1:]
        )
        if pixels.ndim == 3 and not color:
            data.NumberOfFrames = len(pixels)
        bits = pixels.dtype.itemsize * 8
        data.BitsAllocated = data.BitsStored = bits
        data.HighBit = bits - 1
        data.PixelRepresentation = int(pixels.dtype.kind == "i")
        raw = pixels.tobytes() if raw_pixels is None else raw_pixels
        data.PixelData = raw + b"\0" * (len(raw) % 2)
        data["PixelData"].VR = "OB" if bits == 8 or syntax != ExplicitVRLittleEndian else "OW"
        data["PixelData"].is_undefined_length = syntax != ExplicitVRLittleEndian
    for keyword, value in fields.items():
        setattr(data, keyword, value)
    out = io.BytesIO()
    data.save_as(out, enforce_file_format=True)
    return out.getvalue()


def run_length_bomb(rows: int = 64, columns: int = 64) -> bytes:
    """An RLE frame that unfolds to a thousand times what the header states."""
    body = b"\x81\0" * (rows * columns * 1000 // 128)
    frame = struct.pack("<16I", 1, 64, *([0] * 14)) + body
    pixels = np.zeros((rows, columns), np.uint8)
    return dicom(pixels, syntax=RLELossless, raw_pixels=encapsulate([frame]))


def oversized_frame() -> bytes:
    """A JPEG 2000 frame of 3,000 x 3,000 in a file that states 64 x 64."""
    stream = encoded(Image.new("L", (3000, 3000)), "JPEG2000", no_jp2=True)
    pixels = np.zeros((64, 64), np.uint8)
    return dicom(pixels, syntax=JPEG2000Lossless, raw_pixels=encapsulate([stream]))


def _good() -> dict[str, tuple[bytes, Expected]]:
    """Pictures that must be read."""
    gray = drawn_xray()
    height, width = gray.shape
    image = Image.fromarray(gray)
    rgb = image.convert("RGB")
    wide = (width, height)
    palette = rgb.quantize(64)
    alpha = np.dstack([gray, gray, gray, np.where(gray > 0, 255, 0).astype(np.uint8)])
    pages = [Image.fromarray(np.roll(gray, shift, axis=0)) for shift in (0, 9, 20)]
    return {
        "gray.png": (encoded(image, "PNG"), Expected(size=wide)),
        "gray.jpg": (encoded(image, "JPEG", quality=95), Expected(size=wide)),
        "gray.tif": (encoded(image, "TIFF"), Expected(size=wide)),
        "gray_lzw.tif": (encoded(image, "TIFF", compression="tiff_lzw"), Expected(size=wide)),
        "gray.bmp": (encoded(image, "BMP"), Expected(size=wide)),
        "gray.gif": (encoded(image, "GIF"), Expected(size=wide)),
        "lossless.webp": (
            encoded(rgb, "WEBP", lossless=True),
            Expected(size=wide, changes=("color.removed",)),
        ),
        "lossy.webp": (encoded(rgb, "WEBP"), Expected(size=wide, changes=("color.removed",))),
        "progressive.jpg": (encoded(rgb, "JPEG", progressive=True), Expected(size=wide)),
        "rgb.png": (encoded(rgb, "PNG"), Expected(size=wide, changes=("color.removed",))),
        "gray16.png": (
            encoded(Image.fromarray(gray.astype(np.uint16) * 257), "PNG"),
            Expected(size=wide, changes=("depth.reduced",)),
        ),
        "gray12_in_16.png": (
            encoded(Image.fromarray(gray.astype(np.uint16) * 16 + 100), "PNG"),
            Expected(size=wide, changes=("depth.stretched",)),
        ),
        "gray16.tif": (
            encoded(Image.fromarray(gray.astype(np.uint16) * 257), "TIFF"),
            Expected(size=wide, changes=("depth.reduced",)),
        ),
        "float.tif": (
            encoded(Image.fromarray((gray / 255).astype(np.float32)), "TIFF"),
            Expected(size=wide, changes=("depth.reduced",)),
        ),
        "float_nan.tif": (
            encoded(
                Image.fromarray(np.where(gray > 250, np.nan, gray * 3.0 - 90).astype(np.float32)),
                "TIFF",
            ),
            Expected(size=wide, changes=("pixels.not-finite", "depth.stretched")),
        ),
        "int32.tif": (
            encoded(Image.fromarray(gray.astype(np.int32) * 4000 - 70_000), "TIFF"),
            Expected(size=wide, changes=("depth.stretched",)),
        ),
        "palette.png": (
            encoded(palette, "PNG"),
            Expected(size=wide, changes=("palette.resolved", "color.removed")),
        ),
        "one_bit.png": (
            encoded(image.point(lambda v: 255 * (v > 90)).convert("1"), "PNG"),
            Expected(size=wide, changes=("depth.widened",), doubted=True),
        ),
        "alpha.png": (
            encoded(Image.fromarray(alpha, "RGBA"), "PNG"),
            Expected(size=wide, changes=("alpha.flattened", "color.removed")),
        ),
        "gray_alpha.png": (
            encoded(Image.fromarray(alpha, "RGBA").convert("LA"), "PNG"),
            Expected(size=wide, changes=("alpha.flattened",)),
        ),
        "cmyk.jpg": (
            encoded(rgb.convert("CMYK"), "JPEG", quality=95),
            Expected(size=wide, changes=("inks.converted", "color.removed")),
        ),
        "cmyk.tif": (
            encoded(rgb.convert("CMYK"), "TIFF"),
            Expected(size=wide, changes=("inks.converted",)),
        ),
        "exif6.jpg": (
            oriented(np.rot90(gray), "JPEG", 6),
            Expected(size=wide, changes=("orientation.applied",)),
        ),
        "exif3.png": (
            oriented(np.rot90(gray, 2), "PNG", 3),
            Expected(size=wide, changes=("orientation.applied",)),
        ),
        "exif_nonsense.jpg": (oriented(gray, "JPEG", 99), Expected(size=wide)),
        "negative.png": (encoded(Image.fromarray(255 - gray), "PNG"), Expected(negative=True)),
        "animation.gif": (
            encoded(pages[0], "GIF", save_all=True, append_images=pages[1:]),
            Expected(frames=3, changes=("frame.first",)),
        ),
        "animation.webp": (
            encoded(pages[0], "WEBP", save_all=True, append_images=pages[1:], lossless=True),
            Expected(frames=3, changes=("frame.first",)),
        ),
        "pages.tif": (
            encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]),
            Expected(frames=3, changes=("frame.first",)),
        ),
        "animation.png": (
            encoded(pages[0], "PNG", save_all=True, append_images=pages[1:]),
            Expected(frames=3, changes=("frame.first",)),
        ),
        "photo.jpg": (encoded(Image.fromarray(colored_photo()), "JPEG"), Expected(xray=False)),
        "photo.png": (encoded(Image.fromarray(colored_photo()), "PNG"), Expected(xray=False)),
        "blank.png": (encoded(Image.new("L", (64, 64)), "PNG"), Expected()),
        "png_named.jpg": (encoded(image, "PNG"), Expected(size=wide)),
    }


def _good_dicom() -> dict[str, tuple[bytes, Expected]]:
    """DICOM files that must be read."""
    gray = drawn_xray()
    deep = gray.astype(np.uint16) * 16
    stack = np.stack([np.roll(gray, shift, axis=0) for shift in range(5)])
    jpeg = encoded(Image.fromarray(gray), "JPEG", quality=95)
    wavelet = encoded(Image.fromarray(gray), "JPEG2000", no_jp2=True)
    plain = dicom(deep, WindowCenter=2048, WindowWidth=4096)
    return {
        "window.dcm": (plain, Expected(changes=("dicom.windowed",))),
        "no_extension": (plain, Expected(changes=("dicom.windowed",))),
        "no_window.dcm": (dicom(deep), Expected(changes=("depth.stretched",))),
        "eight_bits.dcm": (dicom(gray), Expected()),
        "rescaled.dcm": (
            dicom(deep, RescaleSlope=2, RescaleIntercept=-1024),
            Expected(changes=("dicom.rescaled",)),
        ),
        "monochrome1.dcm": (
            dicom(255 - gray, photometric="MONOCHROME1"),
            Expected(changes=("dicom.monochrome1",)),
        ),
        "frames.dcm": (dicom(stack), Expected(frames=5, changes=("frame.middle",))),
        "color.dcm": (
            dicom(np.dstack([gray] * 3), photometric="RGB"),
            Expected(changes=("color.removed",)),
        ),
        "jpeg.dcm": (
            dicom(gray, syntax=JPEGBaseline8Bit, raw_pixels=encapsulate([jpeg])),
            Expected(),
        ),
        "jpeg2000.dcm": (
            dicom(gray, syntax=JPEG2000Lossless, raw_pixels=encapsulate([wavelet])),
            Expected(),
        ),
        "ct.dcm": (dicom(deep, modality="CT"), Expected(xray=False)),
        "no_preamble.dcm": (plain[132:], Expected(changes=("dicom.windowed",))),
    }


def _damaged() -> dict[str, tuple[bytes, Expected]]:
    """Pictures that must be refused."""
    gray = np.tile(drawn_xray(), (3, 3))
    image = Image.fromarray(gray)
    files = {
        "jpg": encoded(image, "JPEG"),
        "png": encoded(image, "PNG"),
        "tif": encoded(image, "TIFF", compression="tiff_lzw"),
        "bmp": encoded(image, "BMP"),
        "gif": encoded(image, "GIF"),
        "webp": encoded(image, "WEBP", lossless=True),
        "dcm": dicom(gray),
    }
    cut = Expected(outcome="upload.truncated")
    samples = {f"cut.{kind}": (raw[: len(raw) // 2], cut) for kind, raw in files.items()}
    samples |= {f"last_bytes_cut.{k}": (files[k][:-40], cut) for k in ("jpg", "png", "bmp", "dcm")}
    png = bytearray(files["png"])
    png[len(png) // 2] ^= 0xFF
    jpeg = bytearray(files["jpg"])
    start = files["jpg"].index(b"\xff\xc4")
    jpeg[start + 4 : start + 40] = b"\xff" * 36
    noise = np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8).tobytes()
    bad = Expected(outcome="upload.damaged")
    return samples | {
        "flipped_bit.png": (bytes(png), bad),
        "broken_table.jpg": (bytes(jpeg), bad),
        "only_signature.png": (files["png"][:8], cut),
        "only_signature.jpg": (b"\xff\xd8\xff\xe0", cut),
        "noise.png": (b"\x89PNG\r\n\x1a\n" + noise, bad),
        "noise.jpg": (noise, Expected(outcome="upload.not-an-image")),
        "twelve_bits.jpg": (
            files["jpg"].replace(b"\xff\xc0\x00\x0b\x08", b"\xff\xc0\x00\x0b\x0c"),
            Expected(outcome="upload.unsupported-format"),
        ),
    }


def _limits() -> dict[str, tuple[bytes, Expected]]:
    """What only its size rules out."""
    pixels = Expected(outcome="upload.too-many-pixels")
    return {
        "empty.png": (b"", Expected(outcome="upload.empty")),
        "bomb_900_megapixels.png": (hollow_png(30_000, 30_000, bits=1), pixels),
        "bomb_50_megapixels.png": (hollow_png(9_000, 5_600), pixels),
        "just_above.png": (stated_png(50_000, 1_001 * 3), pixels),
        "stated_huge.png": (stated_png(2**31 - 1, 2**31 - 1), pixels),
        "stated_huge.bmp": (
            b"BM"
            + struct.pack("<IIIIiiHHI", 1000, 0, 54, 40, 40_000, -40_000, 1, 24, 0)
            + b"\0" * 99,
            pixels,
        ),
        "stated_huge.gif": (b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0), pixels),
        "stated_huge.webp": (
            b"RIFF"
            + struct.pack("<I", 30)
            + b"WEBPVP8X"
            + struct.pack("<I", 10)
            + b"\0" * 4
            + b"\xff\x7f\0\xff\x7f\0"
            + b"\0" * 12,
            pixels,
        ),
        "stated_huge.dcm": (
            dicom(np.zeros((16, 16), np.uint8), Rows=60_000, Columns=60_000),
            pixels,
        ),
        "over_25_megabytes.png": (
            encoded(Image.fromarray(drawn_xray()), "PNG") + b"\0" * 25_000_000,
            Expected(outcome="upload.too-large"),
        ),
        "one_pixel.png": (
            encoded(Image.new("L", (1, 1)), "PNG"),
            Expected(outcome="upload.too-small"),
        ),
        "ribbon.png": (
            encoded(Image.new("L", (5000, 100)), "PNG"),
            Expected(outcome="upload.too-long"),
        ),
    }


def _disguised() -> dict[str, tuple[bytes, Expected]]:
    """What is no picture, whatever its name says."""
    packed, archive = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("a.png", encoded(Image.fromarray(drawn_xray()), "PNG"))
    with tarfile.open(fileobj=archive, mode="w") as tape:
        member = tarfile.TarInfo("a.txt")
        member.size = 5
        tape.addfile(member, io.BytesIO(b"hello"))
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    brand = struct.pack(">I", 24) + b"ftyp"
    refused = {
        "zip.png": (packed.getvalue(), "upload.archive"),
        "tar.png": (archive.getvalue(), "upload.archive"),
        "gzip.jpg": (gzip.compress(b"x" * 100), "upload.archive"),
        "bzip2.jpg": (bz2.compress(b"x" * 100), "upload.archive"),
        "xz.jpg": (lzma.compress(b"x" * 100), "upload.archive"),
        "7z.png": (b"7z\xbc\xaf\x27\x1c" + b"\0" * 60, "upload.archive"),
        "rar.png": (b"Rar!\x1a\x07\x01\0" + b"\0" * 60, "upload.archive"),
        "svg.png": (svg, "upload.svg"),
        "svg_declared.png": (
            b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x -->\n' + svg,
            "upload.svg",
        ),
        "svg_wide.png": ("\ufeff<svg></svg>".encode("utf-16-le"), "upload.svg"),
        "page.jpg": (b"<!DOCTYPE html><html><body>404</body></html>", "upload.web-page"),
        "document.png": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "upload.pdf"),
        "phone.jpg": (brand + b"heic\0\0\0\0mif1heic" + b"\0" * 500, "upload.heic"),
        "avif.jpg": (brand + b"avif\0\0\0\0avifmif1" + b"\0" * 500, "upload.unsupported-format"),
        "film.jpg": (brand + b"isom\0\0\0\0isommp42" + b"\0" * 500, "upload.video"),
        "jpeg2000.jpg": (
            encoded(Image.fromarray(drawn_xray()), "JPEG2000"),
            "upload.unsupported-format",
        ),
        "text.png": (b"hello, this is no picture\n", "upload.not-an-image"),
        "zeros.jpg": (b"\0" * 5000, "upload.not-an-image"),
        "program.png": (b"MZ\x90\0" + b"\0" * 200, "upload.not-an-image"),
        "header_only.dcm": (dicom(None), "upload.dicom-without-pixels"),
        "zeros.dcm": (b"\0" * 128 + b"DICM" + b"\0" * 2000, "upload.dicom-without-pixels"),
        "jpeg_ls.dcm": (
            dicom(drawn_xray(), syntax=JPEGLSLossless, raw_pixels=encapsulate([b"\xff\xd8" * 9])),
            "upload.dicom-damaged",
        ),
        "run_length_bomb.dcm": (run_length_bomb(), "upload.dicom-damaged"),
        "oversized_frame.dcm": (oversized_frame(), "upload.dicom-damaged"),
        "frames_that_are_not_there.dcm": (
            dicom(np.zeros((16, 16), np.uint8), NumberOfFrames=1_000_000_000),
            "upload.truncated",
        ),
    }
    return {name: (raw, Expected(outcome=code)) for name, (raw, code) in refused.items()}


@cache
def samples() -> dict[str, tuple[bytes, Expected]]:
    """All samples by file name."""
    return _good() | _good_dicom() | _damaged() | _limits() | _disguised()


def write_samples(folder: Path) -> dict[str, Expected]:
    """Write all samples into `folder`; returns what must happen to each, by file name."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, (raw, outcome) in samples().items():
        (folder / name).write_bytes(raw)
        expected[name] = outcome
    return expected


def bombs() -> list[bytes]:
    """Small files that unfold to more than a gigabyte, or to many times what they state."""
    names = ("bomb_900_megapixels.png", "bomb_50_megapixels.png", "run_length_bomb.dcm")
    every = samples()
    return [every[name][0] for name in (*names, "oversized_frame.dcm")]
