"""The paper's own log, its Fig. 7, and what a careful reader finds in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from core.evaluation.epoch_metrics import EpochMetrics
from core.training.history import Epoch


class PaperEpoch(NamedTuple):
    """One row of the paper's Fig. 7."""

    epoch: int
    seconds: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float


PAPER_EPOCHS: Final = 25
"""Epochs of the run; the paper prints the first fifteen."""

PAPER_LOG: Final = (
    PaperEpoch(1, 148, 1.6839, 0.3842, 1.3082, 0.5328),
    PaperEpoch(2, 139, 1.3321, 0.5198, 1.1408, 0.6042),
    PaperEpoch(3, 142, 1.1922, 0.5769, 1.0420, 0.6432),
    PaperEpoch(4, 143, 1.1047, 0.6096, 0.9681, 0.6670),
    PaperEpoch(5, 144, 1.0282, 0.6382, 0.9166, 0.6896),
    PaperEpoch(6, 146, 0.9746, 0.6555, 0.9387, 0.6826),
    PaperEpoch(7, 147, 0.9281, 0.6721, 0.8726, 0.7032),
    PaperEpoch(8, 144, 0.8862, 0.6856, 0.9464, 0.6610),
    PaperEpoch(9, 148, 0.8496, 0.7018, 0.8446, 0.7118),
    PaperEpoch(10, 146, 0.8242, 0.7096, 0.7807, 0.7326),
    PaperEpoch(11, 146, 0.7889, 0.7216, 0.7913, 0.7246),
    PaperEpoch(12, 146, 0.7630, 0.7312, 0.8651, 0.6990),
    PaperEpoch(13, 147, 0.7261, 0.7437, 0.8043, 0.7278),
    PaperEpoch(14, 146, 0.7107, 0.7496, 0.8587, 0.7158),
    PaperEpoch(15, 145, 0.6936, 0.7576, 0.7686, 0.7368),
)

PAPER_NAMED_BEST: Final = 10
"""The epoch that the paper's text calls the one with the smallest error."""

PAPER_ACCURACY: Final = 0.7313
"""Share of the test data answered rightly, as the paper's text reports it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperReading:
    """What the log shows beside what the paper says of it.

    Attributes:
        first: Its first epoch.
        guessing: Loss in nats of a network that knows nothing, by the number of balanced classes.
        as_many_as: Balanced classes among which guessing costs as much as the first epoch did.
        named: The epoch that the text calls the best.
        lowest: The printed epoch with the lowest validation loss.
        restless_from: The first epoch with a higher validation loss than the one before.
        swing: The largest change of the validation loss from one epoch to the next since then.
        reported: Accuracy on test data, as the text reports it.
    """

    first: PaperEpoch
    guessing: dict[int, float]
    as_many_as: float
    named: PaperEpoch
    lowest: PaperEpoch
    restless_from: int
    swing: float
    reported: float


def paper_epochs() -> tuple[Epoch, ...]:
    """The log as the judge of runs reads epochs; what it does not print is no number."""
    return tuple(
        Epoch(
            row.epoch,
            PAPER_EPOCHS,
            float(row.seconds),
            EpochMetrics(row.loss, row.accuracy, row.accuracy, math.nan),
            EpochMetrics(
                row.validation_loss, row.validation_accuracy, row.validation_accuracy, math.nan
            ),
        )
        for row in PAPER_LOG
    )


def read_paper_log() -> PaperReading:
    """Read the paper's log critically.

    A loss of ``ln n`` is what an output costs that gives each of n classes the same chance.

    >>> reading = read_paper_log()
    >>> {n: round(loss, 3) for n, loss in reading.guessing.items()}, round(reading.as_many_as, 1)
    ({2: 0.693, 10: 2.303}, 5.4)
    >>> reading.named.epoch, reading.lowest.epoch, round(reading.swing, 4)
    (10, 15, 0.1018)
    """
    losses = [row.validation_loss for row in PAPER_LOG]
    restless = next(at for at in range(1, len(losses)) if losses[at] > losses[at - 1])
    changes = [abs(losses[at] - losses[at - 1]) for at in range(restless, len(losses))]
    return PaperReading(
        first=PAPER_LOG[0],
        guessing={classes: math.log(classes) for classes in (2, 10)},
        as_many_as=math.exp(PAPER_LOG[0].loss),
        named=PAPER_LOG[PAPER_NAMED_BEST - 1],
        lowest=min(PAPER_LOG, key=lambda row: row.validation_loss),
        restless_from=PAPER_LOG[restless].epoch,
        swing=max(changes),
        reported=PAPER_ACCURACY,
    )
