"""MURA v1.1 in its official layout.

``train/XR_WRIST/patient00001/study1_positive/image1.png`` with the label of each study in
``train_labeled_studies.csv`` and ``valid_labeled_studies.csv`` (path, 1 for abnormal; no header).
The label belongs to a study and says abnormal or normal, which is not fracture or none. Patients
are the groups; the official two parts are put together and split anew, as its test set is hidden.

Source: Rajpurkar et al., arXiv:1712.06957.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.errors import LessonError
from data.sets import duplicates, tables
from data.sets.recognition import pictures_below
from data.sets.records import Omission, Progress, ReaderReport, ReadResult, Record
from data.sets.registry import find_root

PARTS: Final = ("train", "valid")
LABELS: Final = {"0": "normal", "1": "abnormal"}
ENDINGS: Final = {"positive": "abnormal", "negative": "normal"}


def read(
    root: Path | None = None,
    *,
    progress: Progress | None = None,
    seen: duplicates.Seen | None = None,
) -> ReadResult:
    """Read all images of both parts with the label of their study; decode each of them once.

    Args:
        root: The folder ``MURA-v1.1`` or the one around it.
        progress: Told the share of images read.
        seen: Receives each decoded picture.

    Raises:
        LessonError: ``dataset.missing``, ``dataset.damaged``.
    """
    folder = find_root("mura", root)
    candidates: list[Record] = []
    omissions: list[Omission] = []
    found = 0
    for study, label in _studies(folder):
        images = sorted(pictures_below(study)) if study.is_dir() else []
        found += len(images)
        name = study.relative_to(folder).as_posix()
        if not images:
            omissions.append(Omission(name, "missing", "is listed, but holds no image here"))
        elif ENDINGS.get(study.name.rpartition("_")[2], label) != label:
            detail = f"the study's folder {study.name} and its row ({label}) disagree"
            omissions += [Omission(_id(folder, p), "conflicting-label", detail) for p in images]
        else:
            firsts = {_id(folder, path): path for path in reversed(images)}
            candidates += [_record(folder, path, label) for path in sorted(firsts.values())]
            omissions += [
                Omission(_id(folder, path), "duplicate", f"{path.name} has the name of another one")
                for path in images
                if path not in firsts.values()
            ]
    inspection = duplicates.inspect(candidates, dataset="mura", progress=progress, seen=seen)
    return ReadResult(
        records=inspection.records,
        report=ReaderReport(
            found=found,
            kept=len(inspection.records),
            omissions=(*omissions, *inspection.omissions),
            notes=(_note(inspection.records), *duplicates.notes(inspection)),
            duplicate_groups=inspection.duplicate_groups,
            conflicting_groups=inspection.conflicting_groups,
        ),
        hashes=inspection.hashes,
    )


def _studies(folder: Path) -> Iterator[tuple[Path, str]]:
    """Study folders and labels; the tables name paths from ``MURA-v1.1/`` on."""
    for part in PARTS:
        table = folder / f"{part}_labeled_studies.csv"
        for row in tables.read_rows(table, damaged=_damaged):
            _, inside, path = row[0].replace("\\", "/").strip("/").partition(f"{part}/")
            label = LABELS.get(row[1].removesuffix(".0")) if len(row) > 1 else None
            if not inside or label is None:
                raise _damaged(f"{table} has the row {','.join(row)!r}")
            yield folder / part / path, label


def _record(folder: Path, path: Path, label: str) -> Record:
    patient = path.parent.parent.name
    return Record(
        id=_id(folder, path),
        label=label,
        source=path,
        # The parts number their patients together: patient00001 is one person everywhere.
        group=patient,
        region=path.parents[2].name.removeprefix("XR_").lower(),
    )


def _id(folder: Path, path: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def _note(records: tuple[Record, ...]) -> str:
    patients = len({record.group for record in records})
    abnormal = sum(record.label == "abnormal" for record in records)
    return (
        f"{abnormal:,} images belong to studies labeled abnormal (which is not the same as "
        f"fractured); {patients:,} patients are the groups."
    )


def _damaged(problem: str) -> LessonError:
    return LessonError(
        "dataset.damaged",
        problem=f"This copy of MURA is incomplete: {problem}.",
        remedy="Unpack MURA-v1.1.zip again and name its folder.",
    )
