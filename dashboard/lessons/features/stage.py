"""A network looked into as a component: activations sent once, walked in the browser.

A network of many pixels has more numbers than one message should carry. Nodes are sent in full,
the smallest first, until `MOST_VALUES` is reached; the rest as small pictures in 256 steps, drawn
but never told as numbers, and in full once they are opened. Weights and what was opened travel by
themselves into a store of the browser's page (``vault.js``), so that another picture does not
bring the weights again.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from core.arrays import FloatArray, UInt8Array
from core.inspect.overview import PASSING
from core.inspect.receptive_field import ReceptiveField
from core.inspect.statistics import LayerStatistics
from core.models.graph import Node, weights_name
from core.models.layers import Layer, Pooling
from core.models.weights import Weights
from dashboard.networks.responses import Anatomy, Response, parts_of_cell, weights_of
from dashboard.shared.activation_math import ACTIVATION_JS
from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.shared.color_scale import color_stops
from dashboard.shared.transport import TRANSPORT_CSS, TRANSPORT_JS
from dashboard.theme import ACTIVATION_SCALE, WEIGHT_SCALE

_FOLDER: Final = Path(__file__).parent


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


MOST_VALUES: Final = 700_000
"""Activations that one message carries in full."""
COARSE_SIDE: Final = 64
"""Most pixels a side of a map that is only drawn."""

_features = st.components.v2.component(
    "lightbox_features",
    html=_read("stage.html"),
    css=TRANSPORT_CSS + _read("stage.css"),
    js="\n".join(
        [
            UNPACK_JS,
            TRANSPORT_JS,
            ACTIVATION_JS,
            *map(
                _read,
                (
                    "vault.js",
                    "features_words.js",
                    "features_math.js",
                    "features_layout.js",
                    "stage.js",
                ),
            ),
        ]
    ),
)
_vault = st.components.v2.component(
    "lightbox_features_vault",
    html="<div></div>",
    js="\n".join([UNPACK_JS, _read("vault.js"), _read("vault_component.js")]),
)

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeaturesView:
    """What the stage shows.

    Attributes:
        title: Of the network.
        picture: What the picture is.
        stamp: Names network and picture together.
        weights_stamp: Names the weights.
        network_name: Names the network's build; while it stays, so does what is in view.
        anatomy, response: Of `dashboard.networks.responses`.
        locked: A prediction is still open: only the picture is shown, and nothing else is sent.
        words: Labels of the stage by name.
    """

    title: str
    picture: str
    stamp: str
    weights_stamp: str
    network_name: str
    anatomy: Anatomy
    response: Response
    locked: bool
    words: Mapping[str, str]


def features(view: FeaturesView, *, key: str, on_open_change: Any) -> None:
    """Draw the stage. It reports the layer and unit that a person opened."""
    _features(data=payload(view), key=key, on_open_change=on_open_change)


def keep_weights(stamp: str, weights: Weights, *, key: str) -> None:
    """Send a network's weights into the browser's store."""
    names, arrays = weights_of(weights)
    _vault(data=pack({"group": stamp, "names": names}, arrays), key=key, height=1)


def keep_values(view: FeaturesView, opened: str, *, key: str) -> None:
    """Send in full what the formulas of an opened layer need and the stage has not."""
    sent = sent_in_full(view.anatomy, view.response)
    names = [name for name in parts_of_cell(view.anatomy, opened) if name not in sent]
    names = [name for name in names if name in view.response.activations]
    arrays = [view.response.activations[name] for name in names]
    _vault(data=pack({"group": view.stamp, "names": names}, arrays), key=key, height=1)


def sent_in_full(anatomy: Anatomy, response: Response) -> frozenset[str]:
    """Nodes whose own values the stage gets with the picture, the smallest first."""
    own = [node for node in anatomy.nodes if node.kind not in (*PASSING, "input")]
    own.sort(key=lambda node: response.activations[node.name].size)
    found, total = set(), 0
    for node in own:
        total += response.activations[node.name].size
        if total > MOST_VALUES:
            break
        found.add(node.name)
    return frozenset(found)


def payload(view: FeaturesView) -> bytes:
    """Description, picture and activations as one blob."""
    response = view.response
    full = frozenset() if view.locked else sent_in_full(view.anatomy, response)
    arrays: list[Any] = [response.image]
    described = []
    for node in view.anatomy.nodes:
        entry = describe(node, view.anatomy.fields[node.name])
        entry |= {"data": None, "coarse": None, "range": None, "stats": None}
        if not view.locked:
            entry["stats"] = figures(response.statistics[node.name])
            if node.name in full:
                entry["data"] = len(arrays)
                arrays.append(response.activations[node.name])
            elif node.kind not in (*PASSING, "input"):
                small, limits = coarse(response.activations[node.name])
                entry["coarse"], entry["range"] = len(arrays), limits
                arrays.append(small)
        described.append(entry)
    known = {node.name: node for node in view.anatomy.nodes}
    header = {
        "title": view.title,
        "picture": view.picture,
        "stamp": view.stamp,
        "weights": view.weights_stamp,
        "weights_name": view.network_name,
        "size": response.image.shape[0],
        "locked": view.locked,
        "nodes": described,
        "shown": [
            {
                "name": one.name,
                "chain": one.chain,
                "feeds": one.feeds,
                "column": one.column,
                "short": short_title(known[one.chain[0]].name),
            }
            for one in view.anatomy.shown
        ],
        "activation": color_stops(ACTIVATION_SCALE),
        "weight": color_stops(WEIGHT_SCALE),
        "words": dict(view.words),
    }
    return pack(header, arrays)


def describe(node: Node, field: ReceptiveField) -> dict[str, Any]:
    """A node as JSON: what it is, what it reads, what it sees of the picture."""
    has_weights = node.kind in {
        "convolution",
        "depthwise_convolution",
        "shared_convolution",
        "dense",
        "batch_normalization",
    }
    return {
        "name": node.name,
        "title": title(node.name),
        "kind": node.kind,
        "inputs": node.inputs,
        "shape": node.shape,
        "own": _fields_of(node.layer),
        "weights": weights_name(node) if has_weights else None,
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


def coarse(values: FloatArray) -> tuple[UInt8Array, tuple[float, float]]:
    """Maps averaged to at most `COARSE_SIDE` pixels a side, in 256 steps, and the steps' limits.

    >>> small, limits = coarse(np.arange(128.0 * 128).reshape(128, 128, 1))
    >>> small.shape, limits
    ((64, 64, 1), (64.5, 16318.5))
    """
    maps = values if values.ndim == 3 else values[None, None]
    factor = max(1, -(-maps.shape[0] // COARSE_SIDE))
    height, width = maps.shape[0] // factor, maps.shape[1] // factor
    cut = maps[: height * factor, : width * factor]
    small = cut.reshape(height, factor, width, factor, -1).mean(axis=(1, 3))
    low, high = float(small.min()), float(small.max())
    steps = np.rint((small - low) * (255.0 / (high - low) if high > low else 0.0))
    return steps.astype(np.uint8), (low, high)


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
