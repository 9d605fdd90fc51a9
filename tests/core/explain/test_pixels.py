"""Maps of pixels against what they claim: a sum, and a fall when a place is covered."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from core.errors import LessonError
from core.explain.gradcam import class_map
from core.explain.pixels import (
    guided_gradients,
    integrated_gradients,
    occlusion,
    pixel_map,
)
from core.models.build import build
from core.models.zoo.entries import paper_network
from data.models.shipped import shipped_models
from data.synthetic.radiograph import draw

pytestmark = pytest.mark.reference

SIZE = 28


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def linear(weights: np.ndarray) -> keras.Model:
    """A score that is a weighted sum of the pixels, and nothing else."""
    inputs = keras.Input((*weights.shape, 1))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(inputs)))
    model.set_weights([weights.reshape(-1, 1), np.array([0.7])])
    return model


def in_cells(values: np.ndarray, cells: int) -> np.ndarray:
    side = len(values) // cells
    return values.reshape(cells, side, cells, side).sum((1, 3))


def test_of_a_weighted_sum_they_are_its_terms(rng: np.random.Generator) -> None:
    weights = rng.normal(size=(64, 64)) / 100
    image = rng.integers(0, 256, (64, 64)).astype(np.float32)
    terms = in_cells(weights * image, 32)
    for_one = integrated_gradients(linear(weights), image, class_index=1)
    np.testing.assert_allclose(for_one.cells, terms, atol=1e-3)
    for_zero = integrated_gradients(linear(weights), image, class_index=0)
    np.testing.assert_allclose(for_zero.cells, -terms, atol=1e-3)
    assert for_one.change == pytest.approx(terms.sum(), abs=1e-3)
    # What is taken out of the picture is known as well.
    without = terms[terms < 0].sum() + 0.7
    assert for_one.without_positive[0] == pytest.approx(without, abs=1e-3)
    assert for_one.holds


def test_a_covered_place_takes_its_term_and_gives_gray_back(rng: np.random.Generator) -> None:
    weights = rng.normal(size=(SIZE, SIZE)) / 100
    image = rng.integers(0, 256, (SIZE, SIZE)).astype(np.float32)
    found = occlusion(linear(weights), image, class_index=1)
    falls = in_cells(weights * (image - image.mean()), 14)
    np.testing.assert_allclose(found.cells, falls, atol=1e-3)
    assert found.change is None
    assert found.layer == ""
    assert found.holds


@pytest.mark.parametrize("name", ["paper-synthetic"])
def test_the_cells_add_up_to_the_change_of_the_score(name: str) -> None:
    """Completeness, on a trained network whose answers are far from linear."""
    shipped = shipped_models()[name]
    model = keras.models.load_model(shipped.path, compile=False)
    for index in range(4):
        image = draw(index, size=shipped.spec.input_size, fractured=index % 2 == 1).image
        for class_index in (0, 1):
            found = integrated_gradients(model, image.astype(np.float32), class_index=class_index)
            total = float(found.cells.sum(dtype=np.float64))
            assert total == pytest.approx(found.change, rel=0.02, abs=0.05)


def test_a_black_picture_has_nothing_to_share_out() -> None:
    model = build(paper_network(SIZE, ("normal", "fracture")), seed=1)
    found = integrated_gradients(model, np.zeros((SIZE, SIZE), np.float32), class_index=1)
    assert found.change == 0
    assert not found.positive
    assert found.constant


def test_three_classes_each_have_their_own_score(rng: np.random.Generator) -> None:
    model = build(paper_network(SIZE, ("a", "b", "c")), seed=1)
    image = rng.integers(0, 256, (SIZE, SIZE)).astype(np.float32)
    maps = [integrated_gradients(model, image, class_index=k) for k in range(3)]
    for k, found in enumerate(maps):
        black = model(np.zeros((1, SIZE, SIZE, 1), np.float32), training=False).numpy()[0, k]
        assert found.change == pytest.approx(float(found.logits[k] - black), abs=1e-5)
    with pytest.raises(LessonError) as caught:
        pixel_map(model, image, class_index=3, method="occlusion")
    assert caught.value.code == "explain.unknown-class"


def test_grad_cam_plus_plus_is_its_papers_sum(rng: np.random.Generator) -> None:
    """Equation 19 in NumPy, with gradients that are known: of a weighted sum of the maps."""
    inputs = keras.Input((8, 8, 1))
    maps = keras.layers.Conv2D(3, 3, activation="relu", name="last")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(maps)))
    model.set_weights([rng.normal(size=w.shape) / 20 for w in model.get_weights()])
    image = rng.integers(0, 256, (8, 8)).astype(np.float32)
    a = keras.Model(inputs, maps)(image[None, :, :, None]).numpy()[0].astype(np.float64)
    g = model.layers[-1].get_weights()[0].reshape(a.shape).astype(np.float64)
    below = 2 * g**2 + g**3 * a.sum((0, 1))
    shares = np.divide(g**2, below, out=np.zeros_like(g), where=below != 0)
    weights = (shares * np.maximum(g, 0)).sum((0, 1))
    found = class_map(model, image, class_index=1, method="gradcampp")
    np.testing.assert_allclose(found.cells, a @ weights, rtol=1e-3, atol=1e-4)


def test_the_picture_is_left_as_it_was(rng: np.random.Generator, tmp_path: Path) -> None:
    image = rng.integers(0, 256, (SIZE, SIZE)).astype(np.float32)
    before = image.copy()
    model = linear(rng.normal(size=(SIZE, SIZE)))
    for method in ("integrated", "occlusion"):
        pixel_map(model, image, class_index=1, method=method)
    np.testing.assert_array_equal(image, before)


def test_guided_backprop_strikes_out_what_is_negative_on_its_way_back() -> None:
    """Two units, known weights: the way through the one with a negative weight is closed."""
    inputs = keras.Input((2, 2, 1))
    hidden = keras.layers.Dense(3, activation="relu")(keras.layers.Flatten()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    first = np.array([[1.0, -1.0, 2.0]] * 4) + np.arange(4)[:, None] / 10
    outer = np.array([[2.0], [-3.0], [5.0]])
    model.set_weights([first, np.array([0.0, 900.0, -9000.0]), outer, np.zeros(1)])
    image = np.full((2, 2), 10.0, np.float32)
    found = guided_gradients(model, image, class_index=1)
    # Open are the units 0 and 1; the gradient of unit 1 is negative, so unit 0 alone is left.
    np.testing.assert_allclose(found.cells.ravel(), 2 * first[:, 0], rtol=1e-6)
    assert found.layer == ""
    # Of the other class all is turned over: unit 1 alone is left.
    other = guided_gradients(model, image, class_index=0)
    np.testing.assert_allclose(other.cells.ravel(), 3 * first[:, 1], rtol=1e-6)
    # The network itself is as it was: plain gradients run through both.
    plain = integrated_gradients(model, image, class_index=1)
    expected = 10 * (2 * first[:, 0] - 3 * first[:, 1])
    assert plain.cells.ravel() == pytest.approx(expected, rel=0.2)


def test_of_an_edge_the_side_that_counts_more_is_kept() -> None:
    weights = np.zeros((256, 256))
    weights[100, 100], weights[100, 101] = 2.0, -3.0
    found = guided_gradients(linear(weights), np.ones((256, 256), np.float32), class_index=1)
    assert found.cells.shape == (128, 128)
    assert found.cells[50, 50] == -3
