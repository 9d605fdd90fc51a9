"""The lesson on dropout shows what the layer computes, whatever its activation."""

from __future__ import annotations

import numpy as np

from core.inspect.forward import forward
from dashboard.lessons.dropout.lesson import _layer
from dashboard.networks.network import every_network
from dashboard.networks.open_network import read_network
from data.samples.pictures import samples


def test_a_layer_is_shown_as_it_computes_where_its_outputs_lie_below_zero_too() -> None:
    """LeNet's dense layers end in a hyperbolic tangent: half of their outputs are negative."""
    key = next(one.key for one in every_network() if one.kind == "zoo" and "LeNet" in one.title)
    network = read_network(key)
    image = samples()[0].make(network.spec.input_size)
    name, shown = _layer(network, image, "a picture")
    computed = forward(network.spec, network.weights, image[None])[name][0]
    assert (computed < 0).any()
    assert set(shown.tolist()) <= set(computed.tolist())
    assert (np.diff(np.abs(shown)) <= 0).all()
    assert np.abs(shown[0]) == np.abs(computed).max()
