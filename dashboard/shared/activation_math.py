"""The activations in JavaScript, for components whose curves follow a dragging hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from core.ops.activation import ACTIVATIONS, Activation

ACTIVATION_JS: Final = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
"""Defines ``ACTIVATION_MATH[name] = [f(x, parameter), slope(x, parameter)]`` and
``ACTIVATION_WORDS[name] = [formula, slope's formula]`` with places for numbers."""

PANEL_JS: Final = Path(__file__).with_name("panel.js").read_text(encoding="utf-8")
"""Draws axes, curves and labels at line ends as SVG."""


def described(activation: Activation) -> dict[str, Any]:
    """An activation as JSON for a component: title, source and slider."""
    parameter = activation.parameter
    return {
        "name": activation.name,
        "title": activation.title,
        "source": activation.source,
        "parameter": parameter
        and {
            "symbol": parameter.name.replace("\\alpha", "\N{GREEK SMALL LETTER ALPHA}"),
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
