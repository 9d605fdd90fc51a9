"""What "Read the results" asks: what a lower threshold costs, and what rarity makes of alarms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from core.evaluation.operating_point import Counts, count_answers
from dashboard.networks.validation_outputs import ValidationOutputs
from dashboard.shared.lesson import Check, Question
from dashboard.shared.number import count, percent, write
from dashboard.workbench.results.stage import first_threshold

STEP: Final = 0.2
"""How far the question's threshold falls."""
RARE: Final = 0.01


def question_of(outputs: ValidationOutputs, text: Mapping[str, str]) -> Question:
    """What happens to false alarms at a lower threshold? Counted on this network's outputs."""
    high, before = _best(outputs)
    low = round(max(high - STEP, 0.0), 3)
    after = count_answers(outputs.labels, outputs.scores[outputs.best], low)
    return Question(
        text=text["predict"].format(high=write(high), low=write(low)),
        options=("fewer", "as many", "more"),
        truth=1 + int(np.sign(after.alarms - before.alarms)),
        because=text["because"].format(
            alarms=count(before.alarms),
            more=count(after.alarms),
            missed=count(before.missed),
            fewer=count(after.missed),
        ),
    )


def check_of(outputs: ValidationOutputs, text: Mapping[str, str]) -> Check:
    """Transfer: the same answers where a finding is rare."""
    _, counts = _best(outputs)
    alarm, _ = counts.predictive(RARE)
    right = 100 * RARE * counts.sensitivity
    wrong = 100 * (1 - RARE) * (1 - counts.specificity)
    return Check(
        text=text["check"].format(
            rare=percent(RARE),
            found=percent(counts.sensitivity),
            spared=percent(counts.specificity),
        ),
        answer=round(100 * alarm, 1) if np.isfinite(alarm) else 0.0,
        tolerance=1.0,
        unit="%",
        because=text["check-because"].format(right=write(right, 2), wrong=write(wrong, 2)),
    )


def _best(outputs: ValidationOutputs) -> tuple[float, Counts]:
    threshold = first_threshold(outputs)
    return threshold, count_answers(outputs.labels, outputs.scores[outputs.best], threshold)
