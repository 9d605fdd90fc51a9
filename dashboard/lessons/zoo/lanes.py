"""What a comparison of networks shows, read from the folders of its runs. No Streamlit here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from core.errors import LessonError
from core.evaluation.estimate import Difference, Estimate
from core.evaluation.report import EvaluationReport
from core.jobs.comparison import Comparison
from core.jobs.folder import RunFolder, Status
from core.models.cost import total_multiply_adds, total_parameters
from core.models.zoo.entries import MODELS
from core.training.spec import TrainingSpec
from core.training.verdict import Verdict, judge
from dashboard.networks.compared import Compared, compared
from dashboard.workbench.train.progress import progress

MeasureName: TypeAlias = Literal["balanced_accuracy", "auc"]
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
        best: The best epoch so far, None before one.
        training: Balanced accuracy on the training images in the last epoch, NaN before one.
        parameters, multiply_adds: Of the network.
        verdict: How its training went.
        report: Its evaluation, None before the end.
        compared: Its figures on the validation images, ready to be compared in pairs; None before
            the end, and for a run of a version that kept no groups.
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
    best: int | None
    training: float
    parameters: int
    multiply_adds: int
    verdict: Verdict
    report: EvaluationReport | None
    compared: Compared | None
    problem: str

    def estimate(self, measure: MeasureName) -> Estimate | None:
        """The figure on validation with its interval, where there is one."""
        if self.compared is None:
            return None
        found: Estimate = getattr(self.compared.figures, measure).estimate()
        return found if found.known else None

    @property
    def test(self) -> EvaluationReport | None:
        """Its test figures, None while its test is closed."""
        opened = self.report is not None and self.report.part == "test"
        return self.report if opened else None


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
        best=best,
        training=history.epochs[-1].train.balanced_accuracy if history.epochs else math.nan,
        parameters=total_parameters(spec.model),
        multiply_adds=total_multiply_adds(spec.model),
        verdict=judge(history.epochs, num_classes=len(spec.model.classes)),
        report=run.evaluation(),
        compared=compared(run.path),
        problem=f"{failure.problem} {failure.remedy}" if failure else "",
    )


def learned_by_heart(shown: Sequence[Lane]) -> list[Lane]:
    """Networks of which the judge says that they over-trained."""
    return [
        lane for lane in shown if lane.compared is not None and lane.verdict.kind == "overtrained"
    ]


def ranked(shown: Sequence[Lane], measure: MeasureName) -> list[tuple[Lane, Estimate]]:
    """The networks that have a figure on validation, the best first.

    Validation chooses; the test part is opened for the one chosen and tells what the choice is
    worth. Ranked by the test, the best of many figures would be the luckiest one.
    """
    pairs = [(lane, lane.estimate(measure)) for lane in shown]
    known = [(lane, figure) for lane, figure in pairs if figure is not None]
    return sorted(known, key=lambda pair: pair[1].value, reverse=True)


def behind(
    order: Sequence[tuple[Lane, Estimate]], measure: MeasureName
) -> list[tuple[Lane, Difference | None]]:
    """How far the first is ahead of each of the others, on the same images; None: not the same."""
    if not order:
        return []
    first = order[0][0].compared
    found: list[tuple[Lane, Difference | None]] = []
    for lane, _ in order[1:]:
        other = lane.compared
        if first is None or other is None or not first.same_images(other):
            found.append((lane, None))
            continue
        ahead = getattr(first.figures, measure).minus(getattr(other.figures, measure))
        found.append((lane, ahead))
    return found


def not_told_apart(order: Sequence[tuple[Lane, Estimate]], measure: MeasureName) -> int:
    """How many networks behind the first these images cannot tell from it."""
    found = behind(order, measure)
    return sum(ahead is None or not ahead.told_apart for _, ahead in found)
