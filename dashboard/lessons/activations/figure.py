"""Silent and saturated units of a network, layer by layer, as bars. No Streamlit here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from core.inspect.silence import LayerActivity
from dashboard.theme import Theme

STATE: Final = {"relu": "silent", "sigmoid": "saturated", "tanh": "saturated"}
NAMES: Final = {"relu": "ReLU", "sigmoid": "logistic", "tanh": "tanh"}
ROW_EM: Final = 3.1


def activity_figure(layers: Sequence[LayerActivity], theme: Theme) -> go.Figure:
    """Two bars a layer: the share of answers in the flat part, and of units that never leave it."""
    rows = [_row(layer) for layer in layers]
    figure = go.Figure()
    for name, values, words, color, pattern in (
        ("at the moment", [layer.share for layer in layers], "answers", theme.other, ""),
        ("always", [layer.idle_share for layer in layers], "units", theme.validation, "/"),
    ):
        figure.add_trace(
            go.Bar(
                x=values,
                y=rows,
                name=name,
                orientation="h",
                marker={
                    "color": color,
                    "pattern": {
                        "shape": pattern,
                        "fillmode": "overlay",
                        "fgcolor": theme.background,
                        "size": 9,
                        "solidity": 0.35,
                    },
                },
                text=[_label(layer, words) for layer in layers],
                textposition="outside",
                cliponaxis=False,
                hovertemplate="%{y}: %{text}<extra></extra>",
            )
        )
    figure.update_layout(theme.layout())
    figure.update_layout(
        height=int(theme.text_px * (ROW_EM * len(rows) + 5)),
        barmode="group",
        bargap=0.25,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )
    figure.update_xaxes(
        range=[0, 1.42],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        tickformat=".0%",
        title="share of the layer",
    )
    figure.update_yaxes(autorange="reversed", gridcolor="rgba(0,0,0,0)")
    return figure


def _row(layer: LayerActivity) -> str:
    name = layer.name.replace("convolution", "conv").replace("_", " ")
    return f"{name}, {NAMES[layer.function]} "


def _label(layer: LayerActivity, what: str) -> str:
    state = STATE[layer.function]
    if what == "answers":
        return f" {layer.share:.0%} of answers {state}"
    return f" {layer.idle} of {layer.units} always {state}"


def activity_sentence(layers: Sequence[LayerActivity], images: str) -> str:
    """All that the picture shows, in words."""
    parts = [
        f"{_row(layer).strip()}: {layer.share:.0%} of the answers {STATE[layer.function]}, "
        f"{layer.idle} of {layer.units} units always"
        for layer in layers
    ]
    return f"Measured on {images}. " + "; ".join(parts) + "."


def activity_rows(layers: Sequence[LayerActivity]) -> list[dict[str, str | int]]:
    """The plotted numbers as a table."""
    return [
        {
            "Layer": layer.name,
            "Activation": NAMES[layer.function],
            "Flat part": STATE[layer.function],
            "Units": layer.units,
            "Always there": layer.idle,
            "Share of answers there": f"{layer.share:.1%}",
        }
        for layer in layers
    ]
