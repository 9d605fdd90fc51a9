"""Random changes: repeatable, bounded, and what they say."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.training.augment import (
    Change,
    apply_change,
    augment_batch,
    change_for,
    draw_epoch,
    noisy_labels,
    preview,
)
from core.training.spec import Augmentation

NOTHING = Change(flip=False, right=0.0, down=0.0, degrees=0.0, zoom=1.0, contrast=1.0)


def picture(size: int = 16) -> np.ndarray:
    return np.random.default_rng(0).integers(60, 200, (size, size)).astype(np.uint8)


def changed(**values: object) -> Change:
    names = Change.__dataclass_fields__
    return Change(**{name: values.get(name, getattr(NOTHING, name)) for name in names})


def test_nothing_changes_nothing() -> None:
    np.testing.assert_array_equal(apply_change(picture(), NOTHING), picture())
    images = np.stack([picture()] * 3)
    draws = draw_epoch(3, seed=0, epoch=1)
    assert augment_batch(images, np.arange(3), Augmentation(), draws=draws) is images


def test_a_flip_mirrors_left_and_right() -> None:
    np.testing.assert_array_equal(apply_change(picture(), changed(flip=True)), picture()[:, ::-1])


def test_a_shift_moves_right_and_down_and_lets_black_in() -> None:
    moved = apply_change(picture(), changed(right=0.25, down=0.125))
    np.testing.assert_array_equal(moved[2:, 4:], picture()[:-2, :-4])
    assert not moved[:2].any()
    assert not moved[:, :4].any()


def test_a_quarter_turn_is_counterclockwise() -> None:
    np.testing.assert_array_equal(
        apply_change(picture(), changed(degrees=90.0)), np.rot90(picture())
    )


def test_zoom_above_one_makes_things_larger() -> None:
    image = np.zeros((33, 33), np.uint8)
    image[14:19, 14:19] = 200
    assert np.count_nonzero(apply_change(image, changed(zoom=2.0)) > 100) == pytest.approx(
        100, abs=21
    )


def test_contrast_spreads_around_the_mean_and_stays_in_range() -> None:
    image = np.array([[50, 150], [0, 200]], np.uint8)
    np.testing.assert_array_equal(
        apply_change(image, changed(contrast=0.5)), [[75, 125], [50, 150]]
    )
    np.testing.assert_array_equal(apply_change(image, changed(contrast=10.0)), [[0, 255], [0, 255]])


def test_draws_stay_within_what_was_asked_and_reach_its_ends() -> None:
    wanted = Augmentation(flip=True, shift=0.1, rotation=10.0, zoom=0.2, contrast=0.3)
    changes = [change_for(wanted, row) for row in draw_epoch(4000, seed=1, epoch=1)]
    for name, low, high in (
        ("right", -0.1, 0.1),
        ("down", -0.1, 0.1),
        ("degrees", -10, 10),
        ("zoom", 1 / 1.2, 1.2),
        ("contrast", 0.7, 1.3),
    ):
        values = np.array([getattr(change, name) for change in changes])
        assert low <= values.min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < values.max() <= high
    assert np.mean([change.flip for change in changes]) == pytest.approx(0.5, abs=0.03)


def test_what_is_off_stays_off() -> None:
    for row in draw_epoch(50, seed=0, epoch=1):
        assert change_for(Augmentation(), row) == NOTHING


def test_a_draw_belongs_to_the_image_whatever_the_batch() -> None:
    images = np.stack([picture() for _ in range(5)])
    wanted = Augmentation(flip=True, rotation=20.0)
    draws = draw_epoch(5, seed=3, epoch=2)
    whole = augment_batch(images, np.arange(5), wanted, draws=draws)
    # Five copies of one picture come out differently: each has a draw of its own.
    assert len({image.tobytes() for image in whole}) == 5
    order = np.array([4, 0, 2])
    np.testing.assert_array_equal(
        augment_batch(images[order], order, wanted, draws=draws), whole[order]
    )
    other = augment_batch(images, np.arange(5), wanted, draws=draw_epoch(5, seed=3, epoch=3))
    assert not np.array_equal(whole, other)
    np.testing.assert_array_equal(images[0], picture())


def test_a_preview_shows_what_a_run_would_see() -> None:
    wanted = Augmentation(rotation=20.0)
    shown = preview(picture(), wanted, seed=7, count=3)
    for epoch in (1, 2, 3):
        seen = augment_batch(
            picture()[None], np.array([0]), wanted, draws=draw_epoch(50, seed=7, epoch=epoch)
        )
        np.testing.assert_array_equal(shown[epoch - 1], seen[0])


@pytest.mark.reference
def test_rotation_agrees_with_opencv_about_the_center() -> None:
    image = picture(17)
    theirs = cv2.warpAffine(image, cv2.getRotationMatrix2D((8, 8), 30, 1), (17, 17))
    np.testing.assert_array_equal(apply_change(image, changed(degrees=30.0)), theirs)


@pytest.mark.parametrize("classes", [2, 3])
def test_so_many_training_labels_are_wrong_and_no_other(classes: int) -> None:
    labels = np.arange(300) % classes
    index = np.arange(0, 300, 2)
    small, large = (
        noisy_labels(labels, index, share=share, classes=classes, seed=4) for share in (0.1, 0.4)
    )
    wrong = [set(np.flatnonzero(found != labels)) for found in (small, large)]
    assert [len(one) for one in wrong] == [15, 60]
    assert wrong[0] < wrong[1] < set(index)  # more noise is the same and more
    assert (large < classes).all()
    np.testing.assert_array_equal(
        noisy_labels(labels, index, share=0, classes=classes, seed=4), labels
    )
    other = noisy_labels(labels, index, share=0.1, classes=classes, seed=5)
    assert set(np.flatnonzero(other != labels)) != wrong[0]
