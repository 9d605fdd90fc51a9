"""The real points of the Neuron lesson."""

from __future__ import annotations

import numpy as np

from data.points import COUNT, FEATURES, tumors


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
