"""The leakage figures, on sets small enough to count by hand."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from data.sets import leakage
from data.sets.duplicates import near_pairs, perceptual_hash
from data.sets.splits import grouped_split

TRAIN, VALIDATION, TEST = 0, 1, 2


def test_figures_by_hand() -> None:
    """Five images: 0 and 1 train; 2 twin of 0; 3 same group as 1; 4 alone."""
    found = leakage.measure(
        np.array([TRAIN, TRAIN, VALIDATION, TEST, TEST], np.int8),
        looks=np.array([[1, 0], [0, 1], [0.8, 0.6], [0.6, 0.8], [1, 0]], np.float32),
        labels=np.array([0, 1, 0, 1, 1]),
        groups=np.array([0, 1, 2, 1, 3]),
        twins=np.array([[0, 2], [3, 4]]),
    )
    assert found.held_out == 3
    assert found.twin_share == pytest.approx(1 / 3)  # 3 and 4 are twins, but both held out
    assert found.group_share == pytest.approx(1 / 3)
    # Copied: 2 -> 0 (right), 3 -> 1 (right), 4 -> 0 (wrong): recall 1 of normal, 1/2 of fracture.
    assert found.copied == pytest.approx((1 + 1 / 2) / 2)
    assert found.chance == 0.5


def test_twins_count_in_both_directions() -> None:
    split = np.array([TEST, TRAIN, TRAIN, TEST], np.int8)
    for pair in ([0, 1], [1, 0]):
        found = leakage.measure(
            split,
            looks=np.eye(4, dtype=np.float32),
            labels=np.array([0, 1, 0, 1]),
            groups=np.arange(4),
            twins=np.array([pair]),
        )
        assert found.twin_share == 0.5


def doubled(paint: Any) -> dict[str, Any]:
    """60 pictures with labels by chance, each there twice: only remembering can help."""
    images = np.stack([paint(seed, width=32, height=32) for seed in range(60) for _ in range(2)])
    labels = np.repeat(np.random.default_rng(0).integers(0, 2, 60), 2)
    return {"images": images, "labels": labels, "groups": np.repeat(np.arange(60), 2)}


def test_a_random_split_of_doubled_pictures_leaks_and_a_grouped_one_does_not(paint: Any) -> None:
    images = doubled(paint)
    twins = near_pairs(np.stack([perceptual_hash(i) for i in images["images"]]), at_most=16)
    assert twins.tolist() == [[2 * n, 2 * n + 1] for n in range(60)]
    split = grouped_split(images["labels"], images["groups"], seed=0)
    found = leakage.compare(split, **images, twins=twins, seed=0)

    assert found.actual.twin_share == found.actual.group_share == 0
    assert found.actual.copied == pytest.approx(0.5, abs=0.2)
    # The other copy of a held-out picture is in training with probability about 0.7.
    assert found.random.twin_share == pytest.approx(0.7, abs=0.1)
    assert found.random.group_share == found.random.twin_share
    assert found.random.copied == pytest.approx(0.7 + 0.3 / 2, abs=0.1)
    assert leakage.LeakageComparison.from_json(found.to_json()) == found


def test_sentences_hold_the_numbers() -> None:
    ours = leakage.Leakage(held_out=1040, twin_share=0, group_share=0, copied=0.582, chance=0.5)
    theirs = leakage.Leakage(
        held_out=1028, twin_share=0.038, group_share=1, copied=0.647, chance=0.5
    )
    text = " ".join(leakage.LeakageComparison(actual=ours, random=theirs).sentences())
    assert not re.search(r"\d%", text)  # a space as on every page, where no line is broken
    text = text.replace("\N{NO-BREAK SPACE}", " ")
    for number in ("1,040", "0.0 %", "3.8 %", "100.0 %", "0.582", "0.647", "0.500"):
        assert number in text


def test_brightness_and_size_do_not_change_who_is_nearest(paint: Any) -> None:
    looks = leakage._normalized(
        np.stack([paint(1, width=64, height=64), paint(2, width=64, height=64)])
    )
    dim = leakage._normalized((paint(1, width=64, height=64) * 0.5).astype(np.uint8)[None])
    assert (dim @ looks[0])[0] > 0.99
    negative = leakage._normalized(255 - paint(1, width=64, height=64)[None])
    assert (negative @ looks[0])[0] == pytest.approx(-1, abs=0.01)  # a correlation, not a cosine
    np.testing.assert_allclose(np.linalg.norm(looks, axis=1), 1, rtol=1e-5)
    assert not np.isnan(leakage._normalized(np.zeros((1, 64, 64), np.uint8))).any()
