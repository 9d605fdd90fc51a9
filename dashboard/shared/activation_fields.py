"""The activations as a stage is told of them, and the fields of their shapes."""

from __future__ import annotations

from typing import Any

from core.ops.activation import ACTIVATIONS, Activation, Parameter
from dashboard.shared.schema import Field, real


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
