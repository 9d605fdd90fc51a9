"""What came out of a run, in a table and in kind words. No Streamlit here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from core.evaluation.estimate import Estimate
from core.evaluation.report import Baseline, EvaluationReport, said_opening
from core.training.events import Failed
from core.training.history import History
from core.training.spec import TrainingSpec
from core.training.verdict import Verdict, judge
from dashboard.shared.table import table
from dashboard.workbench.train.figure import level_of

SIZE_TELLS: Final = 0.01
"""An AUC this much higher with the picture's width and height than without is told of."""

_PARTS: Final = {"test": "test images", "validation": "validation images"}


def evaluation_table(report: EvaluationReport) -> str:
    """The figures of a run beside what is reached without a network, as an HTML table.

    Beside each of those stands how far the network is ahead of it on the same images.
    """
    shown = report.baselines
    heads = ["", "Network", "95 % interval", "n", *(row.title.capitalize() for row in shown)]
    rows = [
        _row("Accuracy", report.accuracy, [_share_cell(row, "accuracy") for row in shown]),
        _row(
            "Balanced accuracy",
            report.balanced_accuracy,
            [_share_cell(row, "balanced_accuracy") for row in shown],
        ),
        _row("AUC", report.auc, [_auc_cell(row) for row in shown], share=False),
    ]
    blanks = [""] * len(shown)
    if report.at_half is not None:
        rows.insert(1, _row("Accuracy at threshold 0.5", report.at_half, blanks))
    if report.sensitivity is not None and report.specificity is not None:
        negative, positive = report.classes
        rows.append(_row(f"Sensitivity ({positive} found)", report.sensitivity, blanks))
        rows.append(_row(f"Specificity ({negative} left in peace)", report.specificity, blanks))
    else:
        pairs = zip(report.classes, report.recalls, strict=True)
        rows += [_row(f"{name} recognized", found, blanks) for name, found in pairs]
    caption = (
        f"Epoch {report.best_epoch} on {report.n:,} {_PARTS[report.part]} in {report.groups:,}"
        f" groups, which the intervals draw whole. Threshold: {report.threshold_rule}."
    )
    if report.opening:
        caption += f" These test images were opened {said_opening(report.opening)}."
    if any(row.lead is not None for row in shown):
        caption += " In brackets: the network less the figure before it, and the interval of that."
    return table(heads, rows, caption=caption, look="lb-table")


def _share_cell(row: Baseline, measure: Literal["accuracy", "balanced_accuracy"]) -> str:
    figure: Estimate = getattr(row, measure)
    cell = _figure(figure.value, share=True)
    return cell if row.lead is None else f"{cell} [{getattr(row.lead, measure).points()}]"


def _auc_cell(row: Baseline) -> str:
    cell = _figure(row.auc.value, share=False)
    return cell if row.lead is None else f"{cell} [{row.lead.auc.plain()}]"


def verdict_of(
    history: History,
    spec: TrainingSpec,
    counts: Mapping[str, Mapping[str, int]],
    *,
    failure: Failed | None = None,
) -> Verdict:
    """How a run went, or goes, by its epochs.

    Args:
        history: All epochs of the run.
        spec: What is trained.
        counts: Images by part and class; empty where the images are gone.
        failure: Why it broke off, if it did.
    """
    learned = counts.get("train", {})
    return judge(
        history.epochs,
        num_classes=len(spec.model.classes),
        level=level_of(spec, {"train": learned, "validation": learned}),
        broke_off=failure is not None and failure.code == "training.diverged",
        focal_gamma=spec.focal_gamma,
    )


def common_class(spec: TrainingSpec, counts: Mapping[str, Mapping[str, int]]) -> str:
    """Name of the class that most training images have; of the first where none are known."""
    learned = counts.get("train", {})
    return max(spec.model.classes, key=lambda name: learned.get(name, 0))


def reading(
    verdict: Verdict,
    report: EvaluationReport | None,
    text: Mapping[str, str],
    *,
    rate: float,
    common: str,
    coached: bool = False,
) -> str:
    """What the curves and the figures say, in sentences.

    How the training went is the judge's to say; what ails it, and what to do about that, is the
    coach's. The figures of a network that has learned nothing are told without advice.

    Args:
        verdict: Of the run.
        report: Its evaluation, if there is one.
        text: The page's prose; its ``read-...`` sections are filled in.
        rate: The run's learning rate.
        common: Name of the most frequent class.
        coached: Whether the coach stands beside it, who says what ails a run.
    """
    ails = verdict.kind not in {"early", "still-learning", "settled"}
    sentences = [] if ails and coached else [read_verdict(verdict, text, rate=rate, common=common)]
    if report is not None and verdict.learned:
        sentences += [_read_accuracy(report, text), _read_threshold(report, text)]
    if report is not None:
        sentences.append(_read_auc(report, verdict, text))
    if report is not None and verdict.learned:
        sentences.append(_read_outputs(report, text))
    return " ".join(sentence for sentence in sentences if sentence)


def read_verdict(verdict: Verdict, text: Mapping[str, str], *, rate: float, common: str) -> str:
    """The judge's word on a run, with the numbers it stands on; empty where it has none."""
    if verdict.kind == "early":
        return ""
    which: str = verdict.kind
    if which == "overtrained" and not verdict.rose:
        which = "memorized"
    if which == "diverged" and not math.isfinite(verdict.train_last):
        which = "broke-off"
    section = f"read-{which}"
    said = text[section].format(
        best=verdict.best,
        best_loss=verdict.best_loss,
        last_loss=verdict.last_loss,
        train_best=verdict.train_best,
        train_last=verdict.train_last,
        train_low=verdict.train_low,
        level=verdict.level,
        rate=f"{rate:g}",
        smaller=f"{rate / 10:g}",
        common=common,
    )
    if verdict.kind in {"collapsed", "diverged"} and verdict.kept_something:
        said += " " + text["read-kept"].format(best=verdict.best)
    return said


def _read_accuracy(report: EvaluationReport, text: Mapping[str, str]) -> str:
    majority = report.baseline("majority")
    if majority is None or not report.accuracy.known:
        return ""
    sums = [sum(row) for row in report.confusion]
    values = {
        "accuracy": 100 * report.accuracy.value,
        "majority": 100 * majority.accuracy.value,
        "label": report.classes[sums.index(max(sums))],
    }
    if majority.lead is None:
        return text["read-beside"].format(**values)
    lead = majority.lead.accuracy
    which = "read-within"
    if lead.told_apart:
        which = "read-beats" if lead.value > 0 else "read-below"
    return text[which].format(**values, lead=lead.points())


def _read_threshold(report: EvaluationReport, text: Mapping[str, str]) -> str:
    """Why the table's accuracy is not that of the curves."""
    if report.at_half is None or report.threshold is None or not report.at_half.known:
        return ""
    return text["read-threshold"].format(
        threshold=report.threshold,
        accuracy=100 * report.accuracy.value,
        half=100 * report.at_half.value,
    )


def _read_auc(report: EvaluationReport, verdict: Verdict, text: Mapping[str, str]) -> str:
    auc = report.auc
    if not auc.known:
        return ""
    values = {"auc": auc.value, "low": auc.low, "high": auc.high}
    if auc.high < 0.5:
        return text["read-backward"].format(**values)
    if auc.low <= 0.5:
        said = text["read-no-rank"].format(**values)
        return f"{said} {text['read-no-rank-more']}" if verdict.kind == "settled" else said
    said = text["read-ranks"].format(**values, metadata=_beside_metadata(report, text))
    return " ".join(part for part in (said, _read_size(report, text)) if part)


def _beside_metadata(report: EvaluationReport, text: Mapping[str, str]) -> str:
    metadata = report.baseline("metadata")
    if metadata is None or not metadata.auc.known or metadata.lead is None:
        return ""
    lead = metadata.lead.auc
    which = "read-ranks-shortcut"
    if lead.told_apart:
        which = "read-ranks-metadata" if lead.value > 0 else "read-ranks-worse"
    return text[which].format(
        value=metadata.auc.value, told=metadata.title.removesuffix(", no pixel"), lead=lead.plain()
    )


def _read_size(report: EvaluationReport, text: Mapping[str, str]) -> str:
    """What the size of the picture's file gives away, where it gives away something."""
    facts, everything = report.baseline("facts"), report.baseline("metadata")
    if facts is None or everything is None or not facts.auc.known:
        return ""
    if everything.auc.value - facts.auc.value < SIZE_TELLS:
        return ""
    return text["read-size"].format(
        told=facts.title.removesuffix(", no pixel"),
        facts=facts.auc.value,
        everything=everything.auc.value,
    )


def _read_outputs(report: EvaluationReport, text: Mapping[str, str]) -> str:
    """What an output means where both classes counted the same."""
    if report.class_weights is None or report.mean_output is None or len(report.classes) != 2:
        return ""
    even = math.isclose(max(report.class_weights), min(report.class_weights), rel_tol=0.05)
    if even or report.mean_at_base_rate is None:
        return ""
    positives = sum(report.confusion[1])
    return text["read-weighted"].format(
        positive=report.classes[1],
        mean=report.mean_output,
        share=100 * positives / report.n,
        undone=report.mean_at_base_rate,
    )


def _row(
    name: str, estimate: Estimate, baselines: Sequence[str], *, share: bool = True
) -> list[str]:
    interval = (
        f"{_figure(estimate.low, share)} to {_figure(estimate.high, share)}"
        if estimate.known
        else ""
    )
    return [name, _figure(estimate.value, share), interval, f"{estimate.n:,}", *baselines]


def _figure(value: float, share: bool) -> str:
    if not math.isfinite(value):
        return "unknown"
    return f"{100 * value:.1f} %" if share else f"{value:.3f}"
