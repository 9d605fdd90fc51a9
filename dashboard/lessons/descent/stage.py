"""The stage of gradient descent: surfaces, rules and seeded chance, sent once and walked there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray
from core.descent.expression import Expression, parse
from core.descent.fitted import NeuronData, batches, neuron_data, neuron_surface
from core.descent.rules import RULES
from core.descent.schedules import SCHEDULES
from core.descent.surfaces import SURFACES, Surface, typed
from core.descent.trajectory import suggested_rates
from core.explain.landscape import Kind
from dashboard.background.loss_slices import Slice
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import defaults, moments
from dashboard.shared.schema import Schema, choice, choices, flag, numbers, real, text, whole

OWN: Final = "typed"
SLICE: Final = "slice"
FIRST_TYPED: Final = "(x^2 - 1)^2 + y^2 + x*y"
LEAVING: Final = "1/x + log(y)"
"""A function whose ground ends: walks on it lead where it has no value."""

KINDS: Final[Mapping[Kind, str]] = {"path": "of its training", "random": "random"}
RACING: Final = ("sgd", "momentum", "rmsprop", "adam")
TRAINING: Final = "training"
"""What was recorded takes part in the race as one more walker."""

MOST_STEPS: Final = 500
LARGEST_RATE: Final = 1e6
NOISE_SEED: Final = 11
BATCH: Final = 8
STEPS: Final[Mapping[str, int]] = {"rosenbrock": 300, "beale": 200}
"""Length of the first walk where 100 steps do not show what the surface teaches."""
FEW_STEPS: Final = 100


def grounds() -> dict[str, Surface]:
    """The surfaces with a name, the neuron's loss among them."""
    neuron = neuron_surface(neuron_data())
    return {**SURFACES, neuron.name: neuron}


_TITLES: Final = {
    **{name: surface.title for name, surface in grounds().items()},
    SLICE: "A trained network",
    OWN: "Your own function",
}
_WALKERS: Final = [
    (TRAINING, "The training"),
    *((rule.name, rule.title) for rule in RULES.values()),
]

SCHEMA: Final[Schema] = (
    choice("surface", "bowl", list(_TITLES.items()), label="Surface"),
    text("f", FIRST_TYPED, label="f(x, y) ="),
    text("run", "", label="Run"),
    choice("directions", "path", list(KINDS.items()), label="Directions"),
    real(
        "condition",
        10.0,
        1.0,
        1000.0,
        0.1,
        log=True,
        label="Condition \N{GREEK SMALL LETTER KAPPA}",
    ),
    choices("racing", RACING, _WALKERS),
    choice("of", "sgd", _WALKERS),
    # Empty: the surface's own. One rate a rule, in their order; a start is x and y.
    numbers("rates", (), 0.0, LARGEST_RATE, longest=len(RULES)),
    numbers("start", (), -1e3, 1e3, longest=2),
    whole("steps", FEW_STEPS, 1, MOST_STEPS, label="Steps"),
    choice(
        "schedule",
        "constant",
        [(entry.name, entry.title) for entry in SCHEDULES.values()],
        label="Schedule",
    ),
    choice(
        "noise",
        "full",
        [("full", "exact"), ("batch", "a little noise"), ("single", "much noise")],
        label="Gradient",
    ),
    choice(
        "heights",
        "equal",
        [("equal", "equal areas"), ("log", "logarithmic"), ("linear", "linear")],
        label="Heights",
    ),
    flag("relief", label="3-D"),
    flag("together", label="One rate for all"),
    real("yaw", -0.6, -1e3, 1e3, 0.01),
    real("pitch", 0.95, 0.15, 1.45, 0.01),
    whole("step", MOST_STEPS, 0, MOST_STEPS),
)

show = component("descent", "lessons/descent/stage.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The function that is typed in the stage, as far as it can be read.

    Attributes:
        text: As it stands in the field.
        expression: What is walked on: this one, or the last one that could be read.
        advice: What is wrong with the text and what to do, "" where nothing is.
    """

    text: str
    expression: Expression
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceView:
    """The slice of a trained network's loss, or what stands in its place.

    Attributes:
        runs: Key and title of those that can be sliced, the newest first.
        run: The one that is shown, "" for none.
        kind: Of its directions.
        found: The slice; None while it is computed, or where there is none.
        surface: Of it.
        instead: Said in its place.
    """

    runs: Sequence[tuple[str, str]] = ()
    run: str = ""
    kind: Kind = "path"
    found: Slice | None = None
    surface: Surface | None = None
    instead: str = ""


def payload(
    header: Mapping[str, Any],
    *,
    own: Typed | None = None,
    sliced: SliceView | None = None,
    beyond: float = 0.0,
    words: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
) -> bytes:
    """Surfaces, rules, data and seeded chance as one message.

    Args:
        header: What every stage's message begins with.
        own: The typed function; None for the one that the page begins with.
        sliced: The slice; None for none.
        beyond: A rate above the limit of the bowl that the stage begins with.
        words: Sentences of the stage by name.
        notes: Walker's name -> one sentence about its conventions.
    """
    own = own or Typed(text=FIRST_TYPED, expression=parse(FIRST_TYPED))
    sliced = sliced or SliceView()
    notes = notes or {}
    surfaces = {name: _described(surface) for name, surface in grounds().items()}
    surfaces[OWN] = {**_described(typed(own.expression)), "tree": own.expression.to_lists()}
    if sliced.surface is not None and sliced.found is not None:
        surfaces[SLICE] = {**_described(sliced.surface), **_outline(sliced)}
    told = {
        **header,
        "surfaces": surfaces,
        "typed": {"text": own.text, "advice": own.advice},
        "slice": {
            "runs": [list(run) for run in sliced.runs],
            "run": sliced.run,
            "kind": sliced.kind,
            "instead": sliced.instead,
        },
        "rules": [*_rules(notes)],
        "training": {
            **_walker(TRAINING, dict(_WALKERS)[TRAINING]),
            "note": notes.get(TRAINING, ""),
        },
        "racing": list(RACING),
        "mostSteps": MOST_STEPS,
        "largestRate": LARGEST_RATE,
        "words": dict(words or {}),
        "moments": _moments(surfaces, beyond, words or {}),
    }
    return pack(told, [*chance(neuron_data()), *_recorded(sliced.found)])


def _moments(
    surfaces: Mapping[str, Any], beyond: float, words: Mapping[str, str]
) -> list[dict[str, Any]]:
    def begin(surface: str = "bowl", **more: Any) -> dict[str, Any]:
        own = {"surface": surface, "steps": surfaces[surface]["steps"]}
        return {**defaults(SCHEMA), **own, **more}

    rates = [beyond, *surfaces["bowl"]["rates"][1:]]
    return moments(
        SCHEMA,
        words,
        slope=begin(racing=["sgd"], step=6),
        limit=begin(racing=["sgd"], rates=rates, step=12),
        narrow=begin("rosenbrock"),
        dents=begin("rastrigin", relief=True),
        batches=begin("neuron", noise="single", racing=["sgd", "adam"]),
        nowhere=begin(OWN, f=LEAVING, start=[1, 1], racing=["sgd", "momentum"]),
    )


def _rules(notes: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            **_walker(rule.name, rule.title),
            "settings": dict(rule.settings),
            "slots": list(rule.slots),
            "initial": dict(rule.initial),
            "note": notes.get(rule.name, ""),
        }
        for rule in RULES.values()
    ]


def _walker(name: str, title: str) -> dict[str, Any]:
    return {"name": name, "title": title, "settings": {}, "slots": [], "initial": {}}


def chance(data: NeuronData) -> list[np.ndarray]:
    """Inputs (N, 2), targets (N,), disturbances (T, 2), and the rows of batches of 8 and of 1."""
    rows = [
        batches(len(data.targets), size=size, steps=MOST_STEPS, seed=NOISE_SEED).astype(np.uint8)
        for size in (BATCH, 1)
    ]
    return [data.inputs, data.targets, disturbances(), *rows]


def disturbances() -> FloatArray:
    """(T, 2) standard normal numbers: the same at every visit."""
    return np.random.default_rng(NOISE_SEED).standard_normal((MOST_STEPS, 2))


def _recorded(found: Slice | None) -> list[FloatArray]:
    if found is None:
        return []
    outline = found.outline
    return [
        np.asarray(array, np.float64)
        for array in (
            found.losses,
            outline.coordinates,
            outline.true,
            outline.below,
            outline.distances,
            outline.lengths,
            outline.epochs,
        )
    ]


def _outline(sliced: SliceView) -> dict[str, Any]:
    assert sliced.found is not None
    outline = sliced.found.outline
    return {
        "stamp": f"{sliced.run} {sliced.kind}",
        "kind": outline.kind,
        "shares": outline.shares.tolist(),
        "images": outline.images,
    }


def _described(surface: Surface) -> dict[str, Any]:
    weights, network = surface.name == "neuron", surface.name == SLICE
    return {
        "name": surface.name,
        "title": surface.title,
        "domain": list(surface.domain),
        "start": list(surface.start),
        "minima": [list(minimum) for minimum in surface.minima],
        "rates": list(suggested_rates(surface).values()),
        "steps": STEPS.get(surface.name, FEW_STEPS),
        "teaches": "" if network else surface.teaches,
        "axes": ["w\u2081", "w\u2082"] if weights else ["a", "b"] if network else ["x", "y"],
        "measure": "loss" if weights or network else "f",
        "loss": "cross-entropy loss" if weights else "loss" if network else "height f",
    }
