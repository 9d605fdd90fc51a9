"""The race down a surface as a component: parameters sent once, walked under the hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import plotly.colors
import streamlit as st

from core.arrays import FloatArray
from core.descent.expression import Tree
from core.descent.fitted import NeuronData, batches
from core.descent.rules import RULES
from core.descent.schedules import SCHEDULES
from core.descent.surfaces import Surface
from core.descent.trajectory import suggested_rates
from dashboard.background.loss_slices import Slice
from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.shared.keep import KEEP_JS
from dashboard.shared.transport import TRANSPORT_CSS, TRANSPORT_JS
from dashboard.theme import MAGNITUDE_SCALE

_FOLDER: Final = Path(__file__).parent
_SCRIPTS: Final = ("walk.js", "picture.js", "numbers.js", "stage.js")

HTML: Final = (_FOLDER / "stage.html").read_text(encoding="utf-8")
CSS: Final = TRANSPORT_CSS + (_FOLDER / "stage.css").read_text(encoding="utf-8")
_OWN: Final = [(_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS]
JS: Final = "\n".join([UNPACK_JS, KEEP_JS, TRANSPORT_JS, *_OWN])

_descent = st.components.v2.component("lightbox_descent", html=HTML, css=CSS, js=JS)

TRAINING: Final = {
    "name": "training",
    "title": "The training",
    "settings": {},
    "slots": [],
    "initial": {},
}
"""What was recorded takes part in the race as one more walker."""

MOST_STEPS: Final = 500
NOISE_SEED: Final = 11
BATCH: Final = 8
STEPS: Final[Mapping[str, int]] = {"rosenbrock": 300, "beale": 200}
"""Length of the first walk where 100 steps do not show what the surface teaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is descended.

    Attributes:
        surface: Its facts; the browser has the same function by its name.
        condition: Of the bowl.
        tree: Of a typed function, else None.
        recorded: The training behind a slice of a network's loss, else None.
        run: Names that training.
    """

    surface: Surface
    condition: float = 10.0
    tree: Tree | None = None
    recorded: Slice | None = None
    run: str = ""


def descent(
    ground: Ground,
    data: NeuronData,
    *,
    notes: Mapping[str, str],
    key: str,
    locked: bool = False,
    fresh: str = "",
) -> None:
    """Draw the race; it needs no answer from the server while it is dragged or plays.

    Args:
        ground: What is descended.
        data: Of the neuron whose loss is one of the surfaces.
        notes: Rule's name -> one sentence about its conventions; "training" too, "locked" too.
        key: Of the component.
        locked: A prediction is open: rates that give it away are not walked.
        fresh: Changes when the page is reset.
    """
    _descent(data=payload(ground, data, notes=notes, locked=locked, fresh=fresh), key=key)


def payload(
    ground: Ground,
    data: NeuronData,
    *,
    notes: Mapping[str, str],
    locked: bool = False,
    fresh: str = "",
) -> bytes:
    """Surface, rules, data and seeded chance as one blob."""
    rules = [
        {
            "name": rule.name,
            "title": rule.title,
            "settings": dict(rule.settings),
            "slots": list(rule.slots),
            "initial": dict(rule.initial),
            "note": notes.get(rule.name, ""),
        }
        for rule in RULES.values()
    ]
    if ground.recorded:
        rules.insert(0, {**TRAINING, "note": notes.get("training", "")})
    header = {
        "surface": _surface(ground),
        "fresh": fresh,
        "locked": notes.get("locked", "") if locked else "",
        "rules": rules,
        "schedules": [[entry.name, entry.title] for entry in SCHEDULES.values()],
        "colors": [
            list(plotly.colors.hex_to_rgb(color))
            for _, color in plotly.colors.get_colorscale(MAGNITUDE_SCALE)
        ],
    }
    count = len(data.targets)
    rows = [
        batches(count, size=size, steps=MOST_STEPS, seed=NOISE_SEED).astype(np.uint8)
        for size in (BATCH, 1)
    ]
    return pack(header, [data.inputs, data.targets, disturbances(), *rows, *_recorded(ground)])


def _recorded(ground: Ground) -> list[FloatArray]:
    if ground.recorded is None:
        return []
    outline = ground.recorded.outline
    return [
        np.asarray(array, np.float64)
        for array in (
            ground.recorded.losses,
            outline.coordinates,
            outline.true,
            outline.below,
            outline.distances,
            outline.lengths,
            outline.epochs,
        )
    ]


def disturbances() -> FloatArray:
    """(T, 2) standard normal numbers: the same at every visit."""
    return np.random.default_rng(NOISE_SEED).standard_normal((MOST_STEPS, 2))


def _surface(ground: Ground) -> dict[str, Any]:
    surface = ground.surface
    weights, network = surface.name == "neuron", ground.recorded is not None
    outline = ground.recorded.outline if ground.recorded else None
    return {
        "name": surface.name,
        "title": surface.title,
        "domain": list(surface.domain),
        "start": list(surface.start),
        "minima": [list(minimum) for minimum in surface.minima],
        "rates": suggested_rates(surface),
        "steps": STEPS.get(surface.name, 100),
        "condition": ground.condition,
        "tree": ground.tree,
        "axes": ["w\u2081", "w\u2082"] if weights else ["a", "b"] if network else ["x", "y"],
        "measure": "loss" if weights or network else "f",
        "loss": "cross-entropy loss" if weights or network else "height f",
        "slice": outline
        and {
            "run": ground.run,
            "kind": outline.kind,
            "shares": outline.shares.tolist(),
            "images": outline.images,
        },
    }
