"""Unpack a downloaded or uploaded archive without trusting a word of it.

Names that lead outside are refused and those that some disk does not take are made plain, links
and devices are refused, sizes are counted on the bytes that really come out (headers lie), and the
target appears only when all of it is there: everything is written to a folder beside it, which is
renamed at the end.

Source:
    D. Fifield, "A better zip bomb", WOOT 2019; CVE-2007-4559 (tar paths).
"""

from __future__ import annotations

import bz2
import errno
import glob
import gzip
import lzma
import os
import shutil
import stat
import struct
import tarfile
import unicodedata
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, TypeAlias

import psutil

from core.errors import LessonError
from data.sets import archive_names

Progress: TypeAlias = Callable[[int, int], None]
"""Receives the bytes done and the bytes in all; raising in it stops the unpacking."""

Renamed: TypeAlias = Callable[[str, str], None]
"""Receives a name as it is stored and as it was written."""

CHUNK: Final = 1 << 20
NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
DAMAGE: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    ValueError,
)
# A header inside a tar file, which is read in one go, is never longer than this.
MAX_READ: Final = 16 * CHUNK
OTHER_ARCHIVES: Final = ((b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"Rar!\x1a\x07", "RAR"))
AGAIN: Final = "Download or copy the archive again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an archive may unfold to.

    Attributes:
        files: Number of files and folders.
        file_bytes: Bytes of one file.
        total_bytes: Bytes of all files.
        ratio: Bytes that come out for one byte of the archive. Pictures reach 2, tables 30, a
            bomb 1,000.
        ratio_free_bytes: Below this output the ratio says nothing and is not looked at.
    """

    files: int = 200_000
    file_bytes: int = 2_000_000_000
    total_bytes: int = 40_000_000_000
    ratio: float = 100.0
    ratio_free_bytes: int = 10_000_000


@dataclass(slots=True)
class _Count:
    """Bytes that came out so far, held against the limits."""

    limits: Limits
    archive_bytes: int
    renamed: Renamed
    files: int = 0
    bytes: int = 0
    spellings: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def add_file(self) -> None:
        self.files += 1
        if self.files > self.limits.files:
            raise _too_much(f"more than {self.limits.files:,} files")

    def add(self, count: int, in_file: int) -> None:
        self.bytes += count
        if in_file > self.limits.file_bytes:
            raise _too_much(f"a file of more than {self.limits.file_bytes / 1e6:,.0f} MB")
        if self.bytes > self.limits.total_bytes:
            raise _too_much(f"more than {self.limits.total_bytes / 1e6:,.0f} MB in all")
        allowed = max(self.limits.ratio_free_bytes, self.limits.ratio * self.archive_bytes)
        if self.bytes > allowed:
            raise _too_much(f"more than {self.limits.ratio:g} times its own size")


def unpack(
    archive: Path,
    target: Path,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    renamed: Renamed | None = None,
) -> list[Path]:
    """Unpack a ZIP or tar archive (plain, gz, bz2, xz) into a new folder.

    Args:
        archive: The file; its content decides what it is, not its name.
        target: Folder to make. It may exist only if it is empty.
        limits: What the archive may unfold to.
        progress: Called with bytes done and bytes in all (of the archive for tar). May raise.
        renamed: Called for each name that had to be made plain.

    Returns:
        The files below `target`, in the archive's order, without what macOS and Windows add.

    Raises:
        LessonError: ``archive.missing``, ``archive.target-exists``, ``archive.unsafe-name``,
            ``archive.duplicate-name``, ``archive.link``, ``archive.too-large``,
            ``archive.encrypted``, ``archive.damaged``, ``archive.unsupported``,
            ``archive.not-an-archive`` or ``archive.disk-full``. Nothing is left in any case.
    """
    if not archive.is_file():
        raise LessonError(
            "archive.missing",
            problem=f"There is no file {archive}.",
            remedy="Check the name, or download the archive again.",
        )
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise LessonError(
            "archive.target-exists",
            problem=f"{target} exists already and is not empty.",
            remedy="Remove or rename it first: nothing is overwritten.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(target)
    count = _Count(limits or Limits(), archive.stat().st_size, renamed or _nobody)
    workplace = target.parent / f".{target.name}.unpacking-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    try:
        workplace.mkdir()
        with _advised(archive):
            names = _unpack_into(archive, workplace, count, progress or _silent)
        if target.exists():
            target.rmdir()
        workplace.rename(target)
    finally:
        # Renamed away when all went well; also when a person or a signal stopped it.
        shutil.rmtree(workplace, ignore_errors=True)
    return [target / name for name in names]


def _silent(done: int, total: int) -> None:
    """Nobody asked to be told."""


def _nobody(stored: str, plain: str) -> None:
    """Nobody asked to be told."""


def _unpack_into(archive: Path, workplace: Path, count: _Count, progress: Progress) -> list[str]:
    """Choose by content and write all files below `workplace`; returns their names."""
    with archive.open("rb") as file:
        start = file.read(512)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _unzip(archive, workplace, count, progress)
    for signature, name in OTHER_ARCHIVES:
        if start.startswith(signature):
            raise _unsupported(f"a {name} archive")
    if start.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")) or start[257:262] == b"ustar":
        return _untar(archive, start, workplace, count, progress)
    raise LessonError(
        "archive.not-an-archive",
        problem=f"{archive.name} is no ZIP and no tar archive.",
        remedy="Choose a .zip or .tar.gz file.",
    )


def _unzip(archive: Path, workplace: Path, count: _Count, progress: Progress) -> list[str]:
    with zipfile.ZipFile(archive) as bundle:
        members = bundle.infolist()
        total = sum(member.file_size for member in members)
        for member in members:
            count.add_file()
            _check_zip_member(member)
        # What the headers state is not trusted, but it is enough to say no early.
        if total > count.limits.total_bytes:
            raise _too_much(f"{total / 1e6:,.0f} MB in all")
        _check_space(workplace, total)
        names = []
        stored = archive_names.stored_names(members)
        for member, stored_name in zip(members, stored, strict=True):
            is_folder = stored_name.endswith(("/", "\\"))
            name = _place(stored_name, count, folder=is_folder)
            if name is None:
                continue
            if is_folder:
                (workplace / name).mkdir(parents=True, exist_ok=True)
                continue
            with bundle.open(member) as source:
                _write(source, workplace / name, count, lambda: progress(count.bytes, total))
            names.append(name)
    return names


def _check_zip_member(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 0x1:
        raise LessonError(
            "archive.encrypted",
            problem="The archive is protected with a password.",
            remedy="Unpack it yourself and pack it again without a password.",
        )
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _link(member.filename)


def _untar(
    archive: Path, start: bytes, workplace: Path, count: _Count, progress: Progress
) -> list[str]:
    total = archive.stat().st_size
    _check_space(workplace, total)
    names = []
    with archive.open("rb") as packed, closing(_expanded(packed, start)) as stream:
        bounded = _BoundedStream(stream, count)
        with tarfile.open(fileobj=bounded, mode="r:") as tape:  # type: ignore[arg-type]
            while (member := tape.next()) is not None:
                count.add_file()
                if not (member.isreg() or member.isdir()) or member.issparse():
                    raise _link(member.name)
                name = _place(member.name, count, folder=member.isdir())
                if name is None:
                    continue
                if member.isdir():
                    (workplace / name).mkdir(parents=True, exist_ok=True)
                    continue
                if member.size > count.limits.file_bytes:
                    raise _too_much(f"a file of {member.size / 1e6:,.0f} MB")
                source = tape.extractfile(member)
                if source is None:
                    raise _link(member.name)
                _write(source, workplace / name, count, lambda: progress(packed.tell(), total))
                if (workplace / name).stat().st_size != member.size:
                    raise EOFError("a file ends early")
                names.append(name)
                # The library keeps every header it has seen; a long tape would fill the memory.
                tape.members = []
            if not bounded.ended():
                raise EOFError("the archive ends early")
    return names


def _expanded(packed: IO[bytes], start: bytes) -> IO[bytes]:
    if start.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=packed)  # type: ignore[return-value]
    if start.startswith(b"BZh"):
        return bz2.BZ2File(packed)
    if start.startswith(b"\xfd7zXZ"):
        return lzma.LZMAFile(packed)
    return packed


class _BoundedStream:
    """What tarfile reads from: refuses to unfold far more than the limits allow."""

    def __init__(self, stream: IO[bytes], count: _Count) -> None:
        self._stream = stream
        limits = count.limits
        most = min(limits.total_bytes, limits.ratio * count.archive_bytes)
        # Tar pads each file to blocks and adds a header or three: 4 kB a file are plenty.
        self._most = max(limits.ratio_free_bytes, most) + 4_096 * limits.files

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > MAX_READ:
            raise _too_much("a header of its own that is far too long")
        data = self._stream.read(size)
        self._check(self._stream.tell())
        return data

    def seek(self, place: int, whence: int = 0) -> int:
        if whence == 0:
            self._check(place)
        return self._stream.seek(place, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def ended(self) -> bool:
        """True when the rest of the stream is whole: its own checksum is at its end."""
        while self.read(CHUNK):
            pass
        return True

    def _check(self, place: int) -> None:
        if place > self._most:
            raise _too_much("far more than it may")


def _write(source: IO[bytes], place: Path, count: _Count, report: Callable[[], None]) -> None:
    """Copy one file out, counting what really comes."""
    place.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    # "x": a name that this file system takes for another one is an error, not an overwriting.
    with place.open("xb") as file:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            count.add(len(chunk), written)
            file.write(chunk)
            report()
    report()


def _place(name: str, count: _Count, *, folder: bool) -> str | None:
    """Where a member goes, as a relative path with "/"; None where it is left out."""
    plain = archive_names.plain_name(name, folder=folder)
    if plain is None or plain == ".":
        return plain
    _check_unique(plain.split("/"), count, folder=folder)
    if plain != name.removeprefix("./").rstrip("/"):
        count.renamed(name, plain)
    return plain


def _check_unique(parts: list[str], count: _Count, *, folder: bool) -> None:
    """No two names that some file system takes for one."""
    for depth in range(1, len(parts) + 1):
        spelled = "/".join(parts[:depth])
        is_folder = folder or depth < len(parts)
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", spelled).casefold())
        known = count.spellings.setdefault(key, (spelled, is_folder))
        repeated = depth == len(parts) and not folder and _seen_file(count, key)
        if known != (spelled, is_folder) or repeated:
            raise LessonError(
                "archive.duplicate-name",
                problem=f"The archive holds {archive_names.shown(spelled)} twice, or beside a name "
                "that differs only in capitals or accents.",
                remedy="Pack the folder again so that each file has a name of its own.",
            )


def _seen_file(count: _Count, key: str) -> bool:
    """True from the second time on that a file has this name."""
    marker = key + "\0"
    seen = marker in count.spellings
    count.spellings[marker] = ("", False)
    return seen


def _check_space(place: Path, need: int) -> None:
    free = shutil.disk_usage(place).free
    if need > free:
        raise _disk_full(f"{need / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free")


@contextmanager
def _advised(archive: Path) -> Iterator[None]:
    """Turn what the libraries raise on bad archives and full disks into advice."""
    try:
        yield
    except NotImplementedError as error:
        raise _unsupported(f"packed in a way that is not read here ({error})") from error
    except DAMAGE as error:
        raise _damaged(archive, error) from error
    except OSError as error:
        if error.errno in NO_SPACE:
            raise _disk_full("the disk ran full while unpacking") from error
        # An invalid argument: a member that claims to lie before the file's beginning.
        if isinstance(error, gzip.BadGzipFile) or error.errno in {None, errno.EINVAL}:
            raise _damaged(archive, error) from error
        raise


def _damaged(archive: Path, error: Exception) -> LessonError:
    return LessonError(
        "archive.damaged",
        problem=f"{archive.name} is damaged or incomplete ({error}).",
        remedy=AGAIN,
    )


def _unsupported(thing: str) -> LessonError:
    return LessonError(
        "archive.unsupported",
        problem=f"This is {thing}; ZIP and tar.gz are unpacked here.",
        remedy="Unpack it yourself and pack the folder again as an ordinary ZIP file.",
    )


def _link(name: str) -> LessonError:
    return LessonError(
        "archive.link",
        problem=f"{archive_names.shown(name)} in the archive is a link or a device, not a file.",
        remedy="Pack the files themselves, without links.",
    )


def _too_much(what: str) -> LessonError:
    return LessonError(
        "archive.too-large",
        problem=f"The archive unfolds to {what}.",
        remedy="Pack fewer or smaller files, in several archives.",
    )


def _disk_full(what: str) -> LessonError:
    return LessonError(
        "archive.disk-full",
        problem=f"There is no room to unpack the archive: {what}. Nothing was left behind.",
        remedy="Make room, or choose a folder on another disk.",
    )


def _remove_leftovers(target: Path) -> None:
    """Remove what a killed unpacking of this target left; a running one is let be."""
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.unpacking-*"):
        pid = leftover.name.rpartition("unpacking-")[2].partition("-")[0]
        if not pid.isdecimal() or not psutil.pid_exists(int(pid)):
            shutil.rmtree(leftover, ignore_errors=True)
