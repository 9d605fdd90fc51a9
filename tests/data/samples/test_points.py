"""The real points of the Neuron lesson."""

from __future__ import annotations

import numpy as np
import pytest

from data.samples.points import COUNT, FEATURES, PLANE_COUNT, PLANE_SETS, REACH, plane_set, tumors


def test_points_are_a_seeded_sample_of_both_kinds() -> None:
    points = tumors()
    assert points.positions.shape == (COUNT, 2)
    assert 0.25 < points.labels.mean() < 0.5
    np.testing.assert_array_equal(points.positions, tumors().positions)
    assert not np.array_equal(points.positions, tumors(seed=1).positions)


def test_features_are_standardized_over_all_and_larger_in_malignant_tumors() -> None:
    points = tumors(count=569)
    np.testing.assert_allclose(points.positions.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(points.positions.std(axis=0), 1.0)
    # 212 of the 569 are malignant (Wolberg et al., 1995).
    assert points.labels.sum() == 212
    malignant = points.positions[points.labels == 1].mean(axis=0)
    assert (malignant > 0.5).all()


def test_columns_are_the_named_features_of_scikit_learn() -> None:
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    columns = [list(bunch.feature_names).index(name) for name in FEATURES]
    theirs = bunch.data[:, columns]
    ours = tumors(count=569)
    rows = np.random.default_rng(0).choice(569, size=569, replace=False)
    expected = ((theirs - theirs.mean(axis=0)) / theirs.std(axis=0))[rows]
    np.testing.assert_allclose(ours.positions, expected)
    np.testing.assert_array_equal(ours.labels, 1 - bunch.target[rows])


@pytest.mark.parametrize("name", PLANE_SETS)
def test_sets_in_the_plane_fit_it_hold_both_classes_and_repeat(name: str) -> None:
    made = plane_set(name)
    positions = made.positions()
    assert positions.shape == (PLANE_COUNT, 2)
    assert (np.abs(positions) < REACH).mean() > 0.98
    assert 0.35 <= made.labels.mean() <= 0.5
    np.testing.assert_array_equal(positions, plane_set(name).positions())
    moved = made.positions(0.5) - positions
    # Noise of 0.5 is its standard deviation: within four errors of 400 draws.
    assert moved.std() == pytest.approx(0.5, abs=0.07)


def _lines_part(positions: np.ndarray, labels: np.ndarray) -> float:
    """The best share that a straight line gets right, over many lines."""
    best = 0.0
    for angle in np.linspace(0, np.pi, 90, endpoint=False):
        along = positions @ np.array([np.cos(angle), np.sin(angle)])
        order = labels[np.argsort(along)]
        right = np.cumsum(np.r_[0, np.where(order == 0, 1, -1)]) + order.sum()
        best = max(best, *(np.r_[right, len(order) - right] / len(order)))
    return float(best)


def test_shapes_ask_what_they_are_for() -> None:
    shares = {
        name: _lines_part(plane_set(name).positions(), plane_set(name).labels)
        for name in PLANE_SETS
    }
    assert shares["gaussians"] > 0.97
    assert shares["tumors"] > 0.9
    assert shares["circle"] < 0.75
    assert shares["xor"] < 0.8
    assert shares["spiral"] < 0.75
    assert 0.8 < shares["moons"] < 0.97


def test_circle_and_xor_follow_their_rules() -> None:
    circle, xor = plane_set("circle"), plane_set("xor")
    radius = np.hypot(*circle.positions().T)
    assert radius[circle.labels == 1].max() < 1.3 < 1.7 < radius[circle.labels == 0].min()
    np.testing.assert_array_equal(xor.labels, xor.positions().prod(axis=1) > 0)
