"""The builder as a component: drawing, table and receptive field follow the hand.

The browser counts by itself while something is dragged (``network_math.js``) and keeps the network
in its address, in the letters of `core.export.notation`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Final

import numpy as np

from core.arrays import UInt8Array
from core.export.notation import CLASSES, KINDS, LIMITS, LONGEST, MARKS, NAME, to_notation
from core.models.diagnosis import DEEPEST, MOST_LAYERS
from core.models.layers import ACTIVATIONS, ENDINGS, PADDINGS, POOLS
from core.models.spec import layer_class
from core.models.zoo.entries import paper_network
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.schema import Schema, flag, real, text

SIZE: Final = 64
"""Pixels that networks begin with."""
LONGEST_KEY: Final = 64
_STEEPEST: Final = 1.3

SCHEMA: Final[Schema] = (
    text("net", to_notation(paper_network(SIZE, CLASSES).to_json()), longest=LONGEST),
    text("block", "0", longest=LONGEST_KEY),
    flag("whole"),
    flag("solid"),
    real("turn", -0.62, -math.pi, math.pi, 0.01),
    real("tilt", -0.38, -_STEEPEST, _STEEPEST, 0.01),
    real("near", 1.0, 0.4, 4.0, 0.01),
)
"""``net`` is the network, ``block`` the place of the chosen block in it; the others are how it is
looked at."""

show = component("architecture", "lessons/architecture/stage.js")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArchitectureView:
    """What the builder is given.

    Attributes:
        net: The network as the server knows it.
        token: Another one makes the builder take ``net`` in place of what it holds; empty for none.
        block: Key of the block that is chosen then.
        picture: (S, S) uint8, for receptive fields.
        batch: Images behind the figure of training memory.
        words: Sentences of the stage by name.
    """

    net: str
    token: str
    block: str
    picture: UInt8Array
    batch: int
    words: Mapping[str, str]


def payload(view: ArchitectureView, header: Mapping[str, Any]) -> bytes:
    """The stage's message: network, words and picture."""
    return pack(
        {
            **header,
            "net": view.net,
            "token": view.token,
            "block": view.block,
            "batch": view.batch,
            "grammar": grammar(),
            "words": dict(view.words),
        },
        [np.asarray(view.picture)],
    )


def grammar() -> dict[str, Any]:
    """What the browser needs to read and write networks, and to offer their settings."""
    kinds = {kind: fields(layer_class(kind)) for kind in KINDS.values()}
    return {
        "kinds": dict(KINDS),
        "marks": dict(MARKS),
        "fields": {
            **{
                kind: {field.name: _default(field.default) for field in own}
                for kind, own in kinds.items()
            },
            "residual": {"activation": ENDINGS[0]},
        },
        "required": {
            kind: [field.name for field in own if field.default is MISSING]
            for kind, own in kinds.items()
        },
        "limits": {name: list(limits) for name, limits in LIMITS.items()},
        "choices": {
            "activation": list(ACTIVATIONS),
            "padding": list(PADDINGS),
            "kind": list(POOLS),
            "ending": list(ENDINGS),
        },
        "begin": {"name": NAME, "classes": list(CLASSES)},
        "most": {"letters": LONGEST, "layers": MOST_LAYERS, "deep": DEEPEST},
    }


def _default(value: Any) -> Any:
    if value is MISSING:
        return None
    return list(value) if isinstance(value, tuple) else value
