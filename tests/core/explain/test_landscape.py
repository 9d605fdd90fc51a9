"""A slice through a network's loss: the plane, what it leaves out, and losses beside Keras's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.errors import LessonError
from core.explain.landscape import (
    axes,
    flatten,
    path_plane,
    random_plane,
    sample_size,
    unflatten,
    weighted_loss,
)
from core.models.layers import BatchNormalization, Convolution, Dense, Flatten, Pooling
from core.models.spec import ModelSpec
from core.models.weights import initial_weights, weight_shapes
from core.models.zoo.entries import paper_network

SPEC = ModelSpec(
    "small",
    12,
    ("normal", "fracture"),
    (Convolution(4), BatchNormalization(), Pooling(), Flatten(), Dense(5)),
)


def way(count: int = 7, size: int = 40, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, size)).cumsum(axis=0)


def test_a_vector_and_its_arrays_are_the_same_numbers() -> None:
    weights = initial_weights(SPEC, 3)
    vector = flatten(weights, SPEC)
    again = unflatten(vector, SPEC)
    assert list(again) == list(weight_shapes(SPEC))
    for name, values in weights.items():
        np.testing.assert_array_equal(again[name], values)
    # A plane may run below a variance of 0, where no network is.
    below = unflatten(vector - 2.0, SPEC)
    assert below["batch_normalization_1/moving_variance"].min() == 0
    assert below["batch_normalization_1/gamma"].min() < 0


@given(seed=some.integers(0, 200))
def test_no_other_plane_through_the_end_holds_more_of_the_way(seed: int) -> None:
    vectors = way(seed=seed)
    plane = path_plane(vectors)
    differences = vectors - vectors[-1]
    # The best plane by another road: singular values.
    powers = np.linalg.svd(differences, compute_uv=False) ** 2
    np.testing.assert_allclose(plane.shares, powers[:2] / powers.sum(), atol=1e-9)
    # Pythagoras: what lies in the plane and what lies beside it make up the whole.
    inside = np.square(plane.coordinates @ plane.directions).sum(axis=1)
    np.testing.assert_allclose(inside + plane.distances**2, plane.lengths**2, atol=1e-8)
    assert plane.distances[-1] == pytest.approx(0, abs=1e-9)
    assert plane.coordinates[0, 0] <= 0


def test_a_way_that_lies_in_a_plane_is_drawn_without_error() -> None:
    rng = np.random.default_rng(2)
    steps = rng.standard_normal((6, 2)) @ rng.standard_normal((2, 40))
    plane = path_plane(steps.cumsum(axis=0))
    assert plane.explained == pytest.approx(1)
    np.testing.assert_allclose(plane.distances, 0, atol=1e-6)
    for vector, (x, y) in zip(steps.cumsum(axis=0), plane.coordinates, strict=True):
        np.testing.assert_allclose(plane.weights(x, y), vector, atol=1e-9)


def test_the_picture_holds_the_whole_way_with_room() -> None:
    plane = path_plane(way())
    x0, x1, y0, y1 = plane.domain()
    x, y = plane.coordinates.T
    assert x0 < x.min() < x.max() < x1
    assert y0 < y.min() < y.max() < y1
    across, up = axes(plane, 5)
    assert (across[0], across[-1], up[0], up[-1]) == (x0, x1, y0, y1)


def test_random_directions_are_as_long_as_the_networks_own_filters() -> None:
    end = initial_weights(SPEC, 1)
    vectors = flatten(end, SPEC) + 0.01 * way(5, len(flatten(end, SPEC)))
    vectors[-1] = flatten(end, SPEC)
    plane = random_plane(vectors, SPEC, seed=4)
    for direction in plane.directions:
        drawn = unflatten(direction, SPEC)
        for name, own in end.items():
            if not name.endswith("kernel"):
                assert not drawn[name].any(), name
                continue
            rows = tuple(range(own.ndim - 1))
            np.testing.assert_allclose(
                np.linalg.norm(drawn[name].reshape(-1, own.shape[-1]), axis=0),
                np.sqrt((own**2).sum(axis=rows)),
                rtol=1e-4,
            )
    assert plane.explained < 0.2
    assert not np.array_equal(*plane.directions)
    assert random_plane(vectors, SPEC, seed=5).directions[0][0] != plane.directions[0][0]


@pytest.mark.parametrize(
    ("vectors", "code"),
    [(way(2), "slice.short"), (np.ones((4, 9)), "slice.still"),
     (np.arange(5)[:, None] * np.ones((1, 9)), "slice.short")],
)  # fmt: skip
def test_what_spans_no_plane_is_advice(vectors: np.ndarray, code: str) -> None:
    with pytest.raises(LessonError) as caught:
        path_plane(vectors)
    assert caught.value.code == code


def test_the_loss_weighs_the_classes_as_the_training_does() -> None:
    logits, labels = np.array([[0.0], [0.0], [2.0]]), np.array([0, 0, 1])
    weights = np.array([0.75, 1.5])
    expected = (0.75 * np.log(2) * 2 + 1.5 * np.log1p(np.exp(-2))) / 3.0
    assert weighted_loss(logits, labels, weights) == pytest.approx(expected)
    assert weighted_loss(np.array([[-np.inf], [0], [0]]), labels, weights) < np.inf
    assert weighted_loss(np.array([[np.inf], [0], [0]]), labels, weights) == np.inf


def test_a_slower_network_is_judged_by_fewer_images() -> None:
    classes = ("normal", "fracture")
    sizes = [sample_size(paper_network(size, classes)) for size in (28, 64, 256)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] >= 32
