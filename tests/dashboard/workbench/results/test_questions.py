"""The question speaks of the same threshold as the stage beside it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core.evaluation.operating_point import count_answers
from dashboard import cache
from dashboard.networks.validation_outputs import ValidationOutputs
from dashboard.shared.lesson import LONGEST_QUESTION
from dashboard.workbench.results.questions import question_of
from dashboard.workbench.results.stage import schema_of


@pytest.mark.parametrize("seed", range(20))
def test_what_the_answer_counts_is_what_the_stage_begins_with(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = (rng.random(800) < 0.2).astype(np.int64)
    # So close together that a hundredth more answers another X-ray otherwise.
    scores = (0.5 + 0.1 * rng.normal(size=800) + 0.06 * labels).clip(0, 1).astype(np.float32)
    outputs = ValidationOutputs(
        classes=("normal", "fracture"),
        epochs=(None,),
        scores=scores[None],
        labels=labels,
        groups=np.arange(800),
        indices=np.arange(800),
        best=0,
        temperatures=(1.0,),
    )
    begins = next(one for one in schema_of(outputs, ()) if one.name == "threshold").default
    shown = count_answers(labels, scores, begins)
    asked = question_of(outputs, cache.page_text("results"))
    assert len(asked.text) <= LONGEST_QUESTION
    high, low = map(float, re.findall(r"0\.\d+", asked.text))
    assert high == begins
    below = count_answers(labels, scores, low)
    told = [int(number) for number in re.findall(r"\d+", asked.because)]
    assert told == [shown.alarms, below.alarms, shown.missed, below.missed]
