"""What is reached without pixels."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.baselines import Part, majority, metadata_only


def part(seed: int, *, count: int = 300, telling: bool = True) -> Part:
    rng = np.random.default_rng(seed)
    labels = (rng.random(count) < 0.2).astype(np.int64)
    clue = labels if telling else rng.integers(0, 2, count)
    noisy = np.where(rng.random(count) < 0.1, 1 - clue, clue)
    metadata = np.stack([noisy, rng.normal(size=count)], axis=1).astype(np.float32)
    return Part(labels=labels, metadata=metadata, groups=np.arange(count))


def test_always_the_most_frequent_class_scores_its_share_and_nothing_more() -> None:
    train, test = part(0), part(1)
    row = majority(train, test, num_classes=2)
    assert row.accuracy.value == (test.labels == 0).mean()
    assert row.balanced_accuracy.value == 0.5
    assert row.auc.value == 0.5


def test_the_majority_is_that_of_training() -> None:
    train = Part(
        labels=np.array([1, 1, 0]), metadata=np.zeros((3, 0), np.float32), groups=np.arange(3)
    )
    scored = Part(
        labels=np.array([0, 0, 1]), metadata=np.zeros((3, 0), np.float32), groups=np.arange(3)
    )
    assert majority(train, scored, num_classes=2).accuracy.value == pytest.approx(1 / 3)


def test_a_shortcut_in_the_metadata_is_found() -> None:
    row = metadata_only(part(0), part(1), part(2), num_classes=2)
    assert row is not None
    assert row.auc.value > 0.85
    assert row.balanced_accuracy.value > 0.85
    assert row.accuracy.n == 300


def test_metadata_that_tells_nothing_scores_one_half() -> None:
    row = metadata_only(
        part(0, telling=False), part(1, telling=False), part(2, telling=False), num_classes=2
    )
    assert row is not None
    assert row.auc.low < 0.5 < row.auc.high


def test_without_metadata_there_is_no_such_baseline() -> None:
    bare = Part(labels=np.array([0, 1]), metadata=np.zeros((2, 0), np.float32), groups=np.arange(2))
    assert metadata_only(bare, bare, bare, num_classes=2) is None


def test_a_class_that_training_never_saw_does_not_shift_the_columns() -> None:
    def three(labels: list[int]) -> Part:
        given = np.repeat(labels, 20)
        return Part(
            labels=given, metadata=given[:, None].astype(np.float32), groups=np.arange(len(given))
        )

    row = metadata_only(three([0, 2]), three([0, 2]), three([0, 1, 2]), num_classes=3)
    assert row is not None
    assert row.accuracy.value == pytest.approx(2 / 3)
