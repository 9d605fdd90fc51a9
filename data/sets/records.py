"""What a dataset reader hands over: records, and a report of what it left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from core.marks import Marks

Progress: TypeAlias = Callable[[str, float], None]
"""Receives the phase as a text and the finished share of that phase, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One picture that can be learned from.

    Attributes:
        id: Unique name inside its dataset, for FracAtlas the file name without ending.
        label: Name of its class, one of the dataset's ``classes``.
        source: File, the file's bytes, or None for a synthetic picture that is drawn by its id.
        group: Pictures of one group never straddle a split (patient, identical pixels, ...).
        region: Body part, several joined by "+"; None where the dataset does not say.
        view: Projection, several joined by "+"; None where the dataset does not say.
        hardware: Plates, screws or the like are visible; None where the dataset does not say.
        marks: Marked findings on the upright original; None where nothing is marked.
        width: Pixels of the upright original; None where not known before decoding.
        height: As ``width``.
        part: Its part of a ready-made split, one of ``SPLITS``; None where it lies in none.
    """

    id: str
    label: str
    source: Path | bytes | None
    group: str
    region: str | None = None
    view: str | None = None
    hardware: bool | None = None
    marks: Marks | None = None
    width: int | None = None
    height: int | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Omission:
    """A picture that a reader left out: which, why (a code), and a detail for people."""

    id: str
    reason: str
    detail: str


REASONS: Final[dict[str, tuple[str, str]]] = {
    "truncated": ("file is cut short", "files are cut short"),
    "unreadable": ("file is not a readable image", "files are not readable images"),
    "missing": ("listed file is missing", "listed files are missing"),
    "conflicting-label": (
        "image carries opposite labels",
        "images carry opposite labels (the same pixels, or the same file, in both classes)",
    ),
    "duplicate": ("image repeats another one", "images repeat another one"),
    "unlabeled": ("image has no label", "images have no label"),
    "mask": ("image is a mask of another one", "images are masks of others"),
    "too-large": ("image is too large to decode", "images are too large to decode"),
}
"""Words for one and for many omissions of a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderReport:
    """What a reader found, kept and left out.

    Attributes:
        found: Pictures that the dataset offers on this machine.
        kept: Pictures that became records.
        omissions: Every other one, with its reason.
        notes: Sentences about the dataset as found (release, what differs).
        duplicate_groups: Groups of two and more pictures with identical pixels.
        conflicting_groups: How many of those carry more than one label.

    >>> short = Omission("b", "truncated", "ends early")
    >>> report = ReaderReport(found=3, kept=2, omissions=(short,))
    >>> report.counts()
    {'truncated': 1}
    >>> report.sentences()
    ('Found 3 images and kept 2.', 'Left out: 1 file is cut short.')
    """

    found: int
    kept: int
    omissions: tuple[Omission, ...] = ()
    notes: tuple[str, ...] = ()
    duplicate_groups: int = 0
    conflicting_groups: int = 0

    def counts(self) -> dict[str, int]:
        """Omissions by reason, the most frequent first."""
        return dict(Counter(omission.reason for omission in self.omissions).most_common())

    def sentences(self) -> tuple[str, ...]:
        """The report in words, for a page and for a terminal."""
        images = "image" if self.found == 1 else "images"
        lines = [f"Found {self.found:,} {images} and kept {self.kept:,}."]
        for reason, count in self.counts().items():
            one, many = REASONS.get(reason, (f"image: {reason}", f"images: {reason}"))
            lines.append(f"Left out: {count:,} {one if count == 1 else many}.")
        if self.duplicate_groups:
            groups = "group" if self.duplicate_groups == 1 else "groups"
            conflict = (
                f", {self.conflicting_groups:,} of them with opposite labels"
                if self.conflicting_groups
                else ""
            )
            lines.append(
                f"{self.duplicate_groups:,} {groups} of images with identical pixels{conflict}."
            )
        return (*lines, *self.notes)


@dataclass(frozen=True, slots=True)
class ReadResult:
    """All that a reader returns.

    Attributes:
        records: The pictures, in an order that depends on the dataset alone.
        report: What was found and left out.
        hashes: Perceptual hash of each picture by id (32 bytes); empty where the reader drew it.
    """

    records: tuple[Record, ...]
    report: ReaderReport
    hashes: Mapping[str, bytes] = field(default_factory=dict)
