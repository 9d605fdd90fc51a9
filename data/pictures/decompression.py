"""Compressed DICOM frames, decoded in a process of their own.

One process stays for the next frame, so that a folder of them costs one start. Several threads
may ask at once; each waits for a process of its own. A process that dies, answers nonsense or
takes too long is ended, and its frame refused.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.arrays import IntArray
from core.errors import LessonError
from data.pictures.dicom_fields import damaged

SCRIPT: Final = Path(__file__).with_name("frame_decoder.py")
WAIT_S: Final = 120.0
"""Seconds for one frame on a busy machine, and for the process's own start."""

MAX_HEADER: Final = 10_000
MOST_IDLE: Final = os.cpu_count() or 2
_LOADER: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "WINDIR")
_idle: list[subprocess.Popen[bytes]] = []
_guard = threading.Lock()


def decompress(syntax: str, frame: bytes, options: dict[str, Any]) -> tuple[IntArray, str]:
    """Decode a frame.

    Args:
        syntax: UID of the transfer syntax.
        frame: The compressed frame, its own size checked against the file's before.
        options: What pydicom's decoders want to know: rows, columns, bits_stored...

    Returns:
        (H, W) or (H, W, C) stored values, and their photometric interpretation.

    Raises:
        LessonError: ``upload.dicom-damaged`` where the decoder fails, dies or does not end;
            ``upload.dicom-compressed`` where no decoder is installed.
    """
    process = _take()
    timer = threading.Timer(WAIT_S, process.kill)
    timer.start()
    try:
        _send(process, {"syntax": syntax, "options": options}, frame)
        header, content = _receive(process, most=_most_bytes(options))
        found = None if "error" in header else _pixels(header, content, options)
    except (OSError, ValueError, TypeError, LookupError, struct.error) as error:
        _end(process)
        raise damaged("decoding its pixels failed or took too long") from error
    finally:
        timer.cancel()
    _give_back(process)
    if header.get("missing"):
        raise LessonError(
            "upload.dicom-compressed",
            problem=f"The pixels of this DICOM file are compressed, and {header['error']}.",
            remedy="Install what requirements.txt lists, or export the picture uncompressed.",
        )
    if found is None:
        raise damaged("its compressed pixels can't be decoded")
    return found


def _most_bytes(options: dict[str, Any]) -> int:
    """What an honest answer holds at most: a decoder may widen a value to 8 bytes."""
    return 8 * options["rows"] * options["columns"] * options["samples_per_pixel"]


def _pixels(
    header: dict[str, Any], content: bytes, options: dict[str, Any]
) -> tuple[IntArray, str]:
    kind = np.dtype(header["dtype"])
    values = np.frombuffer(content, kind).reshape(header["shape"])
    size = (options["rows"], options["columns"])
    if kind.kind not in "iu" or values.shape not in (size, (*size, options["samples_per_pixel"])):
        raise ValueError("not the pixels that were asked for")
    return values, str(header["photometric"])


def _take() -> subprocess.Popen[bytes]:
    with _guard:
        while _idle:
            process = _idle.pop()
            if process.poll() is None:
                return process
            _end(process)
    return subprocess.Popen(
        # Isolated: neither the folder it is started in nor the environment adds modules.
        [sys.executable, "-I", str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )


def _environment() -> dict[str, str]:
    """What the system's loader needs, and nothing else that the server knows."""
    kept = {name: os.environ[name] for name in _LOADER if name in os.environ}
    return kept | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def _give_back(process: subprocess.Popen[bytes]) -> None:
    with _guard:
        if process.poll() is None and len(_idle) < MOST_IDLE:
            _idle.append(process)
            return
    _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            # What was not sent yet has nobody to go to.
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()


@atexit.register
def _end_all() -> None:
    while _idle:
        _end(_idle.pop())


def _send(process: subprocess.Popen[bytes], header: dict[str, Any], content: bytes) -> None:
    assert process.stdin is not None
    said = json.dumps(header).encode()
    process.stdin.write(struct.pack("<I", len(said)) + said + struct.pack("<Q", len(content)))
    process.stdin.write(content)
    process.stdin.flush()


def _receive(process: subprocess.Popen[bytes], *, most: int) -> tuple[dict[str, Any], bytes]:
    """The answer; ValueError for what is none, which a decoder overrun by its input may send."""
    assert process.stdout is not None
    (said,) = struct.unpack("<I", process.stdout.read(4))
    if said > MAX_HEADER:
        raise ValueError("no answer")
    header = json.loads(process.stdout.read(said))
    (length,) = struct.unpack("<Q", process.stdout.read(8))
    if length > most or not isinstance(header, dict):
        raise ValueError("no answer")
    content = process.stdout.read(length)
    if len(content) != length:
        raise ValueError("the answer breaks off")
    return header, content
