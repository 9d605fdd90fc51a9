"""What came out of a run, in a table and in kind words. No Streamlit here."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from typing import Final

from core.evaluation.estimate import Estimate
from core.evaluation.report import Baseline, EvaluationReport
from core.training.history import History

RISE: Final = 0.05
"""A validation loss this much above its best, relatively, is called a rise."""

_PARTS: Final = {"test": "test images", "validation": "validation images"}


def evaluation_table(report: EvaluationReport) -> str:
    """The figures of a run beside what is reached without a network, as an HTML table."""
    shown = [row for row in (report.baseline("majority"), report.baseline("metadata")) if row]
    heads = ["", "Network", "95 % interval", "n", *(row.title.capitalize() for row in shown)]
    rows = [
        _row("Accuracy", report.accuracy, [row.accuracy for row in shown]),
        _row("Balanced accuracy", report.balanced_accuracy, [r.balanced_accuracy for r in shown]),
        _row("AUC", report.auc, [row.auc for row in shown], share=False),
    ]
    empty: list[Estimate] = []
    if report.sensitivity is not None and report.specificity is not None:
        negative, positive = report.classes
        rows.append(
            _row(f"Sensitivity ({positive} found)", report.sensitivity, empty, blanks=len(shown))
        )
        rows.append(
            _row(
                f"Specificity ({negative} left in peace)",
                report.specificity,
                empty,
                blanks=len(shown),
            )
        )
    else:
        pairs = zip(report.classes, report.recalls, strict=True)
        rows += [_row(f"{name} recognized", r, empty, blanks=len(shown)) for name, r in pairs]
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in heads)
    caption = (
        f"Epoch {report.best_epoch} on {report.n:,} {_PARTS[report.part]} in {report.groups:,}"
        f" groups. Threshold: {report.threshold_rule}."
    )
    return (
        f'<table class="lb-table"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def reading(history: History, report: EvaluationReport | None, text: Mapping[str, str]) -> str:
    """What the curves and the figures say, in sentences.

    Args:
        history: All epochs of the run.
        report: Its evaluation, if there is one.
        text: The page's prose; its ``read-...`` sections are filled in.
    """
    sentences = [_read_curves(history, text)]
    if report is not None:
        sentences += [_read_accuracy(report, text), _read_auc(report, text)]
    return " ".join(sentence for sentence in sentences if sentence)


def _read_curves(history: History, text: Mapping[str, str]) -> str:
    best = history.best_epoch
    if best is None or len(history.epochs) < 2:
        return ""
    last = history.epochs[-1]
    top = next(row for row in history.epochs if row.epoch == best)
    values = {
        "best": best,
        "best_loss": top.validation.loss,
        "last_loss": last.validation.loss,
        "train_best": top.train.loss,
        "train_last": last.train.loss,
    }
    if last.epoch == best:
        return text["read-still-learning"].format(**values)
    rose = last.validation.loss > (1 + RISE) * top.validation.loss
    if rose and last.train.loss < top.train.loss:
        return text["read-overtrained"].format(**values)
    return text["read-settled"].format(**values)


def _read_accuracy(report: EvaluationReport, text: Mapping[str, str]) -> str:
    majority = report.baseline("majority")
    if majority is None or not report.accuracy.known:
        return ""
    sums = [sum(row) for row in report.confusion]
    level = majority.accuracy.value
    which = "read-within"
    if report.accuracy.low > level:
        which = "read-beats"
    elif report.accuracy.high < level:
        which = "read-below"
    return text[which].format(
        accuracy=100 * report.accuracy.value,
        low=100 * report.accuracy.low,
        high=100 * report.accuracy.high,
        majority=100 * level,
        label=report.classes[sums.index(max(sums))],
    )


def _read_auc(report: EvaluationReport, text: Mapping[str, str]) -> str:
    auc = report.auc
    if not auc.known:
        return ""
    values = {"auc": auc.value, "low": auc.low, "high": auc.high}
    if auc.low <= 0.5:
        return text["read-no-rank"].format(**values)
    return text["read-ranks"].format(**values, metadata=_beside_metadata(auc, report, text))


def _beside_metadata(auc: Estimate, report: EvaluationReport, text: Mapping[str, str]) -> str:
    metadata: Baseline | None = report.baseline("metadata")
    if metadata is None or not metadata.auc.known:
        return ""
    beaten = auc.low > metadata.auc.value
    part = text["read-ranks-metadata" if beaten else "read-ranks-shortcut"]
    return part.format(value=metadata.auc.value)


def _row(
    name: str,
    estimate: Estimate,
    baselines: list[Estimate],
    *,
    share: bool = True,
    blanks: int = 0,
) -> str:
    interval = (
        f"{_figure(estimate.low, share)} to {_figure(estimate.high, share)}"
        if estimate.known
        else ""
    )
    cells = [_figure(estimate.value, share), interval, f"{estimate.n:,}"]
    cells += [_figure(row.value, share) for row in baselines] + [""] * blanks
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{html.escape(name)}</th>{body}</tr>'


def _figure(value: float, share: bool) -> str:
    if not math.isfinite(value):
        return "unknown"
    return f"{100 * value:.1f} %" if share else f"{value:.3f}"
