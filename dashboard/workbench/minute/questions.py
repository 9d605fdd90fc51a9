"""What the page asks: what a held button gives, and what eight of ten are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from core.evaluation.estimate import wilson
from core.transfer.worth import counted
from dashboard.shared.lesson import Check, Question
from dashboard.shared.number import percent

HELD: Final = 20
"""Pictures of the question's burst."""
CHECKED: Final = (8, 10)
"""Right answers of the check, and pictures that were asked about."""


def question_of(text: Mapping[str, str]) -> Question:
    """How many pictures does an interval count in one burst? Counted."""
    held = counted(np.ones(HELD, bool), np.zeros(HELD, np.int64), np.ones(HELD, np.int64))
    options = (HELD, HELD // 2, 1)
    return Question(
        text=text["predict"].format(held=HELD),
        options=tuple(str(one) for one in options),
        truth=options.index(held.bursts),
        because=text["because"],
    )


def check_of(text: Mapping[str, str]) -> Check:
    """Transfer: the least that fits a handful of right answers."""
    right, n = CHECKED
    found = wilson(right, n)
    return Check(
        text=text["check"].format(right=right, n=n),
        answer=round(100 * found.low, 1),
        tolerance=2.0,
        unit="%",
        because=text["check-because"].format(
            right=right, n=n, low=percent(found.low), high=percent(found.high)
        ),
    )
