"""Color scales as numbers, for stages that color on their own canvas."""

from __future__ import annotations

import plotly.colors


def color_stops(scale: str) -> list[list[int]]:
    """A named Plotly scale as evenly spaced [red, green, blue] stops, lowest value first.

    >>> color_stops("RdBu")[5]
    [247, 247, 247]
    """
    return [
        [round(part) for part in plotly.colors.unlabel_rgb(color)]
        for _, color in plotly.colors.get_colorscale(scale)
    ]
