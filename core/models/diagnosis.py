"""Why a network cannot be built: which layer, what is wrong, what to change.

A `ModelSpec` cannot exist when it is impossible; a builder needs to hold one that is, so that
nothing is lost while it is mended. So a network under construction is its JSON description, and
this module walks it layer by layer until the first one that cannot follow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.errors import LessonError
from core.models.layers import Shape, output_shape, parameters
from core.models.spec import LOGITS, ModelSpec, layer_from_json, layer_to_json

MOST_LAYERS: Final = 200
DEEPEST: Final = 6
LONGEST_TEXT: Final = 200_000
_REMEDY: Final = "Choose a file that this page wrote, or start from a network of the list."


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The first thing that is wrong with a network.

    Attributes:
        layer: Name of the layer that cannot follow; empty where it is the network as a whole.
        code, problem, remedy: As in `LessonError`.
    """

    layer: str
    code: str
    problem: str
    remedy: str


def read_description(text: str) -> dict[str, Any]:
    """The description of a network in a JSON text, possible or not.

    Raises:
        LessonError: ``model.no-json`` for a text that is none, ``model.invalid`` for another thing
            than a network, ``model.too-deep`` and ``model.too-long`` for one that is too much.
    """
    try:
        if len(text) > LONGEST_TEXT:
            raise ValueError("it is longer than any network")
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LessonError(
            "model.no-json", problem=f"This is not a network in JSON: {error}.", remedy=_REMEDY
        ) from error
    if not isinstance(data, dict) or not isinstance(data.get("layers"), list):
        raise LessonError(
            "model.invalid", problem="This JSON has no list of layers in it.", remedy=_REMEDY
        )
    if _count(data["layers"], 0) > MOST_LAYERS:
        raise LessonError(
            "model.too-long",
            problem=f"This network has more than {MOST_LAYERS} layers.",
            remedy="Remove layers; the drawing could not show them.",
        )
    # Name, size and classes, then each layer alone: whether they fit is for `diagnose` to say.
    flat = {"layer": "global_pooling", "kind": "average"}
    about = ModelSpec.from_json({**data, "layers": [flat]}).to_json()
    return about | {"layers": [layer_to_json(layer_from_json(part)) for part in data["layers"]]}


def diagnose(data: Mapping[str, Any]) -> Diagnosis | None:
    """The first thing that is wrong with a described network, None where it can be built.

    >>> data = {"name": "own", "input_size": 8, "classes": ["a", "b"],
    ...         "layers": [{"layer": "pooling", "size": 8}, {"layer": "pooling", "size": 2}]}
    >>> found = diagnose(data)
    >>> found.layer, found.problem
    ('pooling_2', 'A max pooling 2x2 does not fit maps of 1x1: nothing would be left.')
    """
    try:
        ModelSpec.from_json(data)
    except LessonError as error:
        name, first = _first_refusal(data)
        told = first or error
        return Diagnosis(name, told.code, told.problem, told.remedy)
    return None


class _Refused(Exception):
    """A layer cannot follow."""

    def __init__(self, name: str, error: LessonError) -> None:
        super().__init__(name)
        self.name = name
        self.error = error


def _first_refusal(data: Mapping[str, Any]) -> tuple[str, LessonError | None]:
    """The first layer that refuses and what it says, else the layer with most numbers and None.

    The name is empty where the description as a whole is none.
    """
    try:
        shape: Shape = (data["input_size"], data["input_size"], 1)
        seen: dict[str, int] = {}
        largest = (0, "")
        for described in data["layers"]:
            kind = str(described["layer"])
            seen[kind] = seen.get(kind, 0) + 1
            name = f"{kind}_{seen[kind]}"
            after, held = _walk(described, name, shape)
            largest, shape = max(largest, (held, name)), after
    except _Refused as refused:
        return refused.name, refused.error
    except (KeyError, TypeError):
        return "", None
    return largest[1] if len(shape) == 1 else LOGITS, None


def _walk(described: Mapping[str, Any], name: str, shape: Shape) -> tuple[Shape, int]:
    """The shape behind a described layer and its parameters; what lies inside is asked first."""
    lists = [("", described["body"])] if "body" in described else []
    for number, branch in enumerate(described.get("branches", ()), start=1):
        lists.append((f"_branch_{number}", branch))
    for suffix, layers in lists:
        inside = shape
        for number, part in enumerate(layers, start=1):
            inside, _ = _walk(part, f"{name}{suffix}_{part['layer']}_{number}", inside)
    try:
        layer = layer_from_json(described)
        # Its shape first; a shortcut that cannot be built shows only where it is counted.
        return output_shape(layer, shape), parameters(layer, shape)
    except LessonError as error:
        raise _Refused(name, error) from error


def _count(layers: Any, depth: int) -> int:
    """Layers of a description, blocks included."""
    if depth > DEEPEST:
        raise LessonError(
            "model.too-deep",
            problem=f"Blocks lie more than {DEEPEST} deep in each other.",
            remedy="Take a block out of the others.",
        )
    if not isinstance(layers, list):
        raise LessonError(
            "model.invalid", problem=f"{layers!r} is not a list of layers.", remedy=_REMEDY
        )
    total = 0
    for layer in layers:
        if not isinstance(layer, Mapping):
            raise LessonError("model.invalid", problem=f"{layer!r} is not a layer.", remedy=_REMEDY)
        inner = [layer["body"]] if "body" in layer else []
        branches = layer.get("branches", [])
        inner += branches if isinstance(branches, list) else [branches]
        total += 1 + sum(_count(part, depth + 1) for part in inner)
    return total
