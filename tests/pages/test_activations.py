"""The Activations lesson through the app."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import cache
from dashboard.networks.network import find_network

ROOT = Path(__file__).resolve().parents[2]


def opened(**query: str) -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    running.switch_page(str(ROOT / "pages" / "activations.py"))
    for name, value in query.items():
        running.query_params[name] = value
    return running.run()


@pytest.fixture
def app() -> AppTest:
    return opened()


def header(app: AppTest, part: str) -> dict[str, Any]:
    """The message of the component that is sent `part`."""
    assert [error.message for error in app.exception] == []
    for component in app.get("bidi_component"):
        raw = component.proto.bytes
        (length,) = struct.unpack("<I", raw[:4])
        found = json.loads(raw[4 : 4 + length])
        if part in found:
            return dict(found)
    raise AssertionError(f"No component is sent {part}.")


def formulas(app: AppTest) -> str:
    return " ".join(element.value for element in app.latex)


def test_the_misprints_are_told(app: AppTest) -> None:
    said = " ".join(element.value for element in app.markdown)
    assert "tan(x / a)" in said
    assert "tanh(x / a)" in said
    assert "two small misprints" in said.lower()


def test_the_slope_is_told_only_after_an_answer(app: AppTest) -> None:
    question = header(app, "question")["question"]
    assert question["options"][question["truth"]] == "0.25"
    assert header(app, "activations")["locked"] is True
    assert "f(0.70) = 0.668" in formulas(app)
    assert "f'(" not in formulas(app)
    answered = opened(answer="1")
    assert header(answered, "activations")["locked"] is False
    assert "f'(0.70) = 0.222" in formulas(answered)


def test_the_formula_follows_the_address() -> None:
    linked = formulas(opened(answer="shown", set="focus_leaky-relu*x_-2*pleakyrelu_0.3"))
    assert f"f({chr(0x2212)}2.00) = {chr(0x2212)}0.600" in linked
    assert f"f'({chr(0x2212)}2.00) = 0.300" in linked


def test_the_check_knows_the_way_and_the_answer(app: AppTest) -> None:
    app.number_input[0].set_value(1).run()
    assert "too small" in app.info[0].value
    app.number_input[0].set_value(4).run()
    assert "0.25 · 4 = 1" in app.success[0].value


def test_a_networks_silence_is_measured_on_images_that_are_named(app: AppTest) -> None:
    assert "drawn radiographs" in header(app, "layers")["images"]
    app.selectbox(key="activations_network").set_value("zoo:paper").run()
    sent = header(app, "layers")
    found = cache.network_activity("zoo:paper", None, find_network("zoo:paper").stamp(None))
    assert [(one["idle"], one["units"], one["share"]) for one in sent["layers"]] == [
        (one.idle, one.units, one.share) for one in found.layers
    ]
    said = " ".join(element.value for element in app.markdown)
    assert found.images in said
    assert "slope below 1\N{NO-BREAK SPACE}% of the steepest" in " ".join(said.split(" "))
