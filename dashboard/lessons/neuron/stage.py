"""The stage on the neuron: its drawing with every number, and the line where its answer changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.ops.activation import ACTIVATIONS
from core.ops.neuron import CORNERS, LIMIT, MAX_INPUTS, TABLES, YES, Neuron, best_count
from dashboard.browser.publication import component
from dashboard.shared.activation_fields import all_described, shape_field, shape_fields
from dashboard.shared.blob import pack
from dashboard.shared.moments import defaults, moments
from dashboard.shared.schema import Field, Schema, choice, real, whole
from data.samples.points import Points

ASKED: Final = Neuron(weights=(1.0, -2.0), bias=0.5, activation=ACTIVATIONS["step"])
INPUTS: Final = (1.0, 1.0)
"""The neuron that the question asks about, and its inputs: the stage begins with them."""

_FURTHER_INPUTS: Final = (-1.0, 0.5, 1.0, -0.5)
_FURTHER_WEIGHTS: Final = (0.5, 1.0, -1.0, 0.3)
TUMORS: Final = "tumors"
_STEP: Final = 0.05


def _dials(letter: str, title: str, defaults: tuple[float, ...]) -> tuple[Field, ...]:
    return tuple(
        real(f"{letter}{n}", value, -LIMIT, LIMIT, _STEP, label=f"{title} {n}")
        for n, value in enumerate(defaults, 1)
    )


SCHEMA: Final[Schema] = (
    whole("n", len(INPUTS), 1, MAX_INPUTS, label="Inputs"),
    *_dials("x", "Input", INPUTS + _FURTHER_INPUTS),
    *_dials("w", "Weight", ASKED.weights + _FURTHER_WEIGHTS),
    real("b", ASKED.bias, -LIMIT, LIMIT, _STEP, label="Bias"),
    choice(
        "activation",
        ASKED.activation.name,
        [(entry.name, entry.title) for entry in ACTIVATIONS.values()],
        label="Activation",
    ),
    *shape_fields(),
    choice("task", next(iter(TABLES)), [*((name, name) for name in TABLES), (TUMORS, "tumors")]),
)

show = component("neuron", "lessons/neuron/stage.js")


def neuron_of(values: Mapping[str, Any]) -> tuple[Neuron, tuple[float, ...]]:
    """The neuron that is set in the stage, and its inputs."""
    activation = ACTIVATIONS[values["activation"]]

    def numbered(letter: str) -> tuple[float, ...]:
        names = (f"{letter}{n}" for n in range(1, values["n"] + 1))
        return tuple(values[name] for name in names)

    neuron = Neuron(
        weights=numbered("w"),
        bias=values["b"],
        activation=activation,
        parameter=values[shape_field(activation.name)] if activation.parameter else None,
    )
    return neuron, numbered("x")


def settings_of(weights: tuple[float, ...], bias: float) -> dict[str, float]:
    """What a neuron of these weights sets in the stage."""
    return {
        "n": len(weights),
        **{f"w{n}": value for n, value in enumerate(weights, 1)},
        "b": bias,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronView:
    """What the stage shows.

    Attributes:
        points: Of the task with real data.
        words: Sentences of the stage by name.
        pasted: Settings to take over once, by the text that they were read from; None for none.
    """

    points: Points
    words: Mapping[str, str]
    pasted: tuple[str, Mapping[str, float]] | None = None


def _moments(words: Mapping[str, str]) -> list[dict[str, Any]]:
    line = {"n": 2, "w1": 1, "w2": 1, "x1": 1, "x2": 1}
    both = {**line, "b": -1.5, "activation": "step", "task": "AND"}
    return moments(
        SCHEMA,
        words,
        sum=defaults(SCHEMA),
        **{"and": both},
        xor={**both, "b": -0.5, "task": "XOR"},
        smooth={**both, "activation": "sigmoid"},
        tumors={**line, "w1": 2, "b": -0.5, "activation": "sigmoid", "task": TUMORS},
        six={"n": 6, "activation": "sigmoid"},
    )


def payload(view: NeuronView, header: Mapping[str, Any]) -> bytes:
    """The stage's message: tasks with what one neuron can reach at most, and real points."""
    points = view.points
    tasks: list[dict[str, Any]] = [
        {"name": name, "title": name, "table": list(table), "best": best_count(table)}
        for name, table in TABLES.items()
    ]
    tasks.append({"name": TUMORS, "title": "a tumor test", "table": None, "best": None})
    return pack(
        {
            **header,
            "activations": all_described(),
            "tasks": tasks,
            "corners": [list(corner) for corner in CORNERS],
            "most": MAX_INPUTS,
            "limit": LIMIT,
            "yes": YES,
            "features": [
                f"{name.removeprefix('mean ')} (standardized)" for name in points.features
            ],
            "words": dict(view.words),
            "moments": _moments(view.words),
            "pasted": view.pasted and {"text": view.pasted[0], "set": dict(view.pasted[1])},
        },
        [points.positions, points.labels.astype(np.uint8)],
    )
