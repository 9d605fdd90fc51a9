"""The training cycle as a component: all updates sent once, walked and played in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from core.arrays import FloatArray
from core.descent.cycle import Parameters, forward
from core.descent.cycle_run import GREATEST_RATE, Update, flat
from dashboard.components.blob import UNPACK_JS, pack
from dashboard.components.hero.component import color_stops
from dashboard.components.transport import TRANSPORT_CSS, TRANSPORT_JS
from dashboard.theme import ACTIVATION_SCALE, WEIGHT_SCALE
from data.patches import PatchPool

_FOLDER: Final = Path(__file__).parent
_HTML: Final = (_FOLDER / "component.html").read_text(encoding="utf-8")
_CSS: Final = TRANSPORT_CSS + (_FOLDER / "component.css").read_text(encoding="utf-8")
_JS: Final = "\n".join(
    [
        UNPACK_JS,
        TRANSPORT_JS,
        (_FOLDER / "cycle_math.js").read_text(encoding="utf-8"),
        (_FOLDER / "component.js").read_text(encoding="utf-8"),
    ]
)

STEPS: Final = (
    ("batch", 1),
    ("convolution", 2),
    ("relu", 2),
    ("pooling", 2),
    ("dense", 2),
    ("loss", 3),
    ("back-dense", 4),
    ("back-pooling", 4),
    ("back-relu", 4),
    ("back-convolution", 4),
    ("update", 5),
)
"""Name of each operation of one update and the paper's step, 1 to 5, that it belongs to."""

_cycle = st.components.v2.component("lightbox_cycle", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CycleView:
    """What the stage shows.

    Attributes:
        pool: The patches.
        updates: Every turn of the cycle; at least one.
        wanted: Turns asked for; more than `updates` where numbers ran out of range.
        differences: For each turn, the gradient by central differences.
        rate: Learning rate.
        locked: The first update is not shown yet: a prediction is still open.
        text: The page's text by section.
    """

    pool: PatchPool
    updates: Sequence[Update]
    wanted: int
    differences: Sequence[Parameters]
    rate: float
    locked: bool
    text: Mapping[str, str]


def cycle(view: CycleView, *, key: str, on_rate_change: Any) -> None:
    """Draw the stage. It reports a new learning rate when the slider is let go."""
    _cycle(data=payload(view), key=key, on_rate_change=on_rate_change)


def payload(view: CycleView) -> bytes:
    """All arrays of all updates as one blob, float64, in the order that the script expects."""
    updates = view.updates
    header = {
        "rate": view.rate,
        "greatest": GREATEST_RATE,
        "kernels": len(updates[0].before.kernels),
        "updates": len(updates),
        "wanted": view.wanted,
        "locked": view.locked,
        "activation": color_stops(ACTIVATION_SCALE),
        "weight": color_stops(WEIGHT_SCALE),
        "origins": [
            f"{region}, radiograph {index}, row {row}, column {column}"
            for region, (index, row, column) in zip(
                view.pool.regions, view.pool.origins.tolist(), strict=True
            )
        ],
        "steps": [
            {"name": name, "phase": phase, "sentence": view.text[f"step-{name}"]}
            for name, phase in STEPS
        ],
        "phases": view.text["phases"].split(" | "),
        "words": {
            name.removeprefix("stage-"): value
            for name, value in view.text.items()
            if name.startswith("stage-")
        },
    }
    weights = [flat(u.before) for u in updates] + [flat(updates[-1].after)]
    arrays = [
        view.pool.values,
        view.pool.gray,
        view.pool.targets,
        np.stack([u.batch for u in updates]).astype(np.int32),
        np.stack(weights),
        _stack(updates, "done", "sums"),
        _stack(updates, "done", "winners").astype(np.uint8),
        *(_stack(updates, "done", name) for name in ("pooled", "logits", "outputs", "losses")),
        *(_stack(updates, "back", n) for n in ("by_logit", "by_pooled", "by_maps", "by_sums")),
        np.stack([flat(u.back.gradient) for u in updates]),
        np.array([u.done.loss for u in updates]),
        np.array([u.loss_after for u in updates]),
        np.array([*(u.pool_loss for u in updates), _last_pool_loss(view)]),
        np.stack([flat(found) for found in view.differences]),
    ]
    return pack(header, arrays)


def _stack(updates: Sequence[Update], part: str, name: str) -> FloatArray:
    return np.stack([getattr(getattr(update, part), name) for update in updates])


def _last_pool_loss(view: CycleView) -> float:
    return forward(view.pool.values, view.pool.targets, view.updates[-1].after).loss
