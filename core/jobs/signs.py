"""What is known of the workers: how many of each kind, and when each was heard of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

SILENT_S: Final = 10.0
"""A worker says every half second that it lives; one that has not for so long hangs."""


@dataclass(frozen=True, slots=True)
class ClusterState:
    """What the cluster can do now.

    Attributes:
        ready: A worker of each kind waits for work or is at it.
        train_workers: Workers that train.
        analyse_workers: Workers that predict and explain.
        message: The same as a sentence for people.
    """

    ready: bool
    train_workers: int
    analyse_workers: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSigns:
    """One worker.

    Attributes:
        name: As its cluster calls it.
        trains, analyses: What it takes.
        busy: Tasks that it is at.
        silent_s: Seconds since it was heard of, by the scheduler's clock.
        memory: Bytes that its process holds, as it says.
    """

    name: str
    trains: bool
    analyses: bool
    busy: int
    silent_s: float
    memory: int

    @property
    def answers(self) -> bool:
        """Whether it was heard of lately."""
        return self.silent_s < SILENT_S


def signs_of(told: Mapping[str, Any], *, now: float) -> WorkerSigns:
    """One worker of what Dask's scheduler tells of all.

    Args:
        told: Its entry in ``scheduler_info()["workers"]``.
        now: Unix seconds.
    """
    resources, metrics = told.get("resources", {}), told.get("metrics", {})
    return WorkerSigns(
        name=str(told.get("name", "")),
        trains=resources.get("train", 0) > 0,
        analyses=resources.get("analyse", 0) > 0,
        busy=int(metrics.get("task_counts", {}).get("executing", 0)),
        silent_s=max(0.0, now - float(told.get("last_seen", now))),
        memory=int(metrics.get("memory", 0)),
    )


def sentence(train: int, analyse: int) -> str:
    """What so many workers can do, for people."""
    if not train and not analyse:
        return "The workers are loading TensorFlow."
    if not train:
        return "The training worker is loading TensorFlow."
    if not analyse:
        return "The analyzing worker is loading TensorFlow."
    return f"Ready: {train} to train, {analyse} to analyze."
