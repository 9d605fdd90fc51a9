"""Single settings of a layer of Keras, as ours have them."""

from __future__ import annotations

import math
from typing import Any

from core.models.keras_file.description import Given, not_shown
from core.models.keras_file.objections import damaged
from core.models.layers import ACTIVATIONS


def activation_of(one: Given) -> str:
    """The name of its activation, "linear" where it has none."""
    given = one.config.get("activation", "linear")
    if given is None:
        return "linear"
    name = given if isinstance(given, str) else "one of somebody's own"
    name = {"swish": "silu"}.get(name, name)
    if name not in ACTIVATIONS and name != "softmax":
        raise not_shown(one, f"the activation {name[:40]}")
    return name


def rectifier_of(one: Given) -> Any:
    """The activation of a ReLU layer, whose three numbers make several of ours."""
    ceiling = one.config.get("max_value")
    if one.config.get("threshold") or ceiling not in (None, 6):
        raise not_shown(one, "a threshold, or a ceiling other than 6")
    if one.config.get("negative_slope"):
        if ceiling is not None:
            raise not_shown(one, "a slope and a ceiling")
        return leak_of(one)
    return "relu" if ceiling is None else "relu6"


def leak_of(one: Given) -> Any:
    """The activation of a slope below zero."""
    slope = one.config.get("negative_slope", one.config.get("alpha", 0.3))
    if not isinstance(slope, int | float) or not math.isclose(slope, 0.2, rel_tol=1e-6):
        raise not_shown(one, f"a slope of {str(slope)[:12]}; 0.2 can be shown")
    return "leaky_relu"


def side_of(one: Given, name: str) -> int:
    """One number for both sides of a setting."""
    given = one.config.get(name, 1)
    sides = given if isinstance(given, list | tuple) else [given, given]
    if len(sides) != 2 or sides[0] != sides[1] or not isinstance(sides[0], int):
        raise not_shown(one, f"{name} {str(given)[:20]}; only squares can be shown")
    return sides[0]


def whole_of(one: Given, name: str) -> int:
    """A setting that is a whole number."""
    given = one.config.get(name)
    if not isinstance(given, int) or isinstance(given, bool):
        raise damaged(f"{name} of {one.name} is no whole number")
    return given


def real_of(one: Given, name: str, default: float) -> float:
    """A setting that is a number."""
    given = one.config.get(name, default)
    if not isinstance(given, int | float) or not math.isfinite(given):
        raise damaged(f"{name} of {one.name} is no number")
    return float(given)


def one_number(one: Given, name: str) -> float:
    """A setting that is one number for all colors."""
    given = one.config.get(name, {"scale": 1.0, "offset": 0.0}[name])
    numbers = given if isinstance(given, list) else [given]
    if not numbers or not all(isinstance(each, int | float) for each in numbers):
        raise damaged(f"{name} of {one.name} is no number")
    if len(set(numbers)) != 1 or not math.isfinite(numbers[0]):
        raise not_shown(one, f"another {name} for each color")
    return float(numbers[0])


def padding_of(one: Given) -> str:
    """Its padding, as Keras writes it."""
    return str(one.config.get("padding", "valid"))
