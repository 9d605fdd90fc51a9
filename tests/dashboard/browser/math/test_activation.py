"""The browser's activations are core's: value and slope of each, at every parameter and far out."""

from __future__ import annotations

import numpy as np
import pytest

from core.ops.activation import ACTIVATIONS
from tests.browser_vectors import call_module

MODULE = "browser/math/activation.js"
POINTS = np.concatenate([np.linspace(-6, 6, 97), [-700.0, -40.0, -1e-9, 1e-9, 40.0, 700.0]])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value_and_slope_are_cores(name: str) -> None:
    activation = ACTIVATIONS[name]
    parameter = activation.parameter
    tried = (parameter.low, parameter.default, parameter.high) if parameter else (0.0,)
    calls = [["activate", name, float(x), float(p)] for p in tried for x in POINTS]
    found = np.array(call_module(MODULE, calls)).reshape(len(tried), len(POINTS), 2)
    for n, value in enumerate(tried):
        given = value if parameter else None
        np.testing.assert_allclose(
            found[n, :, 0], activation(POINTS, given), rtol=1e-12, atol=1e-13
        )
        np.testing.assert_allclose(
            found[n, :, 1], activation.derivative(POINTS, given), rtol=1e-12, atol=1e-13
        )


def test_a_formula_in_numbers_reads_as_arithmetic() -> None:
    found = call_module(
        MODULE,
        [
            ["inNumbers", "1 / (1 + e^(\N{MINUS SIGN}{p}·{x}))", -2.0, 0.5, 0.7],
            ["inNumbers", "{p} · {f}", 1.0, 0.5, 0.25],
        ],
    )
    assert found == ["1 / (1 + e^(\N{MINUS SIGN}0.50·(\N{MINUS SIGN}2.00)))", "0.50 · 0.250"]
