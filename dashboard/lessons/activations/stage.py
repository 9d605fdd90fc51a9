"""The stage on activations: curves and slopes, a stack of layers, a network's silent units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.inspect.silence import LayerActivity
from core.ops.activation import ACTIVATIONS
from core.ops.stack import EXPLODED, INITIALIZATIONS, MAX_DEPTH, VANISHED, WIDTH, DepthMeasurement
from dashboard.browser.publication import component
from dashboard.networks.silence_report import ActivityReport
from dashboard.shared.activation_fields import all_described, shape_field, shape_fields
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.schema import Schema, choice, choices, real, whole

REACH: Final = 6
"""Largest size of x that is drawn."""

TABLE_1: Final = ("step", "sigmoid", "tanh")
PRESETS: Final = (
    ("Table 1", TABLE_1),
    ("Fig. 6", ("relu",)),
    ("ReLU and kin", ("relu", "leaky_relu", "elu", "gelu", "silu")),
    ("All", tuple(ACTIVATIONS)),
)
"""Selections at one press: what the paper shows, and what came after it."""

VIEWS: Final = (("curves", "Curves"), ("depth", "Depth"), ("silence", "Silent units"))
STATES: Final = {"relu": "silent", "sigmoid": "saturated", "tanh": "saturated"}
"""What an answer in the flat part of a function is called."""

NAMES: Final = {"relu": "ReLU", "sigmoid": "logistic", "tanh": "tanh"}


def code(activation: str) -> str:
    """An activation's name as the address takes it.

    >>> code("leaky_relu")
    'leaky-relu'
    """
    return activation.replace("_", "-")


_OFFERED: Final = tuple((code(entry.name), entry.title) for entry in ACTIVATIONS.values())

SCHEMA: Final[Schema] = (
    choice("view", VIEWS[0][0], VIEWS),
    choices("shown", [*TABLE_1, "relu"], _OFFERED),
    choice("focus", "sigmoid", _OFFERED, label="Follow"),
    real("x", 0.7, -REACH, REACH, 0.05, label="Sum x"),
    *shape_fields(),
    choices("stacked", ["sigmoid", "tanh", "relu"], _OFFERED),
    choice(
        "start",
        next(iter(INITIALIZATIONS)),
        [(one.name, one.title) for one in INITIALIZATIONS.values()],
        label="Weights",
    ),
    whole("layers", MAX_DEPTH, 1, MAX_DEPTH, label="Layers"),
)

show = component("activations", "lessons/activations/stage.js")


def followed(values: Mapping[str, Any]) -> tuple[str, float | None]:
    """The activation that is followed in the stage, and its shape parameter."""
    name = next(name for name in ACTIVATIONS if code(name) == values["focus"])
    return name, values[shape_field(name)] if ACTIVATIONS[name].parameter else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationsView:
    """What the stage shows.

    Attributes:
        measured: What stacks of layers did, by activation and initialization.
        report: What is silent and saturated in the chosen network.
        network: Its title.
        words: Sentences of the stage by name.
    """

    measured: Mapping[tuple[str, str], DepthMeasurement]
    report: ActivityReport
    network: str
    words: Mapping[str, str]


def payload(view: ActivationsView, header: Mapping[str, Any]) -> bytes:
    """The stage's message.

    All measurements of stacks travel as arrays (activations, initializations, ...), NaN beyond
    the top.
    """
    grid = [[view.measured[name, start] for start in INITIALIZATIONS] for name in ACTIVATIONS]
    return pack(
        {
            **header,
            "activations": [{**entry, "code": code(entry["name"])} for entry in all_described()],
            "presets": [
                {"title": title, "codes": [code(name) for name in names]}
                for title, names in PRESETS
            ],
            "starts": [
                {"name": one.name, "title": one.title, "rule": one.rule}
                for one in INITIALIZATIONS.values()
            ],
            "reach": REACH,
            "depth": MAX_DEPTH,
            "width": WIDTH,
            "vanished": VANISHED,
            "exploded": EXPLODED,
            "layers": described_layers(view.report.layers),
            "images": view.report.images,
            "network": view.network,
            "words": dict(view.words),
            "moments": _moments(view.words),
        },
        [
            np.array([[one.signal for one in row] for row in grid]),
            np.array([[one.gradient for one in row] for row in grid]),
            np.array([[one.silent for one in row] for row in grid]),
        ],
    )


def _moments(words: Mapping[str, str]) -> list[dict[str, Any]]:
    table = [code(name) for name in next(iter(PRESETS))[1]]
    depth = {"view": "depth", "layers": MAX_DEPTH}
    return moments(
        SCHEMA,
        words,
        table={"view": "curves", "focus": "sigmoid", "x": 0, "shown": table},
        flat={"view": "curves", "focus": "sigmoid", "x": 4, "shown": table},
        relu={"view": "curves", "focus": "relu", "x": -2, "shown": ["relu", "leaky-relu"]},
        vanish={**depth, "start": "glorot", "stacked": ["sigmoid", "tanh"]},
        kept={**depth, "start": "he", "stacked": ["relu"]},
        silent={"view": "silence"},
    )


def described_layers(layers: Sequence[LayerActivity]) -> list[dict[str, Any]]:
    """A network's layers as JSON, with names for people."""
    return [
        {
            "name": f"{layer_title(layer.name)}, {NAMES[layer.function]}",
            "short": _short(layer_title(layer.name)),
            "state": STATES[layer.function],
            "units": layer.units,
            "idle": layer.idle,
            "share": layer.share,
        }
        for layer in layers
    ]


def layer_title(name: str) -> str:
    """A layer's name for people.

    >>> layer_title("parallel_1_branch_2_convolution_1")
    'parallel 1 branch 2 conv 1'
    """
    return name.replace("convolution", "conv").replace("_", " ")


def _short(title: str) -> str:
    for long, short in (("parallel ", "par "), (" branch ", "."), ("residual", "res")):
        title = title.replace(long, short)
    return title.replace("activation", "act")
