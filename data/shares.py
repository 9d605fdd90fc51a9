"""A share of a set's training part, by whole groups; validation and test stay as they are."""

from __future__ import annotations

import numpy as np

from core.prepared import SPLITS, PreparedSet
from core.transfer.plan import subset
from data.arrangement import joined, made, plain


def with_share(prepared: PreparedSet, share: float, *, seed: int) -> PreparedSet:
    """The set with that share of its training images; larger shares hold the smaller ones.

    Args:
        prepared: Two classes, split by group.
        share: 0 to 1.
        seed: Of the choice.

    Raises:
        LessonError: What writing refuses.
    """
    training = prepared.indices("train")
    own = training[subset(prepared.labels[training], prepared.groups[training], share, seed)]
    others = np.flatnonzero(prepared.split != SPLITS.index("train"))
    wanted = joined(plain(own, prepared.split[own]), plain(others, prepared.split[others]))
    return made(prepared, wanted, share=f"{share:g}")
