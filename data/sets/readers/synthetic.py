"""The built-in synthetic radiographs as a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from core.arrays import UInt8Array
from core.errors import LessonError
from data.sets.records import Progress, ReaderReport, ReadResult, Record
from data.synthetic.difficulty import Difficulty
from data.synthetic.radiograph import CLASSES, Facts, draw_many, facts

DEFAULT_COUNT: Final = 2000
CHUNK: Final = 64
"""Pictures that `images` hands over at once."""


def read(
    root: Path | None = None,
    *,
    count: int = DEFAULT_COUNT,
    size: int = 128,
    seed: int = 0,
    difficulty: Difficulty | None = None,
    progress: Progress | None = None,
) -> ReadResult:
    """Describe the radiographs 0 to ``count - 1``; their pixels come from `images`.

    Args:
        root: Not used: there is no folder. Present because every reader takes one.
        count: How many.
        size: Pixels along each side.
        seed: Another seed gives another set.
        difficulty: Sliders; None for the default.
        progress: Told the share of radiographs described.

    Raises:
        LessonError: ``synthetic.count`` for less than two.
    """
    del root
    _require_count(count)
    records = []
    for index in range(count):
        known = facts(index, size=size, seed=seed, difficulty=difficulty)
        records.append(_record(index, known, size))
        if progress is not None and (index % 50 == 49 or index == count - 1):
            progress("Choosing limbs and fractures", (index + 1) / count)
    hits = sum(record.label == "fracture" for record in records)
    note = f"Drawn with seed {seed}: {hits:,} with a fracture, {count - hits:,} without."
    return ReadResult(tuple(records), ReaderReport(found=count, kept=count, notes=(note,)))


def images(
    count: int = DEFAULT_COUNT,
    *,
    size: int = 128,
    seed: int = 0,
    difficulty: Difficulty | None = None,
) -> Iterator[UInt8Array]:
    """The same radiographs in order, as arrays of up to `CHUNK` pictures, (n, S, S) uint8."""
    _require_count(count)
    chunk: list[UInt8Array] = []
    for shot in draw_many(count, size=size, seed=seed, difficulty=difficulty):
        chunk.append(shot.image)
        if len(chunk) == CHUNK:
            yield np.stack(chunk)
            chunk = []
    if chunk:
        yield np.stack(chunk)


def _require_count(count: int) -> None:
    if count < 2:
        raise LessonError(
            "synthetic.count",
            problem=f"A set of {count} radiographs cannot hold both classes.",
            remedy="Ask for at least 2.",
        )


def _record(index: int, known: Facts, size: int) -> Record:
    return Record(
        id=f"synthetic-{index:06d}",
        label=CLASSES[known.label],
        source=None,
        group=str(index),
        region=known.region,
        view=known.view,
        hardware=known.hardware,
        marks=known.marks,
        width=size,
        height=size,
    )
