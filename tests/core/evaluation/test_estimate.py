"""Estimates and differences as values, and Wilson's interval against the literature."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from core.evaluation.estimate import Difference, Estimate, wilson


# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_that_newcombe_prints(
    successes: int, n: int, low: float, high: float
) -> None:
    estimate = wilson(successes, n)
    assert (round(estimate.low, 4), round(estimate.high, 4)) == (low, high)
    assert estimate.value == successes / n
    assert estimate.n == n


@pytest.mark.reference
@given(n=st.integers(1, 300), data=st.data())
def test_wilson_intervals_are_those_of_scipy(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    ours = wilson(successes, n)
    theirs = binomtest(successes, n).proportion_ci(0.95, method="wilson")
    assert (ours.low, ours.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))
    assert ours.n == n


def test_estimates_survive_json() -> None:
    for estimate in (Estimate(0.5, 0.25, 0.75, 8), Estimate(0.0, 0.0, 0.1, 9)):
        assert Estimate.from_json(estimate.to_json()) == estimate
    lost = Estimate.from_json(Estimate(math.nan, math.nan, math.nan, 3).to_json())
    assert math.isnan(lost.value)
    assert lost.n == 3


def test_differences_survive_json() -> None:
    for given_one in (Difference(0.1, -0.1, 0.3, 9), Difference(0.1, 0.05, 0.2, 9, p=0.01)):
        assert Difference.from_json(json.loads(json.dumps(given_one.to_json()))) == given_one


@pytest.mark.parametrize(
    ("low", "high", "p", "apart"),
    [
        (0.01, 0.2, None, True),
        (-0.2, -0.01, None, True),
        (-0.01, 0.2, None, False),
        (0.0, 0.2, None, False),
        (0.01, 0.2, 0.2, False),
        (0.01, 0.2, 0.01, True),
    ],
)
def test_two_figures_are_told_apart_where_nothing_lies_outside(
    low: float, high: float, p: float | None, apart: bool
) -> None:
    assert Difference(0.1, low, high, 50, p).told_apart is apart


def test_a_figure_below_zero_has_a_minus_and_no_hyphen() -> None:
    """A hyphen parts a number at a line's end, and who listens does not hear it."""
    found = Difference(-0.12, -0.25, -0.004, 50)
    assert found.plain() == "\N{MINUS SIGN}0.120 (\N{MINUS SIGN}0.250 to \N{MINUS SIGN}0.004)"
    assert "-" not in found.plain() + found.points()
    # What rounds to nothing has no sign that would say on which side it lies.
    assert Difference(-0.0001, -0.2, 0.2, 50).plain().startswith("+0.000")
