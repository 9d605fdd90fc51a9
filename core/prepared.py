"""The prepared arrays a worker trains on: one folder, written whole or not at all.

A folder holds ``images.npy`` (mapped into memory, not read), the small arrays beside it,
``records.jsonl`` and, written last, ``manifest.json`` with the size and SHA-256 of every other
file. Who opens a folder with a manifest therefore knows that nothing is missing, and a folder
without one is not a prepared set.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray, UInt8Array
from core.errors import LessonError
from core.marks import Box, Marks

SPLITS: Final = ("train", "validation", "test")
"""Names of the parts; the position is the code in ``PreparedSet.split``."""

FORMAT: Final = 1
"""Version of the folder's layout; another one is refused."""

MANIFEST: Final = "manifest.json"
PARTIAL_SUFFIX: Final = ".partial"
_ARRAYS: Final = ("images", "labels", "split", "groups", "metadata")
_DAY_S: Final = 86_400
_HASH_AT_MOST: Final = 256 * 2**20
"""Bytes up to which a file's content is checked on opening (about 0.2 s); above, its size."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PreparedSet:
    """Images of one size with labels, split and groups, mapped from a folder.

    Attributes:
        folder: Where it lies.
        name: Name of the dataset in the registry.
        title: The same for people.
        fingerprint: Hash of the content; equal sets have equal fingerprints on every machine.
        classes: Index is the label; of two classes the second is the positive one.
        size: Side S of an image in pixels.
        images: (N, S, S) uint8, mapped from the file and read-only.
        labels: (N,) int64, indices into ``classes``.
        split: (N,) int8, indices into ``SPLITS``.
        groups: (N,) int64, images of one group share a number and a split.
        metadata: (N, M) float32, what is known without looking at a pixel.
        metadata_names: The M names.
        details: How it was made: options, the reader's report, the leakage figure.
    """

    folder: Path
    name: str
    title: str
    fingerprint: str
    classes: tuple[str, ...]
    size: int
    images: UInt8Array
    labels: IntArray
    split: NDArray[np.int8]
    groups: IntArray
    metadata: FloatArray
    metadata_names: tuple[str, ...]
    details: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.labels)

    def indices(self, split: str) -> IntArray:
        """Positions of the images of one part, (K,) int64, ascending.

        Raises:
            LessonError: ``prepared.unknown-split``.
        """
        if split not in SPLITS:
            raise LessonError(
                "prepared.unknown-split",
                problem=f"There is no part named {split!r} in a dataset.",
                remedy=f"Choose one of {', '.join(SPLITS)}.",
            )
        return np.flatnonzero(self.split == SPLITS.index(split)).astype(np.int64)

    def counts(self) -> dict[str, dict[str, int]]:
        """Images by part and class: ``{"train": {"normal": 3, "fracture": 1}, ...}``."""
        return {
            part: {
                name: int(np.count_nonzero((self.split == code) & (self.labels == label)))
                for label, name in enumerate(self.classes)
            }
            for code, part in enumerate(SPLITS)
        }

    def records(self) -> list[dict[str, Any]]:
        """One dict an image, in the order of the arrays, read from ``records.jsonl`` now.

        Keys: id, path (None where drawn), label, group, region, view, hardware, marks
        (`Marks` of the prepared image), width, height (of the upright original).
        """
        with (self.folder / "records.jsonl").open(encoding="utf-8") as lines:
            return [_record_of(line, self.size) for line in lines]


def open_prepared(folder: Path) -> PreparedSet:
    """Map a prepared set into memory, after checking that it is whole.

    Raises:
        LessonError: ``prepared.missing`` where there is none; ``prepared.damaged`` where a file
            is absent, has another size or content than the manifest says, or does not fit.
    """
    folder = Path(folder)
    manifest = _read_manifest(folder)
    _check_files(folder, manifest)
    try:
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r" if name == "images" else None)
            for name in _ARRAYS
        }
        prepared = PreparedSet(
            folder=folder,
            name=manifest["name"],
            title=manifest["title"],
            fingerprint=manifest["fingerprint"],
            classes=tuple(manifest["classes"]),
            size=int(manifest["size"]),
            metadata_names=tuple(manifest["metadata_names"]),
            details=manifest["details"],
            **arrays,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise _damaged(folder, f"its description does not fit its arrays ({error})") from error
    problem = _misfit(prepared)
    if problem:
        raise _damaged(folder, problem)
    return prepared


def write_prepared(
    folder: Path,
    *,
    name: str,
    title: str,
    classes: Sequence[str],
    images: UInt8Array,
    labels: IntArray,
    split: NDArray[np.int8],
    groups: IntArray,
    metadata: FloatArray,
    metadata_names: Sequence[str],
    records: Sequence[Mapping[str, Any]],
    details: Mapping[str, Any] | None = None,
) -> PreparedSet:
    """Write a prepared set so that it appears whole or not at all, and open it.

    Everything is written to a folder beside the target, which is renamed at the end. Where
    another process was faster, its whole set is kept and returned; a damaged one is replaced.

    Raises:
        LessonError: ``prepared.unfit`` where the arrays do not belong together;
            ``marks.other-picture`` where a record's marks are not those of the prepared image;
            ``prepared.unwritable`` where the disk refuses (full, read-only).
    """
    folder = Path(folder)
    arrays = {
        "images": np.asarray(images),
        "labels": np.asarray(labels, dtype=np.int64),
        "split": np.asarray(split, dtype=np.int8),
        "groups": np.asarray(groups, dtype=np.int64),
        "metadata": np.asarray(metadata, dtype=np.float32),
    }
    head = {"name": name, "title": title, "classes": list(classes)}
    head |= {"metadata_names": list(metadata_names)}
    head |= {"size": int(arrays["images"].shape[-1]), "details": dict(details or {})}
    _require_fit(arrays, head, records)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial_beside(folder)
    try:
        _write_files(partial, arrays, head, records)
        _move_into_place(partial, folder)
    except OSError as error:
        raise LessonError(
            "prepared.unwritable",
            problem=f"The prepared images could not be written to {folder.parent}: {error}.",
            remedy="Free some disk space, or point LIGHTBOX_CACHE at a folder that has some.",
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return open_prepared(folder)


def sweep(parent: Path) -> int:
    """Remove what writers that were killed left in a folder; return how many folders.

    A writer is gone when its process on this machine is, or, on another machine, after a day.
    """
    swept = 0
    for partial in Path(parent).glob(f".*{PARTIAL_SUFFIX}"):
        _, host, pid, _ = (partial.name.rsplit("~", 3) + [""] * 3)[:4]
        if host == _host() and pid.isdigit():
            dead = not psutil.pid_exists(int(pid))
        else:
            dead = time.time() - partial.stat().st_mtime > _DAY_S
        if dead:
            shutil.rmtree(partial, ignore_errors=True)
            swept += 1
    return swept


def _partial_beside(folder: Path) -> Path:
    """A name that tells whose it is: a dot first, so that no listing takes it for a set."""
    owner = f"{_host()}~{os.getpid()}~{uuid.uuid4().hex[:8]}"
    return folder.with_name(f".{folder.name}~{owner}{PARTIAL_SUFFIX}")


def _host() -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in platform.node())


def _write_files(
    partial: Path,
    arrays: Mapping[str, NDArray[Any]],
    head: dict[str, Any],
    records: Sequence[Mapping[str, Any]],
) -> None:
    partial.mkdir()
    for name, array in arrays.items():
        with (partial / f"{name}.npy").open("wb") as file:
            np.save(file, array, allow_pickle=False)
            _to_disk(file)
    with (partial / "records.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_line_of(record, head["size"]) for record in records)
        _to_disk(file)
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(partial.iterdir())
    }
    manifest = {"format": FORMAT, **head, "fingerprint": _fingerprint(head, files), "files": files}
    with (partial / MANIFEST).open("w", encoding="utf-8", newline="\n") as file:
        json.dump(manifest, file, indent=1)
        _to_disk(file)


def _line_of(record: Mapping[str, Any], size: int) -> str:
    """A record as a line; its marks as boxes, whose scale is the set's ``size``."""
    plain = {key: value for key, value in record.items() if key != "marks"}
    marks = record.get("marks") or Marks(size=(size, size))
    plain["boxes"] = [box.plain() for box in marks.of((size, size)).boxes]
    return json.dumps(plain) + "\n"


def _record_of(line: str, size: int) -> dict[str, Any]:
    """A line as a record; its boxes leave the file together with the size they belong to."""
    record = json.loads(line)
    boxes = tuple(Box(*box) for box in record.pop("boxes", ()))
    return record | {"marks": Marks(size=(size, size), boxes=boxes)}


def _fingerprint(head: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> str:
    """Hash of what training sees: classes, metadata names and the arrays, but no path."""
    seen = {key: head[key] for key in ("name", "classes", "metadata_names", "size")}
    seen |= {name: files[f"{name}.npy"]["sha256"] for name in _ARRAYS}
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]


def _move_into_place(partial: Path, folder: Path) -> None:
    for _ in range(3):
        try:
            partial.rename(folder)
            return
        except OSError:
            # A folder in the way is either another process's finished work, which is as good
            # as ours, or a damaged set, which must go; anything else is a real failure.
            if not folder.exists():
                raise
        try:
            open_prepared(folder)
            return
        except LessonError:
            doomed = _partial_beside(folder)
            folder.rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)
    raise OSError(f"{folder} is in the way")


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise LessonError(
            "prepared.missing",
            problem=f"There are no prepared images in {folder}.",
            remedy="Prepare the dataset on its page or with: python -m dashboard data prepare NAME",
        ) from error
    try:
        manifest = json.loads(text)
    except json.JSONDecodeError as error:
        raise _damaged(folder, "its manifest is not readable") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _damaged(folder, "it was written by another version")
    return manifest


def _check_files(folder: Path, manifest: Mapping[str, Any]) -> None:
    wanted = {*(f"{name}.npy" for name in _ARRAYS), "records.jsonl"}
    listed = manifest.get("files", {})
    for name in sorted(wanted):
        path = folder / name
        if name not in listed or not path.is_file():
            raise _damaged(folder, f"{name} is missing")
        size = path.stat().st_size
        if size != listed[name]["bytes"]:
            raise _damaged(folder, f"{name} has {size:,} bytes, not {listed[name]['bytes']:,}")
        if size <= _HASH_AT_MOST and _sha256(path) != listed[name]["sha256"]:
            raise _damaged(folder, f"the content of {name} has changed")


def _misfit(prepared: PreparedSet) -> str | None:
    count, size = len(prepared.labels), prepared.size
    if prepared.images.shape != (count, size, size) or prepared.images.dtype != np.uint8:
        return f"its images are {prepared.images.shape} {prepared.images.dtype}"
    shapes = (prepared.split.shape, prepared.groups.shape, prepared.metadata.shape[:1])
    if any(shape != (count,) for shape in shapes):
        return "its arrays have different lengths"
    if prepared.metadata.shape != (count, len(prepared.metadata_names)):
        return "its metadata does not fit the names"
    if count and not 0 <= prepared.labels.min() <= prepared.labels.max() < len(prepared.classes):
        return "it has labels without a class"
    if count and not 0 <= prepared.split.min() <= prepared.split.max() < len(SPLITS):
        return "it has images outside every part"
    return None


def _require_fit(
    arrays: Mapping[str, NDArray[Any]],
    head: Mapping[str, Any],
    records: Sequence[Mapping[str, Any]],
) -> None:
    problem = _misfit(
        PreparedSet(
            folder=Path(),
            name=head["name"],
            title=head["title"],
            fingerprint="",
            classes=tuple(head["classes"]),
            size=head["size"],
            metadata_names=tuple(head["metadata_names"]),
            details={},
            **arrays,
        )
    )
    if problem is None and len(records) != len(arrays["labels"]):
        problem = f"it has {len(records)} records for {len(arrays['labels'])} labels"
    if problem:
        raise LessonError(
            "prepared.unfit",
            problem=f"This set of images cannot be stored: {problem}.",
            remedy="Give one image, label, split, group, metadata row and record each.",
        )


def _damaged(folder: Path, problem: str) -> LessonError:
    return LessonError(
        "prepared.damaged",
        problem=f"The prepared images in {folder} are damaged: {problem}.",
        remedy="Prepare the dataset again; the damaged folder is then replaced.",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(file: Any) -> None:
    """Flush to the disk itself: after a power cut a manifest must not outlive its arrays."""
    file.flush()
    os.fsync(file.fileno())
