"""The Neuron lesson through the app."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app() -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30)
    running.switch_page(str(ROOT / "pages" / "neuron.py"))
    return running.run()


def header(app: AppTest) -> dict[str, Any]:
    (component,) = app.get("bidi_component")
    raw = component.proto.bytes
    (length,) = struct.unpack("<I", raw[:4])
    return json.loads(raw[4 : 4 + length])


def test_the_component_is_told_what_core_computed(app: AppTest) -> None:
    assert not app.exception
    sent = header(app)
    best = {task["name"]: task["best"] for task in sent["tasks"]}
    assert best == {"AND": 4, "OR": 4, "XOR": 3, "tumors": None}
    assert [entry["dtype"] for entry in sent["arrays"]] == ["float64", "uint8"]
    assert sent["pasted"] is None


def test_the_truth_is_told_only_after_an_answer(app: AppTest) -> None:
    assert not app.success
    assert not app.info
    assert header(app)["locked"] is True
    app.button(key="neuron_predict_0").click().run()
    assert "right" in app.success[0].value
    assert "sum to \N{MINUS SIGN}0.5" in app.success[0].value
    assert header(app)["locked"] is False


def test_the_drawing_begins_with_the_neuron_that_was_asked_about(app: AppTest) -> None:
    asked = header(app)["asked"]
    question = app.markdown[0].value
    assert asked == {"x": [1, 1], "w": [1, -2], "b": 0.5, "activation": "step"}
    assert "weights 1 and \N{MINUS SIGN}2, the bias 0.5" in question


def test_a_wrong_prediction_is_corrected_kindly(app: AppTest) -> None:
    app.button(key="neuron_predict_2").click().run()
    assert "You said 1; it is 0" in app.info[0].value


def test_a_reset_asks_anew_and_tells_the_drawing(app: AppTest) -> None:
    app.button(key="neuron_predict_0").click().run()
    assert header(app)["fresh"] == ""
    app.button(key="reset_neuron").click().run()
    assert header(app)["locked"] is True
    assert header(app)["fresh"]


def test_pasted_weights_reach_the_drawing(app: AppTest) -> None:
    app.button(key="neuron_predict_0").click().run()
    app.text_input(key="neuron_paste").set_value("1 1 1 -2.5").run()
    assert header(app)["pasted"] == {"weights": [1.0, 1.0, 1.0], "bias": -2.5}
    assert not app.warning


def test_what_cannot_be_pasted_is_advice(app: AppTest) -> None:
    app.button(key="neuron_predict_0").click().run()
    app.text_input(key="neuron_paste").set_value("1, one").run()
    assert not app.exception
    assert "Number 2 reads “one”" in app.warning[0].value
    assert header(app)["pasted"] is None


def test_the_check_knows_the_way_and_the_answer(app: AppTest) -> None:
    app.number_input[0].set_value(16).run()
    assert "too large" in app.info[0].value
    app.button(key="neuron_check_tell").click().run()
    assert "The answer is 14" in app.info[0].value
    app.number_input[0].set_value(14).run()
    assert "14 is right" in app.success[0].value
