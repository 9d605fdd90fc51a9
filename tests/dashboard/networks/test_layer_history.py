"""A layer's maps through the epochs, against a forward pass with each epoch's weights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.models.weights import initial_weights
from dashboard.lessons.features.stage import film_of
from dashboard.networks.layer_history import MOST_UNITS, layer_history, some
from dashboard.networks.open_network import OpenNetwork
from dashboard.networks.responses import respond
from tests.dashboard.networks.test_responses import picture, pretend_network


def at_epoch(epoch: int) -> OpenNetwork:
    network = pretend_network()
    return dataclasses.replace(network, weights=initial_weights(network.spec, epoch), epoch=epoch)


def test_every_epoch_shows_what_its_weights_give() -> None:
    history = layer_history(at_epoch, (0, 2, 5), picture(), "convolution_2")
    assert history.epochs == (0, 2, 5)
    assert len(history.units) == MOST_UNITS
    for place, epoch in enumerate(history.epochs):
        values = respond(at_epoch(epoch), picture()).activations["convolution_2"]
        assert history.means[place] == pytest.approx(float(values.mean()), rel=1e-5)
        assert history.zeros[place] == pytest.approx(float((values == 0).mean()), abs=1e-6)
        shown = values[..., list(history.units)].transpose(2, 0, 1)
        np.testing.assert_allclose(history.maps[place], shown, atol=1e-6)
    strength = values.mean(axis=(0, 1))
    left_out = np.delete(strength, history.units)
    assert strength[list(history.units)].min() >= left_out.max()


def test_a_step_is_a_color_and_zero_keeps_its_own() -> None:
    history = layer_history(at_epoch, (1, 3), picture(), "convolution_1")
    steps, about = film_of(history)
    again = (steps / 127.0 - 1.0) * history.limit
    np.testing.assert_allclose(again, history.maps, atol=history.limit / 250)
    assert (steps[history.maps == 0] == 127).all()
    assert about["low"] == 0.0
    assert about["limit"] == pytest.approx(history.maps.max())


def test_a_vector_is_a_row_of_single_cells_and_a_silent_layer_has_no_limit() -> None:
    assert layer_history(at_epoch, (0, 1), picture(), "dense_1").maps.shape[2:] == (1, 1)
    dark = layer_history(at_epoch, (0, 1), np.zeros((32, 32), np.uint8), "convolution_1")
    assert dark.limit == 0.0
    steps, _ = film_of(dark)
    assert (steps == 127).all()


def test_many_epochs_are_thinned_with_both_ends_kept() -> None:
    chosen = some(range(0, 101, 4), 6)
    assert (len(chosen), chosen[0], chosen[-1]) == (6, 0, 100)
    assert list(chosen) == sorted(set(chosen))
