"""FracAtlas in its official layout: the 2023 releases and version 7 of 2026.

What differs between them: version 7 has 719 fractured images instead of 717, 924 boxes, and
IMG0003375 and IMG0003376 lie in both class folders; those two carry both labels and are left out.

FracAtlas has no patient numbers, so groups are made from what was measured on 3,430 images:

- The chance that the image d numbers after a fractured one is fractured too: 0.74 at d = 1, 0.54
  at 2, then level at 0.42 to 0.52 up to d = 60 (0.06 to 0.12 after a normal one). So one patient's
  views seem to be two or three neighboring numbers; the level behind them is how the hospitals'
  series were collected.
- Blocks of 20 consecutive numbers are small enough for a balanced split: 169 groups, the largest
  5.5 % of the images, once near-duplicates are joined. Copying the label of the most similar
  training image gave no more there than with larger blocks when it was tried.
- What is left: 12 % of the held-out images still lie within two numbers of a training image,
  across the edge of a block; in a random split it is 97 %.

The boxes of ``COCO_fracture_masks.json`` lie in the picture as it is seen, after its EXIF
orientation is applied, not in the stored one: looked at in both marked images that are turned
(IMG0002588 upside down, IMG0002628 by a quarter), where only so they enclose the fracture.

Source: doi:10.1038/s41597-023-02432-4.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
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

BLOCK: Final = 20
"""Consecutive image numbers that stay together (measured, see above)."""

FOLDERS: Final = {"Fractured": "fracture", "Non_fractured": "normal"}
REGIONS: Final = ("hand", "leg", "hip", "shoulder")
VIEWS: Final = ("frontal", "lateral", "oblique")
COLUMNS: Final = ("image_id", "fractured", "hardware", *REGIONS, *VIEWS)
NUMBER: Final = re.compile(r"IMG(\d+)")


def read(
    root: Path | None = None,
    *,
    progress: Progress | None = None,
    seen: duplicates.Seen | None = None,
) -> ReadResult:
    """Read all images with labels, groups, boxes and metadata, and decode each of them once.

    Args:
        root: The release's folder ``FracAtlas`` or the one around it.
        progress: Told the share of images read.
        seen: Receives each decoded picture.

    Raises:
        LessonError: ``dataset.missing``, ``dataset.damaged``.
    """
    folder = find_root("fracatlas", root)
    table = _read_table(folder / "dataset.csv")
    rows = {row["image_id"]: row for row in table.rows}
    files = sorted(
        (path for name in FOLDERS for path in pictures_below(folder / "images" / name)),
        key=lambda path: (path.name, path.parent.name),
    )
    marked = _read_boxes(folder / "Annotations" / "COCO JSON" / "COCO_fracture_masks.json")
    candidates, omissions = _candidates(files, rows, table.short)
    inspection = duplicates.inspect(candidates, dataset="fracatlas", progress=progress, seen=seen)
    records, unplaced = _with_boxes(inspection.records, marked)
    return ReadResult(
        records=records,
        report=ReaderReport(
            found=len(files),
            kept=len(records),
            omissions=(*omissions, *inspection.omissions),
            notes=(*_notes(records, unplaced), *duplicates.notes(inspection)),
            duplicate_groups=inspection.duplicate_groups,
            conflicting_groups=inspection.conflicting_groups,
        ),
        hashes=inspection.hashes,
    )


def _candidates(
    files: list[Path],
    rows: Mapping[str, Mapping[str, str]],
    short: Sequence[tuple[int, str]],
) -> tuple[list[Record], list[Omission]]:
    lines = {name: line for line, name in short}
    copies = Counter(path.name for path in files)
    candidates, omissions = [], []
    for path in files:
        label, row = FOLDERS[path.parent.name], rows.get(path.name)
        if copies[path.name] > 1:
            detail = "lies in both class folders"
            omissions.append(Omission(path.stem, "conflicting-label", detail))
        elif row is None:
            detail = "has no row in dataset.csv"
            if path.name in lines:
                detail = f"its row in dataset.csv breaks off (line {lines[path.name]})"
            omissions.append(Omission(path.stem, "unlabeled", detail))
        elif tables.is_set(row["fractured"]) != (label == "fracture"):
            detail = (
                f"lies in {path.parent.name}, but dataset.csv says fractured={row['fractured']}"
            )
            omissions.append(Omission(path.stem, "conflicting-label", detail))
        else:
            candidates.append(_record(path, label, row))
    missing = sorted(set(rows) - set(copies))
    omissions += [
        Omission(Path(name).stem, "missing", "is in dataset.csv, but not here") for name in missing
    ]
    return candidates, omissions


def _record(path: Path, label: str, row: Mapping[str, str]) -> Record:
    # "IMG0000600 (1)" is a copy of 600, made by a file manager, and belongs beside it.
    number = NUMBER.match(path.stem)
    return Record(
        id=path.stem,
        label=label,
        source=path,
        group=f"block{int(number[1]) // BLOCK:04d}" if number else f"image:{path.stem}",
        region=_set_columns(row, REGIONS),
        view=_set_columns(row, VIEWS),
        hardware=tables.is_set(row["hardware"]),
    )


def _set_columns(row: Mapping[str, str], columns: tuple[str, ...]) -> str | None:
    return "+".join(column for column in columns if tables.is_set(row[column])) or None


def _read_table(path: Path) -> tables.Table:
    return tables.read_table(path, needed=COLUMNS, damaged=_damaged)


def _read_boxes(path: Path) -> dict[str, Marks]:
    """Marks by file name; empty where the release came without annotations."""
    if not path.is_file():
        return {}
    coco = tables.read_json(path, damaged=_damaged)
    try:
        boxes: defaultdict[int, list[Box]] = defaultdict(list)
        for annotation in coco["annotations"]:
            boxes[annotation["image_id"]].append(Box(*map(float, annotation["bbox"])))
        return {
            image["file_name"]: Marks(
                size=(image["height"], image["width"]), boxes=tuple(boxes[image["id"]])
            )
            for image in coco["images"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(f"{path} is not the annotation file of FracAtlas ({error!r})") from error


def _with_boxes(
    records: tuple[Record, ...], marked: Mapping[str, Marks]
) -> tuple[tuple[Record, ...], int]:
    """Add the boxes where they were drawn on a picture of this size; count where they were not."""
    result, unplaced = [], 0
    for record in records:
        mark = marked.get(f"{record.id}.jpg")
        if mark is None:
            result.append(record)
        elif mark.size == (record.height, record.width):
            result.append(replace(record, marks=mark))
        else:
            unplaced += 1
            result.append(record)
    return tuple(result), unplaced


def _notes(records: tuple[Record, ...], unplaced: int) -> list[str]:
    fractured = sum(record.label == "fracture" for record in records)
    boxes = sum(len(record.marks or ()) for record in records)
    notes = [f"{fractured:,} images show a fracture, marked by {boxes:,} boxes."]
    if unplaced:
        notes.append(
            f"Boxes that fit no picture of their size are not used (images: {unplaced:,})."
        )
    notes.append(
        "No patient numbers: near-duplicates and blocks of "
        f"{BLOCK} neighboring image numbers form {len({r.group for r in records}):,} groups."
    )
    return notes


def _damaged(problem: str) -> LessonError:
    return LessonError(
        "dataset.damaged",
        problem=f"This FracAtlas release is incomplete: {problem}.",
        remedy="Unpack the archive again, or fetch it: python -m dashboard data fetch fracatlas",
    )
