"""What Train asks: what the validation loss does while the training loss goes to zero."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np

from core.training.overtraining import Learning, learn_by_heart, stops_after
from dashboard.shared.lesson import Check, Question

LOSSES: Final = (0.62, 0.55, 0.51, 0.53, 0.52, 0.44)
"""Validation losses of the check: the lowest comes after a pause."""
PATIENCE: Final = 2
_SAME: Final = 0.02


@cache
def _by_heart() -> Learning:
    return learn_by_heart()


def question(text: Mapping[str, str]) -> Question:
    """Computed on a model that has more weights than examples."""
    unseen = _by_heart().unseen
    change = float(unseen[-1] - unseen.min())
    rises = change > _SAME
    return Question(
        text=text["predict"],
        options=("lower still", "the same", "higher"),
        truth=2 if rises else int(unseen[-1] > unseen.min()),
        because=text["because"].format(low=unseen.min(), high=unseen[-1]),
    )


def check(text: Mapping[str, str]) -> Check:
    """Transfer: what stopping early keeps, and what it never sees."""
    epoch = stops_after(LOSSES, PATIENCE)
    losses = " ".join(f"{loss:.2f}".lstrip("0") for loss in LOSSES)
    return Check(
        text=text["check"].format(losses=losses, patience=PATIENCE),
        answer=epoch,
        because=text["check-because"].format(
            best=int(np.argmin(LOSSES[:epoch])) + 1,
            patience=PATIENCE,
            later=int(np.argmin(LOSSES)) + 1,
            lowest=min(LOSSES),
        ),
    )
