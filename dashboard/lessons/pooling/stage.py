"""Pooling as a component: one map is sent, everything else follows the hand in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from core.arrays import FloatArray
from core.inspect.evidence import MapEvidence
from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.shared.color_scale import color_stops
from dashboard.shared.keep import KEEP_JS
from dashboard.shared.transport import TRANSPORT_CSS, TRANSPORT_JS
from dashboard.theme import ACTIVATION_SCALE

_FOLDER: Final = Path(__file__).parent
_HTML: Final = (_FOLDER / "stage.html").read_text(encoding="utf-8")
_CSS: Final = TRANSPORT_CSS + (_FOLDER / "stage.css").read_text(encoding="utf-8")
_JS: Final = "\n".join(
    [
        UNPACK_JS,
        TRANSPORT_JS,
        KEEP_JS,
        (_FOLDER / "pooling_math.js").read_text(encoding="utf-8"),
        (_FOLDER / "stage.js").read_text(encoding="utf-8"),
    ]
)

_pooling = st.components.v2.component("lightbox_pooling", html=_HTML, css=_CSS, js=_JS)


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
        locked: A prediction is still open: no change under a shift is shown yet.
        fresh: Of `dashboard.state.freshness`.
        text: The page's text by section.
    """

    values: FloatArray
    kind: str
    noun: str
    title: str
    key: str
    evidence: MapEvidence | None
    network: str
    counting: str
    locked: bool
    fresh: str
    text: Mapping[str, str]


def pooling(view: PoolingView, *, key: str) -> None:
    """Draw the stage; it needs no answer from the server."""
    _pooling(data=payload(view), key=key)


def payload(view: PoolingView) -> bytes:
    """The map, and the last maps of a network with their weights where there is one."""
    header = {
        "kind": view.kind,
        "noun": view.noun,
        "title": view.title,
        "key": view.key,
        "locked": view.locked,
        "fresh": view.fresh,
        "activation": color_stops(ACTIVATION_SCALE),
        "global": _global(view),
        "words": {
            name.removeprefix("stage-"): " ".join(value.split())
            for name, value in view.text.items()
            if name.startswith("stage-")
        },
    }
    arrays: list[FloatArray] = [np.asarray(view.values, dtype=np.float64)]
    if view.evidence is not None:
        weights = view.evidence.weights
        arrays.append(view.evidence.maps.astype(np.float32))
        arrays.append(np.zeros(0) if weights is None else weights)
    return pack(header, arrays)


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
