"""What makes a validation score lie: one set of pictures, honest and spoiled, with one test part.

The two sets of a pair differ in their training and validation parts only. The test part is the
honest exam: whole groups that neither saw, without the stamp, without what was learned by heart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.arrays import BoolArray, IntArray
from core.errors import LessonError
from core.prepared import SPLITS, PreparedSet
from data.arrangement import NUMBERS, Arrangement, joined, made, plain

RANDOM: Final = "random"
AUGMENTED: Final = "augmented"
COPIES: Final = "copies"
STAMP: Final = "stamp"
HARDWARE: Final = "hardware"
REGION: Final = "region"
FLAWS: Final = (RANDOM, AUGMENTED, COPIES, STAMP, HARDWARE, REGION)

COPIED_SHARE: Final = 0.5
"""Of the validation images, those that stand in the training part too."""
_TRAIN, _VALIDATION, _TEST = range(len(SPLITS))
_FEWEST: Final = 10
"""Images of each class that every part needs for a figure."""

Pair: TypeAlias = tuple[PreparedSet, PreparedSet]
"""The honest set and the spoiled one."""


def possible(prepared: PreparedSet) -> tuple[str, ...]:
    """The flaws that this set can be given, in their order: some need hardware or regions."""
    known = known_of(prepared)
    return tuple(flaw for flaw in FLAWS if not _missing(prepared, known, flaw))


def pair(prepared: PreparedSet, flaw: str, *, seed: int) -> Pair:
    """Make both sets, or take them from the cache.

    Args:
        prepared: Split by group, with two classes.
        flaw: Of `FLAWS`.
        seed: Of what is drawn.

    Raises:
        LessonError: ``flaw.unknown``, ``flaw.impossible`` where the set lacks what the flaw needs;
            what writing refuses.
    """
    if flaw not in FLAWS:
        raise LessonError(
            "flaw.unknown",
            problem=f"There is no flaw named {flaw!r}.",
            remedy=f"Choose one of {', '.join(FLAWS)}.",
        )
    known = known_of(prepared)
    missing = _missing(prepared, known, flaw)
    if missing:
        raise LessonError(
            "flaw.impossible", problem=missing, remedy="Choose another flaw, or another dataset."
        )
    honest, spoiled = arrange(known, flaw, seed=seed)
    return (
        made(prepared, honest, flaw=flaw, side="honest"),
        made(prepared, spoiled, flaw=flaw, side="spoiled"),
    )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Known:
    """What of a set decides how it is arranged.

    Attributes:
        labels: (N,) 0 or 1.
        split: (N,) int8, indices into ``SPLITS``, by group.
        told: (N,) by flaw, which images have what it goes by: hardware, the commonest region.
    """

    labels: IntArray
    split: NDArray[np.int8]
    told: Mapping[str, BoolArray]


def known_of(prepared: PreparedSet) -> Known:
    """The same of a prepared set."""
    records = prepared.records()
    regions = [record.get("region") or "" for record in records]
    commonest = commonest_region(regions)
    return Known(
        labels=prepared.labels,
        split=prepared.split,
        told={
            HARDWARE: np.array([bool(record.get("hardware")) for record in records]),
            REGION: np.array([bool(commonest) and region == commonest for region in regions]),
        },
    )


def arrange(known: Known, flaw: str, *, seed: int) -> tuple[Arrangement, Arrangement]:
    """The honest arrangement and the spoiled one; both have the same test images, in one order."""
    count = len(known.labels)
    whole = plain(np.arange(count), known.split)
    rng = np.random.default_rng([seed, FLAWS.index(flaw)])
    seen = np.flatnonzero(known.split != _TEST)
    exam = np.flatnonzero(known.split == _TEST)
    share = np.count_nonzero(known.split == _VALIDATION) / len(seen)
    if flaw == RANDOM:
        parts = _dealt(known.labels[seen], share, rng)
        return whole, joined(plain(seen, parts), _tested(exam))
    if flaw == AUGMENTED:
        changed = Arrangement(
            seen, known.split[seen], rng.random((len(seen), NUMBERS)), np.zeros(len(seen), bool)
        )
        # Both make as many copies; the honest one makes them where the network learns, afterwards.
        both = joined(plain(seen, known.split[seen]), changed)
        dealt = replace(both, split=_dealt(known.labels[both.sources], share, rng))
        return (
            joined(whole, _only(changed, changed.split == _TRAIN)),
            joined(dealt, _tested(exam)),
        )
    if flaw == COPIES:
        validation = np.flatnonzero(known.split == _VALIDATION)
        chosen = rng.permutation(validation)[: round(COPIED_SHARE * len(validation))]
        return whole, joined(plain(np.sort(chosen), _TRAIN), whole)
    if flaw == STAMP:
        stamped = (known.labels == 1) & (known.split != _TEST)
        return whole, Arrangement(whole.sources, whole.split, whole.changes, stamped)
    told = known.told[flaw]
    # The exam has none of what the spoiled network could go by.
    exam = exam[~told[exam]]
    honest, spoiled = (~told, told | True) if flaw == HARDWARE else (told | True, told)
    first, second = seen[honest[seen]], seen[spoiled[seen]]
    return (
        joined(plain(first, known.split[first]), _tested(exam)),
        joined(plain(second, known.split[second]), _tested(exam)),
    )


def commonest_region(regions: Sequence[str]) -> str:
    """The body part of which there are most images; "" where none is told.

    >>> commonest_region(["leg", "", "", "", "hand", "leg"])
    'leg'
    """
    counts = Counter(region for region in regions if region)
    return max(sorted(counts), key=counts.__getitem__, default="")


def _tested(exam: IntArray) -> Arrangement:
    return plain(exam, _TEST)


def _only(parts: Arrangement, chosen: BoolArray) -> Arrangement:
    return Arrangement(
        parts.sources[chosen], parts.split[chosen], parts.changes[chosen], parts.stamped[chosen]
    )


def _dealt(labels: IntArray, share: float, rng: np.random.Generator) -> NDArray[np.int8]:
    """Training and validation by chance, class by class, blind to groups."""
    parts = np.zeros(len(labels), np.int8)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        parts[members[: round(share * len(members))]] = _VALIDATION
    return parts


def _missing(prepared: PreparedSet, known: Known, flaw: str) -> str:
    """Why the set cannot be given the flaw; "" where it can."""
    if len(prepared.classes) != 2:
        return "The laboratory needs a set of two classes."
    if flaw not in known.told:
        return ""
    told, seen = known.told[flaw], known.split != _TEST
    if not told[seen].any():
        return f"Nothing is known of {flaw} in this set."
    kept = ~told if flaw == HARDWARE else told
    for split, chosen in ((_TRAIN, kept), (_VALIDATION, kept), (_TEST, ~told)):
        labels = known.labels[chosen & (known.split == split)]
        if min(np.bincount(labels, minlength=2)) < _FEWEST:
            return f"Too few X-rays of one class would be left for {SPLITS[split]}."
    return ""
