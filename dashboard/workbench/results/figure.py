"""What a chosen threshold is worth, as a table. No Streamlit here."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.arrays import FloatArray, IntArray
from core.evaluation import resampling
from core.evaluation.estimate import Estimate
from core.evaluation.thresholds import answers
from dashboard.shared.number import percent


def threshold_table(
    labels: IntArray,
    scores: FloatArray,
    groups: IntArray,
    threshold: float,
    classes: tuple[str, str],
) -> list[dict[str, Any]]:
    """The figures at a threshold with their intervals by group, beside what no network gives.

    Args:
        labels: (N,) 0 or 1.
        scores: (N,) output for class 1.
        groups: (N,), drawn whole.
        threshold: Scores at or above it are answered with class 1.
        classes: Their names.
    """
    draws = resampling.draw(groups)
    said = answers(scores, threshold=threshold)
    spared, found = resampling.recalls(labels, said, draws, num_classes=2)
    base = float(np.mean(labels == 0))
    rows = [
        (f"Sensitivity ({classes[1]} found)", found, 0.0),
        (f"Specificity ({classes[0]} left in peace)", spared, 1.0),
        ("Balanced accuracy", resampling.balanced_accuracy(labels, said, draws), 0.5),
        ("Accuracy", resampling.accuracy(labels, said, draws), base),
    ]
    columns = ("Measure", "Network", "95 % interval", "n", f"Always {classes[0]}")
    return [
        dict(zip(columns, _row(name, figure.estimate(), alone), strict=True))
        for name, figure, alone in rows
    ]


def _row(name: str, figure: Estimate, alone: float) -> tuple[str, str, str, int, str]:
    if not figure.known:
        return name, "unknown", "", figure.n, percent(alone, 1)
    interval = f"{100 * figure.low:.1f} to {100 * figure.high:.1f}"
    return name, percent(figure.value, 1), interval, figure.n, percent(alone, 1)
