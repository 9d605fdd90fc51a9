"""What is known of patients in a split, and how close its parts lie where nothing is.

A split that keeps patients apart needs to know them. Where a dataset numbers its patients, no
patient stands on two sides. FracAtlas does not: there blocks of neighboring image numbers stand for
patients, and a block has edges, across which neighbors may be one person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.arrays import IntArray
from core.evaluation.estimate import Estimate, wilson
from core.prepared import SPLITS, PreparedSet

NEAR: Final = 2
"""Image numbers apart: on FracAtlas one patient's views are two or three neighboring numbers."""

Kind: TypeAlias = Literal["patients", "blocks", "pictures", "drawn"]
_NUMBER: Final = re.compile(r"(\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Borders:
    """How close test and training pictures lie by their numbers.

    Attributes:
        near: Share of the test images with a training image at most `NEAR` numbers away.
        near_positive: The same of the positive test images.
        following: Of the pictures whose number follows that of a positive one in another part,
            the share that is positive too.
    """

    near: Estimate
    near_positive: Estimate
    following: Estimate


def known_of_patients(dataset: str, records: Sequence[Mapping[str, Any]]) -> Kind:
    """By what a set's groups were made.

    Args:
        dataset: Name in the registry.
        records: As `PreparedSet.records`; the names of their groups tell.
    """
    if dataset == "synthetic":
        return "drawn"
    groups = [str(record["group"]) for record in records]
    if groups and all(name.startswith("patient") for name in groups):
        return "patients"
    if any(name.startswith("block") for name in groups):
        return "blocks"
    return "pictures"


def borders(numbers: IntArray, split: NDArray[np.int8], positive: NDArray[np.bool_]) -> Borders:
    """Count neighbors across the borders of a split.

    Args:
        numbers: (N,) the images' numbers, each once.
        split: (N,) part codes.
        positive: (N,).
    """
    training = np.sort(numbers[split == SPLITS.index("train")])
    testing = split == SPLITS.index("test")
    near = _distance(numbers, training) <= NEAR
    place = {int(number): index for index, number in enumerate(numbers)}
    followers = [
        index
        for before in np.flatnonzero(positive)
        if (index := place.get(int(numbers[before]) + 1)) is not None
        and split[index] != split[before]
    ]
    return Borders(
        near=_share(near[testing]),
        near_positive=_share(near[testing & positive]),
        following=_share(positive[followers]),
    )


def sentences(prepared: PreparedSet, records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What may be said of patients and of the split of a set."""
    kind = known_of_patients(prepared.name, records)
    if prepared.details.get("options", {}).get("split") == "random":
        return (
            "This split is blind: pictures of one patient, and nearly the same picture, may stand "
            "on two sides.",
        )
    if kind == "drawn":
        return ("Every picture is drawn by itself: there are no patients to keep apart.",)
    if kind == "patients":
        return (
            "This set names its patients: all pictures of one, and nearly the same picture, stand "
            "on one side.",
        )
    start = "Nearly the same picture never stands on two sides."
    if kind == "pictures":
        return (
            f"{start} Nothing is known of patients here: two pictures of one person may be on two "
            "sides, and then the test flatters.",
        )
    numbers = [_NUMBER.search(str(record["id"])) for record in records]
    unknown = (
        f"{start} This set has no patient numbers: blocks of neighboring image numbers stay "
        "together in their place, so two pictures of one person may still be on two sides."
    )
    found = [int(match[1]) for match in numbers if match]
    if len(set(found)) != len(records) or not found or len(prepared.classes) != 2:
        return (unknown,)
    told = borders(np.array(found), prepared.split, prepared.labels == 1)
    return (unknown, *border_sentences(told, positive=prepared.classes[1]))


def border_sentences(found: Borders, *, positive: str) -> tuple[str, ...]:
    """How close the parts lie, in words with their counts."""
    if not found.near.known:
        return ()
    said = [
        f"{100 * found.near.value:.1f} % of the {found.near.n:,} test images lie within {NEAR} "
        "numbers of a training image"
        + (
            f", {100 * found.near_positive.value:.1f} % of the {found.near_positive.n:,} with "
            f'"{positive}".'
            if found.near_positive.known
            else "."
        )
    ]
    if found.following.known:
        hits = round(found.following.value * found.following.n)
        said.append(
            f'Of the {found.following.n:,} pictures that follow one with "{positive}" in another '
            f"part, {hits:,} are labeled so too ({found.following.value:.2f}; 95 % interval "
            f"{found.following.low:.2f} to {found.following.high:.2f}): what is left of one "
            "patient on two sides makes the test a little too kind."
        )
    return tuple(said)


def _distance(numbers: IntArray, training: IntArray) -> IntArray:
    """From each number to the nearest of the sorted training numbers."""
    if not len(training):
        return np.full(len(numbers), np.iinfo(np.int64).max)
    place = np.searchsorted(training, numbers)
    below = training[np.clip(place - 1, 0, len(training) - 1)]
    above = training[np.clip(place, 0, len(training) - 1)]
    return np.minimum(np.abs(numbers - below), np.abs(numbers - above))


def _share(hit: NDArray[np.bool_]) -> Estimate:
    return wilson(int(np.count_nonzero(hit)), len(hit))
