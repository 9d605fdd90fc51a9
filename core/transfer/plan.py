"""What is compared: four ways, shares of the training part, seeds. NumPy, no Keras.

The rates were fixed beforehand, the penalty was chosen on the validation part at all X-rays, and
the number of passes follows from the time that two busy cores have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import IntArray

SIZE: Final = 128
"""Side of the pictures in pixels: small, so that learning from nothing ends within an hour."""
PASSES: Final = 4
"""How often each way sees each of its X-rays: the budget that all share."""
BATCH: Final = 16
SHARES: Final = (0.05, 0.1, 0.25, 0.5, 1.0)
NOTHING: Final = "nothing"
FROZEN: Final = "frozen"
TUNED: Final = "tuned"
MARKED: Final = "marked"
WAYS: Final = (NOTHING, FROZEN, TUNED, MARKED)
TUNED_LAYERS: Final = ("stage_6", "stage_7", "head")
"""What fine-tuning changes, by the beginning of the layers' names; below, all stay as they were."""
_FEW: Final = 0.05
"""Share up to which fine-tuning is cheap enough for a second seed."""
_MOST: Final = 1.1
"""What a class may have of its share: groups come whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One training.

    Attributes:
        way: Of `WAYS`.
        share: Of the X-rays of the training part, one of `SHARES`.
        seed: Of the choice of X-rays, of weights and order.
    """

    way: str
    share: float
    seed: int

    @property
    def name(self) -> str:
        """Of its file.

        >>> Trial(way="frozen", share=0.05, seed=2).name
        'frozen-5-2'
        """
        return f"{self.way}-{round(100 * self.share)}-{self.seed}"


def seeds(way: str, share: float) -> int:
    """How many choices of X-rays, weights and order: more where a training takes seconds.

    All X-rays can be chosen in one way only, and a line through them comes out the same.

    >>> seeds(FROZEN, 0.05), seeds(FROZEN, 1.0), seeds(TUNED, 0.05), seeds(NOTHING, 0.5)
    (3, 1, 2, 1)
    """
    if way == NOTHING:
        return 1  # all layers are learned, which takes several times as long
    few = share <= _FEW
    return {FROZEN: 1 if share == 1 else 3, TUNED: 1 + few, MARKED: 1 + few}[way]


def trials() -> tuple[Trial, ...]:
    """All trainings, in the order in which they are worth most.

    >>> len(trials()), trials()[0]
    (30, Trial(way='frozen', share=0.05, seed=0))
    """
    found = [
        Trial(way=way, share=share, seed=seed)
        for way in WAYS
        for share in SHARES
        for seed in range(seeds(way, share))
    ]
    order = {FROZEN: 0, TUNED: 1, MARKED: 1, NOTHING: 2}
    return tuple(sorted(found, key=lambda one: (one.seed, order[one.way], one.share)))


def subset(labels: IntArray, groups: IntArray, share: float, seed: int) -> IntArray:
    """Which X-rays a training has: whole groups, about the share of each class, ascending.

    A larger share of the same seed holds all of the smaller one's groups, so that a curve over
    shares compares more X-rays with fewer, not others.

    Args:
        labels: (N,) 0 or 1.
        groups: (N,).
        share: 0 to 1.
        seed: Of the order in which groups are offered.

    >>> labels, groups = np.array([0, 1] * 20), np.repeat(np.arange(20), 2)
    >>> few, more = (subset(labels, groups, share, 3) for share in (0.1, 0.5))
    >>> len(few), len(more), set(few) <= set(more), np.bincount(labels[few]).tolist()
    (4, 20, True, [2, 2])
    """
    chosen: set[int] = set()
    names = np.unique(groups)
    order = np.random.default_rng(seed).permutation(names)
    content = {
        int(name): np.bincount(labels[groups == name], minlength=2).astype(float) for name in names
    }
    total = np.bincount(labels, minlength=2)
    held = np.zeros(2)
    # Share after share, each on what the one before has: that is what makes them nested.
    for step in sorted({one for one in SHARES if one < share} | {share}):
        room = _MOST * step * total
        for name in order:
            lacks = (held < step * total) & (content[int(name)] > 0)
            if int(name) in chosen or not lacks.any():
                continue
            if (held + content[int(name)] <= np.maximum(room, step * total + 1)).all():
                chosen.add(int(name))
                held += content[int(name)]
    return np.flatnonzero(np.isin(groups, sorted(chosen) if share < 1 else names))
