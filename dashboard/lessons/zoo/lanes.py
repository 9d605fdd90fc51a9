"""What a comparison of networks shows, read from the folders of its runs. No Streamlit here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from core.errors import LessonError
from core.evaluation.estimate import Estimate
from core.evaluation.report import EvaluationReport
from core.jobs.comparison import Comparison
from core.jobs.folder import RunFolder, Status
from core.models.cost import total_multiply_adds, total_parameters
from core.models.zoo.entries import MODELS
from core.training.spec import TrainingSpec
from dashboard.workbench.train.progress import progress

MeasureName: TypeAlias = Literal["balanced_accuracy", "auc"]
BY_HEART: Final = 0.25
"""Balanced accuracy on training above that on the test from which on over-training is named."""
MEASURES: Final[dict[MeasureName, str]] = {"balanced_accuracy": "Balanced accuracy", "auc": "AUC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One network of a comparison.

    Attributes:
        run: Its folder.
        spec: What it trains.
        title, year: Of the network.
        status: What the folder says.
        epochs_done: Finished epochs.
        share: Of the whole training that is done, 0 to 1.
        seconds: Training time of the epochs so far, all attempts.
        seconds_left: Until the last epoch has ended; None where nothing was measured yet.
        validation: Balanced accuracy on validation at the best epoch so far, NaN before one.
        training: Balanced accuracy on the training images in the last epoch, NaN before one.
        parameters, multiply_adds: Of the network.
        report: Its evaluation, None before the end.
        problem: Why it failed, or "".
    """

    run: RunFolder
    spec: TrainingSpec
    title: str
    year: int
    status: Status
    epochs_done: int
    share: float
    seconds: float
    seconds_left: float | None
    validation: float
    training: float
    parameters: int
    multiply_adds: int
    report: EvaluationReport | None
    problem: str

    def estimate(self, measure: MeasureName) -> Estimate | None:
        """The figure with its interval, where there is one."""
        if self.report is None:
            return None
        found: Estimate = getattr(self.report, measure)
        return found if found.known else None


def lanes(comparison: Comparison) -> list[Lane]:
    """Every network of a comparison as it stands now; damaged runs are left out."""
    found = []
    for summary in comparison.runs:
        try:
            found.append(_lane(summary.run))
        except (LessonError, FileNotFoundError):
            continue  # damaged, or deleted by somebody else while we looked
    return found


def _lane(run: RunFolder) -> Lane:
    spec = run.spec()
    status = run.status()  # first: an event that ends the run is then among those read after it
    reader = run.reader()
    history = reader.history()
    done = progress(reader.events(), epochs=spec.epochs)
    within = done.batch / done.batches if done.batches and done.epoch > done.epochs_done else 0.0
    name = spec.model.name
    # The paper's network is one of two; both describe themselves as "paper".
    entry = MODELS.get(name)
    best = history.best_epoch
    failure = run.failure() if status is Status.FAILED else None
    return Lane(
        run=run,
        spec=spec,
        title=entry.title if entry else name,
        year=entry.year if entry else 0,
        status=status,
        epochs_done=done.epochs_done,
        share=1.0
        if status is Status.FINISHED
        else min(1.0, (done.epochs_done + within) / spec.epochs),
        seconds=sum(row.seconds for row in history.epochs),
        seconds_left=done.seconds_left if status is Status.RUNNING else None,
        validation=math.nan
        if best is None
        else next(row.validation.balanced_accuracy for row in history.epochs if row.epoch == best),
        training=history.epochs[-1].train.balanced_accuracy if history.epochs else math.nan,
        parameters=total_parameters(spec.model),
        multiply_adds=total_multiply_adds(spec.model),
        report=run.evaluation(),
        problem=f"{failure.problem} {failure.remedy}" if failure else "",
    )


def learned_by_heart(shown: Sequence[Lane]) -> list[Lane]:
    """Networks that know their training images far better than the others."""
    return [
        lane
        for lane in shown
        if lane.report is not None
        and lane.training - lane.report.balanced_accuracy.value > BY_HEART
    ]


def ranked(shown: Sequence[Lane], measure: MeasureName) -> list[tuple[Lane, Estimate]]:
    """The networks that have a figure, the best first."""
    pairs = [(lane, lane.estimate(measure)) for lane in shown]
    known = [(lane, figure) for lane, figure in pairs if figure is not None]
    return sorted(known, key=lambda pair: pair[1].value, reverse=True)


def not_told_apart(order: Sequence[tuple[Lane, Estimate]]) -> int:
    """How many networks behind the first have an interval that reaches into the first one's."""
    if not order:
        return 0
    low = order[0][1].low
    return sum(figure.high >= low for _, figure in order[1:])
