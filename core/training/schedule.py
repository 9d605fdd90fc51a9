"""The learning rate of each epoch."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias, get_args

ScheduleName: TypeAlias = Literal["constant", "cosine"]
SCHEDULES: tuple[ScheduleName, ...] = get_args(ScheduleName)


def learning_rate(base: float, schedule: ScheduleName, *, epoch: int, epochs: int) -> float:
    """The rate that holds during one epoch.

    Args:
        base: The learning rate of the first epoch.
        schedule: "constant", or "cosine": half a cosine from `base` down toward 0.
        epoch: From 1.
        epochs: Of the whole training.

    Source: Loshchilov & Hutter (2017), arXiv:1608.03983, without restarts.

    >>> [round(learning_rate(1.0, "cosine", epoch=e, epochs=4), 3) for e in (1, 2, 3, 4)]
    [1.0, 0.854, 0.5, 0.146]
    """
    if schedule == "constant":
        return base
    return 0.5 * base * (1.0 + math.cos(math.pi * (epoch - 1) / epochs))
