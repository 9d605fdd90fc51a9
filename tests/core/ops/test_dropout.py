"""Dropout in NumPy: hand numbers, the law of the mean, and Keras."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import LessonError
from core.ops.dropout import HIGHEST_RATE, chances, deviation, drop


def test_what_is_kept_is_enlarged_and_the_rest_is_zero() -> None:
    found = drop(np.array([3.0, 3.0, -1.0]), np.array([0.74, 0.75, 0.9]), 0.75)
    assert found.tolist() == [0.0, 12.0, -4.0]


def test_a_rate_of_zero_drops_nothing() -> None:
    values = np.linspace(-1, 1, 7)
    assert np.array_equal(drop(values, chances(7, 3, seed=0), 0.0), np.tile(values, (3, 1)))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_mean_and_deviation_over_many_draws_are_the_laws(rate: float) -> None:
    values = np.array([0.5, 2.0, -3.0])
    drawn = drop(values, chances(3, 40_000, seed=1), rate)
    error = deviation(values, rate) / np.sqrt(40_000)
    assert np.all(np.abs(drawn.mean(axis=0) - values) < 5 * error)
    assert drawn.std(axis=0) == pytest.approx(deviation(values, rate), rel=0.03)


@pytest.mark.reference
@pytest.mark.parametrize("rate", [0.25, 0.5, 0.8])
def test_keras_enlarges_alike_and_drops_nothing_in_use(rate: float) -> None:
    import keras

    values = np.linspace(0.5, 4.5, 400, dtype=np.float32)
    layer = keras.layers.Dropout(rate, seed=3)
    trained = np.asarray(layer(values[None], training=True))[0]
    ours = drop(values, np.where(trained == 0, 0.0, 1.0), rate)
    assert np.allclose(ours, trained, rtol=1e-6)
    assert np.count_nonzero(trained == 0) / 400 == pytest.approx(rate, abs=0.08)
    assert np.array_equal(np.asarray(layer(values[None], training=False))[0], values)


def test_the_same_seed_draws_the_same() -> None:
    assert np.array_equal(chances(5, 4, seed=2), chances(5, 4, seed=2))
    assert not np.array_equal(chances(5, 4, seed=2), chances(5, 4, seed=3))


@pytest.mark.parametrize("rate", [-0.1, HIGHEST_RATE + 0.01, float("nan")])
def test_a_rate_that_cannot_be_is_refused(rate: float) -> None:
    with pytest.raises(LessonError) as caught:
        drop(np.ones(2), np.ones(2), rate)
    assert caught.value.code == "dropout.rate"
