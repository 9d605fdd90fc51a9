"""How much of the answer a split gives away: the same question asked of it and of a random one.

An image of the validation or test part leaks where the training part holds its near-duplicate,
or an image of its group (patient, series). The third figure asks what such a leak is worth:
copy to each held-out image the label of the training image that looks most like it, and count.
A network that only remembers could reach that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray, UInt8Array
from core.prepared import SPLITS
from data.sets.splits import random_split

RANDOM_DRAWS: Final = 5
"""Random splits that the comparison averages over."""

_SIDE: Final = 32
_HELD_OUT_AT_MOST: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Leakage:
    """What a split gives away.

    Attributes:
        held_out: Images in the validation and test parts.
        twin_share: Share of them with a near-duplicate in the training part.
        group_share: Share of them with an image of their group in the training part.
        copied: Balanced accuracy (mean recall of the classes) of copying the label of the most
            similar training image, by correlation at 32x32.
        chance: Balanced accuracy of guessing, one over the number of classes.
    """

    held_out: float
    twin_share: float
    group_share: float
    copied: float
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakageComparison:
    """A split beside random ones of the same images."""

    actual: Leakage
    random: Leakage

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, for a manifest."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> LeakageComparison:
        """The inverse of ``to_json``."""
        return cls(actual=Leakage(**plain["actual"]), random=Leakage(**plain["random"]))

    def sentences(self) -> tuple[str, ...]:
        """The comparison in words, for a page and for a terminal."""
        ours, theirs = self.actual, self.random
        return (
            f"Of {ours.held_out:,.0f} images held out for validation and test, "
            f"{_percent(ours.twin_share)} have a near-duplicate in the training part; "
            f"in a random split it would be {_percent(theirs.twin_share)}.",
            f"{_percent(ours.group_share)} share a group with a training image; "
            f"in a random split {_percent(theirs.group_share)}.",
            "Copying the label of the most similar training image gives a balanced accuracy of "
            f"{ours.copied:.3f}; in a random split {theirs.copied:.3f}, by guessing "
            f"{ours.chance:.3f}.",
        )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def compare(
    split: NDArray[np.int8],
    *,
    images: UInt8Array,
    labels: IntArray,
    groups: IntArray,
    twins: IntArray,
    seed: int,
) -> LeakageComparison:
    """Measure a split and, as the mean of five draws, random splits of the same images.

    Args:
        split: (N,) part codes.
        images: (N, S, S) uint8.
        labels: (N,) class indices.
        groups: (N,) group numbers.
        twins: (K, 2) pairs of near-duplicate images.
        seed: Of the random splits.
    """
    looks = _normalized(images)
    given = {"looks": looks, "labels": labels, "groups": groups, "twins": twins}
    draws = [
        measure(random_split(labels, seed=seed + draw), **given) for draw in range(RANDOM_DRAWS)
    ]
    mean = {
        name: float(np.mean([getattr(draw, name) for draw in draws]))
        for name in Leakage.__dataclass_fields__
    }
    return LeakageComparison(actual=measure(split, **given), random=Leakage(**mean))


def measure(
    split: NDArray[np.int8],
    *,
    looks: FloatArray,
    labels: IntArray,
    groups: IntArray,
    twins: IntArray,
) -> Leakage:
    """Measure one split; ``looks`` is (N, D) with rows of length 1, the rest as in ``compare``."""
    training = split == SPLITS.index("train")
    held_out = np.flatnonzero(~training)
    leaking = np.zeros(len(split), dtype=bool)
    for one, other in (twins.T, twins.T[::-1]):
        leaking[one[training[other]]] = True
    in_training = np.isin(groups[held_out], groups[training])
    return Leakage(
        held_out=len(held_out),
        twin_share=float(leaking[held_out].mean()) if len(held_out) else 0.0,
        group_share=float(in_training.mean()) if len(held_out) else 0.0,
        copied=_copied(looks, labels, np.flatnonzero(training), held_out),
        chance=1 / len(np.unique(labels)),
    )


def _copied(looks: FloatArray, labels: IntArray, training: IntArray, held_out: IntArray) -> float:
    # Enough for a figure of two digits; MURA has 12,000 held-out images.
    asked = np.random.default_rng(0).permutation(held_out)[:_HELD_OUT_AT_MOST]
    copied = np.empty(len(asked), dtype=labels.dtype)
    known = looks[training].T
    for start in range(0, len(asked), 512):
        nearest = np.argmax(looks[asked[start : start + 512]] @ known, axis=1)
        copied[start : start + 512] = labels[training[nearest]]
    truth = labels[asked]
    return float(np.mean([np.mean(copied[truth == label] == label) for label in np.unique(truth)]))


def _normalized(images: UInt8Array) -> FloatArray:
    """Images as rows whose dot product is their correlation, (N, 1024) float32."""
    small = np.stack(
        [cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for image in images]
    )
    rows = small.reshape(len(images), -1).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
