"""The figures of one epoch on one part of the data, as a value; nothing heavy is imported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """How well the network did on one part of the data in one epoch.

    Attributes:
        loss: Mean loss as it is trained, in nats, each image times its class weight.
        accuracy: Share answered rightly, at probability 0.5 for two classes.
        balanced_accuracy: Mean over the classes of the share answered rightly.
        auc: Area under the ROC curve (several classes: mean of one against the rest). NaN where
            a class is absent.
    """

    loss: float
    accuracy: float
    balanced_accuracy: float
    auc: float
