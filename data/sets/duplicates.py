"""Pictures that repeat each other: found by their pixels, and joined so that no split parts them.

Two measures. The digest is a hash of the decoded, upright, gray pixels: equal digests are equal
pictures, whatever the files look like. The perceptual hash holds the signs of the 255 lowest
cosine frequencies of a 64x64 version: it survives recompression, resizing and brightness, and
the number of differing bits (0 to 255) says how far two pictures are apart.

How far is near was measured on 3,430 FracAtlas images (5.9 million pairs): the 28 pairs at 30
bits or less that are not identical are all the same radiograph (another size, another marker, a
part painted over); the first pair of two different patients is at 32. Recompressing at JPEG
quality 30 moves a picture by at most 14 bits, halving its size by 6, brightening by 22.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import cpu_count
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np

from core.arrays import IntArray, UInt8Array
from core.errors import LessonError
from data.sets.records import Omission, Progress, Record

_MEASURED: Final = {"fracatlas": 30}
_COPIES: Final = 16

Seen: TypeAlias = Callable[[Record, UInt8Array], None]
"""Receives every readable picture while it is decoded anyway, from several threads at once."""

_REASONS: Final = {
    "upload.truncated": "truncated",
    "upload.empty": "truncated",
    "upload.too-large": "too-large",
    "upload.too-many-pixels": "too-large",
}


def near_at_most(dataset: str) -> int:
    """Differing bits up to which two pictures of a dataset are taken for one radiograph.

    30 for FracAtlas, where it was measured; 16 for the others, which finds copies that were
    recompressed or resized and does not mistake two wrists in one pose for one.
    """
    return _MEASURED.get(dataset, _COPIES)


@dataclass(frozen=True, slots=True)
class Look:
    """What is kept of a picture: digest, (32,) uint8 hash, upright size, doubts."""

    digest: str
    hash: UInt8Array
    width: int
    height: int
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Records that can be used, with groups joined, and what was found on the way.

    Kept pictures that raise a doubt are counted in `doubted`, and by doubt, the most frequent
    first, in `doubts`.
    """

    records: tuple[Record, ...]
    omissions: tuple[Omission, ...]
    hashes: dict[str, bytes]
    duplicate_groups: int
    conflicting_groups: int
    near_pairs: int
    near_conflicts: int
    doubted: int = 0
    doubts: tuple[tuple[str, int], ...] = ()


def look(gray: UInt8Array, *, doubts: tuple[str, ...] = ()) -> Look:
    """Digest and perceptual hash of a gray picture (H, W), kept with the doubts that it raises."""
    height, width = gray.shape
    digest = hashlib.sha256(f"{width}x{height}:".encode())
    digest.update(np.ascontiguousarray(gray).data)
    return Look(digest.hexdigest(), perceptual_hash(gray), width, height, doubts)


def perceptual_hash(gray: UInt8Array) -> UInt8Array:
    """Signs of 255 low cosine frequencies against their median, packed to (32,) uint8.

    The mean brightness is left out, so that exposure does not count.

    >>> ramp = np.tile(np.arange(64, dtype=np.uint8), (64, 1))
    >>> distance(perceptual_hash(ramp), perceptual_hash(ramp + 60))
    0
    """
    small = cv2.resize(gray, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:16, :16].ravel()[1:]
    return np.packbits(low > np.median(low))


def distance(one: UInt8Array, other: UInt8Array) -> int:
    """Differing bits of two hashes, 0 to 255."""
    return int(np.bitwise_count(one ^ other).sum())


def near_pairs(hashes: UInt8Array, *, at_most: int) -> IntArray:
    """All pairs (i < j) of (N, 32) hashes that differ in at most that many bits, (K, 2) int64."""
    if len(hashes) < 2:
        return np.empty((0, 2), dtype=np.int64)
    signs = np.unpackbits(hashes, axis=1).astype(np.float32) * 2 - 1
    bits, chunk, found = signs.shape[1], 512, []
    for start in range(0, len(signs), chunk):
        # A product of +1/-1 vectors counts equal minus differing bits; exact in float32.
        agreement = signs[start : start + chunk] @ signs[start:].T
        i, j = np.nonzero(agreement >= bits - 2 * at_most)
        found.append(np.column_stack((i, j))[i < j] + start)
    return np.concatenate(found).astype(np.int64)


def join(names: Iterable[str], links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names to the alphabetically first name of all that they are linked to, over any steps.

    >>> join("abcde", [("b", "c"), ("c", "e")])
    {'a': 'a', 'b': 'b', 'c': 'b', 'd': 'd', 'e': 'b'}
    """
    parent = {name: name for name in names}

    def top(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in links:
        first, second = sorted((top(one), top(other)))
        parent[second] = first
    return {name: top(name) for name in parent}


def inspect(
    candidates: Sequence[Record],
    *,
    dataset: str,
    progress: Progress | None = None,
    seen: Seen | None = None,
) -> Inspection:
    """Decode every candidate, leave out what cannot be used, and join groups of repeats.

    Left out are files that do not decode to their last line, and every member of a group of
    identical pictures that carries more than one label: nobody knows which one is right.
    Repeats with one label stay, in one group. The dataset's name decides how near is near.
    """
    looks, unreadable = _look_at_all(candidates, progress, seen)
    readable = [
        replace(record, width=looks[record.id].width, height=looks[record.id].height)
        for record in candidates
        if record.id in looks
    ]
    identical = _identical(readable, looks)
    conflicting = [group for group in identical if len({record.label for record in group}) > 1]
    omitted = {record.id for group in conflicting for record in group}
    kept = [record for record in readable if record.id not in omitted]

    pairs = near_pairs(
        np.stack([looks[r.id].hash for r in kept]) if kept else np.empty((0, 32), np.uint8),
        at_most=near_at_most(dataset),
    )
    near = [
        (kept[i], kept[j])
        for i, j in pairs.tolist()
        if looks[kept[i].id].digest != looks[kept[j].id].digest
    ]
    same = [(kept[i].group, kept[j].group) for i, j in pairs.tolist()]
    groups = join({record.group for record in kept}, same)
    return Inspection(
        records=tuple(replace(record, group=groups[record.group]) for record in kept),
        omissions=(*unreadable, *_conflicts(conflicting)),
        hashes={record.id: looks[record.id].hash.tobytes() for record in kept},
        duplicate_groups=len(identical),
        conflicting_groups=len(conflicting),
        near_pairs=len(near),
        near_conflicts=sum(one.label != other.label for one, other in near),
        doubted=sum(bool(looks[record.id].doubts) for record in kept),
        doubts=tuple(Counter(d for r in kept for d in looks[r.id].doubts).most_common()),
    )


def _look_at_all(
    candidates: Sequence[Record], progress: Progress | None, seen: Seen | None
) -> tuple[dict[str, Look], list[Omission]]:
    from data.pictures import preprocess  # decoders are loaded by who decodes, not by who lists

    def one(record: Record) -> Look | Omission:
        if not isinstance(record.source, Path):
            raise TypeError(f"{record.id} is not a file")
        try:
            decoded = preprocess.decode_file(record.source)
        except LessonError as error:
            return Omission(record.id, _REASONS.get(error.code, "unreadable"), error.problem)
        if seen is not None:
            seen(record, decoded.gray)
        return look(decoded.gray, doubts=decoded.warnings)

    looks: dict[str, Look] = {}
    omissions: list[Omission] = []
    step = max(1, len(candidates) // 100)
    with ThreadPoolExecutor(max_workers=cpu_count() or 2) as threads:
        for number, (record, found) in enumerate(
            zip(candidates, threads.map(one, candidates), strict=True), start=1
        ):
            if isinstance(found, Omission):
                omissions.append(found)
            else:
                looks[record.id] = found
            if progress is not None and (number % step == 0 or number == len(candidates)):
                progress("Reading images", number / len(candidates))
    return looks, omissions


def _identical(records: Sequence[Record], looks: dict[str, Look]) -> list[list[Record]]:
    by_digest: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_digest[looks[record.id].digest].append(record)
    return [group for group in by_digest.values() if len(group) > 1]


def _conflicts(groups: Sequence[Sequence[Record]]) -> list[Omission]:
    return [
        Omission(
            record.id,
            "conflicting-label",
            f"labeled {record.label}, but "
            + ", ".join(f"{o.id} is {o.label}" for o in group if o is not record)
            + " with the same pixels",
        )
        for group in groups
        for record in group
    ]


def notes(inspection: Inspection) -> tuple[str, ...]:
    """What a report says about near-duplicates and doubts; nothing where there are none."""
    return (*_notes_on_repeats(inspection), *_notes_on_doubts(inspection))


def _notes_on_doubts(inspection: Inspection) -> tuple[str, ...]:
    if not inspection.doubts:
        return ()
    doubt, count = inspection.doubts[0]
    verb = "image raises" if inspection.doubted == 1 else "images raise"
    most = f" (in {count:,} of them)" if inspection.doubted > 1 else ""
    return (
        f"{inspection.doubted:,} {verb} a doubt and are kept all the same. The most frequent"
        f"{most}: {doubt}",
    )


def _notes_on_repeats(inspection: Inspection) -> tuple[str, ...]:
    if not inspection.near_pairs:
        return ()
    one = inspection.near_pairs == 1
    conflict = (
        f" ({inspection.near_conflicts:,} of them with different labels, kept)"
        if inspection.near_conflicts
        else ""
    )
    return (
        f"{inspection.near_pairs:,} {'pair' if one else 'pairs'} of images that are nearly, but "
        f"not exactly, the same{conflict}; each is kept together in one part.",
    )
