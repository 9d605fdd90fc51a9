"""What the reference network's backbone answers, asked of a worker. No Streamlit.

NumPy would take longer than a page may wait (see `core.jobs.walked`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.jobs import walked
from core.jobs.cluster import Cluster
from core.jobs.remote import request
from core.reference.description import BACKBONE
from dashboard.networks.open_network import OpenNetwork
from dashboard.networks.responses import Response

WAIT_S: Final = 120.0
"""A worker may have to load Keras first, or have others waiting."""


def maps_of(
    cluster: Cluster, network: OpenNetwork, image: UInt8Array, names: Sequence[str]
) -> dict[str, FloatArray]:
    """Whole answers of some nodes to one picture, (H, W, C) or (U,) float32.

    Raises:
        LessonError: ``model.damaged``, and what the workers cannot do.
    """
    asked = request(walked.maps, file_of(network), np.asarray(image), list(names))
    return cluster.analyse(asked, timeout_s=WAIT_S)


def respond(
    cluster: Cluster,
    network: OpenNetwork,
    image: UInt8Array,
    names: Sequence[str],
    shares: Sequence[float],
) -> Response:
    """All answers to one picture, condensed, with the whole answers of some nodes.

    Args:
        cluster: Whose worker is asked.
        network: The backbone.
        image: (S, S) uint8.
        names: Of the nodes that are wanted whole.
        shares: Percentiles of the absolute values that are wanted.

    Raises:
        LessonError: As `maps_of`.
    """
    asked = request(walked.walk, file_of(network), np.asarray(image), list(names), list(shares))
    found = cluster.analyse(asked, timeout_s=WAIT_S)
    return Response(
        image=image,
        activations=found.whole,
        statistics={name: one.statistics for name, one in found.condensed.items()},
        condensed=found.condensed,
    )


def file_of(network: OpenNetwork) -> str:
    """Where its weights lie."""
    if network.folder is None:
        raise ValueError(f"{network.key} has no folder.")
    return str(network.folder / BACKBONE)
