"""A person's own images: a folder or a ZIP file with one folder for each class.

``my-set/normal/a.png``, ``my-set/fracture/anna/b.png``: what the folders mean is judged by all
their names (`data.sets.readers.folder_layout`), wherever they stand: classes, ready-made parts,
body parts, masks, folders that only surround the others. Where every image lies in a folder inside
its class folder, and each class has at least three of those, each of them is taken for one patient
and stays in one part. Identical pictures and recompressed or resized copies stay together in any
case. Whatever is left out is told; hidden files and what systems add are passed over.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from core.errors import LessonError
from core.prepared import SPLITS
from data.sets import duplicates
from data.sets.archive_names import shown
from data.sets.polarity import judge
from data.sets.readers.folder_layout import Layout, Place, read_layout
from data.sets.recognition import is_picture
from data.sets.records import Omission, Progress, ReaderReport, ReadResult, Record
from data.sets.registry import cache_root, find_root
from data.sets.tidying import UNPACKED
from data.sets.walking import JUNK_FOLDERS, files_below, is_hidden

MIN_IMAGES: Final = 5
"""Images that a class needs at least: fewer cannot be trained, tuned and tested on."""

MAX_FILES: Final = 100_000
MAX_UNPACKED_BYTES: Final = 5_000_000_000
"""What a person's ZIP file may unfold to."""

RENAMED: Final = ".renamed.json"
"""Beside what was unpacked: names that had to be changed."""

NAMES_SHOWN: Final = 3
ARCHIVES: Final = (".zip", ".tar", ".gz", ".7z", ".rar")


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
    folder, title = locate(root), _title(root)
    everything = _files(folder)
    pictures = [path for path in everything if is_picture(path)]
    layout = read_layout([PurePosixPath(path.relative_to(folder).as_posix()) for path in pictures])
    found = [
        _Found(path, _id(folder, path, layout), place)
        for path, place in zip(pictures, layout.places, strict=True)
    ]
    labeled = [one for one in found if one.place.label is not None and not one.place.mask]
    _require_classes(title, everything, found, labeled, layout)
    inspection = duplicates.inspect(
        [_record(one) for one in labeled], dataset="folder", progress=progress, seen=seen
    )
    _require_enough(inspection, {one.place.label or "" for one in labeled})
    notes = (
        *_notes(inspection.records),
        *_notes_on_parts(inspection.records, layout),
        *_notes_on_folders(folder, layout),
        *_notes_on_files(everything, pictures),
        *_notes_on_names(folder),
    )
    return ReadResult(
        records=inspection.records,
        report=ReaderReport(
            found=len(found),
            kept=len(inspection.records),
            omissions=(*_left_out(found), *inspection.omissions),
            notes=(*notes, *duplicates.notes(inspection)),
            duplicate_groups=inspection.duplicate_groups,
            conflicting_groups=inspection.conflicting_groups,
        ),
        hashes=inspection.hashes,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A picture with its name in the set and what its folders say."""

    path: Path
    id: str
    place: Place


def locate(root: Path | bytes | None) -> Path:
    """The folder itself, or where the ZIP file was unpacked (now, or by an earlier call)."""
    if isinstance(root, bytes):
        digest = hashlib.sha256(root).hexdigest()
        stored = cache_root() / UNPACKED / f".{uuid.uuid4().hex}.zip"
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


def _unpacked(file: Path, digest: str) -> Path:
    from data.sets import archive  # only a ZIP file needs it

    target = cache_root() / UNPACKED / digest[:16]
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    limits = archive.Limits(files=MAX_FILES, total_bytes=MAX_UNPACKED_BYTES)
    renamed: dict[str, str] = {}
    try:
        archive.unpack(file, target, limits=limits, renamed=renamed.__setitem__)
        if renamed:
            (target / RENAMED).write_text(json.dumps(renamed), encoding="utf-8")
    except LessonError:
        # Another session that was given the same file may have been faster.
        if not target.is_dir():
            raise
    return target


def _title(root: Path | bytes | None) -> str:
    """What a person calls the set: its folder's or its ZIP file's name."""
    if not isinstance(root, Path) or root.parent == cache_root() / UNPACKED:
        return "the ZIP file"  # unpacked under a name of our own
    return root.name or str(root)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(files_below(folder))
    except OSError as error:
        raise LessonError(
            "folder.unreadable",
            problem=f"{error.filename} can't be looked into: {error.strerror or error}.",
            remedy="Ask for the right to read it, or move it out of the set.",
        ) from error


def _id(folder: Path, path: Path, layout: Layout) -> str:
    """A picture's name in the set, without the folders that surround everything."""
    parts = path.relative_to(folder).parts
    count = len(layout.around)
    return "/".join(parts[count:] if parts[:count] == layout.around else parts)


def _record(found: _Found) -> Record:
    place = found.place
    return Record(
        id=found.id,
        label=place.label or "",
        source=found.path,
        # A patient may have images in both classes: the folder's name alone is the person.
        group=f"patient:{place.patient}" if place.patient else f"image:{found.id}",
        region=place.region,
        part=place.part,
    )


def _left_out(found: list[_Found]) -> list[Omission]:
    omissions = []
    for one in found:
        if one.place.mask:
            omissions.append(Omission(one.id, "mask", "is the mask of another picture"))
        elif one.place.label is None:
            omissions.append(Omission(one.id, "unlabeled", "lies in no class folder"))
    return omissions


def _require_classes(
    title: str,
    everything: list[Path],
    found: list[_Found],
    labeled: list[_Found],
    layout: Layout,
) -> None:
    shape = "Make one folder for each class, each with its images, and name the folder around them."
    counts = Counter(one.place.label for one in labeled)
    if len(counts) > 1:
        return
    if not found:
        inner = next((p.name for p in everything if p.suffix.lower() in ARCHIVES), None)
        also = f", but another archive, {inner}: unpack that first" if inner else ""
        raise LessonError(
            "folder.no-images",
            problem=f"There are no images in {title}{also}.",
            remedy=f"{shape} Images are PNG, JPEG, TIFF, BMP, WebP, GIF or DICOM files.",
        )
    if counts or layout.lone:
        only = next(iter(counts), layout.lone)
        raise LessonError(
            "folder.one-class",
            problem=f"All {len(labeled) or len(found)} images lie in one class folder, {only!r}.",
            remedy=f"A network needs at least two classes to tell apart. {shape}",
        )
    parts = ", ".join(layout.part_names[part] for part in SPLITS if part in layout.part_names)
    inside = f" inside the parts {parts}" if parts else ""
    raise LessonError(
        "folder.no-classes",
        problem=f"The {len(found)} images in {title} lie in no class folders{inside}.",
        remedy=shape,
    )


def _require_enough(inspection: duplicates.Inspection, labels: set[str]) -> None:
    for label in sorted(labels):
        images = [record for record in inspection.records if record.label == label]
        groups = len({record.group for record in images})
        if len(images) < MIN_IMAGES:
            raise LessonError(
                "folder.too-few-images",
                problem=f"Class {label!r} has {len(images)} usable "
                f"{'image' if len(images) == 1 else 'images'}.",
                remedy=f"Put at least {MIN_IMAGES} readable images in every class folder.",
            )
        if groups < len(SPLITS):
            raise LessonError(
                "folder.too-few-images",
                problem=(
                    f"The {len(images)} images of class {label!r} belong to {groups} "
                    f"{'patient' if groups == 1 else 'patients'} or are copies of each other."
                ),
                remedy=f"Add images of other patients: at least {len(SPLITS)} in every class.",
            )


def _notes(records: tuple[Record, ...]) -> list[str]:
    counts = Counter(record.label for record in records)
    classes = ", ".join(f"{name} {counts[name]:,}" for name in judge(counts).classes)
    groups = len({record.group for record in records})
    kind = "patients" if records[0].group.startswith("patient:") else "independent images"
    return [f"Images by class: {classes}.", f"{groups:,} {kind} are the groups."]


def _notes_on_parts(records: tuple[Record, ...], layout: Layout) -> list[str]:
    if not layout.part_names:
        return []
    counts = Counter(record.part for record in records)
    told = ", ".join(
        f"{layout.part_names[part]} {counts[part]:,}"
        for part in SPLITS
        if part in layout.part_names
    )
    return [
        f"Ready-made parts: {told}. The parts are made anew by group unless they are to be kept "
        "(--split given)."
    ]


def _notes_on_folders(folder: Path, layout: Layout) -> list[str]:
    """Folders beside the classes or parts that hold no picture."""
    inside = folder.joinpath(*layout.around)
    empty = [
        entry.name
        for entry in sorted(inside.iterdir())
        if entry.is_dir() and not is_hidden(entry.name) and entry.name not in JUNK_FOLDERS
        if not any(map(is_picture, files_below(entry)))
    ]
    return [f"Folders without images: {_listed(empty)}."] if empty else []


def _notes_on_files(everything: list[Path], pictures: list[Path]) -> list[str]:
    known = set(pictures)
    others = [path.name for path in everything if path not in known]
    if not others:
        return []
    noun = "file is no image" if len(others) == 1 else "files are no images"
    return [f"{len(others):,} {noun} and passed over: {_listed(others)}."]


def _notes_on_names(folder: Path) -> list[str]:
    note = folder / RENAMED
    if not note.is_file():
        return []
    renamed = json.loads(note.read_text(encoding="utf-8"))
    noun = "name was" if len(renamed) == 1 else "names were"
    stored, plain = next(iter(renamed.items()))
    return [
        f"{len(renamed):,} {noun} made plain in unpacking, such as {shown(stored)} to "
        f"{shown(plain)}."
    ]


def _listed(names: list[str]) -> str:
    shown_names = ", ".join(names[:NAMES_SHOWN])
    return shown_names + (", ..." if len(names) > NAMES_SHOWN else "")
