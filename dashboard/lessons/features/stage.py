"""A network looked into as a component: activations sent once, walked in the browser.

A network of many pixels has more numbers than one message should carry. Nodes are sent in full,
the smallest first, until `MOST_VALUES` is reached; the rest as small pictures in 256 steps, drawn
but never told as numbers, and in full once they are opened. Weights, what was opened, the maps
through a training and the images that excite a unit travel by themselves into a store of the
browser's page (``vault.js``), so that another picture does not bring the weights again.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import UInt8Array
from core.inspect.condensed import coarse, percentiles
from core.inspect.overview import PASSING
from core.inspect.receptive_field import ReceptiveField
from core.inspect.statistics import LayerStatistics
from core.models.graph import Node, weights_name
from core.models.layers import Layer, Pooling
from dashboard.browser.publication import component
from dashboard.networks.layer_history import LayerHistory
from dashboard.networks.responses import Anatomy, Response
from dashboard.shared.blob import pack
from dashboard.shared.schema import Schema, choice, flag, text, whole

MOST_VALUES: Final = 700_000
"""Activations that one message carries in full."""
PLACES: Final = 9
"""Images that are shown of those that excite a unit."""
_MOST_UNITS: Final = 65_536
_MOST_SIDE: Final = 2048
_ALL_COLUMNS: Final = 99
_LAST_EPOCH: Final = 99_999

SCHEMA: Final[Schema] = (
    choice(
        "view",
        "whole",
        [
            ("whole", "Whole network"),
            ("layer", "Layer"),
            ("cell", "Cell"),
            ("images", "What excites it"),
            ("film", "Through training"),
        ],
        label="View",
    ),
    text("layer", "", longest=120, label="Layer"),
    whole("unit", 1, 1, _MOST_UNITS, label="Map"),
    # 0 is the middle, whatever the layer's size.
    whole("row", 0, 0, _MOST_SIDE, label="Row"),
    whole("column", 0, 0, _MOST_SIDE, label="Column"),
    # 0 is the term that adds most.
    whole("term", 0, 0, _MOST_UNITS, label="Term"),
    flag("aimed", label="Show what the map reads"),
    whole("passed", _ALL_COLUMNS, 0, _ALL_COLUMNS, label="Layers passed"),
    whole("epoch", _LAST_EPOCH, 0, _LAST_EPOCH, label="Epoch"),
    whole("place", 1, 1, PLACES, label="Place"),
    choice(
        "scope",
        "layer",
        [("unit", "map"), ("layer", "layer"), ("network", "network")],
        label="Colors by",
    ),
    choice(
        "clip",
        "99",
        [
            ("100", "the largest"),
            ("99-9", "99.9 %"),
            ("99", "99 %"),
            ("95", "95 %"),
            ("90", "90 %"),
        ],
        label="Saturate at",
    ),
)

_CLIPS: Final = next(field for field in SCHEMA if field.name == "clip").values()
CLIP_SHARES: Final = tuple(float(name.replace("-", ".")) for name in _CLIPS)
"""Percentiles at which colors may saturate."""

show = component("features", "lessons/features/stage.js")
_vault = component("features_vault", "lessons/features/vault.js")

SHORT: Final = {
    "convolution": "conv",
    "depthwise_convolution": "depth",
    "shared_convolution": "shared",
    "batch_normalization": "norm",
    "activation": "act",
    "pooling": "pool",
    "global_pooling": "global",
    "residual": "block",
    "parallel": "join",
    "logits": "logits",
    "image": "picture",
}
_WEIGHED: Final = frozenset(
    {
        "convolution",
        "depthwise_convolution",
        "shared_convolution",
        "dense",
        "batch_normalization",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeaturesView:
    """What the stage shows.

    Attributes:
        network: Its title.
        picture: What the picture is.
        stamp: Names network and picture together.
        weights: Names the weights.
        epochs: Snapshots that the network has kept of its training.
        anatomy, response: Of `dashboard.networks.responses`.
        words: Sentences of the stage by name.
    """

    network: str
    picture: str
    stamp: str
    weights: str
    epochs: int
    anatomy: Anatomy
    response: Response
    words: Mapping[str, str]


def keep(
    group: str, names: Sequence[str], arrays: Sequence[Any], *, key: str, about: Any = None
) -> None:
    """Send arrays into the browser's store.

    Args:
        group: ``kind:what``; the stage asks for it by that name.
        names, arrays: What it holds.
        key: Of the component.
        about: As JSON, what the stage has to know of them.
    """
    header = {"group": group, "names": list(names), "about": about}
    _vault(data=pack(header, list(arrays)), key=key, height=1)


def sent_in_full(anatomy: Anatomy) -> frozenset[str]:
    """Nodes whose own values the stage gets with the picture, the smallest first."""
    own = [node for node in anatomy.nodes if node.kind not in (*PASSING, "input")]
    own.sort(key=lambda node: math.prod(node.shape))
    found, total = set(), 0
    for node in own:
        total += math.prod(node.shape)
        if total > MOST_VALUES:
            break
        found.add(node.name)
    return frozenset(found)


def payload(view: FeaturesView, header: Mapping[str, Any]) -> bytes:
    """Description, picture and activations as one blob.

    While a question is open (``header["locked"]``) nothing is sent but picture and structure.
    """
    response, locked = view.response, bool(header["locked"])
    full = frozenset() if locked else sent_in_full(view.anatomy)
    arrays: list[Any] = [response.image]
    described = []
    for node in view.anatomy.nodes:
        entry = describe(node, view.anatomy.fields[node.name])
        entry |= {"data": None, "coarse": None, "range": None, "stats": None}
        if not locked:
            entry["stats"] = figures(response.statistics[node.name])
            if node.name in full:
                entry["data"] = len(arrays)
                arrays.append(response.activations[node.name])
            elif node.kind not in (*PASSING, "input"):
                small, limits, saturated = _drawn_only(response, node.name)
                entry["coarse"], entry["range"] = len(arrays), limits
                entry["limits"] = dict(zip(_CLIPS, saturated, strict=True))
                arrays.append(small)
        described.append(entry)
    shown = view.anatomy.shown
    more = {
        "network": view.network,
        "picture": view.picture,
        "stamp": view.stamp,
        "weights": view.weights,
        "epochs": view.epochs,
        "size": response.image.shape[0],
        "nodes": described,
        "columns": 1 + max(one.column for one in shown),
        "shown": [
            {
                "name": one.name,
                "chain": one.chain,
                "feeds": one.feeds,
                "column": one.column,
                "short": short_title(one.chain[0]),
            }
            for one in shown
        ],
        "words": dict(view.words),
    }
    return pack({**header, **more}, arrays)


def _drawn_only(
    response: Response, name: str
) -> tuple[UInt8Array, tuple[float, float], tuple[float, ...]]:
    """Small maps with their limits, and where colors saturate at each choice of the stage."""
    known = response.condensed.get(name)
    if known is not None:
        return known.steps, (known.low, known.high), known.percentiles
    values = response.activations[name]
    return *coarse(values), percentiles(values, CLIP_SHARES)


def describe(node: Node, field: ReceptiveField) -> dict[str, Any]:
    """A node as JSON: what it is, what it reads, what it sees of the picture."""
    return {
        "name": node.name,
        "title": title(node.name),
        "kind": node.kind,
        "inputs": node.inputs,
        "shape": node.shape,
        "own": _fields_of(node.layer),
        "weights": weights_name(node) if node.kind in _WEIGHED else None,
        "field": {
            "size": field.size,
            "side": field.side,
            "channels": field.channels,
            "low": field.low.tolist(),
            "high": field.high.tolist(),
        },
    }


def _fields_of(layer: Layer | None) -> dict[str, Any]:
    if layer is None:
        return {}
    found = {entry.name: getattr(layer, entry.name) for entry in dataclasses.fields(layer)}
    if isinstance(layer, Pooling):
        found["step"] = layer.step
    return found


def figures(statistics: LayerStatistics) -> dict[str, Any]:
    """Statistics as JSON."""
    return {
        "count": statistics.count,
        "mean": statistics.mean,
        "deviation": statistics.deviation,
        "low": statistics.low,
        "high": statistics.high,
        "zeros": statistics.zeros,
        "silent": statistics.silent,
        "units": statistics.units,
        "edges": statistics.edges.tolist(),
        "counts": statistics.counts.tolist(),
    }


def film_of(history: LayerHistory) -> tuple[UInt8Array, dict[str, Any]]:
    """A layer through a training: maps in 255 steps, 127 for zero, and each epoch's figures."""
    share = history.maps / history.limit if history.limit > 0 else history.maps
    steps = np.rint((share.clip(-1.0, 1.0) + 1.0) * 127.0).astype(np.uint8)
    return steps, {
        "epochs": history.epochs,
        "units": history.units,
        "means": history.means,
        "zeros": history.zeros,
        "limit": history.limit,
        "low": -history.limit if float(history.maps.min()) < 0 else 0.0,
    }


def title(name: str) -> str:
    """A node's name for people.

    >>> title("residual_1_batch_normalization_2")
    'residual 1 batch normalization 2'
    """
    return "picture" if name == "image" else name.replace("_", " ")


def short_title(name: str) -> str:
    """A node's name where there is little room: its last kind and number.

    >>> short_title("convolution_2"), short_title("residual_1_add"), short_title("image")
    ('conv 2', 'block 1', 'picture')
    """
    joined = re.fullmatch(r"(?:.*_)?(residual|parallel)_(\d+)_(?:add|relu|join)", name)
    if joined:
        return f"{SHORT[joined[1]]} {joined[2]}"
    kinds = "|".join(sorted(SHORT, key=len, reverse=True))
    found = re.search(rf"({kinds})(?:_(\d+))?$", name)
    if found:
        return f"{SHORT[found[1]]} {found[2] or ''}".strip()
    return title(name.rpartition("_")[2] if name.endswith("shortcut") else name)
