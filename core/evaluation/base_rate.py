"""What an answer is worth where a finding is rarer or more common than in the test."""

from __future__ import annotations

import math


def predictive_value(sensitivity: float, specificity: float, prevalence: float) -> float:
    """Share of the positive answers that are right, by Bayes' rule.

    Args:
        sensitivity: Share of the positives that are found, 0 to 1.
        specificity: Share of the negatives that are left alone, 0 to 1.
        prevalence: Share of positives among all, 0 to 1.

    Returns:
        0 to 1; NaN where no answer is ever positive.

    Source: Gigerenzer et al., Helping doctors and patients make sense of health statistics, 2007:
    of 1000 women 10 have cancer; at a sensitivity of 90 % and a false-positive rate of 9 %, 9 of
    98 positive mammograms are right.

    >>> round(predictive_value(0.9, 0.91, 0.01), 3)
    0.092
    """
    right = sensitivity * prevalence
    wrong = (1 - specificity) * (1 - prevalence)
    return right / (right + wrong) if right + wrong > 0 else math.nan
