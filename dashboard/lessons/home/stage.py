"""The living picture: sent once, played in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from dashboard.browser.publication import component
from dashboard.lessons.home.picture import KERNELS, LivingPicture
from dashboard.shared.blob import pack
from dashboard.shared.schema import Schema, whole

SCHEMA: Final[Schema] = (whole("map", 1, 1, KERNELS, label="Map"),)

show = component("home", "lessons/home/stage.js")


def payload(picture: LivingPicture, header: Mapping[str, Any], words: Mapping[str, str]) -> bytes:
    """Image, kernels and maps as one blob."""
    return pack(
        {
            **header,
            "title": picture.title,
            "origin": picture.origin,
            "limit": picture.limit,
            "names": [kernel.name for kernel in picture.kernels],
            "sources": [kernel.source for kernel in picture.kernels],
            "sums": [float(np.abs(one).sum()) for one in picture.maps],
            "words": dict(words),
        },
        [
            picture.image,
            np.stack([kernel.weights for kernel in picture.kernels]).astype(np.float32),
            picture.maps.astype(np.float32),
        ],
    )
