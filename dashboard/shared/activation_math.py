"""The activations in JavaScript, for components whose curves follow a dragging hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from core.ops.activation import ACTIVATIONS, Activation, Parameter
from dashboard.shared.schema import Field, real

ACTIVATION_JS: Final = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
"""Defines ``ACTIVATION_MATH[name] = [f(x, parameter), slope(x, parameter)]`` and
``ACTIVATION_WORDS[name] = [formula, slope's formula]`` with places for numbers."""

PANEL_JS: Final = Path(__file__).with_name("panel.js").read_text(encoding="utf-8")
"""Draws axes, curves and labels at line ends as SVG."""


def shape_field(activation: str) -> str:
    """Name of the field that holds an activation's shape parameter."""
    return "p" + activation.replace("_", "")


def shape_fields() -> tuple[Field, ...]:
    """One field for the shape parameter of each activation that has one."""
    return tuple(
        real(
            shape_field(entry.name), shape.default, shape.low, shape.high, shape.step,
            label=shape.meaning.capitalize() + ("" if shape.name == "b" else f" {_symbol(shape)}"),
        )
        for entry in ACTIVATIONS.values()
        if (shape := entry.parameter) is not None
    )  # fmt: skip


def _symbol(shape: Parameter) -> str:
    return shape.name.replace("\\alpha", "\N{GREEK SMALL LETTER ALPHA}")


def described(activation: Activation) -> dict[str, Any]:
    """An activation as JSON for a component: title, source, slider and the slider's field."""
    parameter = activation.parameter
    return {
        "name": activation.name,
        "title": activation.title,
        "source": activation.source,
        "field": None if parameter is None else shape_field(activation.name),
        "parameter": parameter
        and {
            "symbol": _symbol(parameter),
            "meaning": parameter.meaning,
            "value": parameter.default,
            "low": parameter.low,
            "high": parameter.high,
            "step": parameter.step,
        },
    }


def all_described() -> list[dict[str, Any]]:
    """Every activation that `core` knows, in its order."""
    return [described(activation) for activation in ACTIVATIONS.values()]
