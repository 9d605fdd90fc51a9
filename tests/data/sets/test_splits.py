"""Groups stay whole, classes stay balanced, a seed means one split."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LessonError
from core.prepared import SPLITS
from data.sets.splits import given_split, grouped_split, random_split


@st.composite
def grouped_sets(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Groups of 1 to 12 images of two or three classes; each class has groups of its own."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    classes = draw(st.integers(2, 3))
    sizes = rng.integers(1, 13, draw(st.integers(3 * classes, 60)))
    main = np.concatenate([np.repeat(np.arange(classes), 3), rng.integers(0, classes, 60)])
    labels = np.concatenate([np.full(size, main[g]) for g, size in enumerate(sizes)])
    groups = np.repeat(np.arange(len(sizes)) * 7 + 3, sizes)
    order = rng.permutation(len(labels))
    return labels[order], groups[order]


@given(grouped_sets(), st.integers(0, 100))
def test_no_group_is_parted_and_every_class_is_everywhere(
    images: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    labels, groups = images
    split = grouped_split(labels, groups, seed=seed)
    assert split.shape == labels.shape
    assert split.dtype == np.int8
    for group in np.unique(groups):
        assert len(np.unique(split[groups == group])) == 1
    for part in range(3):
        assert set(labels[split == part]) == set(labels)


@given(st.integers(0, 10_000))
def test_a_rare_class_is_not_left_to_one_part(seed: int) -> None:
    """Three fractures, each in a group full of normal images that decide where the group goes."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 14, rng.integers(4, 9))
    groups = np.repeat(np.arange(len(sizes)), sizes)
    labels = np.zeros(len(groups), int)
    for group in rng.choice(len(sizes), 3, replace=False):
        labels[np.flatnonzero(groups == group)[0]] = 1
    split = grouped_split(labels, groups, seed=0)
    assert sorted(split[labels == 1].tolist()) == [0, 1, 2]


@given(st.integers(0, 200))
def test_shares_and_classes_are_close_to_what_was_asked(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 40, 150)
    groups = np.repeat(np.arange(150), sizes)
    rate = rng.beta(0.3, 1.2, 150)[groups]  # as in FracAtlas: some groups nearly all fractured
    labels = (rng.random(len(groups)) < rate).astype(int)
    split = grouped_split(labels, groups, seed=seed)
    for part, share in enumerate((0.70, 0.15, 0.15)):
        assert np.mean(split == part) == pytest.approx(share, abs=0.02)
        assert labels[split == part].mean() == pytest.approx(labels.mean(), abs=0.03)


def test_a_seed_is_one_split_and_another_seed_another() -> None:
    rng = np.random.default_rng(0)
    labels, groups = rng.integers(0, 2, 600), rng.integers(0, 90, 600)
    first = grouped_split(labels, groups, seed=1)
    np.testing.assert_array_equal(first, grouped_split(labels, groups, seed=1))
    agree = [np.mean(first == grouped_split(labels, groups, seed=s)) for s in range(2, 8)]
    assert max(agree) < 0.75  # two independent 70/15/15 splits agree on 0.535
    dealt = random_split(labels, seed=1)
    np.testing.assert_array_equal(dealt, random_split(labels, seed=1))
    assert np.mean(dealt == random_split(labels, seed=2)) < 0.65


def test_names_of_groups_and_classes_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    labels, groups = rng.integers(0, 2, 300), rng.integers(0, 50, 300)
    np.testing.assert_array_equal(
        grouped_split(labels, groups, seed=0), grouped_split(labels + 5, groups * 9 - 4, seed=0)
    )


def test_the_caller_s_arrays_stay_as_they_are() -> None:
    labels, groups = np.array([0, 1] * 10), np.arange(20)
    before = labels.copy(), groups.copy()
    grouped_split(labels, groups, seed=0)
    random_split(labels, seed=0)
    np.testing.assert_array_equal(labels, before[0])
    np.testing.assert_array_equal(groups, before[1])


def test_random_split_keeps_the_shares_of_each_class() -> None:
    labels = np.repeat([0, 1], [1000, 200])
    split = random_split(labels, seed=3)
    assert np.bincount(split[labels == 0]).tolist() == [700, 150, 150]
    assert np.bincount(split[labels == 1]).tolist() == [140, 30, 30]


def test_too_few_groups_are_said_with_their_number() -> None:
    with pytest.raises(LessonError) as caught:
        grouped_split(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 3, 3, 4]), seed=0)
    assert caught.value.code == "split.too-few-groups"
    assert "2 independent groups" in caught.value.problem
    with pytest.raises(LessonError) as caught:
        random_split(np.array([0, 0, 0, 1]), seed=0)
    assert "1 independent image," in caught.value.problem
    with pytest.raises(LessonError):
        grouped_split(np.array([], int), np.array([], int), seed=0)


def test_three_groups_a_class_are_enough() -> None:
    split = grouped_split(np.array([0, 0, 0, 1, 1, 1]), np.arange(6), seed=0)
    assert sorted(split[:3]) == sorted(split[3:]) == [0, 1, 2]


def test_a_ready_made_split_is_kept_and_what_it_lacks_is_taken_from_training() -> None:
    rng = np.random.default_rng(0)
    labels, groups = rng.integers(0, 2, 120), np.repeat(np.arange(60), 2)
    parts = ["train"] * 80 + ["validation"] * 20 + ["test"] * 20
    kept = given_split(parts, labels, groups, seed=0)
    assert [SPLITS[code] for code in kept] == parts

    without = ["train"] * 90 + ["test"] * 29 + [None]
    split = given_split(without, labels, groups, seed=0)
    np.testing.assert_array_equal(split[90:119], SPLITS.index("test"))
    assert split[119] != SPLITS.index("test")
    taken = split == SPLITS.index("validation")
    assert 8 <= taken.sum() <= 20
    assert set(groups[taken]).isdisjoint(groups[split == 0])
    assert set(labels[taken]) == {0, 1}


def test_a_ready_made_split_that_cannot_be_kept_is_refused() -> None:
    labels, groups = np.repeat([0, 1], 30), np.arange(60)
    with pytest.raises(LessonError) as caught:
        given_split([None] * 60, labels, groups, seed=0)
    assert caught.value.code == "split.none-given"
    parts = ["train"] * 30 + ["validation"] * 15 + ["test"] * 15  # class 0 trains, class 1 tests
    with pytest.raises(LessonError) as caught:
        given_split(parts, labels, groups, seed=0)
    assert caught.value.code == "split.too-few-groups"
