"""What "Test an X-ray" asks: what an output is worth, and what the base rate makes of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from core.evaluation.base_rate import predictive_value
from core.evaluation.report import EvaluationReport
from core.evaluation.thresholds import answers
from dashboard.networks.classifiers import Classifier, outlook_of
from dashboard.shared.lesson import LONGEST_QUESTION, Check, Question
from dashboard.shared.number import percent

ASKED: Final = 0.7
"""The output that the question is about."""
PLURALS: Final = {"fracture": "fractures", "abnormal": "abnormal"}
RARE: Final = 0.02
"""Share of fractures where the check imagines the network in use."""
COMMON: Final = 0.30
TYPICAL: Final = (0.9, 0.9)
"""Sensitivity and specificity of the check where a network's own are not known."""
_DISTRACTORS: Final = (50, 20, 95, 5)
_APART: Final = 10


def question_of(network: Classifier, text: Mapping[str, str]) -> Question:
    """How many X-rays with such an output were positive? Counted in the network's own test.

    Where no test is known, what a higher threshold does to the sensitivity.
    """
    found = outlook_of(network, ASKED)
    name = network.spec.classes[network.positive]
    asked = text["predict"].format(output=f"{ASKED:.2f}", plural=PLURALS.get(name, f"“{name}”"))
    if found is None or len(asked) > LONGEST_QUESTION:
        return _of_threshold(text)
    truth = round(100 * found.share.value)
    options = {truth}
    # What a probability would say first, then others that lie well apart.
    for other in (round(100 * ASKED), *_DISTRACTORS):
        if len(options) < 3 and min(abs(other - one) for one in options) >= _APART:
            options.add(other)
    ordered = sorted(options)
    return Question(
        text=asked,
        options=tuple(f"about {option}" for option in ordered),
        truth=ordered.index(truth),
        because=text["because"].format(n=found.share.n),
    )


def _of_threshold(text: Mapping[str, str]) -> Question:
    positives = np.linspace(0, 1, 11)
    low, high = (float(answers(positives, threshold=cut).mean()) for cut in (0.3, 0.6))
    return Question(
        text=text["predict-threshold"],
        options=("lower", "the same", "higher"),
        truth=1 + int(np.sign(high - low)),
        because=text["because-threshold"],
    )


def check_of(network: Classifier, text: Mapping[str, str]) -> Check:
    """Transfer: what the same network's "yes" is worth where the base rate is another one."""
    sensitivity, specificity, base = _rates(network)
    elsewhere = RARE if base > 2 * RARE else COMMON
    name = network.spec.classes[network.positive]
    right, wrong = sensitivity * elsewhere, (1 - specificity) * (1 - elsewhere)
    return Check(
        text=text["check"].format(base=percent(elsewhere), name=name),
        answer=round(100 * predictive_value(sensitivity, specificity, elsewhere), 1),
        tolerance=2.0,
        unit="%",
        because=text["check-because"].format(
            right=f"{100 * right:.1f}", wrong=f"{100 * wrong:.1f}", name=name
        ),
    )


def facts_of(network: Classifier, text: Mapping[str, str]) -> str:
    """What the check takes for granted: of this network's test, or made up and called so."""
    sensitivity, specificity, _ = _rates(network)
    measured = _measured(network)
    which = "typical" if measured is None else measured.part
    return text[f"check-facts-{which}"].format(
        found=percent(sensitivity),
        spared=percent(specificity),
        name=network.spec.classes[network.positive],
    )


def _rates(network: Classifier) -> tuple[float, float, float]:
    """Sensitivity, specificity and base rate of a network's evaluation, or `TYPICAL` ones."""
    report = _measured(network)
    if report is None or report.sensitivity is None or report.specificity is None:
        return *TYPICAL, 0.5
    found, spared = report.sensitivity, report.specificity
    return found.value, spared.value, found.n / max(1, found.n + spared.n)


def _measured(network: Classifier) -> EvaluationReport | None:
    """The evaluation that tells how often a network is right, None where none does."""
    report = network.report
    if report is None or report.sensitivity is None or report.specificity is None:
        return None
    # A network that never answers with the class at all has no answers to judge.
    return report if report.sensitivity.value > 0 else None
