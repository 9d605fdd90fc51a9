"""What Spatial hierarchy keeps between reruns; see `dashboard.cache`."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from core.inspect.composition import Composition
from core.inspect.forward import forward
from dashboard.cache import of_picture
from dashboard.lessons.hierarchy.stage import Tree, grow
from dashboard.networks.open_network import OpenNetwork


@of_picture(most=256)
def tree(
    fingerprint: str, picture: Hashable, _network: OpenNetwork, _image: NDArray[np.uint8]
) -> Tree:
    """All strong units of a network for a picture and what they are made of; for all sessions.

    A few hundred numbers; the activations they are read from, megabytes, are not kept.

    Args:
        fingerprint: Of the network.
        picture: Names the pixels.
        _network, _image: Network and pixels; left out of the key.
    """
    known = forward(_network.spec, _network.weights, _image[None])
    return grow(Composition(_network.spec, _network.weights, known))
