"""Fetch a dataset's archive: resumable, verified, and only when somebody asked for it.

pooch keeps the finished file and checks it before every use. The transfer itself is ours, because
pooch starts from nothing after every cut: bytes go to ``<name>.part``, and the next attempt asks
the server for the rest only, on the condition that the file there is still the same.

Source:
    RFC 9110, sections 13.1.5 (If-Range), 14.2 (Range) and 14.4 (Content-Range).
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, Final, Protocol, TypeAlias
from urllib.parse import urlsplit

import pooch
import requests
import urllib3

from core.errors import LessonError

Progress: TypeAlias = Callable[[int, int], None]
"""Receives the bytes done and the bytes in all; raising in it stops and keeps what is here."""

CHUNK: Final = 1 << 18
TIMEOUT_S: Final = (10.0, 60.0)
"""Seconds to wait for a connection, and for the next bytes."""
MAX_BARREN: Final = 3
"""Attempts in a row that bring not one byte, before giving up."""
MAX_CUTS: Final = 30
WAIT_S: Final = 1.0
SPARE_BYTES: Final = 1_000_000
NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REPORT_S: Final = 0.2
CUT: Final = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.HTTPError,
)


class ArchiveLike(Protocol):
    """A file to download, with all that proves it arrived whole."""

    @property
    def url(self) -> str: ...
    @property
    def filename(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def md5(self) -> str: ...
    @property
    def sha256(self) -> str: ...


class DatasetLike(Protocol):
    """A dataset that may have an archive."""

    @property
    def title(self) -> str: ...
    @property
    def archive(self) -> ArchiveLike | None: ...


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a server said about the bytes it is going to send."""

    start: int
    validator: str


class _Cut(Exception):
    """The connection broke; trying again may help."""


def fetch(
    dataset: DatasetLike,
    *,
    target: Path,
    progress: Progress | None = None,
    base_url: str | None = None,
) -> Path:
    """Download a dataset's archive into a folder, or go on with a download that was cut.

    A file that is there and has the right checksum is returned without any network.

    Args:
        dataset: Something with ``title`` and ``archive``, as in the registry.
        target: Folder for the archive; made where missing. An unfinished download lies there as
            ``<filename>.part``.
        progress: Called with bytes done and bytes in all. May raise to stop; what is here stays
            for the next time.
        base_url: Take the file from this address (plus its name) instead: a mirror.

    Returns:
        Path of the verified archive.

    Raises:
        LessonError: ``download.no-archive``, ``download.busy``, ``download.offline``,
            ``download.refused``, ``download.interrupted``, ``download.disk-full``,
            ``download.wrong-size``, ``download.wrong-hash`` or ``download.no-folder``.
    """
    archive = dataset.archive
    if archive is None:
        raise LessonError(
            "download.no-archive",
            problem=f"{dataset.title} can't be downloaded by this program.",
            remedy="Get it from its own page and name the folder.",
        )
    url = f"{base_url.rstrip('/')}/{archive.filename}" if base_url else archive.url
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(target, error) from error
    transfer = Transfer(archive, target / f"{archive.filename}.part", progress or _silent)
    # pooch reports to the terminal on its own; the progress callback does that here.
    pooch.get_logger().setLevel("WARNING")
    with _alone(target / archive.filename):
        try:
            found = pooch.retrieve(
                url,
                known_hash=f"sha256:{archive.sha256}",
                fname=archive.filename,
                path=target,
                # pooch names its arguments otherwise than its own downloaders do
                downloader=transfer,  # pyright: ignore[reportArgumentType]
            )
        except OSError as error:
            if error.errno in NO_SPACE:
                raise transfer.disk_full() from error
            if isinstance(error, PermissionError):
                raise _no_folder(target, error) from error
            raise
    return Path(found)


def _no_folder(target: Path, error: OSError) -> LessonError:
    return LessonError(
        "download.no-folder",
        problem=f"The folder {target} can't be written to: {error.strerror or error}.",
        remedy="Choose a folder you may write to.",
    )


def _silent(done: int, total: int) -> None:
    """Nobody asked to be told."""


class Transfer:
    """A downloader for pooch that resumes and verifies.

    Args:
        archive: What to get.
        part: The unfinished file, kept between attempts and between sessions.
        progress: As for `fetch`.
    """

    def __init__(self, archive: ArchiveLike, part: Path, progress: Progress) -> None:
        self._archive = archive
        self._part = part
        self._note = part.with_name(part.name + ".json")
        self._progress = progress

    def __call__(
        self, url: str, output_file: Any, pooch: Any, check_only: bool | None = False
    ) -> None:
        """Bring the whole file to `output_file`; the signature is pooch's."""
        if self._size() > self._archive.bytes or self._noted().get("url") != url:
            self._forget()
        self._check_space()
        self._note.write_text(json.dumps({**self._noted(), "url": url}))
        with requests.Session() as session:
            self._receive_all(session, url)
        self._verify(url)
        self._note.unlink(missing_ok=True)
        self._part.replace(output_file)

    def _receive_all(self, session: requests.Session, url: str) -> None:
        """Attempt after attempt, each from where the last one ended."""
        barren = 0
        reached = False
        for _ in range(MAX_CUTS):
            before = self._size()
            if before == self._archive.bytes:
                return
            try:
                self._receive(session, url)
                reached = True
            except _Cut as cut:
                reached = reached or self._size() != before
                if isinstance(cut.__cause__, requests.ConnectionError) and not reached:
                    # The very first connection failed: waiting does not bring a network.
                    raise self._offline(url) from cut
                barren = barren + 1 if self._size() == before else 0
                if barren >= MAX_BARREN:
                    raise self._interrupted() from cut
                time.sleep(WAIT_S * (1 + barren))
        if self._size() != self._archive.bytes:
            raise self._interrupted()

    def _receive(self, session: requests.Session, url: str) -> None:
        """One attempt: ask for what is missing and write what comes."""
        have = self._size()
        # Compressed on the way, positions in the file would mean nothing.
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if validator := self._noted().get("validator"):
                headers["If-Range"] = validator
        try:
            with session.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
                answer = self._answer(response, have)
                if answer is None:
                    return
                self._note.write_text(json.dumps({"url": url, "validator": answer.validator}))
                with self._part.open("r+b" if self._part.exists() else "xb", buffering=0) as file:
                    file.truncate(answer.start)
                    file.seek(answer.start)
                    self._copy(response, file, answer.start)
        except requests.exceptions.SSLError as error:
            raise self._refused(url, "the server's certificate can't be verified") from error
        except CUT as error:
            raise _Cut(str(error)) from error
        except requests.RequestException as error:
            raise self._refused(url, str(error)) from error
        if self._size() < self._archive.bytes:
            raise _Cut("the connection ended early")

    def _answer(self, response: requests.Response, have: int) -> _Answer | None:
        """Understand status and headers; None when the attempt is to be made anew."""
        status = response.status_code
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            self._part.unlink(missing_ok=True)
            return None
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Cut(f"the server answered {status}")
        if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise self._refused(response.url, f"the server answered {status} {response.reason}")
        tag = response.headers.get("ETag", "")
        # A weak tag promises the same meaning, not the same bytes.
        validator = tag if tag.startswith('"') else response.headers.get("Last-Modified", "")
        start, total = 0, _length(response.headers.get("Content-Length"))
        if status == HTTPStatus.PARTIAL_CONTENT:
            stated = re.fullmatch(
                r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", "").strip()
            )
            changed = self._noted().get("validator", "") not in ("", validator)
            if stated is None or int(stated[1]) != have or changed:
                # Not the part that was asked for, or of another file: start from nothing.
                self._part.unlink(missing_ok=True)
                return None
            start, total = have, int(stated[2])
        if total is not None and total != self._archive.bytes:
            raise self._wrong_size(total)
        return _Answer(start, validator)

    def _copy(self, response: requests.Response, file: IO[bytes], done: int) -> None:
        total = self._archive.bytes
        self._progress(done, total)
        told, told_at = done, time.monotonic()
        # read1 gives what has come so far; waiting for full chunks would lose the last, unfull
        # one at every cut.
        while chunk := response.raw.read1(CHUNK, decode_content=False):
            if done + len(chunk) > total:
                raise self._wrong_size(done + len(chunk))
            # Unbuffered, so that a full disk is noticed at this chunk; such a write may be partial.
            view = memoryview(chunk)
            while view:
                view = view[file.write(view) :]
            done += len(chunk)
            now = time.monotonic()
            if done - told >= CHUNK or now - told_at >= REPORT_S or done == total:
                told, told_at = done, now
                self._progress(done, total)

    def _verify(self, url: str) -> None:
        """Compare size and both checksums of what arrived."""
        sums = {"sha256": hashlib.sha256(), "md5": hashlib.md5(usedforsecurity=False)}
        with self._part.open("rb") as file:
            while chunk := file.read(1 << 20):
                for one in sums.values():
                    one.update(chunk)
        for name, one in sums.items():
            expected = getattr(self._archive, name)
            if expected and one.hexdigest() != expected.lower():
                self._forget()
                raise LessonError(
                    "download.wrong-hash",
                    problem=f"{self._archive.filename} is not the file it should be: {name} "
                    f"{expected} was expected, {one.hexdigest()} was received. "
                    "The file was removed.",
                    remedy="Try again; the download may have been damaged on the way. If it "
                    f"happens again, the file at {url} has changed: please report it.",
                )

    def _size(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _noted(self) -> dict[str, str]:
        """What was noted of the unfinished file's origin; nothing where it can't be read."""
        with suppress(OSError, ValueError):
            noted = json.loads(self._note.read_text())
            if isinstance(noted, dict):
                return {str(key): str(value) for key, value in noted.items()}
        return {}

    def _forget(self) -> None:
        self._part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _check_space(self) -> None:
        need = self._archive.bytes - self._size() + SPARE_BYTES
        free = shutil.disk_usage(self._part.parent).free
        if free < need:
            raise self.disk_full(need - free)

    def disk_full(self, missing: int = 0) -> LessonError:
        """The error for a disk that is full, or would be by `missing` bytes."""
        more = f": {missing / 1e6:,.1f} MB are missing" if missing else ""
        return LessonError(
            "download.disk-full",
            problem=f"The disk is full{more}. {self._here()}",
            remedy=f"Make room on the disk of {self._part.parent} and start again: "
            "the download goes on where it stopped.",
        )

    def _here(self) -> str:
        done, total = self._size() / 1e6, self._archive.bytes / 1e6
        return f"{done:,.1f} of {total:,.1f} MB are here and are kept."

    def _offline(self, url: str) -> LessonError:
        host = urlsplit(url).hostname or url
        return LessonError(
            "download.offline",
            problem=f"There is no connection to {host}: the network may be off.",
            remedy="Connect and try again, or use the built-in synthetic radiographs, "
            "which need no network.",
        )

    def _interrupted(self) -> LessonError:
        return LessonError(
            "download.interrupted",
            problem=f"The connection broke off again and again. {self._here()}",
            remedy="Start again later: the download goes on where it stopped.",
        )

    def _refused(self, url: str, detail: str) -> LessonError:
        return LessonError(
            "download.refused",
            problem=f"The download was refused: {detail}.",
            remedy=f"Look at {url} in a browser; download the file there and name its folder.",
        )

    def _wrong_size(self, received: int) -> LessonError:
        self._forget()
        return LessonError(
            "download.wrong-size",
            problem=f"{self._archive.filename} should have {self._archive.bytes:,} bytes; the "
            f"server offers {received:,}. Nothing was kept.",
            remedy="A network that asks for a login may have sent its own page: log in and try "
            "again. Otherwise the file has changed at its source.",
        )


def _length(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


_RUNNING: Final[set[Path]] = set()
_RUNNING_LOCK: Final = threading.Lock()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two sessions of one server must not write one file."""
    key = path.resolve()
    with _RUNNING_LOCK:
        if key in _RUNNING:
            raise LessonError(
                "download.busy",
                problem=f"{path.name} is being downloaded already, in another window.",
                remedy="Wait for that download; it serves everybody.",
            )
        _RUNNING.add(key)
    try:
        yield
    finally:
        with _RUNNING_LOCK:
            _RUNNING.discard(key)
