"""A neuron's loss as a surface: the right loss, its gradient, its batches, its minimum."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.descent.fitted import NeuronData, batches, neuron_data, neuron_surface
from core.descent.rules import RULES
from core.descent.schedules import constant
from core.descent.trajectory import walk


def test_loss_and_gradient_by_hand() -> None:
    # One example x = (2, -1), t = 1; weights (0.5, 1) give a logit of 0 and an output of a half.
    data = NeuronData(inputs=np.array([[2.0, -1.0]]), targets=np.array([1.0]))
    at = np.float64(0.5), np.float64(1.0)
    assert data.loss(*at) == pytest.approx(math.log(2.0))
    np.testing.assert_allclose(data.gradient(*at), (-1.0, 0.5))


def test_the_gradient_agrees_with_differences() -> None:
    surface = neuron_surface(neuron_data())
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-2, 2, (2, 30))
    h = 1e-6
    by_x, by_y = surface.gradient(x, y)
    up, down = surface.value(x + h, y), surface.value(x - h, y)
    np.testing.assert_allclose(by_x, (up - down) / (2 * h), atol=1e-7)
    up, down = surface.value(x, y + h), surface.value(x, y - h)
    np.testing.assert_allclose(by_y, (up - down) / (2 * h), atol=1e-7)


def test_its_minimum_lies_in_the_picture_and_is_one() -> None:
    surface = neuron_surface(neuron_data())
    ((x, y),) = surface.minima
    assert np.abs(surface.gradient(np.float64(x), np.float64(y))).max() < 1e-9
    assert np.linalg.eigvalsh(surface.hessian(x, y))[0] > 0.01
    x0, x1, y0, y1 = surface.domain
    assert x0 < x < x1
    assert y0 < y < y1
    done = walk(surface, RULES["sgd"], start=surface.start, schedule=constant(0.5), steps=500)
    np.testing.assert_allclose(done.positions[-1], (x, y), atol=1e-3)


def test_extreme_weights_stay_finite() -> None:
    data = neuron_data()
    x, y = np.array([1e6, -1e6]), np.array([1e6, 1e6])
    assert np.isfinite(data.loss(x, y)).all()
    assert np.isfinite(data.gradient(x, y)).all()


@pytest.mark.parametrize("size", [1, 8])
def test_the_batches_of_an_epoch_hold_each_example_once(size: int) -> None:
    data = neuron_data()
    count = len(data.targets)
    rows = batches(count, size=size, steps=2 * count // size, seed=1)
    for epoch in np.split(rows.ravel(), 2):
        assert sorted(epoch) == list(range(count))
    # So the mean over an epoch's batch gradients, at one place, is the full gradient.
    weights = np.array([0.3, -0.2])
    first = [data.batch_gradient(weights, row) for row in rows[: count // size]]
    np.testing.assert_allclose(np.mean(first, axis=0), data.gradient(*weights), atol=1e-12)


def test_a_batch_that_does_not_divide_the_set_is_a_bug() -> None:
    with pytest.raises(ValueError, match="do not divide"):
        batches(24, size=7, steps=3, seed=0)
