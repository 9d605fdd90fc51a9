"""What shares of a set do to an answer: how many have a finding, how many have a sibling."""

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


def sibling_share(size: int, trained: float) -> float:
    """Share of held-out images with an image of their own group among those learned from.

    Args:
        size: Images in each group.
        trained: Chance of each image, for itself, to be learned from.

    >>> sibling_share(1, 0.7), round(sibling_share(4, 0.7), 3)
    (0.0, 0.973)
    """
    return 1 - (1 - trained) ** (size - 1)
