"""Synthetic radiographs: reproducible, honest about their lesion, hard to tell without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.arrays import FloatArray, UInt8Array
from core.errors import LessonError
from data.synthetic.anatomy import REGIONS, VIEWS
from data.synthetic.confounders import CHANCES
from data.synthetic.difficulty import Difficulty
from data.synthetic.fractures import KINDS, draw_fracture
from data.synthetic.radiograph import (
    DrawnSet,
    Radiograph,
    draw,
    draw_set,
    facts,
    label_of,
)
from data.synthetic.render import lesion_mask, render
from data.synthetic.scene import draw_scene

DEFAULT = Difficulty()
SOME = range(24)


@pytest.fixture(scope="module")
def twins() -> list[tuple[Radiograph, Radiograph]]:
    """The same limbs broken and unbroken."""
    return [(draw(i, fractured=True), draw(i, fractured=False)) for i in SOME]


@pytest.fixture(scope="module")
def drawn() -> DrawnSet:
    return draw_set(360, size=64, seed=11)


def test_arguments_alone_decide(drawn: DrawnSet) -> None:
    again = draw(7, size=64, seed=11)
    np.testing.assert_array_equal(again.image, drawn.images[7])
    assert facts(7, size=64, seed=11) == drawn.facts[7]
    for other in (draw(7, size=64, seed=12), draw(8, size=64, seed=11)):
        alike = np.corrcoef(again.image.ravel(), other.image.ravel())[0, 1]
        assert alike < 0.9, "another limb, not only other grain"


def test_types_and_range() -> None:
    shot = draw(3, size=96)
    assert shot.image.shape == shot.mask.shape == (96, 96)
    assert shot.image.dtype == np.uint8
    assert shot.mask.dtype == bool
    assert shot.region in REGIONS
    assert shot.view in VIEWS


def test_a_small_picture_is_the_average_of_a_large_one() -> None:
    large, small = draw(5, size=128), draw(5, size=64)
    mean = cv2.resize(large.image, (64, 64), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(small.image, mean)


def test_the_same_limb_at_every_size() -> None:
    for index in range(4):
        large = cv2.resize(draw(index, size=256).image, (128, 128), interpolation=cv2.INTER_AREA)
        small = draw(index, size=128).image
        assert np.corrcoef(large.ravel(), small.ravel())[0, 1] > 0.97


def test_one_of_two_neighbors_is_broken() -> None:
    labels = np.array([label_of(i, seed=4) for i in range(2000)])
    assert labels.reshape(-1, 2).sum(axis=1).tolist() == [1] * 1000
    # Which of the two is a fair coin: 1000 throws, four standard deviations.
    assert abs(int(labels[::2].sum()) - 500) < 4 * np.sqrt(250)


def test_a_set_knows_its_truth(drawn: DrawnSet) -> None:
    assert drawn.labels.mean() == 0.5
    for fact in drawn.facts:
        assert (fact.kind in KINDS) == (fact.label == 1)
        assert len(fact.marks) == fact.label


def test_every_fracture_has_a_mask_and_a_tight_box(
    twins: list[tuple[Radiograph, Radiograph]],
) -> None:
    for broken, intact in twins:
        assert not intact.mask.any()
        assert not intact.marks
        assert intact.kind is None
        assert broken.marks.size == broken.image.shape
        x, y, width, height = broken.marks.boxes[0].plain()
        rows, columns = np.nonzero(broken.mask)
        assert (x, y) == (columns.min(), rows.min())
        assert (width, height) == (np.ptp(columns) + 1, np.ptp(rows) + 1)
        assert 12 <= broken.mask.sum() <= 0.25 * broken.mask.size


def test_only_the_fracture_tells_twins_apart(twins: list[tuple[Radiograph, Radiograph]]) -> None:
    inside, outside = [], []
    for broken, intact in twins:
        change = np.abs(broken.image.astype(float) - intact.image)
        around = cv2.dilate(broken.mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        inside.append(change[broken.mask].mean())
        outside.append(change[~around].mean())
        for name in ("region", "view", "hardware", "confounders"):
            assert getattr(broken, name) == getattr(intact, name)
    assert np.mean(inside) > 8 * np.mean(outside)
    assert np.median(outside) < 2.5, "gray levels far from the fracture"


def test_the_scene_does_not_know_the_label() -> None:
    scene = draw_scene(9, seed=0, difficulty=DEFAULT)
    other = draw_scene(9, seed=0, difficulty=replace(DEFAULT, contrast=0.1, displacement=0.9))
    assert scene == other


def test_what_the_collimator_covers_is_not_marked() -> None:
    scene = replace(draw_scene(3, seed=0, difficulty=DEFAULT), frame=(0.5, 0.0, 1.0, 1.0, 0.0))
    shaft = scene.limb.bones[scene.site].shaft
    fracture = draw_fracture(
        np.random.default_rng(0), shaft=shaft, along=scene.along, contrast=1.0, displacement=1.0
    )
    open_ = replace(scene, frame=(0.0, 0.0, 1.0, 1.0, 0.0))
    assert lesion_mask(open_, fracture, size=128)[:, :62].any()
    mask = lesion_mask(scene, fracture, size=128)
    assert mask.any()
    assert not mask[:, :62].any()
    drawn = render(scene, fracture, size=128, grain=np.random.default_rng(0))[1]
    np.testing.assert_array_equal(drawn, mask)


def test_variety(drawn: DrawnSet) -> None:
    assert {fact.region for fact in drawn.facts} == set(REGIONS)
    assert {fact.view for fact in drawn.facts} == set(VIEWS)
    kinds = Counter(fact.kind for fact in drawn.facts if fact.kind)
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) > 180 / 6 / 2


def test_every_confounder_is_as_frequent_in_both_classes() -> None:
    known = [facts(i, seed=3) for i in range(1000)]
    for name in CHANCES:
        rates = [
            np.mean([name in fact.confounders for fact in known if fact.label == label])
            for label in (0, 1)
        ]
        assert min(rates) > 0.01, name
        middle = np.mean(rates)
        # Two shares of 500 differ by sqrt(2 p q / 500) at random; four of those.
        assert abs(rates[0] - rates[1]) < 4 * np.sqrt(2 * middle * (1 - middle) / 500), name


def change(difficulty: Difficulty, *, darker: bool) -> float:
    """Mean gray levels, over fractures, by which their own pixels change.

    ``darker`` takes darkening as positive and brightening as negative; else both count.
    """
    sizes = []
    for index in range(24):
        broken = draw(index, size=128, difficulty=difficulty, fractured=True)
        intact = draw(index, size=128, difficulty=difficulty, fractured=False)
        levels = intact.image.astype(float) - broken.image
        if not darker:
            levels = np.abs(levels)
        sizes.append(levels[broken.mask].sum())
    return float(np.mean(sizes))


def test_contrast_darkens_cracks() -> None:
    still = replace(DEFAULT, displacement=0.0)
    low, middle, high = (
        change(replace(still, contrast=value), darker=True) for value in (0.0, 0.5, 1.0)
    )
    assert 0 < 2 * low < middle < 0.8 * high


def test_displacement_moves_more() -> None:
    low, middle, high = (
        change(replace(DEFAULT, displacement=value), darker=False) for value in (0.0, 0.5, 1.0)
    )
    assert 1.15 * low < middle < 0.9 * high


def grain_of(shot: Radiograph) -> float:
    image = shot.image.astype(np.float32)
    return float(np.median(np.abs(image - cv2.medianBlur(image, 3))))


def test_noise_adds_grain() -> None:
    levels = [
        np.mean([grain_of(draw(i, difficulty=replace(DEFAULT, noise=n))) for i in range(10)])
        for n in (0.0, 0.5, 1.0)
    ]
    assert levels[0] < levels[1] < levels[2]
    assert levels[2] > 3 * max(levels[0], 0.3)


def test_blur_softens_edges() -> None:
    quiet = replace(DEFAULT, noise=0.0)
    sharpness = [
        np.mean(
            [
                cv2.Laplacian(
                    draw(i, difficulty=replace(quiet, blur=b)).image.astype(np.float32),
                    cv2.CV_32F,
                ).std()
                for i in range(10)
            ]
        )
        for b in (0.0, 0.5, 1.0)
    ]
    assert sharpness[0] > 1.1 * sharpness[1] > 1.1 * 1.1 * sharpness[2]


def test_clutter_adds_confounders() -> None:
    counts = [
        sum(len(facts(i, difficulty=replace(DEFAULT, clutter=c)).confounders) for i in range(60))
        for c in (0.0, 0.5, 1.0)
    ]
    assert counts[0] == 0
    assert counts[0] < counts[1] < counts[2]


def test_looks_like_an_exposure(drawn: DrawnSet) -> None:
    """Dark surroundings, bright bone, few clipped pixels; no inverted picture among them."""
    low, high = np.quantile(drawn.images, [0.05, 0.99], axis=(1, 2))
    assert np.mean(low < 60) > 0.9
    assert np.mean(high > 110) > 0.95
    saturated = (drawn.images == 255).mean(axis=(1, 2))
    assert np.mean(saturated < 0.05) > 0.8


def coarse(images: UInt8Array) -> FloatArray:
    """(N, 256) gray levels of 16 x 16 pixels."""
    return images.reshape(len(images), 16, 4, 16, 4).mean(axis=(2, 4)).reshape(len(images), -1)


def histograms(images: UInt8Array) -> FloatArray:
    """(N, 16) shares of gray levels."""
    return np.array([np.histogram(image, 16, (0, 256), density=True)[0] for image in images])


@pytest.mark.parametrize("features", [coarse, histograms])
def test_no_shortcut(drawn: DrawnSet, features: Callable[[UInt8Array], FloatArray]) -> None:
    """The benchmark measures this on thousands; here three standard errors above a half."""
    values, cut = features(drawn.images), 200
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=200))
    model.fit(values[:cut], drawn.labels[:cut])
    found = model.predict(values[cut:])
    assert balanced_accuracy_score(drawn.labels[cut:], found) < 0.62


@pytest.mark.parametrize("size", [16, 2000])
def test_sizes_it_cannot_draw(size: int) -> None:
    with pytest.raises(LessonError) as caught:
        draw(0, size=size)
    assert caught.value.code == "synthetic.size"
    assert str(size) in caught.value.problem


def test_negative_index() -> None:
    with pytest.raises(LessonError) as caught:
        draw(-1)
    assert caught.value.code == "synthetic.index"


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_sliders_end_at_0_and_1(value: float) -> None:
    with pytest.raises(LessonError) as caught:
        Difficulty(blur=value)
    assert caught.value.code == "difficulty.out-of-range"
    assert "blur" in caught.value.problem


def test_progress_is_told_to_the_end() -> None:
    told: list[float] = []
    draw_set(20, size=32, progress=lambda _, share: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0
