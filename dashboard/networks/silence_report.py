"""How silent and how saturated a chosen network is, on images that are said. No Streamlit here."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from core.arrays import UInt8Array
from core.errors import LessonError
from core.inspect.silence import LayerActivity, measure_activity
from core.models.cost import total_multiply_adds
from core.prepared import PreparedSet, open_prepared
from dashboard.networks.open_network import OpenNetwork
from data.synthetic.radiograph import draw

MOST: Final = 64
FEWEST: Final = 12
BUDGET: Final = 4e9
"""Multiply-adds that one look may cost: about a second."""

SEED: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityReport:
    """What was found, and on which images.

    Attributes:
        layers: One entry a layer that can fall silent or saturate.
        images: One phrase: how many images of which kind.
    """

    layers: tuple[LayerActivity, ...]
    images: str


def report_activity(network: OpenNetwork) -> ActivityReport:
    """Measure a network on validation images of its own set, or on drawn ones.

    Raises:
        LessonError: As `core.inspect.silence.measure_activity`.
    """
    size = network.spec.input_size
    count = int(np.clip(BUDGET / max(total_multiply_adds(network.spec), 1), FEWEST, MOST))
    own = _own_set(network)
    if own is None:
        drawn = np.stack([_drawn(index, size) for index in range(count)])
        return ActivityReport(
            layers=measure_activity(network.spec, network.weights, drawn),
            images=f"{count} drawn radiographs (the images it learned from are not here)"
            if network.dataset not in {"", "synthetic"}
            else f"{count} drawn radiographs",
        )
    images = _validation_images(own, count)
    phrase = f"{len(images)} validation images of {own.title}, which it did not learn from"
    return ActivityReport(
        layers=measure_activity(network.spec, network.weights, images), images=phrase
    )


# The same for all networks of a size: drawing them takes longer than what the networks answer.
@functools.lru_cache(maxsize=2 * MOST)
def _drawn(index: int, size: int) -> UInt8Array:
    return draw(index, size=size, seed=SEED).image


def _own_set(network: OpenNetwork) -> PreparedSet | None:
    if not network.prepared:
        return None
    try:
        found = open_prepared(Path(network.prepared))
    except LessonError:
        return None  # removed or damaged since: the phrase says that drawn images stand in
    return found if found.size == network.spec.input_size else None


def _validation_images(prepared: PreparedSet, count: int) -> UInt8Array:
    index = prepared.indices("validation")
    chosen = np.random.default_rng(SEED).permutation(index)[:count]
    return np.asarray(prepared.images[np.sort(chosen)])
