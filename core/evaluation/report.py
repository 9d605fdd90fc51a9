"""The result of a run: figures with their n, interval and baselines, never one alone.

Imports no scikit-learn, so that the server can read reports cheaply.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from core.errors import LessonError
from core.evaluation.estimate import Difference, Estimate
from core.evaluation.openings import ordinal

PartName: TypeAlias = Literal["test", "validation"]
_MEASURES: Final = ("accuracy", "balanced_accuracy", "auc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """The network's figures less another's on the same images, drawn together by group.

    Attributes:
        accuracy, balanced_accuracy, auc: The differences, with intervals of their own.
    """

    accuracy: Difference
    balanced_accuracy: Difference
    auc: Difference

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` is its inverse."""
        return {name: getattr(self, name).to_json() for name in _MEASURES}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Lead:
        """Rebuild what `to_json` wrote."""
        return cls(**{name: Difference.from_json(data[name]) for name in _MEASURES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A way to answer without a network.

    Attributes:
        name: "majority"; "facts", what is known of patient and view; "metadata", all that is known
            without a pixel, the size of the picture's file included.
        title: For people.
        accuracy, balanced_accuracy, auc: On the same images as the network's figures.
        lead: The network less this; None in a report of a version that did not compare.
    """

    name: str
    title: str
    accuracy: Estimate
    balanced_accuracy: Estimate
    auc: Estimate
    lead: Lead | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` is its inverse."""
        figures = {name: getattr(self, name).to_json() for name in _MEASURES}
        lead = None if self.lead is None else self.lead.to_json()
        return {"name": self.name, "title": self.title, **figures, "lead": lead}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Baseline:
        """Rebuild what `to_json` wrote."""
        figures = {name: Estimate.from_json(data[name]) for name in _MEASURES}
        lead = data.get("lead")
        return cls(
            name=data["name"],
            title=data["title"],
            lead=None if lead is None else Lead.from_json(lead),
            **figures,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationReport:
    """How a run's best epoch does on one part of the data.

    Attributes:
        part: "test" for a run that came to its end; "validation" for one stopped by a person, or
            trained to be compared, whose test images stay unseen. Validation figures flatter: the
            epoch and the threshold were chosen on the same images.
        dataset, fingerprint: What it was measured on.
        model: Name of the network.
        classes: Index is the label.
        best_epoch: The epoch that was scored, from 1; 0 where nothing was trained in epochs.
        groups: Number of groups among the images.
        threshold: A score at or above it is answered with ``classes[1]``; None for more than two
            classes, where the largest score answers.
        threshold_rule: How it was chosen, for people.
        accuracy, balanced_accuracy, auc: The figures, at that threshold.
        at_half: Accuracy where 0.5 is the threshold, as in the curves of the training; None for
            more than two classes, and in a report of a version that did not say.
        sensitivity, specificity: Share of fractures found, share of normals left in peace; None
            for more than two classes.
        recalls: For each class the share of its images answered rightly.
        confusion: Images by true class (row) and answer (column).
        baselines: What is reached without pixels.
        class_weights: How much an image of each class counted in the loss; None where all counted
            the same, and in a report of a version that did not say.
        focal_gamma: Of the loss that was trained; 0 for cross-entropy.
        mean_output: Mean output for ``classes[1]`` of two; None as with ``at_half``.
        mean_at_base_rate: The same with the class weights divided out of the odds; None without
            weights, and for a focal loss, whose outputs are no shares to begin with.
        opening: How often these test images had been opened on this computer, this time included;
            0 for validation, and where it is not known.
    """

    part: PartName
    dataset: str
    fingerprint: str
    model: str
    classes: tuple[str, ...]
    best_epoch: int
    groups: int
    threshold: float | None
    threshold_rule: str
    accuracy: Estimate
    balanced_accuracy: Estimate
    auc: Estimate
    sensitivity: Estimate | None
    specificity: Estimate | None
    recalls: tuple[Estimate, ...]
    confusion: tuple[tuple[int, ...], ...]
    baselines: tuple[Baseline, ...]
    at_half: Estimate | None = None
    class_weights: tuple[float, ...] | None = None
    focal_gamma: float = 0.0
    mean_output: float | None = None
    mean_at_base_rate: float | None = None
    opening: int = 0

    @property
    def removable_weights(self) -> tuple[float, ...] | None:
        """Class weights that can be divided out of the outputs; None where there are none.

        The outputs of a focal loss stand nearer to the middle than any share would (Charoenphakdee
        et al. 2021, arXiv:2011.09172): with the weights divided out they are still no shares.
        """
        return None if self.focal_gamma else self.class_weights

    @property
    def n(self) -> int:
        """Images that were scored."""
        return self.accuracy.n

    def baseline(self, name: str) -> Baseline | None:
        """The baseline of that name, if there is one."""
        return next((row for row in self.baselines if row.name == name), None)

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``; `from_json` is its inverse."""
        data: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        data["classes"] = list(self.classes)
        data |= {name: _to_json(getattr(self, name)) for name in (*_FIGURES, "at_half")}
        data["recalls"] = [row.to_json() for row in self.recalls]
        data["confusion"] = [list(row) for row in self.confusion]
        data["baselines"] = [row.to_json() for row in self.baselines]
        data["class_weights"] = None if self.class_weights is None else list(self.class_weights)
        data["focal_gamma"] = self.focal_gamma
        data["mean_output"] = self.mean_output
        data["mean_at_base_rate"] = self.mean_at_base_rate
        data["opening"] = self.opening
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EvaluationReport:
        """Rebuild what `to_json` wrote; ``evaluation.damaged`` where it does not fit."""
        try:
            values: dict[str, Any] = {name: data[name] for name in _PLAIN}
            values["classes"] = tuple(data["classes"])
            values |= {name: _from_json(data[name]) for name in _FIGURES}
            values["at_half"] = _from_json(data.get("at_half"))
            values["mean_output"] = data.get("mean_output")
            values["mean_at_base_rate"] = data.get("mean_at_base_rate")
            values["opening"] = int(data.get("opening", 0))
            values["focal_gamma"] = float(data.get("focal_gamma", 0.0))
            weights = data.get("class_weights")
            values["class_weights"] = None if weights is None else tuple(map(float, weights))
            values["recalls"] = tuple(Estimate.from_json(row) for row in data["recalls"])
            values["confusion"] = tuple(tuple(row) for row in data["confusion"])
            values["baselines"] = tuple(Baseline.from_json(row) for row in data["baselines"])
            _check(values)
            return cls(**values)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise LessonError(
                "evaluation.damaged",
                problem=f"The result of this run cannot be read: {error!r}.",
                remedy="Resume the run to have it evaluated again.",
            ) from error


def _check(values: Mapping[str, Any]) -> None:
    """See that each value is of its type and fits the others; a ValueError where one does not."""
    threshold, classes = values["threshold"], values["classes"]
    words = ("dataset", "fingerprint", "model", "threshold_rule")
    counts = [values["best_epoch"], values["groups"], *sum(values["confusion"], ())]
    fine = {
        "part": values["part"] in {"test", "validation"},
        "a text": all(isinstance(values[name], str) for name in words),
        "classes": len(classes) >= 2 and all(isinstance(name, str) for name in classes),
        "a count": all(type(count) is int and count >= 0 for count in counts),
        "threshold": threshold is None or math.isfinite(float(threshold + 0)),
        "recalls": len(values["recalls"]) == len(classes),
        "confusion": [len(row) for row in values["confusion"]] == [len(classes)] * len(classes),
        "baselines": all(
            isinstance(row.name, str) and isinstance(row.title, str) for row in values["baselines"]
        ),
    }
    wrong = [name for name, right in fine.items() if not right]
    if wrong:
        raise ValueError(f"{' and '.join(wrong)} of the wrong kind")


def said_opening(number: int) -> str:
    """How fresh a look at a test part was, from how often it had been opened."""
    if number == 1:
        return "for the first time on this computer"
    return (
        f"for the {ordinal(number)} time on this computer: a choice among so many looks makes the "
        "best of them too kind"
    )


def summary_lines(report: EvaluationReport) -> list[str]:
    """The report for a terminal: every figure with n and interval, baselines beside them."""
    name = {"test": "Test images", "validation": "Validation images (the test stays unseen)"}
    epoch = f", epoch {report.best_epoch}" if report.best_epoch else ""
    lines = [
        f"{name[report.part]}: {report.n:,} in {report.groups:,} groups{epoch},"
        f" 95 % intervals by group",
        f"  threshold          {report.threshold_rule}",
        f"  AUC                {report.auc.plain()}",
        f"  balanced accuracy  {report.balanced_accuracy.percent()}",
        f"  accuracy           {report.accuracy.percent()}",
    ]
    if report.opening:
        lines.append(f"  opened             {said_opening(report.opening)}")
    if report.at_half is not None:
        half = f"{100 * report.at_half.value:.1f} %"
        lines.append(f"  at threshold 0.5   {half} accuracy, as the curves count it")
    if report.sensitivity is not None and report.specificity is not None:
        lines += [
            f"  sensitivity        {report.sensitivity.percent()}  {report.classes[1]} found",
            f"  specificity        {report.specificity.percent()}  {report.classes[0]} recognized",
        ]
    else:
        width = max(len(label) for label in report.classes)
        pairs = zip(report.classes, report.recalls, strict=True)
        lines += [f"  {label:<{width}}  {row.percent()} recognized" for label, row in pairs]
    for row in report.baselines:
        lines += [
            f"Without a network, {row.title}:",
            f"  AUC {row.auc.value:.3f}, balanced accuracy"
            f" {100 * row.balanced_accuracy.value:.1f} %,"
            f" accuracy {100 * row.accuracy.value:.1f} % (n = {row.accuracy.n:,})",
        ]
        if row.lead is not None:
            lines.append(
                f"  the network less this: AUC {row.lead.auc.plain()}, balanced accuracy"
                f" {row.lead.balanced_accuracy.points()}"
            )
    return lines


_PLAIN = (
    "part",
    "dataset",
    "fingerprint",
    "model",
    "best_epoch",
    "groups",
    "threshold",
    "threshold_rule",
)
_FIGURES = ("accuracy", "balanced_accuracy", "auc", "sensitivity", "specificity")


def _to_json(estimate: Estimate | None) -> list[float | int | None] | None:
    return None if estimate is None else estimate.to_json()


def _from_json(data: list[float | int | None] | None) -> Estimate | None:
    return None if data is None else Estimate.from_json(data)
