"""The process that decodes compressed DICOM frames, away from the dashboard's own.

The decoders for what hospitals send (JPEG Lossless, JPEG-LS, JPEG 2000, 12-bit JPEG) are large C
and C++ libraries, and a picture may come from anybody. So they run here: a frame comes in by the
standard input, its pixels go out by the standard output, and this process can open no network
connection worth having, write no file, and take only so much memory and time. It ends with its
input. `data.pictures.decompression` starts and asks it.

A message is a length (4 bytes, little endian), a JSON header of that length, the length of what
follows (8 bytes) and that. Not imported by anything: it runs as a script, without the project.
"""

from __future__ import annotations

import json
import struct
import sys
from typing import Any, BinaryIO, Final

import numpy as np

MEMORY: Final = 3 * 2**30
"""Bytes of address space: 50 megapixels of three 16-bit colors and what decoding adds."""

CPU_S: Final = 60
"""Processor seconds for one frame; the largest takes a few."""

EXTENDED_12_BIT: Final = "1.2.840.10008.1.2.4.51"


def main(source: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until the input ends."""
    try:
        # Named, so that the order in which pydicom finds decoders plays no part.
        import gdcm  # noqa: F401
        import openjpeg  # noqa: F401
        from pydicom.pixels import decoders  # noqa: F401
    except ImportError as error:
        _send(answers, {"error": f"a decoder is missing ({error.name})", "missing": True}, b"")
        return
    _confine()
    while (header := _header(source)) is not None:
        (length,) = struct.unpack("<Q", source.read(8))
        frame = source.read(length)
        _grant_time()
        try:
            pixels, photometric = decoded(header["syntax"], frame, header["options"])
        except Exception as error:  # whatever a decoder says of hostile bytes
            _send(answers, {"error": f"{type(error).__name__}: {error}"[:500]}, b"")
            continue
        described = {"shape": pixels.shape, "dtype": pixels.dtype.str, "photometric": photometric}
        _send(answers, described, np.ascontiguousarray(pixels).tobytes())


def decoded(syntax: str, frame: bytes, options: dict[str, Any]) -> tuple[np.ndarray, str]:
    """One frame's pixels, and their photometric interpretation.

    Args:
        syntax: UID of the transfer syntax.
        frame: The compressed frame.
        options: What pydicom wants to know of it.
    """
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder

    if syntax == EXTENDED_12_BIT and options["bits_stored"] > 8:
        return _twelve_bits(frame, options), options["photometric_interpretation"]
    # GDCM first: it knows the variants of hospitals. High-throughput JPEG 2000 is OpenJPEG's.
    last: Exception | None = None
    for plugin in ("gdcm", "pylibjpeg"):
        decoder = get_decoder(syntax)
        if plugin not in decoder.available_plugins:
            continue
        try:
            pixels, described = decoder.as_array(
                encapsulate([frame]), index=0, decoding_plugin=plugin, **options
            )
        except Exception as error:  # the other one may know it
            last = error
            continue
        return pixels, str(described["photometric_interpretation"])
    raise last if last is not None else NotImplementedError(syntax)


def _twelve_bits(frame: bytes, options: dict[str, Any]) -> np.ndarray:
    """JPEG of 12 bits, which GDCM reads and pydicom does not ask it for."""
    import gdcm

    if options["samples_per_pixel"] != 1:
        raise NotImplementedError("12-bit JPEG in color")
    rows, columns, stored = options["rows"], options["columns"], options["bits_stored"]
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    monochrome = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(monochrome))
    kind = gdcm.TransferSyntax.GetTSType(EXTENDED_12_BIT)
    image.SetTransferSyntax(gdcm.TransferSyntax(kind))
    signed = options["pixel_representation"]
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, stored, stored - 1, signed))
    # GDCM's bytes come as text, each undecodable one as a surrogate.
    raw = image.GetBuffer().encode("utf-8", "surrogateescape")
    return np.frombuffer(raw, "<i2" if signed else "<u2").reshape(rows, columns)


def _confine() -> None:
    """Take away what decoding does not need; where the system cannot, the process must do."""
    try:
        import resource
    except ImportError:
        return
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        try:
            resource.setrlimit(limit, (most, most))
        except (ValueError, OSError):
            continue


def _grant_time() -> None:
    """Let the next frame take `CPU_S` and no more: a loop without end is ended by the system."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_S, most))


def _header(source: BinaryIO) -> dict[str, Any] | None:
    start = source.read(4)
    if len(start) < 4:
        return None
    return json.loads(source.read(struct.unpack("<I", start)[0]))


def _send(answers: BinaryIO, header: dict[str, Any], content: bytes) -> None:
    said = json.dumps(header).encode()
    answers.write(struct.pack("<I", len(said)) + said + struct.pack("<Q", len(content)))
    answers.write(content)
    answers.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
