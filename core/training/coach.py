"""The coach of a training: what ails it, since when, and one change that is worth a try.

It stands on the one judge of the curves (`core.training.verdict`), and on what is known of the
images and of the network's units. A run that ails nothing gets no advice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from core.evaluation.estimate import wilson
from core.evaluation.logits import guessing_loss
from core.training.history import Epoch
from core.training.spec import (
    MAX_EPOCHS,
    Augmentation,
    OptimizerName,
    Start,
    TrainingSpec,
    drops,
    with_dropout,
)
from core.training.verdict import (
    BACK,
    WORSE,
    Verdict,
    judge,
    largest_loss,
    tells_nothing,
    too_large,
)

Ailment: TypeAlias = Literal[
    "diverged",
    "collapsed",
    "one-class",
    "dead-units",
    "plateau",
    "stalled",
    "overtrained",
    "leak",
    "few-images",
    "too-small",
]

GENTLE: Final = Augmentation(flip=True, shift=0.06, rotation=8.0, zoom=0.08, contrast=0.15)
"""Changes that leave a radiograph a radiograph."""

USUAL: Final[Mapping[OptimizerName, float]] = {
    "adam": 0.001, "rmsprop": 0.001, "sgd": 0.01, "momentum": 0.01,
}  # fmt: skip
"""Keras's default rates: a run that has not begun below them takes too small steps."""

FEWEST: Final = 30
"""Validation images of the rarest class from which on a share of one half is known to 17 points up
and down (Wilson's 95 % interval); where images come in groups, to more."""

LEAKING: Final = 0.01
"""Share of held-out images with a twin, or one of their group, among the training images."""

THIN_PX: Final = 4.0
"""Half of the marked places narrower than this: two poolings make less than one pixel of them."""

DEAD: Final = 0.5
"""Share of a convolution's filters that answer 0 to every image. Dense layers are left out: in
healthy runs of the paper's network, more than half of their units were silent."""

FEWEST_EPOCHS: Final = 6
FLAT: Final = 0.004
"""A fall of the losses by less than this share of guessing, over half of the epochs, is none."""
UNLEARNED: Final = 0.3
"""A training loss above this share of guessing has something left to learn."""
STRONGER: Final = 0.5
_DECAY: Final = 0.01
LARGEST_SIDE: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known beside the curves; the defaults say that nothing is.

    Attributes:
        level: Loss of the best single output for all images, as the judge takes it.
        broke_off: Whether the run ended because its output was no number.
        rarest: Validation images of the rarest class, and its name.
        leaking: Share of held-out images with a twin or a relative in training, where the split
            was not made by group.
        thin_px: Median of the shorter sides of the marked places, in pixels of the input.
        silent: A convolution's name, and the share of its filters that answer 0 to every image.
        kept: Epochs whose weights are kept; None for all.
    """

    level: float | None = None
    broke_off: bool = False
    rarest: tuple[int, str] | None = None
    leaking: float = 0.0
    thin_px: float | None = None
    silent: tuple[str, float] | None = None
    kept: tuple[int, ...] | None = None

    def nearest(self, epoch: int) -> int:
        """The last epoch up to that one whose weights are kept; 0 where none is."""
        if self.kept is None:
            return epoch
        return max((one for one in self.kept if one <= epoch), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What ails a run, and what to try.

    Attributes:
        ailment: What it is.
        epoch: Where it shows, 0 for what holds from the start.
        numbers: The evidence, by name.
        spec: What is to be trained then, on the same images.
        size: Side of the images that it needs instead, None for the same.
        by_group: Whether it needs the same images split by group.
    """

    ailment: Ailment
    epoch: int
    numbers: Mapping[str, float | str]
    spec: TrainingSpec
    size: int | None = None
    by_group: bool = False

    @property
    def rewind(self) -> int:
        """The epoch to go back to; 0 is the start."""
        return 0 if self.spec.start is None else self.spec.start.epoch


def examine(
    run: str, spec: TrainingSpec, epochs: Sequence[Epoch], facts: Facts
) -> tuple[Advice, ...]:
    """What ails a run, the gravest first; nothing for a healthy one.

    Args:
        run: Its id, which the proposed training names as its parent.
        spec: What it trains.
        epochs: Finished ones, in order.
        facts: What is known beside them.
    """
    verdict = judge(
        epochs,
        num_classes=len(spec.model.classes),
        level=facts.level,
        broke_off=facts.broke_off,
        focal_gamma=spec.focal_gamma,
    )
    found = [_of_curves(run, spec, epochs, verdict, facts), *_of_images(run, spec, facts)]
    return tuple(one for one in found if one is not None)


def _of_curves(
    run: str, spec: TrainingSpec, epochs: Sequence[Epoch], verdict: Verdict, facts: Facts
) -> Advice | None:
    rate = spec.rate_at(len(epochs) + 1)
    best = facts.nearest(verdict.best or 0)
    kept = best if verdict.kept_something else 0
    numbers: dict[str, float | str] = {
        "rate": rate,
        "level": verdict.level,
        "train_last": verdict.train_last,
        "train_best": verdict.train_best,
        "train_low": verdict.train_low,
        "best_loss": verdict.best_loss,
        "last_loss": verdict.last_loss,
        "best": verdict.best or 0,
        "last": len(epochs),
    }
    if verdict.kind == "diverged":
        ceiling = largest_loss(len(spec.model.classes), focal_gamma=spec.focal_gamma)
        at = _since(epochs, verdict.level, ceiling, facts.broke_off)
        slower = _anew(run, spec, kept if kept < at else 0, learning_rate=_times(rate, 0.1))
        return Advice(ailment="diverged", epoch=at, numbers=numbers, spec=slower)
    if verdict.kind == "collapsed":
        slower = _anew(run, spec, kept, learning_rate=_times(rate, 0.1))
        at = _nothing_since(epochs, verdict.level, len(spec.model.classes))
        return Advice(ailment="collapsed", epoch=at, numbers=numbers, spec=slower)
    if verdict.kind == "one-class":
        even = _anew(run, spec, 0, class_weights=True)
        return Advice(ailment="one-class", epoch=len(epochs), numbers=numbers, spec=even)
    if verdict.kind != "early" and facts.silent is not None and facts.silent[1] >= DEAD:
        name, share = facts.silent
        slower = _anew(run, spec, 0, learning_rate=_times(rate, 0.3))
        told = numbers | {"layer": name, "share": 100 * share}
        return Advice(ailment="dead-units", epoch=len(epochs), numbers=told, spec=slower)
    if verdict.kind == "not-begun":
        usual = USUAL[spec.optimizer]
        other = _anew(run, spec, 0, learning_rate=_times(rate, 3.0 if rate <= usual else 0.1))
        return Advice(ailment="plateau", epoch=len(epochs), numbers=numbers, spec=other)
    if verdict.kind == "overtrained" and verdict.best:
        held = _held_back(run, spec, best)
        return Advice(
            ailment="overtrained",
            epoch=verdict.best,
            numbers=numbers,
            spec=held,
        )
    if verdict.kind == "settled" and verdict.best and _stalled(epochs, spec):
        finer = _anew(run, spec, best, learning_rate=_times(rate, 0.1))
        told = numbers | {"since": len(epochs) // 2}
        return Advice(ailment="stalled", epoch=verdict.best, numbers=told, spec=finer)
    return None


def _of_images(run: str, spec: TrainingSpec, facts: Facts) -> list[Advice]:
    found = []
    if facts.leaking >= LEAKING:
        numbers: dict[str, float | str] = {"share": 100 * facts.leaking}
        found.append(
            Advice(
                ailment="leak",
                epoch=0,
                numbers=numbers,
                by_group=True,
                spec=replace(_anew(run, spec, 0), start=Start(run=run, epoch=0)),
            )
        )
    if facts.rarest is not None and facts.rarest[0] < FEWEST:
        count, name = facts.rarest
        half = wilson(max(count, 1) / 2, max(count, 1))
        found.append(
            Advice(
                ailment="few-images",
                epoch=0,
                numbers={
                    "count": count,
                    "label": name,
                    "seed": spec.seed + 1,
                    "points": 50 * (half.high - half.low),
                },
                spec=_anew(run, spec, 0, seed=spec.seed + 1),
            )
        )
    size = spec.model.input_size
    if facts.thin_px is not None and facts.thin_px < THIN_PX and 2 * size <= LARGEST_SIDE:
        found.append(
            Advice(
                ailment="too-small",
                epoch=0,
                size=2 * size,
                numbers={"side": facts.thin_px, "size": size, "larger": 2 * size},
                spec=replace(_anew(run, spec, 0), start=Start(run=run, epoch=0)),
            )
        )
    return found


def _anew(run: str, spec: TrainingSpec, rewind: int, **changed: object) -> TrainingSpec:
    """The training that goes on from an epoch, with one thing changed.

    From the start, a run that began with the weights of another begins with the same.
    """
    start = Start(run=run, epoch=rewind)
    if not rewind and spec.start is not None and spec.start.epoch:
        start = spec.start
    now = spec.in_force(MAX_EPOCHS)
    return replace(now, **({"changes": (), "start": start} | changed))


def _times(rate: float, factor: float) -> float:
    """A rate a person would write, within what an optimizer takes.

    >>> _times(0.003, 0.1)
    0.0003
    """
    return min(max(float(f"{factor * rate:.3g}"), 1e-8), 100.0)


def _held_back(run: str, spec: TrainingSpec, rewind: int) -> TrainingSpec:
    """What makes learning by heart harder: augmentation, else more dropout, else weight decay."""
    spec = spec.in_force(MAX_EPOCHS)
    if not spec.augmentation.active:
        return _anew(run, spec, rewind, augmentation=GENTLE)
    if min(drops(spec.model), default=1.0) < STRONGER:
        return _anew(run, spec, rewind, model=with_dropout(spec.model, STRONGER))
    return _anew(run, spec, rewind, weight_decay=max(_DECAY, 3 * spec.weight_decay))


def _since(epochs: Sequence[Epoch], level: float, ceiling: float, broke_off: bool) -> int:
    """The first epoch whose training loss left the right way."""
    lowest = math.inf
    for row in epochs:
        loss = row.train.loss
        if too_large(loss, ceiling) or (loss > WORSE * level and loss > BACK * lowest):
            return row.epoch
        lowest = min(lowest, loss)
    return len(epochs) + 1 if broke_off else len(epochs)


def _nothing_since(epochs: Sequence[Epoch], level: float, classes: int) -> int:
    """The epoch from which on the outputs told nothing any more."""
    at = epochs[-1].epoch
    for row in reversed(epochs):
        if not tells_nothing(row, level, classes):
            break
        at = row.epoch
    return at


def _stalled(epochs: Sequence[Epoch], spec: TrainingSpec) -> bool:
    """Whether neither loss fell over the later half, with something left to learn."""
    guess = guessing_loss(len(spec.model.classes), focal_gamma=spec.focal_gamma)
    if len(epochs) < FEWEST_EPOCHS or spec.schedule != "constant":
        return False
    half = len(epochs) // 2
    early, late = epochs[:half], epochs[half:]
    train = min(row.train.loss for row in early) - min(row.train.loss for row in late)
    seen = min(row.validation.loss for row in early) - min(row.validation.loss for row in late)
    return max(train, seen) < FLAT * guess and epochs[-1].train.loss > UNLEARNED * guess
