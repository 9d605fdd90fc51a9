"""Datasets as arrays on disk: read, split and resized once, mapped into memory ever after.

A prepared set lies under a key of everything it was made from: the path, size and time of each of
the dataset's files, the options, and the code that reads, splits and resizes. Change one and
another folder is made; change nothing and the next call only checks and maps what is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from core.arrays import FloatArray, IntArray, UInt8Array
from core.errors import LessonError
from core.marks import Box, Marks
from core.prepared import PreparedSet, open_prepared, sweep, write_prepared
from data.sets.records import Progress, ReaderReport, ReadResult, Record
from data.sets.registry import (
    PROJECT,
    DatasetInfo,
    cache_root,
    find_dataset,
    find_root,
    load_reader,
)
from data.sets.walking import files_below

if TYPE_CHECKING:
    from data.synthetic.difficulty import Difficulty

__all__ = ["MAX_SIZE", "MIN_SIZE", "SYNTHETIC_COUNT", "cache_root", "prepare"]

MIN_SIZE: Final = 16
MAX_SIZE: Final = 512
SYNTHETIC_COUNT: Final = 2000
"""Radiographs drawn where no number is given."""

_DRAWN_SIZE: Final = 128
_IN_MEMORY: Final = 256 * 2**20
_UNRELATED: Final = frozenset(
    {"acquisition", "archive", "color", "download", "patients", "tidying"}
)
"""Modules of `data.pictures` and `data.sets` with no say in what a prepared set holds."""

Split: TypeAlias = Literal["grouped", "random", "given"]
"""By group, blind to groups, or as the set's own folders have it."""

_locks: dict[Path, threading.Lock] = {}
_locks_guard = threading.Lock()


def prepare(
    dataset: str,
    *,
    root: Path | bytes | None = None,
    size: int = 64,
    seed: int = 0,
    count: int | None = None,
    difficulty: Difficulty | None = None,
    split: Split = "grouped",
    positive: str | None = None,
    progress: Progress | None = None,
) -> PreparedSet:
    """Give a dataset as arrays, from the cache where nothing has changed.

    May be called from several threads and processes at once; a process that is killed on the way
    leaves no set behind.

    Args:
        dataset: Name in the registry.
        root: Where its files are; looked for where None. For ``folder`` also a ZIP file or its
            bytes.
        size: Side of the square images in pixels, 16 to 512.
        seed: Of the split, and of what is drawn.
        count: Synthetic radiographs to draw, 2,000 where None.
        difficulty: How hard synthetic radiographs are to tell, the default where None.
        split: By group, blind to groups to show what leaks, or as the set's own folders have it.
        positive: Which of two classes is the finding; judged by their names where None. For
            ``folder`` only, the other sets' classes are known.
        progress: Told the phase and the share done of the whole, 0 to 1.

    Raises:
        LessonError: ``prepared.unknown-option``; what the reader or the split refuses.
    """
    wanted = _wanted(dataset, root, size, seed, count, difficulty, split, positive)
    with _lock_of(wanted.folder):
        found = _opened(wanted.folder)
        if found is not None:
            return found
        cache_root().mkdir(parents=True, exist_ok=True)
        sweep(cache_root())
        return _make(wanted, difficulty, progress or _silent)


def prepare_folder(**asked: Any) -> Path:
    """The folder of the set that `prepare` gives: arrays stay where they are, a path travels.

    Args:
        **asked: As of `prepare`, and its errors.
    """
    return prepare(**asked).folder


def find_prepared(
    dataset: str,
    *,
    root: Path | bytes | None = None,
    size: int = 64,
    seed: int = 0,
    count: int | None = None,
    difficulty: Difficulty | None = None,
    split: Split = "grouped",
    positive: str | None = None,
) -> PreparedSet | None:
    """What `prepare` would give from the cache; None where it would have to make it.

    Args:
        dataset, root, size, seed, count, difficulty, split, positive: As of `prepare`.

    Raises:
        LessonError: ``prepared.unknown-option``; the files of the set are not there.
    """
    wanted = _wanted(dataset, root, size, seed, count, difficulty, split, positive)
    return _opened(wanted.folder)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A set that somebody asked for: where it will lie, and what it is made of."""

    folder: Path
    info: DatasetInfo
    where: Path | bytes | None
    options: dict[str, Any]


def _wanted(
    dataset: str,
    root: Path | bytes | None,
    size: int,
    seed: int,
    count: int | None,
    difficulty: Difficulty | None,
    split: Split,
    positive: str | None,
) -> _Wanted:
    info = find_dataset(dataset)
    _require_options(size, count, split)
    _require_open_classes(info, positive)
    options = {
        "size": size,
        "seed": seed,
        "split": split,
        "count": (count or SYNTHETIC_COUNT) if dataset == "synthetic" else None,
        "difficulty": asdict(difficulty) if difficulty else None,
        **({"positive": positive} if positive else {}),
    }
    where = _located(dataset, root)
    key = hashlib.sha256(
        json.dumps([dataset, options, _stamp(where), _code_stamp(info)]).encode()
    ).hexdigest()
    return _Wanted(cache_root() / f"{dataset}-{size}-{key[:12]}", info, where, options)


def _opened(folder: Path) -> PreparedSet | None:
    """The set in that folder; None for one that is missing, or damaged and so to be made again."""
    try:
        return open_prepared(folder)
    except LessonError as error:
        if error.code not in {"prepared.missing", "prepared.damaged"}:
            raise
        return None


def _make(wanted: _Wanted, difficulty: Difficulty | None, progress: Progress) -> PreparedSet:
    info, options = wanted.info, wanted.options
    reading = _part_of(progress, 0.0, 0.9)
    if info.name == "synthetic":
        result, images = _draw(options, difficulty, reading)
    else:
        result, images = _read(info, wanted.where, options["size"], reading)
    progress("Splitting and looking for leaks", 0.9)
    arrays, details = _split_and_measure(info, result, images, options)
    progress("Writing", 0.97)
    names, metadata = _metadata(result.records)
    prepared = write_prepared(
        wanted.folder,
        name=info.name,
        title=info.title,
        images=images,
        metadata=metadata,
        metadata_names=names,
        records=[_plain(record, options["size"]) for record in result.records],
        details=details,
        **arrays,
    )
    progress("Ready", 1.0)
    return prepared


def _split_and_measure(
    info: DatasetInfo, result: ReadResult, images: UInt8Array, options: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    from data.sets import leakage, splits  # not needed to open what is there
    from data.sets.polarity import judge

    records = result.records
    judged = judge(info.classes or (r.label for r in records), positive=options.get("positive"))
    classes = info.classes or judged.classes
    finding = "" if info.classes else judged.sentence
    labels = np.array([classes.index(record.label) for record in records], dtype=np.int64)
    groups = np.unique([record.group for record in records], return_inverse=True)[1]
    if options["split"] == "grouped":
        split = splits.grouped_split(labels, groups, seed=options["seed"])
    elif options["split"] == "given":
        parts = [record.part for record in records]
        split = splits.given_split(parts, labels, groups, seed=options["seed"])
    else:
        split = splits.random_split(labels, seed=options["seed"])
    found = leakage.compare(
        split,
        images=images,
        labels=labels,
        groups=groups,
        twins=_twins(info.name, result, images),
        seed=options["seed"],
    )
    report = result.report
    details = {
        "options": options,
        "report": {
            "found": report.found,
            "kept": report.kept,
            "counts": report.counts(),
            "duplicate_groups": report.duplicate_groups,
            "conflicting_groups": report.conflicting_groups,
            "sentences": [*report.sentences(), *([finding] if finding else [])],
            "omissions": [asdict(omission) for omission in report.omissions],
        },
        "leakage": found.to_json(),
        **({"finding": finding} if finding else {}),
        "given_parts": any(record.part for record in records),
    }
    return {"classes": classes, "labels": labels, "split": split, "groups": groups}, details


def _twins(dataset: str, result: ReadResult, images: UInt8Array) -> IntArray:
    """Pairs of near-duplicates, by the originals where there are some."""
    from data.sets import duplicates

    if result.hashes:
        hashes = [np.frombuffer(result.hashes[r.id], np.uint8) for r in result.records]
    else:
        hashes = [duplicates.perceptual_hash(image) for image in images]
    return duplicates.near_pairs(np.stack(hashes), at_most=duplicates.near_at_most(dataset))


def _read(
    info: DatasetInfo, where: Path | bytes | None, size: int, progress: Progress
) -> tuple[ReadResult, UInt8Array]:
    from data.pictures.preprocess import prepare_image

    with _Spool(size) as spool:

        def keep(record: Record, gray: UInt8Array) -> None:
            spool.add(record.id, prepare_image(gray, size))

        result = load_reader(info.name)(where, progress=progress, seen=keep)
        images = _room(len(result.records), size)
        for number, record in enumerate(result.records):
            images[number] = spool.take(record.id)
    return result, images


class _Spool:
    """Pictures put down by several threads in any order, and taken up by name.

    They wait in a file without a name, which no crash leaves behind: 40,000 images of 128 pixels
    would take 650 MB of the server's memory. Which of them are wanted, and in which order, is
    known only when the last one has been read.
    """

    def __init__(self, size: int) -> None:
        self._file = tempfile.TemporaryFile(dir=cache_root())  # noqa: SIM115 - closed on exit
        self._shape = (size, size)
        self._starts: dict[str, int] = {}
        self._guard = threading.Lock()

    def __enter__(self) -> _Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, name: str, image: UInt8Array) -> None:
        with self._guard:
            self._starts[name] = self._file.tell()
            self._file.write(image.tobytes())

    def take(self, name: str) -> UInt8Array:
        """Only after the last ``add``: it moves the place where that would write."""
        self._file.seek(self._starts[name])
        raw = self._file.read(self._shape[0] * self._shape[1])
        return np.frombuffer(raw, np.uint8).reshape(self._shape)


def _draw(
    options: dict[str, Any], difficulty: Difficulty | None, progress: Progress
) -> tuple[ReadResult, UInt8Array]:
    """Draw every radiograph once, for its pixels and for what is true of it."""
    from data.pictures.preprocess import prepare_image
    from data.synthetic.radiograph import CLASSES, draw_set

    size, count, seed = options["size"], options["count"], options["seed"]
    drawn_size = max(_DRAWN_SIZE, size)
    drawn = draw_set(count, size=drawn_size, seed=seed, difficulty=difficulty, progress=progress)
    images = _room(count, size)
    for number, image in enumerate(drawn.images):
        images[number] = prepare_image(image, size)
    records = tuple(
        Record(
            id=f"synthetic-{index:06d}",
            label=CLASSES[facts.label],
            source=None,
            group=f"{index:06d}",
            region=facts.region,
            view=facts.view,
            hardware=facts.hardware,
            marks=facts.marks,
            width=drawn_size,
            height=drawn_size,
        )
        for index, facts in enumerate(drawn.facts)
    )
    hits = int(drawn.labels.sum())
    note = f"Drawn with seed {seed}: {hits:,} with a fracture, {count - hits:,} without."
    return ReadResult(records, ReaderReport(found=count, kept=count, notes=(note,))), images


def _room(count: int, size: int) -> UInt8Array:
    """(count, size, size) uint8; of a large set on disk, in a file that no crash leaves behind."""
    shape = (count, size, size)
    if count * size * size <= _IN_MEMORY:
        return np.empty(shape, np.uint8)
    with tempfile.TemporaryFile(dir=cache_root()) as file:  # the mapping outlives its handle
        return np.memmap(file, np.uint8, "w+", shape=shape)


def _metadata(records: tuple[Record, ...]) -> tuple[tuple[str, ...], FloatArray]:
    """What is known without a pixel: body part, view, hardware, size. Names and (N, M) float32.

    A column that says the same of every image is left out.
    """
    columns: dict[str, list[float]] = {}
    for kind in ("region", "view"):
        told = [(getattr(record, kind) or "").split("+") for record in records]
        for value in sorted({name for names in told for name in names if name}):
            columns[f"{kind}: {value}"] = [float(value in names) for names in told]
    columns["hardware"] = [float(bool(record.hardware)) for record in records]
    columns["log width"] = [float(np.log(record.width or 1)) for record in records]
    columns["log height"] = [float(np.log(record.height or 1)) for record in records]
    telling = {name: values for name, values in columns.items() if len(set(values)) > 1}
    matrix = np.array(list(telling.values()), dtype=np.float32).reshape(len(telling), len(records))
    return tuple(telling), matrix.T


def _plain(record: Record, size: int) -> dict[str, Any]:
    """A record as a line of ``records.jsonl``, with the marks of the prepared image."""
    return {
        "id": record.id,
        "path": str(record.source) if isinstance(record.source, Path) else None,
        "label": record.label,
        "group": record.group,
        "region": record.region,
        "view": record.view,
        "hardware": record.hardware,
        "marks": _placed(record, size),
        "width": record.width,
        "height": record.height,
    }


def _placed(record: Record, size: int) -> Marks:
    """The record's marks inside the square, to a thousandth of a pixel."""
    from data.pictures.placement import marks_to_prepared, place

    if not record.marks:
        return Marks(size=(size, size))
    height, width = record.marks.size
    placed = marks_to_prepared(record.marks, place(width, height, size))
    boxes = tuple(Box(*(round(value, 3) for value in box.plain())) for box in placed.boxes)
    return Marks(size=placed.size, boxes=boxes)


def _located(dataset: str, root: Path | bytes | None) -> Path | bytes | None:
    if dataset == "synthetic":
        return None
    if isinstance(root, bytes):
        if dataset != "folder":
            raise LessonError(
                "prepared.unknown-option",
                problem=f"{dataset} was given as the bytes of a file.",
                remedy="Name the folder that holds it.",
            )
        return root
    return find_root(dataset, root)


def _stamp(where: Path | bytes | None) -> str:
    """Hash of paths, sizes and times of all files; of bytes, their hash. Some 0.05 s for 3,430."""
    if where is None:
        return ""
    if isinstance(where, bytes):
        return hashlib.sha256(where).hexdigest()
    seen = hashlib.sha256(os.fsencode(where.resolve()))
    files = files_below(where, unreadable=_passed_over) if where.is_dir() else [where]
    for path in files:
        seen.update(_entry(path, str(path.relative_to(where))))
    return seen.hexdigest()


def _passed_over(error: OSError) -> None:
    """The reader says which folder may not be looked into."""


def _entry(path: Path, name: str) -> bytes:
    try:
        status = path.stat()
    except OSError:
        status = path.lstat()  # a link to nothing; the reader says so
    # A name may hold bytes that are no UTF-8.
    return os.fsencode(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n")


def _code_stamp(info: DatasetInfo) -> str:
    """Hash of the code that decides what a prepared set holds, so that no version is forgotten."""
    folders = (PROJECT / "data" / "pictures", PROJECT / "data" / "sets")
    files = sorted(file for folder in folders for file in folder.glob("*.py"))
    files = [file for file in files if file.stem not in _UNRELATED]
    files.append(PROJECT.joinpath(*info.reader.split(".")).with_suffix(".py"))
    if info.name == "synthetic":
        files += sorted((PROJECT / "data" / "synthetic").glob("*.py"))
    code = hashlib.sha256()
    for file in files:
        code.update(file.read_bytes())
    return code.hexdigest()


def _require_options(size: int, count: int | None, split: str) -> None:
    problem = remedy = ""
    if not MIN_SIZE <= size <= MAX_SIZE:
        problem = f"Images of {size} x {size} pixels were asked for."
        remedy = f"Choose a side of {MIN_SIZE} to {MAX_SIZE} pixels."
    elif split not in ("grouped", "random", "given"):
        problem = f"There is no split named {split!r}."
        remedy = "Choose grouped, random or given."
    elif count is not None and count < 20:
        problem, remedy = f"{count} radiographs were asked for.", "Ask for at least 20."
    if problem:
        raise LessonError("prepared.unknown-option", problem=problem, remedy=remedy)


def _require_open_classes(info: DatasetInfo, positive: str | None) -> None:
    if positive is not None and info.classes:
        raise LessonError(
            "prepared.unknown-option",
            problem=f"{positive!r} was named as the finding, but {info.title} says itself which "
            f"class that is: {info.positive}.",
            remedy="Leave the choice out.",
        )


def _lock_of(folder: Path) -> threading.Lock:
    with _locks_guard:
        return _locks.setdefault(folder, threading.Lock())


def _part_of(progress: Progress, start: float, end: float) -> Callable[[str, float], None]:
    return lambda phase, share: progress(phase, start + (end - start) * share)


def _silent(phase: str, share: float) -> None:
    """Nobody asked to be told."""
