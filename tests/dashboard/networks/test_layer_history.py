"""A layer's maps through the epochs, against a forward pass with each epoch's weights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.models.weights import initial_weights
from dashboard.lessons.features.epochs import payload
from dashboard.networks.layer_history import MOST_UNITS, film_of, some
from dashboard.networks.open_network import Glass
from dashboard.networks.responses import look
from tests.dashboard.networks.test_responses import picture, pretend_glass, unpacked


def at_epoch(epoch: int) -> Glass:
    glass = pretend_glass()
    return dataclasses.replace(glass, weights=initial_weights(glass.spec, epoch), epoch=epoch)


def test_every_epoch_shows_what_its_weights_give() -> None:
    film = film_of(at_epoch, (0, 2, 5), picture(), "convolution_2")
    assert film.epochs == (0, 2, 5)
    assert len(film.units) == MOST_UNITS
    for place, epoch in enumerate(film.epochs):
        values = look(at_epoch(epoch), picture()).activations["convolution_2"]
        assert film.means[place] == pytest.approx(float(values.mean()), rel=1e-5)
        assert film.zeros[place] == pytest.approx(float((values == 0).mean()), abs=1e-6)
        shown = values[..., list(film.units)].transpose(2, 0, 1)
        np.testing.assert_allclose(film.maps[place], shown, atol=1e-6)
    strength = values.mean(axis=(0, 1))
    left_out = np.delete(strength, film.units)
    assert strength[list(film.units)].min() >= left_out.max()


def test_a_step_is_a_color_and_zero_keeps_its_own() -> None:
    film = film_of(at_epoch, (1, 3), picture(), "convolution_1")
    header, (steps,) = unpacked(payload(film, words={}, stamp="s"))
    again = (steps / 127.0 - 1.0) * film.limit
    np.testing.assert_allclose(again, film.maps, atol=film.limit / 250)
    assert (steps[film.maps == 0] == 127).all()
    assert header["low"] == 0.0
    assert header["limit"] == pytest.approx(film.maps.max())


def test_a_vector_is_a_row_of_single_cells_and_a_silent_layer_has_no_limit() -> None:
    assert film_of(at_epoch, (0, 1), picture(), "dense_1").maps.shape[2:] == (1, 1)
    dark = film_of(at_epoch, (0, 1), np.zeros((32, 32), np.uint8), "convolution_1")
    assert dark.limit == 0.0
    _, (steps,) = unpacked(payload(dark, words={}, stamp="s"))
    assert (steps == 127).all()


def test_many_epochs_are_thinned_with_both_ends_kept() -> None:
    chosen = some(range(0, 101, 4), 6)
    assert (len(chosen), chosen[0], chosen[-1]) == (6, 0, 100)
    assert list(chosen) == sorted(set(chosen))
