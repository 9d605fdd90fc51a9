"""What stands under the curves where the paper's own log is laid over them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from core.training.paper_log import PAPER_EPOCHS, PAPER_LOG, paper_epochs, read_paper_log
from core.training.verdict import judge
from dashboard.shared.table import table
from dashboard.workbench.train.figure import majority_share
from dashboard.workbench.train.outcome import read_verdict

PAPER_CLASSES: Final = 10
"""As many as its first loss leaves room for: the judge wants to know what guessing costs."""


def critique(text: Mapping[str, str], counts: Mapping[str, int]) -> list[str]:
    """The paper's log beside what the paper says of it, as Markdown paragraphs.

    Args:
        text: The page's.
        counts: Validation images of each class of the run beside it; empty where there is none.
    """
    found = read_paper_log()
    accuracy = text["fig7-accuracy"].format(
        reported=100 * found.reported,
        named=found.named.epoch,
        named_accuracy=100 * found.named.validation_accuracy,
    )
    majority = majority_share(counts)
    if majority is not None:
        label = max(counts, key=lambda name: counts[name])
        accuracy += " " + text["fig7-majority"].format(
            label=label, majority=100 * majority, count=sum(counts.values())
        )
    return [
        text["fig7-note"],
        text["fig7-classes"].format(
            two=found.guessing[2],
            ten=found.guessing[10],
            loss=found.first.loss,
            fits=found.as_many_as,
            accuracy=100 * found.first.accuracy,
        ),
        text["fig7-best"].format(
            named=found.named.epoch,
            named_loss=found.named.validation_loss,
            lowest=found.lowest.epoch,
            lowest_loss=found.lowest.validation_loss,
            unprinted=PAPER_EPOCHS - len(PAPER_LOG),
            restless=found.restless_from,
            swing=found.swing,
        ),
        accuracy,
        text["fig7-coach"].format(
            classes=PAPER_CLASSES,
            said=read_verdict(
                judge(paper_epochs(), num_classes=PAPER_CLASSES), text, rate=math.nan, common=""
            ),
        ),
    ]


def log_table() -> str:
    """The log as markup, epoch by epoch, with the lowest validation loss so far marked."""
    head = ("Epoch", "Loss", "Validation loss", "Lowest so far", "Accuracy", "Validation accuracy")
    lowest, rows = float("inf"), []
    for row in PAPER_LOG:
        better = row.validation_loss < lowest
        lowest = min(lowest, row.validation_loss)
        cells = (
            f"{row.loss:.4f}",
            f"{row.validation_loss:.4f}",
            "yes" if better else f"no, {lowest:.4f}",
            f"{100 * row.accuracy:.2f} %",
            f"{100 * row.validation_accuracy:.2f} %",
        )
        rows.append((row.epoch, *cells))
    caption = f"The log of Fig. 7: {len(PAPER_LOG)} of {PAPER_EPOCHS} epochs are printed"
    shown = table(head, rows, caption=caption, look="lb-table")
    return f'<div class="lb-table-frame">{shown}</div>'
