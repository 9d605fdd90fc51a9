"""Which image trains, which one tunes, which one tests: decided by group, before anything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import IntArray
from core.errors import LessonError
from core.prepared import SPLITS

SHARES: Final = (0.70, 0.15, 0.15)
"""Shares of training, validation and test images."""


def grouped_split(
    labels: IntArray, groups: IntArray, *, seed: int, shares: tuple[float, ...] = SHARES
) -> NDArray[np.int8]:
    """Give every group whole to one part, so that each part gets its share of every class.

    Large groups are placed first, while every part still has room; groups of about one size
    (within a factor of two) come in an order drawn from the seed. Each goes to the part that
    needs its classes most.

    Args:
        labels: (N,) class indices.
        groups: (N,) group numbers.
        seed: Another seed, another split; the same seed, the same split.
        shares: Of the three parts, in the order of ``SPLITS``; they sum to 1.

    Returns:
        (N,) int8 part codes, indices into ``SPLITS``.

    Raises:
        LessonError: ``split.too-few-groups`` where a class has fewer groups than there are parts.
    """
    _, labels = np.unique(labels, return_inverse=True)
    names, groups = np.unique(groups, return_inverse=True)
    content = np.zeros((len(names), labels.max(initial=-1) + 1))
    np.add.at(content, (groups, labels), 1)
    _require_groups(np.count_nonzero(content, axis=0), kind="group")

    rng = np.random.default_rng(seed)
    order = rng.permutation(len(names))
    magnitude = np.floor(np.log2(content.sum(axis=1)))
    order = order[np.argsort(-magnitude[order], kind="stable")]

    target = np.outer(shares, content.sum(axis=0))
    filled = np.zeros_like(target)
    part = np.empty(len(names), dtype=np.int8)
    for group in order:
        need = (target - filled) / target
        part[group] = _neediest(need @ content[group], rng)
        filled[part[group]] += content[group]
    _fill_empty(part, content, filled)
    return part[groups]


def random_split(
    labels: IntArray, *, seed: int, shares: tuple[float, ...] = SHARES
) -> NDArray[np.int8]:
    """Deal the images of each class out by chance, blind to groups: the split that leaks.

    It exists to be compared with. Arguments and result as in ``grouped_split``.

    Raises:
        LessonError: ``split.too-few-groups`` where a class has fewer images than parts.
    """
    labels = np.asarray(labels)
    _require_groups(np.unique(labels, return_counts=True)[1], kind="image")
    rng = np.random.default_rng(seed)
    part = np.zeros(len(labels), dtype=np.int8)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        count = len(members)
        # At least one image for validation and one for test, whatever the rounding says.
        test = max(1, round(count * shares[2]))
        validation = max(1, round(count * shares[1]))
        part[members[:test]] = SPLITS.index("test")
        part[members[test : test + validation]] = SPLITS.index("validation")
    return part


def given_split(
    parts: Sequence[str | None], labels: IntArray, groups: IntArray, *, seed: int
) -> NDArray[np.int8]:
    """Keep a ready-made split; a part that it lacks is taken from training, by group.

    Groups that the ready-made parts tear apart stay torn: the leakage check tells how much.

    Args:
        parts: Of each image, one of ``SPLITS``; None for one that lies in no part and trains.
        labels: (N,) class indices.
        groups: (N,) group numbers, for a part that is missing.
        seed: Of the choice for that part.

    Returns:
        (N,) int8 part codes, indices into ``SPLITS``.

    Raises:
        LessonError: ``split.none-given`` where no image lies in a ready-made part,
            ``split.too-few-groups`` where a part lacks a class.
    """
    if not any(parts):
        raise LessonError(
            "split.none-given",
            problem="The set has no ready-made parts that could be kept.",
            remedy="Let the parts be made by group, or sort the images into train, val and test.",
        )
    split = np.array([SPLITS.index(part or SPLITS[0]) for part in parts], dtype=np.int8)
    for code in range(1, len(SPLITS)):
        if np.any(split == code):
            continue
        training = np.flatnonzero(split == 0)
        anew = grouped_split(labels[training], groups[training], seed=seed)
        split[training[anew == code]] = code
    for code, part in enumerate(SPLITS):
        absent = np.setdiff1d(labels, labels[split == code])
        if len(absent):
            raise LessonError(
                "split.too-few-groups",
                problem=f"The ready-made part for {part} lacks {len(absent)} of the classes.",
                remedy="Let the parts be made anew by group.",
            )
    return split


def _neediest(need: NDArray[np.float64], rng: np.random.Generator) -> int:
    best = np.flatnonzero(need >= need.max() - 1e-12)
    return int(rng.choice(best))


def _fill_empty(
    part: NDArray[np.int8], content: NDArray[np.float64], filled: NDArray[np.float64]
) -> None:
    """Give a part without any image of a class the smallest group that can be spared."""
    for code, label in zip(*np.nonzero(filled == 0), strict=True):
        holders = np.flatnonzero(content[:, label] > 0)
        counts = np.bincount(part[holders], minlength=len(filled))
        spare = [group for group in holders if counts[part[group]] > 1]
        if filled[code, label] > 0 or not spare:
            continue
        moved = min(spare, key=lambda group: content[group].sum())
        filled[part[moved]] -= content[moved]
        filled[code] += content[moved]
        part[moved] = code


def _require_groups(counts: IntArray, *, kind: str) -> None:
    if len(counts) == 0 or counts.min() < len(SPLITS):
        smallest = int(counts.min()) if len(counts) else 0
        noun = kind if smallest == 1 else f"{kind}s"
        raise LessonError(
            "split.too-few-groups",
            problem=(
                f"A class has only {smallest} independent {noun}, but training, validation and "
                f"test need one each."
            ),
            remedy="Add images of other patients to that class, or leave the class out.",
        )
