"""How a training went: numbers of each epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """Figures of one epoch on one split; ``auc`` is nan where only one class was seen."""

    loss: float
    accuracy: float
    balanced_accuracy: float
    auc: float
