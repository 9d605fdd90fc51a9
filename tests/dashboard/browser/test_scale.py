"""Colors: charts and canvases share their scales, and ink reads on every color."""

from __future__ import annotations

import numpy as np
import plotly.colors
import pytest

from dashboard.theme import ACTIVATION_SCALE, MAGNITUDE_SCALE, WEIGHT_SCALE, contrast
from tests.browser_vectors import call_module

SCALES = {
    "activation": ACTIVATION_SCALE,
    "weight": WEIGHT_SCALE,
    "magnitude": MAGNITUDE_SCALE,
}


@pytest.mark.parametrize("name", SCALES)
def test_the_stops_are_plotlys(name: str) -> None:
    stops = [color for _, color in plotly.colors.get_colorscale(SCALES[name])]
    rgb = [
        plotly.colors.hex_to_rgb(color)
        if color.startswith("#")
        else tuple(round(part) for part in plotly.colors.unlabel_rgb(color))
        for color in stops
    ]
    [table] = call_module("browser/scale.js", [["lookup", [list(color) for color in rgb]]])
    [ours] = call_module("browser/scale.js", [["colorsOf", name]])
    assert ours == table


@pytest.mark.parametrize("name", ["activation", "weight"])
def test_zero_is_the_middle_of_a_signed_scale_and_neutral(name: str) -> None:
    [table] = call_module("browser/scale.js", [["colorsOf", name]])
    colors = np.reshape(table, (-1, 3))
    spread = np.ptp(colors, axis=1)
    assert spread[len(colors) // 2] < 4
    assert spread[0] > 50
    assert spread[-1] > 50


def test_ink_keeps_4_5_to_1_on_every_color() -> None:
    colors = np.random.default_rng(0).integers(0, 256, (500, 3)).tolist()
    inks = call_module("browser/scale.js", [["ink", color] for color in colors])
    worst = min(
        contrast(ink, "#{:02x}{:02x}{:02x}".format(*color))
        for ink, color in zip(inks, colors, strict=True)
    )
    assert worst >= 4.5


def test_zero_of_a_signed_scale_is_its_middle_and_limits_are_symmetric() -> None:
    [table] = call_module("browser/scale.js", [["colorsOf", "activation"]])
    assert table[3 * 255 : 3 * 255 + 3] == [247, 247, 247]


def test_limits_are_round_and_never_smaller_than_asked() -> None:
    asked = [0.0, 0.013, 0.5, 0.7, 1.0, 3.2, 99.0]
    found = call_module("browser/scale.js", [["niceLimit", value] for value in asked])
    assert found == [1, pytest.approx(0.02), 0.5, 1, 1, 5, 100]
