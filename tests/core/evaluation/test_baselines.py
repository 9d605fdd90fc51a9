"""What is reached without pixels."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation import resampling
from core.evaluation.baselines import Part, majority, told, without_pixels


def part(seed: int, *, count: int = 300, telling: bool = True) -> Part:
    rng = np.random.default_rng(seed)
    labels = (rng.random(count) < 0.2).astype(np.int64)
    clue = labels if telling else rng.integers(0, 2, count)
    noisy = np.where(rng.random(count) < 0.1, 1 - clue, clue)
    metadata = np.stack([noisy, rng.normal(size=count)], axis=1).astype(np.float32)
    return Part(labels=labels, metadata=metadata, names=("hardware", "view: lateral"))


def apart(count: int) -> resampling.Draws:
    return resampling.draw(np.arange(count))


def test_always_the_most_frequent_class_scores_its_share_and_nothing_more() -> None:
    train, test = part(0), part(1)
    row = majority(train, test, apart(300), num_classes=2).figures
    assert row.accuracy.value == (test.labels == 0).mean()
    assert row.balanced_accuracy.value == 0.5
    assert row.auc.value == 0.5
    # Its balanced accuracy is one half whatever images are drawn; its accuracy is not.
    balanced, accuracy = row.balanced_accuracy.estimate(), row.accuracy.estimate()
    assert (balanced.low, balanced.high) == (0.5, 0.5)
    assert accuracy.low < accuracy.value < accuracy.high


def test_the_majority_is_that_of_training() -> None:
    none = np.zeros((3, 0), np.float32)
    train = Part(labels=np.array([1, 1, 0]), metadata=none, names=())
    scored = Part(labels=np.array([0, 0, 1]), metadata=none, names=())
    row = majority(train, scored, apart(3), num_classes=2).figures
    assert row.accuracy.value == pytest.approx(1 / 3)


def test_a_shortcut_in_the_metadata_is_found() -> None:
    (row,) = without_pixels(part(0), part(1), part(2), apart(300), num_classes=2)
    assert row.name == "metadata"
    assert row.figures.auc.value > 0.85
    assert row.figures.balanced_accuracy.value > 0.85
    assert row.figures.accuracy.n == 300


def test_metadata_that_tells_nothing_scores_one_half() -> None:
    blind = [part(seed, telling=False) for seed in range(3)]
    (row,) = without_pixels(*blind, apart(300), num_classes=2)
    found = row.figures.auc.estimate()
    assert found.low < 0.5 < found.high


def test_without_metadata_there_is_no_such_baseline() -> None:
    bare = Part(labels=np.array([0, 1]), metadata=np.zeros((2, 0), np.float32), names=())
    assert without_pixels(bare, bare, bare, apart(2), num_classes=2) == ()


def test_the_size_of_a_picture_is_told_apart_from_what_is_known_of_the_patient() -> None:
    # Only the width gives the answer away: who reads "body part alone" must not meet its figure.
    def sized(seed: int) -> Part:
        given = part(seed, telling=False)
        width = np.where(given.labels == 1, 6.0, 5.0) + given.metadata[:, 1] / 10
        metadata = np.column_stack([given.metadata[:, :1], width]).astype(np.float32)
        return Part(labels=given.labels, metadata=metadata, names=("region: hand", "log width"))

    facts, all_of_it = without_pixels(sized(0), sized(1), sized(2), apart(300), num_classes=2)
    assert (facts.name, facts.title) == ("facts", "body part, no pixel")
    assert (all_of_it.name, all_of_it.title) == ("metadata", "body part and image size, no pixel")
    assert abs(facts.figures.auc.value - 0.5) < 0.1
    assert all_of_it.figures.auc.value > 0.95


def test_a_size_alone_is_named_as_what_it_is() -> None:
    assert told(["log width", "log height"]) == "image size"
    assert told(["region: hand", "view: lateral", "hardware"]) == "body part, view and hardware"


def test_a_class_that_training_never_saw_does_not_shift_the_columns() -> None:
    def three(labels: list[int]) -> Part:
        given = np.repeat(labels, 20)
        return Part(labels=given, metadata=given[:, None].astype(np.float32), names=("hardware",))

    scored = three([0, 1, 2])
    (row,) = without_pixels(
        three([0, 2]), three([0, 2]), scored, apart(len(scored.labels)), num_classes=3
    )
    assert row.figures.accuracy.value == pytest.approx(2 / 3)
