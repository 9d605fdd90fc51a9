"""The stage on layers: one layer under the hand, and a small network that trains in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from core.descent.small_network import (
    FEATURES,
    LAYER_ACTIVATIONS,
    MAX_HIDDEN,
    MAX_UNITS,
    Hidden,
    NetworkSpec,
)
from core.descent.small_training import OPTIMIZERS, Settings
from core.ops.activation import ACTIVATIONS
from core.ops.dense import LIMIT, MAX_INPUTS, MAX_OUTPUTS
from dashboard.browser.publication import component
from dashboard.shared.activation_fields import described
from dashboard.shared.blob import pack
from dashboard.shared.moments import defaults, moments
from dashboard.shared.schema import Field, Schema, choice, choices, flag, numbers, real, whole
from data.samples.points import PLANE_SETS, REACH, PlaneSet, plane_set

PARTS: Final = (("layer", "One layer"), ("network", "Small network"))
_MOST_BATCHES: Final = 540_000
"""Of 3000 epochs with a batch for each of 180 points."""
_MOST_EDITS: Final = 60
_FAR: Final = 1e6
_OPTIMIZERS: Final = {"sgd": "gradient descent", "momentum": "momentum 0.9", "adam": "Adam"}
_WEIGHTS: Final = (
    (0.8, -0.6, 0.3, 1.0),
    (-1.0, 0.5, 1.2, -0.4),
    (0.4, 0.9, -0.7, 0.2),
    (-0.3, 1.1, 0.6, -1.0),
)
_INPUT: Final = (1.0, 0.5, -1.0, 2.0)
_BIASES: Final = (0.1, -0.2, 0.3, 0.0)


def _hyphened(name: str) -> str:
    """A feature's name as the address holds it in a list."""
    return name.replace("_", "-")


def _layer() -> tuple[Field, ...]:
    flat = tuple(value for row in _WEIGHTS for value in row)
    return (
        whole("inputs", 3, 1, MAX_INPUTS, label="Inputs n"),
        whole("outputs", 2, 1, MAX_OUTPUTS, label="Outputs m"),
        choice(
            "f",
            "relu",
            [(name, ACTIVATIONS[name].title) for name in LAYER_ACTIVATIONS],
            label="Activation f",
        ),
        whole("row", 1, 1, MAX_OUTPUTS, label="Follow output"),
        numbers("w", flat, -LIMIT, LIMIT, longest=len(flat)),
        numbers("x", _INPUT, -LIMIT, LIMIT, longest=MAX_INPUTS),
        numbers("b", _BIASES, -LIMIT, LIMIT, longest=MAX_OUTPUTS),
    )


def _network() -> tuple[Field, ...]:
    bends = [(name, name.replace("_", " ")) for name in LAYER_ACTIVATIONS]
    sets = [(name, plane_set(name).title) for name in PLANE_SETS]
    layers = tuple(
        part
        for number, units in enumerate((4, 2, 4, 4)[:MAX_HIDDEN], 1)
        for part in (
            whole(f"units{number}", units, 1, MAX_UNITS),
            choice(f"bend{number}", "tanh", bends),
        )
    )
    return (
        choice("data", "circle", sets, label="Data"),
        whole("depth", 2, 0, MAX_HIDDEN),
        *layers,
        choices(
            "features", ("x1", "x2"), [(_hyphened(f.name), f.symbol) for f in FEATURES.values()]
        ),
        choice(
            "optimizer",
            "sgd",
            [(name, _OPTIMIZERS[name]) for name in OPTIMIZERS],
            label="Optimizer",
        ),
        real("rate", 0.1, 0, _FAR, 0.01),
        whole("batch", 10, 1, 180, label="Batch size"),
        real("penalty", 0.0, 0, 1, 0.001, label="L2 penalty \N{GREEK SMALL LETTER LAMDA}"),
        whole("share", 50, 10, 90, label="Train on", unit="%"),
        real("noise", 0.0, 0, 1, 0.01, label="Noise"),
        whole("seed", 2, 0, 9999, label="Seed"),
        flag("tests", True, label="show the test points"),
        whole("trained", 0, 0, _MOST_BATCHES),
        whole("at", 0, 0, _MOST_BATCHES),
        numbers("edits", (), -_FAR, _FAR, longest=3 * _MOST_EDITS),
        numbers("pick", (0, 0, -1), -1, MAX_UNITS, longest=3),
        real("probex", 0.5, -REACH, REACH, 0.1),
        real("probey", -1.0, -REACH, REACH, 0.1),
    )


SCHEMA: Final[Schema] = (choice("part", "layer", PARTS, label="Part"), *_layer(), *_network())
"""``edits`` holds, three numbers each, the batch, the place of a weight (-1 the rate, -2 the
penalty) and the value that a hand gave it there."""

show = component("layers", "lessons/layers/stage.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A ready-made start of the small network.

    Attributes:
        name: Of its sentence in the page's text.
        data: One of `data.samples.points.PLANE_SETS`.
        spec, settings: The network and how it is trained.
        share: Of the points that are trained on.
        noise: Standard deviation, in plane units.
    """

    name: str
    data: str
    spec: NetworkSpec
    settings: Settings = field(default_factory=lambda: Settings(seed=2))
    share: float = 0.5
    noise: float = 0.0


EXPERIMENTS: Final = (
    Experiment(name="circle", data="circle", spec=NetworkSpec()),
    Experiment(name="straight", data="circle", spec=NetworkSpec(hidden=())),
    Experiment(
        name="features",
        data="circle",
        spec=NetworkSpec(features=("x1_squared", "x2_squared"), hidden=()),
    ),
    Experiment(
        name="linear",
        data="circle",
        spec=NetworkSpec(hidden=(Hidden(8, "linear"), Hidden(8, "linear"))),
    ),
    Experiment(name="xor", data="xor", spec=NetworkSpec(hidden=(Hidden(3, "relu"),))),
    Experiment(
        name="spiral",
        data="spiral",
        spec=NetworkSpec(hidden=(Hidden(8, "tanh"), Hidden(8, "tanh"))),
        settings=Settings(optimizer="adam", rate=0.03, seed=1),
        share=0.7,
    ),
    Experiment(
        name="overfit",
        data="moons",
        spec=NetworkSpec(hidden=(Hidden(8, "relu"), Hidden(8, "relu"))),
        settings=Settings(optimizer="adam", rate=0.02, seed=2),
        share=0.15,
        noise=0.6,
    ),
    Experiment(
        name="dead",
        data="circle",
        spec=NetworkSpec(hidden=(Hidden(6, "relu"),)),
        settings=Settings(rate=5.0, seed=2),
    ),
    Experiment(
        name="diverge",
        data="circle",
        spec=NetworkSpec(hidden=(Hidden(4, "leaky_relu"),) * 3),
        settings=Settings(rate=3.0, seed=2),
    ),
)


_EPOCHS_SHOWN: Final = 60
"""Epochs of the experiments that the moments show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayersView:
    """What the stage shows.

    Attributes:
        sets: All that the small network can be trained on.
        text: The page's text, with the titles and notes of the experiments.
        words: Sentences of the stage by name.
        per_epoch: Batches in one epoch of the experiments that the moments show.
    """

    sets: Sequence[PlaneSet]
    text: Mapping[str, str]
    words: Mapping[str, str]
    per_epoch: int


def payload(view: LayersView, header: Mapping[str, Any]) -> bytes:
    """The stage's message: points, choices and ready-made experiments."""
    arrays: list[Any] = []
    for one in view.sets:
        arrays += [one.clean, one.disturbances, one.labels.astype(np.uint8)]
    return pack(
        {
            **header,
            "parts": [list(part) for part in PARTS],
            "activations": [described(ACTIVATIONS[name]) for name in LAYER_ACTIVATIONS],
            "begin": defaults(_layer()),
            "most": MAX_INPUTS,
            "limit": LIMIT,
            "sets": [
                {"name": s.name, "title": s.title, "axes": list(s.axes), "classes": list(s.classes)}
                for s in view.sets
            ],
            "reach": REACH,
            "features": [{"name": f.name, "symbol": f.symbol} for f in FEATURES.values()],
            "layerActivations": list(LAYER_ACTIVATIONS),
            "optimizerTitles": _OPTIMIZERS,
            "mostHidden": MAX_HIDDEN,
            "mostUnits": MAX_UNITS,
            "perEpoch": view.per_epoch,
            "presets": [
                {
                    "name": entry.name,
                    "title": view.text[f"try-{entry.name}"],
                    "note": " ".join(view.text[f"note-{entry.name}"].split()),
                    "set": settings_of(entry),
                }
                for entry in EXPERIMENTS
            ],
            "words": dict(view.words),
            "moments": _moments(view),
        },
        arrays,
    )


def _moments(view: LayersView) -> list[dict[str, Any]]:
    ready = {entry.name: settings_of(entry) for entry in EXPERIMENTS}
    trained = _EPOCHS_SHOWN * view.per_epoch
    begun = {"part": "network", "trained": trained, "at": trained, "edits": []}
    layer = {"part": "layer", **defaults(_layer())}
    return moments(
        SCHEMA,
        view.words,
        matrix=layer,
        bend={**layer, "f": "tanh", "row": 2},
        straight={**ready["straight"], **begun},
        circle={**ready["circle"], **begun},
        linear={**ready["linear"], **begun},
        features={**ready["features"], **begun},
    )


def settings_of(entry: Experiment) -> dict[str, Any]:
    """An experiment as the stage's settings."""
    hidden = entry.spec.hidden
    return {
        "data": entry.data,
        "depth": len(hidden),
        **{f"units{n}": one.units for n, one in enumerate(hidden, 1)},
        **{f"bend{n}": one.activation for n, one in enumerate(hidden, 1)},
        "features": [_hyphened(name) for name in entry.spec.features],
        "optimizer": entry.settings.optimizer,
        "rate": entry.settings.rate,
        "batch": entry.settings.batch_size,
        "penalty": entry.settings.l2,
        "share": round(100 * entry.share),
        "noise": entry.noise,
        "seed": entry.settings.seed,
    }
