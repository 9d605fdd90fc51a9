"""The stage on dropout: a layer in use, one draw of training, and the mean of all draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray
from core.ops.dropout import HIGHEST_RATE
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.schema import Schema, flag, real, whole

DRAWS: Final = 400
SCHEMA: Final[Schema] = (
    real("rate", 0.5, 0, HIGHEST_RATE, 0.05, label="Rate p"),
    flag("scaled", True, label="Enlarge what is kept by 1/(1 \N{MINUS SIGN} p)"),
    whole("draw", 0, 0, DRAWS, label="Draw"),
)

show = component("dropout", "lessons/dropout/stage.js")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DropoutView:
    """What the stage shows.

    Attributes:
        values: (U,) the layer's outputs for the picture.
        chances: (D, U) of the draws, from `core.ops.dropout.chances`.
        layer: Name of the layer.
        words: Sentences of the stage by name.
    """

    values: FloatArray
    chances: FloatArray
    layer: str
    words: Mapping[str, str]


def payload(view: DropoutView, header: Mapping[str, Any]) -> bytes:
    """The stage's message."""
    return pack(
        {
            **header,
            "layer": view.layer,
            "words": dict(view.words),
            "moments": moments(
                SCHEMA,
                view.words,
                use={"draw": 0, "rate": 0.5, "scaled": True},
                draw={"draw": 1, "rate": 0.5, "scaled": True},
                mean={"draw": DRAWS, "rate": 0.5, "scaled": True},
                plain={"draw": DRAWS, "rate": 0.5, "scaled": False},
            ),
        },
        [view.values.astype(np.float32), view.chances.astype(np.float32)],
    )
