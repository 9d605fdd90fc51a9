"""What "Compare runs" asks: on how many X-rays do two networks differ that are equally good?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dashboard.networks.compared import Compared, Disagreement
from dashboard.shared.lesson import Check, Question
from dashboard.shared.number import count, percent


def question_of(
    pair: tuple[Compared, Compared, Disagreement] | None, text: Mapping[str, str]
) -> Question:
    """On how many images do the two differ? Of these two where they are known."""
    if pair is None:
        return Question(
            text=text["predict-any"],
            options=("0 %", "10 %", "20 %"),
            truth=2,
            because=text["because-any"],
        )
    first, second, differ = pair
    right = [int(np.count_nonzero(one.figures.right)) for one in (first, second)]
    truth = len(differ.first) + len(differ.second)
    most = min(differ.images, 2 * differ.images - sum(right))
    options = sorted({abs(right[0] - right[1]), truth, most, truth // 2})
    if len(options) < 2:
        options.append(options[0] + 1)
    return Question(
        text=text["predict"].format(
            first=percent(right[0] / differ.images),
            second=percent(right[1] / differ.images),
            n=count(differ.images),
        ),
        options=tuple(f"{count(one)} of them" for one in options),
        truth=options.index(truth),
        because=text["because"].format(
            first=count(len(differ.first)), second=count(len(differ.second))
        ),
    )


def check_of(
    pair: tuple[Compared, Compared, Disagreement] | None, text: Mapping[str, str]
) -> Check:
    """Transfer: the images on which two networks differ give the difference of their accuracies."""
    n, first, second = 200, 30, 20
    if pair is not None:
        differ = pair[2]
        n, first, second = differ.images, len(differ.first), len(differ.second)
    return Check(
        text=text["check"].format(first=count(first), second=count(second), n=count(n)),
        answer=round(100 * (first - second) / n, 2),
        tolerance=0.1,
        unit="points",
        because=text["check-because"],
    )
