"""One judge of a training: what its curves show, and what to do next.

Everything that a page says about how a run went comes from here, so that no two sentences can
contradict each other. The judge reads the epochs alone, while a run trains as well as after it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from core.evaluation.logits import focused, guessing_loss
from core.training.history import Epoch, best_of

Kind: TypeAlias = Literal[
    "early",
    "diverged",
    "collapsed",
    "not-begun",
    "one-class",
    "overtrained",
    "still-learning",
    "settled",
]

UNSTABLE: Final = 5.0
"""A training loss so many times above guessing says that the steps are too large."""

WORSE: Final = 1.25
"""A training loss so many times above what one output for all costs has left the right way."""

BACK: Final = 1.5
"""And so many times its own lowest: a run that merely begins high is on its way down."""

NOTHING_LEARNED: Final = 0.97
"""A training loss above this share of what one output for all costs has learned nothing."""

CLOSE: Final = 1.1
"""A training loss within this factor of what one output for all costs has come down to it."""

NO_BETTER: Final = 0.02
"""Balanced accuracy within this of one class for all answers one class for (nearly) all."""

RISE: Final = 0.05
"""A validation loss this much above its best, relatively and as a share of guessing, has risen."""

WIDER: Final = 0.15
"""A gap between training and validation that grew by this share of guessing is plain."""

GAIN: Final = 0.05
"""A validation loss still falls that fell by this share of its whole way in the last fifth."""

NOISE: Final = 0.003
"""A fall by less than this share of guessing is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the curves of a run show.

    Attributes:
        kind: ``early``: fewer than two epochs, nothing to say. ``diverged``: the loss is far above
            guessing at the end, or no number. ``collapsed``: the outputs tell nothing (any more)
            after a time of too large steps, or are one and the same. ``not-begun``: the loss is
            still where it began. ``one-class``: one class is answered for all, because that is
            cheap. ``overtrained``: training went on falling and validation did not follow.
            ``still-learning``: validation still fell at the end. ``settled``: none of these.
        best: The epoch whose weights are kept, None without a finite validation loss.
        best_loss, last_loss: Validation loss there and in the last epoch.
        train_best, train_last: Training loss there and in the last epoch.
        train_low: The lowest training loss: the last epoch's may be higher.
        level: Loss of the best single output for all images.
        jumped: Whether a training loss was ever so far above guessing that the rate is to blame.
        rose: Whether the validation loss of an over-trained run rose, not only stood still.
        kept_something: Whether the epoch whose weights are kept had learned more than nothing.
    """

    kind: Kind
    best: int | None = None
    best_loss: float = math.nan
    last_loss: float = math.nan
    train_best: float = math.nan
    train_last: float = math.nan
    train_low: float = math.nan
    level: float = math.nan
    jumped: bool = False
    rose: bool = False
    kept_something: bool = False

    @property
    def learned(self) -> bool:
        """Whether the network kept has learned something to speak of."""
        return self.kind not in {"early", "diverged", "collapsed", "not-begun"}


def judge(
    epochs: Sequence[Epoch],
    *,
    num_classes: int,
    level: float | None = None,
    broke_off: bool = False,
    focal_gamma: float = 0.0,
) -> Verdict:
    """Judge a run by its epochs.

    Args:
        epochs: Finished ones, in order.
        num_classes: Number of classes.
        level: `core.evaluation.logits.constant_loss` of the run; where it is not known, what
            guessing costs when every class counts the same.
        broke_off: Whether the run ended because its output was no longer a number.
        focal_gamma: Of the loss that the epochs tell, 0 for cross-entropy.
    """
    guess = guessing_loss(num_classes, focal_gamma=focal_gamma)
    ceiling = largest_loss(num_classes, focal_gamma=focal_gamma)
    level = guess if level is None else level
    jumped = broke_off or any(too_large(row.train.loss, ceiling) for row in epochs)
    if broke_off:
        return Verdict(
            kind="diverged",
            best=best_of(epochs),
            level=level,
            jumped=True,
            kept_something=_kept_something(epochs, level, num_classes),
        )
    best = best_of(epochs)
    if len(epochs) < 2 or best is None:
        return Verdict(kind="early", best=best, level=level, jumped=jumped)
    last = epochs[-1]
    top = next(row for row in epochs if row.epoch == best)
    kind, rose = _kind(
        epochs,
        top,
        guess=guess,
        ceiling=ceiling,
        level=level,
        jumped=jumped,
        classes=num_classes,
    )
    return Verdict(
        kind=kind,
        best=best,
        best_loss=top.validation.loss,
        last_loss=last.validation.loss,
        train_best=top.train.loss,
        train_last=last.train.loss,
        train_low=min(row.train.loss for row in epochs),
        level=level,
        jumped=jumped,
        rose=rose,
        kept_something=_kept_something(epochs, level, num_classes),
    )


def largest_loss(num_classes: int, *, focal_gamma: float = 0.0) -> float:
    """The largest training loss that does not blame the learning rate.

    It is what images cost whose cross-entropy is `UNSTABLE` times that of guessing.

    >>> round(largest_loss(2), 3), round(largest_loss(2, focal_gamma=2.0), 3)
    (3.466, 3.253)
    """
    return float(focused(UNSTABLE * math.log(num_classes), focal_gamma))


def too_large(loss: float, ceiling: float) -> bool:
    """Whether a training loss is above `largest_loss`, or no number."""
    return not loss <= ceiling


def _kind(
    epochs: Sequence[Epoch],
    top: Epoch,
    *,
    guess: float,
    ceiling: float,
    level: float,
    jumped: bool,
    classes: int,
) -> tuple[Kind, bool]:
    last = epochs[-1]
    if too_large(last.train.loss, ceiling) or _runs_away(epochs, level):
        return "diverged", False
    if _comfortable(top, last, guess=guess, level=level, classes=classes):
        return "one-class", False
    if tells_nothing(last, level, classes):
        had_learned = not tells_nothing(top, level, classes)
        same_for_all = last.validation.auc == 0.5
        return ("collapsed" if jumped or had_learned or same_for_all else "not-begun"), False
    overtrained, rose = _overtrained(epochs, top, guess)
    if overtrained:
        return "overtrained", rose
    return ("still-learning" if _still_falls(epochs, top, guess) else "settled"), False


def _runs_away(epochs: Sequence[Epoch], level: float) -> bool:
    """Whether the training loss itself has risen, beyond what one output for all costs."""
    last = epochs[-1].train.loss
    return last > WORSE * level and last > BACK * min(row.train.loss for row in epochs)


def _comfortable(top: Epoch, last: Epoch, *, guess: float, level: float, classes: int) -> bool:
    """Whether one class is answered for all because that is cheap: it is by far the largest."""
    one = 1 / classes + NO_BETTER
    best = max(top.validation.balanced_accuracy, last.validation.balanced_accuracy)
    cheap = level < NOTHING_LEARNED * guess and last.train.loss < CLOSE * level
    # Exactly 0.5 is one output for all: that is no comfort but a collapse.
    return cheap and best <= one and last.validation.auc != 0.5


def _kept_something(epochs: Sequence[Epoch], level: float, classes: int) -> bool:
    best = best_of(epochs)
    return any(row.epoch == best and not tells_nothing(row, level, classes) for row in epochs)


def tells_nothing(row: Epoch, level: float, classes: int) -> bool:
    """Whether an epoch's outputs were worth no more than one output for all."""
    return (
        row.train.loss >= NOTHING_LEARNED * level
        and row.validation.balanced_accuracy <= 1 / classes + 2 * NO_BETTER
    )


def _overtrained(epochs: Sequence[Epoch], top: Epoch, guess: float) -> tuple[bool, bool]:
    """Whether training fell on while validation did not, and whether validation rose."""
    after = [row for row in epochs if row.epoch > top.epoch]
    if not after:
        return False, False
    tail = after[-max(1, len(after) // 2) :]
    train = sum(row.train.loss for row in tail) / len(tail)
    validation = sum(row.validation.loss for row in tail) / len(tail)
    if not train < top.train.loss:
        return False, False
    best = top.validation.loss
    rose = validation > (1 + RISE) * best and validation - best > RISE * guess
    gap = (validation - train) - (best - top.train.loss)
    return rose or (len(after) > 1 and gap > WIDER * guess), rose


def _still_falls(epochs: Sequence[Epoch], top: Epoch, guess: float) -> bool:
    """Whether the last fifth of the epochs took a plain share of the whole fall."""
    late = max(1, len(epochs) // 5)
    before = min(row.validation.loss for row in epochs[:-late])
    fell = before - min(row.validation.loss for row in epochs[-late:])
    whole = min(epochs[0].validation.loss, guess) - top.validation.loss
    return fell > max(GAIN * whole, NOISE * guess)
