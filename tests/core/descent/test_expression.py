"""Typed functions: the right numbers, exact gradients, and nothing else gets in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.descent.expression import MAX_LENGTH, parse
from core.errors import LessonError


@pytest.mark.parametrize(
    ("text", "value", "gradient"),
    [
        ("x^2 + 3*x*y", 10.0, (7.0, 6.0)),
        ("(x - 1)^2 + 100*(y - x^2)^2", 901.0, (2402.0, -600.0)),
        ("-x + 2*y", 0.0, (-1.0, 2.0)),
        ("sin(pi*x) * y", 0.0, (np.pi, 0.0)),
        ("exp(x - 2) / y", 1.0, (1.0, -1.0)),
        ("2^x", 4.0, (4 * np.log(2), 0.0)),
        ("abs(x) + sqrt(y) + log(y)", 3.0, (1.0, 1.5)),
    ],
)
def test_values_and_gradients_at_2_1(
    text: str, value: float, gradient: tuple[float, float]
) -> None:
    f, by_x, by_y = parse(text).evaluate(np.array(2.0), np.array(1.0))
    assert float(f) == pytest.approx(value, abs=1e-12)
    assert (float(by_x), float(by_y)) == pytest.approx(gradient, abs=1e-9)


@given(
    st.floats(-2, 2),
    st.floats(-2, 2),
    st.sampled_from(["x^3*y - y^2", "sin(x*y) + cos(x)", "exp(-x^2 - y^2)", "tanh(x + 2*y)*x"]),
)
def test_gradients_agree_with_differences(x: float, y: float, text: str) -> None:
    f = parse(text)
    h = 1e-6
    _, by_x, by_y = f.evaluate(np.array(x), np.array(y))
    dx = f.evaluate(np.array(x + h), np.array(y))[0] - f.evaluate(np.array(x - h), np.array(y))[0]
    dy = f.evaluate(np.array(x), np.array(y + h))[0] - f.evaluate(np.array(x), np.array(y - h))[0]
    assert float(by_x) == pytest.approx(float(dx) / (2 * h), abs=1e-6)
    assert float(by_y) == pytest.approx(float(dy) / (2 * h), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "expression.empty"),
        ("3", "expression.constant"),
        ("x +", "expression.syntax"),
        ("2x", "expression.syntax"),
        ("z + x", "expression.name"),
        ("sin", "expression.syntax"),
        ("sin(x, y)", "expression.syntax"),
        ("__import__('os').system('true') + x", "expression.syntax"),
        ("x.__class__", "expression.not-allowed"),
        ("[x for x in y]", "expression.not-allowed"),
        ("x if y else x", "expression.not-allowed"),
        ("(lambda: x)()", "expression.syntax"),
        ("x" + "+x" * MAX_LENGTH, "expression.too-long"),
        ("1e400*x", "expression.not-allowed"),
        ("x; y", "expression.syntax"),
        ("'x'", "expression.not-allowed"),
        ("x == y", "expression.not-allowed"),
        ("x % y", "expression.not-allowed"),
        ("True + x", "expression.not-allowed"),
    ],
)
def test_what_is_no_function_is_advised_on(text: str, code: str) -> None:
    with pytest.raises(LessonError) as caught:
        parse(text)
    assert caught.value.code == code
    assert caught.value.remedy


def test_the_advice_points_at_the_place() -> None:
    with pytest.raises(LessonError) as caught:
        parse("x^2 + foo*y")
    assert "x^2 + ▸foo*y" in caught.value.problem


def test_a_singularity_is_not_finite_and_raises_nothing() -> None:
    f, by_x, _ = parse("1/x + log(y)").evaluate(np.array([0.0, 1.0]), np.array([1.0, -1.0]))
    assert not np.isfinite(f).any()
    assert not np.isfinite(by_x[0])


def test_a_huge_power_ends_calmly() -> None:
    f, _, _ = parse("9^9^9^9*x").evaluate(np.array(1.0), np.array(1.0))
    assert not np.isfinite(f)
