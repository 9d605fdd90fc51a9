"""Two networks on the same images: where only one of them is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.training.results import PREDICTIONS
from dashboard.networks.compared import compared, disagreement


def store(folder: Path, scores: list[float], labels: list[int]) -> Path:
    folder.mkdir()
    np.savez(
        folder / PREDICTIONS,
        validation_scores=np.array(scores),
        validation_labels=np.array(labels),
        validation_groups=np.arange(len(labels)),
        validation_indices=np.arange(10, 10 + len(labels)),
    )
    return folder


def test_the_images_on_which_they_differ_come_the_surest_mistake_first(tmp_path: Path) -> None:
    labels = [0, 0, 0, 0, 1, 1, 1, 1]
    sure = [0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.05]
    shaky = [0.82, 0.1, 0.9, 0.1, 0.85, 0.8, 0.8, 0.8]
    first = compared(store(tmp_path / "first", sure, labels))
    second = compared(store(tmp_path / "second", shaky, labels))
    assert first is not None
    assert second is not None
    found = disagreement(first, second)
    assert found is not None
    assert found.images == 8
    assert found.first.tolist() == [2, 0]
    assert found.second.tolist() == [7]


def test_other_images_are_not_compared(tmp_path: Path) -> None:
    first = compared(store(tmp_path / "first", [0.1, 0.9], [0, 1]))
    second = compared(store(tmp_path / "second", [0.1, 0.9], [1, 0]))
    assert first is not None
    assert second is not None
    assert disagreement(first, second) is None
    assert compared(tmp_path / "nowhere") is None
