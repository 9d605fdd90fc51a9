"""A person's own images: a folder or a ZIP file with one folder for each class.

``my-set/normal/a.png``, ``my-set/fracture/anna/b.png``: the folders of the first level name the
classes; deeper folders are searched. Where every image lies in a folder inside its class folder,
and each class has at least three of those, each of them is taken for one patient and stays in
one part. Identical pictures and recompressed or resized copies stay together in any case. Hidden
files and what macOS adds to ZIP files are passed over, and a single folder around everything is
unwrapped.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from core.errors import LessonError
from core.prepared import SPLITS
from data.sets import duplicates
from data.sets.records import Omission, Progress, ReaderReport, ReadResult, Record
from data.sets.registry import cache_root, find_root

SUFFIXES: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".dcm", ".dicom"}
)
MIN_IMAGES: Final = 5
"""Images that a class needs at least: fewer cannot be trained, tuned and tested on."""

MAX_FILES: Final = 100_000
MAX_UNPACKED_BYTES: Final = 5_000_000_000
"""What a person's ZIP file may unfold to."""

POSITIVE_WORDS: Final = ("fract", "abnormal", "positive", "broken", "pathol", "disease")
NEGATIVE_WORDS: Final = ("non", "no_", "no-", "no ", "not", "un", "normal", "negative", "healthy")


def read(
    root: Path | bytes | None = None,
    *,
    progress: Progress | None = None,
    seen: duplicates.Seen | None = None,
) -> ReadResult:
    """Read all images, labeled by their folder; decode each of them once.

    Args:
        root: A folder, a ZIP file, or a ZIP file's bytes. ZIP files are unpacked into the cache.
        progress: Told the share of images read.
        seen: Receives each decoded picture.

    Raises:
        LessonError: ``folder.no-images``, ``folder.no-classes``, ``folder.one-class``,
            ``folder.too-few-images``; ``dataset.missing``; and what unpacking refuses.
    """
    folder = _unwrapped(locate(root))
    files = _images(folder)
    _require_classes(folder, files)
    patients = _has_patients(folder, files)
    candidates = [_record(folder, path, patients=patients) for path in files]
    inspection = duplicates.inspect(candidates, dataset="folder", progress=progress, seen=seen)
    _require_enough(inspection, {record.label for record in candidates})
    stray = [path for path in _visible(folder) if path.parent == folder and _is_image(path)]
    omissions = [Omission(path.name, "unlabeled", "lies in no class folder") for path in stray]
    return ReadResult(
        records=inspection.records,
        report=ReaderReport(
            found=len(files) + len(stray),
            kept=len(inspection.records),
            omissions=(*omissions, *inspection.omissions),
            notes=(*_notes(inspection.records), *duplicates.notes(inspection)),
            duplicate_groups=inspection.duplicate_groups,
            conflicting_groups=inspection.conflicting_groups,
        ),
        hashes=inspection.hashes,
    )


def locate(root: Path | bytes | None) -> Path:
    """The folder itself, or where the ZIP file was unpacked (now, or by an earlier call)."""
    if isinstance(root, bytes):
        digest = hashlib.sha256(root).hexdigest()
        stored = cache_root() / "unpacked" / f".{uuid.uuid4().hex}.zip"
        stored.parent.mkdir(parents=True, exist_ok=True)
        try:
            stored.write_bytes(root)
            return _unpacked(stored, digest)
        finally:
            stored.unlink(missing_ok=True)
    place = find_root("folder", root)
    if place.is_dir():
        return place
    with place.open("rb") as file:
        return _unpacked(place, hashlib.file_digest(file, "sha256").hexdigest())


def order_classes(labels: Iterable[str]) -> tuple[str, ...]:
    """Class names in alphabetical order, but of two the one that sounds like a finding last.

    >>> order_classes(["fractured", "normal"]), order_classes(["non_fractured", "fractured"])
    (('normal', 'fractured'), ('non_fractured', 'fractured'))
    >>> order_classes(["hand", "foot", "wrist"])
    ('foot', 'hand', 'wrist')
    """
    names = sorted(set(labels))
    if len(names) == 2 and _sounds_positive(names[0]) and not _sounds_positive(names[1]):
        names.reverse()
    return tuple(names)


def _sounds_positive(name: str) -> bool:
    word = name.lower()
    if word.startswith("abnormal"):
        return True
    return word.startswith(POSITIVE_WORDS) and not word.startswith(NEGATIVE_WORDS)


def _unpacked(file: Path, digest: str) -> Path:
    from data.sets import archive  # only a ZIP file needs it

    target = cache_root() / "unpacked" / digest[:16]
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    limits = archive.Limits(files=MAX_FILES, total_bytes=MAX_UNPACKED_BYTES)
    try:
        archive.unpack(file, target, limits=limits)
    except LessonError:
        # Another session that was given the same file may have been faster.
        if not target.is_dir():
            raise
    return target


def _visible(folder: Path) -> list[Path]:
    """Files below the folder, in order, without hidden ones and macOS's resource forks."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(
            part.startswith(".") or part == "__MACOSX" for part in path.relative_to(folder).parts
        )
    )


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _unwrapped(folder: Path) -> Path:
    """Step into a lone folder around the class folders, as ZIP files often have."""
    for _ in range(3):
        inner = [
            path
            for path in folder.iterdir()
            if not path.name.startswith(".") and path.name != "__MACOSX"
        ]
        holds_classes = (
            len(inner) == 1
            and inner[0].is_dir()
            and any(
                path.is_dir() and any(map(_is_image, _visible(path))) for path in inner[0].iterdir()
            )
        )
        if not holds_classes:
            return folder
        folder = inner[0]
    return folder


def _images(folder: Path) -> list[Path]:
    return [path for path in _visible(folder) if _is_image(path) and path.parent != folder]


def _label(folder: Path, path: Path) -> str:
    return path.relative_to(folder).parts[0]


def _has_patients(folder: Path, files: list[Path]) -> bool:
    """Whether the second level names patients; one folder "images" for all does not."""
    places = [path.relative_to(folder).parts[:-1] for path in files]
    if any(len(place) < 2 for place in places):
        return False
    patients = Counter(label for label, _ in {place[:2] for place in places})
    return min(patients.values()) >= len(SPLITS)


def _record(folder: Path, path: Path, *, patients: bool) -> Record:
    parts = path.relative_to(folder).parts
    name = path.relative_to(folder).as_posix()
    return Record(
        id=name,
        label=parts[0],
        source=path,
        # A patient may have images in both classes: the folder's name alone is the person.
        group=f"patient:{parts[1]}" if patients else f"image:{name}",
    )


def _require_classes(folder: Path, files: list[Path]) -> None:
    shape = "Make one folder for each class, each with its images, and name the folder around them."
    counts = Counter(_label(folder, path) for path in files)
    if not counts:
        loose = sum(_is_image(path) for path in _visible(folder))
        if loose:
            raise LessonError(
                "folder.no-classes",
                problem=f"The {loose} images in {folder.name} lie in no class folders.",
                remedy=shape,
            )
        raise LessonError(
            "folder.no-images",
            problem=f"There are no images in {folder.name}.",
            remedy=f"{shape} Images end in {', '.join(sorted(SUFFIXES))}.",
        )
    if len(counts) == 1:
        (only,) = counts
        raise LessonError(
            "folder.one-class",
            problem=f"All {counts[only]} images lie in one class folder, {only!r}.",
            remedy=f"A network needs at least two classes to tell apart. {shape}",
        )


def _require_enough(inspection: duplicates.Inspection, labels: set[str]) -> None:
    for label in sorted(labels):
        images = [record for record in inspection.records if record.label == label]
        groups = len({record.group for record in images})
        if len(images) < MIN_IMAGES:
            raise LessonError(
                "folder.too-few-images",
                problem=f"Class {label!r} has {len(images)} usable images.",
                remedy=f"Put at least {MIN_IMAGES} readable images in every class folder.",
            )
        if groups < len(SPLITS):
            raise LessonError(
                "folder.too-few-images",
                problem=(
                    f"The {len(images)} images of class {label!r} belong to {groups} patients or "
                    "are copies of each other."
                ),
                remedy=f"Add images of other patients: at least {len(SPLITS)} in every class.",
            )


def _notes(records: tuple[Record, ...]) -> list[str]:
    counts = Counter(record.label for record in records)
    classes = ", ".join(f"{name} {counts[name]:,}" for name in order_classes(counts))
    groups = len({record.group for record in records})
    kind = "patients" if records[0].group.startswith("patient:") else "independent images"
    return [f"Images by class: {classes}.", f"{groups:,} {kind} are the groups."]
