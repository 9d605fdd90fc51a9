"""One codec in Python and the browser: what is set, in the address."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.shared.schema import (
    Field,
    Schema,
    choice,
    choices,
    decode,
    described,
    encode,
    flag,
    numbers,
    real,
    text,
    whole,
)
from tests.browser_vectors import call_module

OPTIONS = (("sobel-x", "Sobel"), ("own", "My own"), ("a1", "A"))
SCHEMA: Schema = (
    whole("size", 3, 1, 11),
    real("rate", 0.1, -2.0, 2.0, 0.05),
    flag("flip"),
    choice("kernel", "sobel-x", OPTIONS),
    choices("shown", ("own",), OPTIONS),
    text("f", "x^2", longest=40),
    numbers("w", (1.0, -2.0), -5, 5, longest=9),
)

VALUES = st.fixed_dictionaries(
    {
        "size": st.integers(1, 11),
        "rate": st.floats(-2, 2),
        "flip": st.booleans(),
        "kernel": st.sampled_from([value for value, _ in OPTIONS]),
        "shown": st.lists(st.sampled_from([v for v, _ in OPTIONS]), max_size=3).map(tuple),
        "f": st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        "w": st.lists(st.floats(-5, 5).map(lambda v: round(v, 6)), max_size=9).map(tuple),
    }
)


@given(VALUES)
def test_what_is_set_comes_back(values: dict[str, Any]) -> None:
    values = {**values, "rate": round(values["rate"], 9)}
    assert decode(SCHEMA, encode(SCHEMA, values)) == values


def test_only_what_differs_stands_in_the_address() -> None:
    assert encode(SCHEMA, decode(SCHEMA, "")) == ""
    assert encode(SCHEMA, {**decode(SCHEMA, ""), "size": 5, "f": "1/x"}) == "size_5*f_1-2Fx"


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("size_99", "size", 11),
        ("size_-4", "size", 1),
        ("size_two", "size", 3),
        ("size_1e400", "size", 3),
        ("rate_9", "rate", 2.0),
        ("flip_yes", "flip", False),
        ("kernel_nothing", "kernel", "sobel-x"),
        ("shown_own_gone", "shown", ("own",)),
        ("f_%3Cscript", "f", "x^2"),
        ("f_-FF", "f", "x^2"),
        ("w_1_2_3_4_5_6_7_8_9_10", "w", (1.0, -2.0)),
        ("w_", "w", ()),
        ("gone_5", "size", 3),
        ("*__*_*", "size", 3),
    ],
)
def test_nonsense_has_the_default_and_too_much_the_limit(code: str, name: str, value: Any) -> None:
    assert decode(SCHEMA, code)[name] == value


def _nonsense(draw: random.Random) -> str:
    signs = "sizeratflipkwn_*-.0123456789eABCF%<>&=\N{MINUS SIGN}é"
    parts = ["size_5", "rate_-0.25", "flip_1", "shown_own_a1", "f_-C3-A9", "w_1_-2.5e-3", "w_1e5"]
    pieces = [
        "".join(draw.choices(signs, k=draw.randint(0, 12))) if draw.random() < 0.6 else piece
        for piece in draw.choices(parts, k=draw.randint(0, 5))
    ]
    return "*".join(pieces)


def test_browser_and_server_read_and_write_2000_addresses_alike() -> None:
    draw = random.Random(0)
    codes = [_nonsense(draw) for _ in range(2000)]
    schema = described(SCHEMA)
    read = call_module("browser/state.js", [["decode", schema, code] for code in codes])
    for code, found in zip(codes, read, strict=True):
        ours = decode(SCHEMA, code)
        plain = {name: list(v) if isinstance(v, tuple) else v for name, v in ours.items()}
        assert found == plain, code
    written = call_module("browser/state.js", [["encode", schema, values] for values in read])
    assert written == [encode(SCHEMA, decode(SCHEMA, code)) for code in codes]


def test_a_name_that_would_break_the_address_is_a_bug() -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        Field(name="a_b", kind="flag", default=False)
