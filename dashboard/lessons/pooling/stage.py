"""The stage on pooling: one map is sent, everything else follows the hand in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray
from core.inspect.evidence import MapEvidence
from core.ops.pooling import Window
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.schema import Schema, choice, numbers, whole

LARGEST: Final = 8
"""Largest window and stride."""

MOST_CELLS: Final = 256 * 256
MOST_GRADIENT: Final = 1e6
AUTO: Final = -1
"""A position that the view chooses: the middle of the map, the first step."""

VIEWS: Final = ("slide", "gradient", "shift", "loss", "halving", "global")

SCHEMA: Final[Schema] = (
    choice("view", VIEWS[0], [(name, name) for name in VIEWS]),
    whole("size", 2, 1, LARGEST, label="Window"),
    whole("stride", 2, 1, LARGEST, label="Stride"),
    choice(
        "padding", "valid", [("valid", "valid: drop it"), ("same", "same: pad it")], label="Edge"
    ),
    choice("compare", "place", [("place", "in place"), ("along", "moved along")], label="Compare"),
    choice(
        "kind",
        "max",
        [("max", "the maximum"), ("average", "the average"), ("stride", "every stride-th")],
        label="Keep",
    ),
    choice("sends", "ones", [(name, name) for name in ("ones", "one", "mixed")]),
    whole("one", AUTO, AUTO, MOST_CELLS),
    numbers("typed", [], -MOST_GRADIENT, MOST_GRADIENT, longest=64),
    whole("cell", AUTO, AUTO, MOST_CELLS),
    whole("sent", AUTO, AUTO, MOST_CELLS),
    whole("moved", AUTO, AUTO, 24),
    whole("rounds", AUTO, AUTO, 8),
    whole("level", AUTO, AUTO, 16),
    whole("maps", AUTO, AUTO, 4096),
)
_PLAIN: Final = {"size": 2, "stride": 2, "padding": "valid"}

show = component("pooling", "lessons/pooling/stage.js")


def window_of(values: Mapping[str, Any]) -> Window:
    """The window that is set in the stage."""
    return Window(size=values["size"], stride=values["stride"], padding=values["padding"])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PoolingView:
    """What the stage shows.

    Attributes:
        values: (H, W) map that is pooled.
        kind: "image" for gray values 0 to 255, "map" for signed numbers.
        noun: What the map is called in a title: "picture", "map 3".
        title: What it is and where it comes from.
        key: Names the map's content.
        evidence: The last maps of a network for the same picture, None without a network.
        network: The network's title, empty without one.
        counting: Names of networks that give each map one weight, for one that does not.
        words: Sentences of the stage by name.
    """

    values: FloatArray
    kind: str
    noun: str
    title: str
    key: str
    evidence: MapEvidence | None
    network: str
    counting: str
    words: Mapping[str, str]


def payload(view: PoolingView, header: Mapping[str, Any]) -> bytes:
    """The map, and the last maps of a network with their weights where there is one."""
    told = {
        **header,
        "kind": view.kind,
        "noun": view.noun,
        "title": view.title,
        "key": view.key,
        "global": _global(view),
        "words": dict(view.words),
        "moments": moments(
            SCHEMA,
            view.words,
            slide={**_PLAIN, "view": "slide", "cell": AUTO},
            gradient={**_PLAIN, "view": "gradient", "sent": AUTO, "sends": "ones"},
            shift={**_PLAIN, "view": "shift", "moved": 1, "compare": "place"},
            along={**_PLAIN, "view": "shift", "moved": 2, "compare": "along"},
            loss={**_PLAIN, "view": "loss", "rounds": 2},
            halving={**_PLAIN, "view": "halving", "level": 1, "kind": "max"},
            **{"global": {**_PLAIN, "view": "global", "maps": AUTO}},
        ),
    }
    arrays: list[FloatArray] = [np.asarray(view.values, dtype=np.float64)]
    if view.evidence is not None:
        weights = view.evidence.weights
        arrays.append(view.evidence.maps.astype(np.float32))
        arrays.append(np.zeros(0) if weights is None else weights)
    return pack(told, arrays)


def _global(view: PoolingView) -> dict[str, Any] | None:
    found = view.evidence
    if found is None:
        return None
    order = None
    if found.weights is not None:
        order = np.argsort(-np.abs(found.weights * found.means), kind="stable").tolist()
    return {
        "key": f"{view.key}/{found.node}/{view.network}",
        "network": view.network,
        "counting": view.counting,
        "node": found.node,
        "label": found.label,
        "means": found.means.tolist(),
        "bias": found.bias,
        "logit": found.logit,
        "order": order,
    }
