"""What Dataset asks: what answering blindly reaches, and what a careless split gives away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from core.evaluation.base_rate import sibling_share
from core.prepared import PreparedSet
from dashboard.shared.lesson import LONGEST_QUESTION, Check, Question
from dashboard.shared.number import count, percent

SIBLINGS: Final = 4
"""Images of one patient in the check."""
TRAINED: Final = 0.7
"""Share of all images that go into training there."""
_EVEN: Final = 5


def question_of(prepared: PreparedSet, text: Mapping[str, str]) -> Question:
    """The accuracy of always giving the answer that is right most often in this set."""
    sizes = np.bincount(prepared.labels, minlength=len(prepared.classes))
    most, total = int(sizes.max()), int(sizes.sum())
    name = prepared.classes[int(sizes.argmax())]
    truth = round(100 * most / total)
    options = {truth, 50, 100 - truth} if abs(truth - 50) > _EVEN else {0, truth, 100}
    ordered = sorted(options)
    asked = text["predict"].format(name=name)
    return Question(
        text=asked if len(asked) <= LONGEST_QUESTION else text["predict-long"],
        options=tuple(f"{option} %" for option in ordered),
        truth=ordered.index(truth),
        because=text["because"].format(most=count(most), total=count(total)),
    )


def check_of(text: Mapping[str, str]) -> Check:
    """Transfer: what a split image by image gives away of patients with several images."""
    share = sibling_share(SIBLINGS, TRAINED)
    return Check(
        text=text["check"].format(siblings=SIBLINGS, trained=percent(TRAINED)),
        answer=round(100 * share, 1),
        tolerance=0.5,
        unit="%",
        because=text["check-because"].format(rest=percent(1 - share, 1)),
    )
