"""Browser and server write a number alike, and each writing is known beforehand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dashboard.shared.number import count, fixed, percent, write
from tests.browser_vectors import call_module

MINUS = "\N{MINUS SIGN}"
KNOWN = [
    (0.00042, "0.00042"),
    (4.2e-5, "4.2·10⁻⁵"),
    (-0.5, f"{MINUS}0.5"),
    (0.0, "0"),
    (1234.5678, "1235"),
    (12_345_678.0, "12,345,678"),
    (1e9, "1·10⁹"),
    (0.1 + 0.2, "0.3"),
    (math.inf, "∞"),
]


@pytest.mark.parametrize(("value", "text"), KNOWN)
def test_a_number_is_written_in_one_way(value: float, text: str) -> None:
    assert write(value) == text


def test_a_number_that_is_not_nothing_never_reads_as_nothing() -> None:
    assert fixed(0.0004) == "0.0004"
    assert fixed(-0.0004) == f"{MINUS}0.0004"
    assert fixed(0.0) == "0.00"
    assert fixed(4.2e-7) == "4·10⁻⁷"


def test_browser_and_server_agree_on_thousands_of_numbers() -> None:
    random = np.random.default_rng(0)
    sizes = 10.0 ** random.uniform(-9, 11, 3000)
    values = [float(v) for v in sizes * random.choice([-1, 1], 3000)]
    values += [0.0, 0.5, 2.5, -0.005, 99.995, 0.0001, 0.00009999, 999999999.9, 1e-12, 12.345]
    digits = [int(d) for d in random.integers(1, 7, len(values))]
    calls = [["write", v, d] for v, d in zip(values, digits, strict=True)]
    calls += [["fixed", v, d] for v, d in zip(values, digits, strict=True)]
    calls += [["percent", v / 1e4, 1] for v in values] + [["count", round(v)] for v in values]
    expected = [write(v, d) for v, d in zip(values, digits, strict=True)]
    expected += [fixed(v, d) for v, d in zip(values, digits, strict=True)]
    expected += [percent(v / 1e4, 1) for v in values] + [count(round(v)) for v in values]
    found = call_module("browser/number.js", calls)
    wrong = [(c, f, e) for c, f, e in zip(calls, found, expected, strict=True) if f != e]
    assert not wrong, wrong[:10]


def test_a_small_cell_says_that_something_is_there() -> None:
    found = call_module(
        "browser/number.js", [["brief", v] for v in (0.0, 0.004, 0.12, -0.5, 12.34, 123.4)]
    )
    assert found == ["0", "≈0", ".12", f"{MINUS}.5", "12.3", "123"]


def test_text_in_markup_is_never_a_tag() -> None:
    [found] = call_module("browser/number.js", [["escaped", "<img src='x' onerror=\"y\">&"]])
    assert not set(found) & set("<>\"'")


def test_the_places_of_a_sentence_are_filled_and_an_unknown_one_stays() -> None:
    told = {"n": 0, "what": "maps"}
    [found] = call_module("browser/number.js", [["filled", "{n} {what} of {n}, {more}", told]])
    assert found == "0 maps of 0, {more}"
