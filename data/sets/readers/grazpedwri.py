"""GRAZPEDWRI-DX in its official layout.

``dataset.csv`` has one row an image (filestem, patient_id, laterality, projection,
ao_classification, fracture_visible, metal, ...); the 16-bit PNG files lie in ``images_part1`` to
``images_part4`` (any folder inside is searched); boxes are YOLO lines in
``folder_structure/yolov5/labels``: class, center x, center y, width, height as shares of the
image. Class 3 is a fracture. Patients are the groups.

An image whose study has an AO class but whose ``fracture_visible`` is empty counts as normal: the
fracture exists, but this view does not show it. The report says how many those are.

Source: doi:10.1038/s41597-022-01328-z.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.errors import LessonError
from core.marks import Box, Marks
from data.sets import duplicates, tables
from data.sets.recognition import pictures_below
from data.sets.records import Omission, Progress, ReaderReport, ReadResult, Record
from data.sets.registry import find_root

PROJECTIONS: Final = {"1": "frontal", "2": "lateral", "3": "oblique"}
FRACTURE_CLASS: Final = 3
NEEDED: Final = ("filestem", "patient_id", "projection", "fracture_visible", "metal")


def read(
    root: Path | None = None,
    *,
    progress: Progress | None = None,
    seen: duplicates.Seen | None = None,
) -> ReadResult:
    """Read all images of the table with labels, patients and boxes; decode each of them once.

    Args:
        root: The folder with ``dataset.csv`` or the one around it.
        progress: Told the share of images read.
        seen: Receives each decoded picture.

    Raises:
        LessonError: ``dataset.missing``, ``dataset.damaged``.
    """
    folder = find_root("grazpedwri", root)
    table = tables.read_table(folder / "dataset.csv", needed=NEEDED, damaged=_damaged)
    rows = {row["filestem"]: row for row in table.rows}
    files, repeats = _files(folder)
    candidates = [_record(files[stem], row) for stem, row in rows.items() if stem in files]
    inspection = duplicates.inspect(candidates, dataset="grazpedwri", progress=progress, seen=seen)
    labels = {path.stem: path for path in folder.rglob("labels/*.txt")}
    records = tuple(
        replace(record, marks=_read_boxes(labels[record.id], record))
        if record.id in labels
        else record
        for record in inspection.records
    )
    return ReadResult(
        records=records,
        report=ReaderReport(
            found=len(files) + len(repeats),
            kept=len(records),
            omissions=(*_unmatched(rows, files, table.short), *repeats, *inspection.omissions),
            notes=(*_notes(records, rows), *duplicates.notes(inspection)),
            duplicate_groups=inspection.duplicate_groups,
            conflicting_groups=inspection.conflicting_groups,
        ),
        hashes=inspection.hashes,
    )


def _files(folder: Path) -> tuple[dict[str, Path], list[Omission]]:
    """Pictures by the name that the table has for them, and what repeats such a name."""
    files: dict[str, Path] = {}
    repeats = []
    for path in sorted(pictures_below(folder)):
        first = files.setdefault(path.stem, path)
        if first != path:
            detail = f"{path.name} in {path.parent.name} has the name of another one"
            repeats.append(Omission(path.stem, "duplicate", detail))
    return files, repeats


def _record(path: Path, row: Mapping[str, str]) -> Record:
    return Record(
        id=path.stem,
        label="fracture" if tables.is_set(row["fracture_visible"]) else "normal",
        source=path,
        group=f"patient{row['patient_id']}",
        region="wrist",
        view=PROJECTIONS.get(row["projection"].partition(".")[0]),
        hardware=tables.is_set(row["metal"]),
    )


def _read_boxes(path: Path, record: Record) -> Marks:
    width, height = record.width or 0, record.height or 0
    boxes = []
    for line in tables.read_text(path, damaged=_damaged).splitlines():
        if not line.strip():
            continue
        try:
            kind, x, y, w, h = (float(value) for value in line.split()[:5])
        except ValueError as error:
            raise _damaged(f"{path} has the line {line!r}") from error
        if not all(map(math.isfinite, (kind, x, y, w, h))):
            raise _damaged(f"{path} has the line {line!r}")
        if int(kind) == FRACTURE_CLASS:
            box = Box((x - w / 2) * width, (y - h / 2) * height, w * width, h * height)
            boxes.append(box)
    return Marks(size=(height, width), boxes=tuple(boxes))


def _unmatched(
    rows: Mapping[str, object], files: Mapping[str, Path], short: Sequence[tuple[int, str]]
) -> list[Omission]:
    broken = {stem: f"its row in dataset.csv breaks off (line {line})" for line, stem in short}
    unlisted = [
        Omission(stem, "unlabeled", broken.get(stem, "has no row in dataset.csv"))
        for stem in files.keys() - rows
    ]
    absent = [
        Omission(s, "missing", "is in dataset.csv, but not here") for s in rows.keys() - files
    ]
    return sorted(unlisted + absent, key=lambda omission: omission.id)


def _notes(records: tuple[Record, ...], rows: Mapping[str, Mapping[str, str]]) -> list[str]:
    fractured = [record for record in records if record.label == "fracture"]
    hidden = sum(
        record.label == "normal" and bool(rows[record.id].get("ao_classification", "").strip())
        for record in records
    )
    boxes = sum(len(record.marks or ()) for record in records)
    notes = [
        f"{len(fractured):,} images show a fracture, marked by {boxes:,} boxes; "
        f"{len({record.group for record in records}):,} patients are the groups."
    ]
    if hidden:
        one = hidden == 1
        notes.append(
            f"{hidden:,} {'image counts' if one else 'images count'} as normal although the study "
            f"has a classified fracture: {'it is' if one else 'they are'} taken from a side that "
            "does not show it."
        )
    return notes


def _damaged(problem: str) -> LessonError:
    return LessonError(
        "dataset.damaged",
        problem=f"This copy of GRAZPEDWRI-DX is incomplete: {problem}.",
        remedy="Unpack its archives again into one folder and name that.",
    )
