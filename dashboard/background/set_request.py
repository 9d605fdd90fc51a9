"""Which images are wanted, an upload among them, and how they are prepared. No Streamlit here."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.configuration import in_force
from core.errors import LessonError
from core.jobs.apart import call_apart
from core.prepared import PreparedSet, open_prepared
from dashboard.background.address_shares import SHARES
from dashboard.background.prepared_sets import Request
from data.sets.origins import OWN_SET, note_source, source_of
from data.sets.preparation import cache_root, find_prepared, prepare_folder
from data.sets.registry import find_root
from data.sets.tidying import UNPACKED, touch
from data.synthetic.difficulty import Difficulty


@dataclass(slots=True)
class Upload:
    """A ZIP file that a person gave; equal to another one with the same content.

    The bytes are let go once the images are unpacked into the cache, or refused; another size is
    then made from there.
    """

    name: str
    raw: bytes = field(repr=False)
    digest: str = ""
    folder: Path | None = None
    refusal: LessonError | None = None

    def __post_init__(self) -> None:
        self.digest = self.digest or hashlib.sha256(self.raw).hexdigest()

    @property
    def source(self) -> str:
        """Names it where images and persons are brought together."""
        return source_of(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Upload) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderChoices:
    """What a person chose for images of their own, beside the images.

    Attributes:
        source: Which images: the digest of an upload, or a folder; the choices are for these alone.
        positive: The class that is the finding; judged by its name where None.
        keeps_parts: Whether ready-made parts are kept instead of made anew by group.
    """

    source: str = ""
    positive: str | None = None
    keeps_parts: bool = False

    def of(self, root: Path | None, upload: Upload | None) -> FolderChoices:
        """These choices if they were made for those images, else none."""
        source = upload.digest if upload is not None else str(root or "")
        return self if self.source == source else FolderChoices(source=source)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRequest(Request):
    """Which images are wanted, with what only this page offers.

    Attributes:
        difficulty: Of the synthetic radiographs; None for the default.
        upload: A ZIP file instead of a folder.
    """

    difficulty: Difficulty | None = None
    upload: Upload | None = None


def make(request: Request, progress: Callable[[str, float], None]) -> PreparedSet:
    """Prepare the images of a request.

    Raises:
        LessonError: What reading, splitting or writing refuses; ``folder.unreadable`` where the
            system does.
    """
    try:
        return _make(request, progress)
    except OSError as error:
        raise LessonError(
            "folder.unreadable",
            problem="A file could not be read or written while the images were prepared "
            f"({(error.strerror or type(error).__name__).lower()}).",
            remedy="See that the folder can be read and that the disk has room, and try again.",
        ) from error


def _make(request: Request, progress: Callable[[str, float], None]) -> PreparedSet:
    root: Path | bytes | None = request.root
    upload = request.upload if isinstance(request, SetRequest) else None
    if upload is not None:
        from data.sets.readers.image_folder import locate  # unpacks now, so that the bytes can go

        if upload.refusal is not None:
            raise upload.refusal
        if upload.folder is None:
            progress("Unpacking", 0.0)
            try:
                with _writing(request.address, cache_root() / UNPACKED / upload.source):
                    upload.folder = locate(upload.raw)
            except LessonError as error:
                upload.refusal = error  # the same again, without the bytes
                raise
            finally:
                upload.raw = b""
        elif not upload.folder.is_dir():
            raise LessonError(
                "upload.gone",
                problem="The images of this upload have been removed.",
                remedy="Upload the ZIP file again.",
            )
        root = upload.folder
        touch(root)
    if root is None and request.dataset != "synthetic":
        root = find_root(request.dataset, None)
    asked: dict[str, Any] = {
        "dataset": request.dataset,
        "root": root,
        "size": request.size,
        "count": request.count,
        "split": request.split,
        "positive": request.positive,
        "difficulty": request.difficulty if isinstance(request, SetRequest) else None,
    }
    prepared = find_prepared(**asked)
    if prepared is None:  # made in a process of its own, which leaves this one to the pages
        with _writing(request.address) as made:
            made.append(call_apart(prepare_folder, progress=progress, **asked))
        prepared = open_prepared(made[0])
    touch(prepared.folder)
    if upload is not None:
        note_source(prepared.folder, upload.source)
    elif request.dataset == OWN_SET and request.root is not None:
        note_source(prepared.folder, source_of(request.root))
    return prepared


@contextmanager
def _writing(address: str | None, *made: Path) -> Iterator[list[Path]]:
    """See that there is room on the disk for something to be made, and count what it takes.

    Args:
        address: Whose share it takes; None where nobody has one.
        made: What is made, where that is known and is not there yet.

    Raises:
        LessonError: ``quota.disk``.
    """
    folders = list(made)
    if address is None or any(folder.is_dir() for folder in folders):
        yield folders
        return
    spared = int(in_force().quota_free_gb * 2**30)
    SHARES.require_disk(cache_root(), address, spared=spared)
    yield folders
    SHARES.wrote(sum(map(_size, folders)), address)


def _size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(
        (Path(place) / name).stat().st_size for place, _, names in os.walk(folder) for name in names
    )
