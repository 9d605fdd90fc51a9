"""The Neuron lesson through the app."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
MINUS = "\N{MINUS SIGN}"


def opened(**query: str) -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    running.switch_page(str(ROOT / "pages" / "neuron.py"))
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


def test_the_question_is_about_the_neuron_that_the_stage_begins_with(app: AppTest) -> None:
    question = header(app, "question")["question"]
    assert f"Inputs 1, 1, weights 1, {MINUS}2, bias 0.5, unit step." in question["text"]
    assert question["options"][question["truth"]] == "0"
    assert f"sum to {MINUS}0.5" in question["because"]
    fields = {field["name"]: field["default"] for field in header(app, "tasks")["schema"]}
    begun = [fields[name] for name in ("n", "x1", "x2", "w1", "w2", "b", "activation")]
    assert begun == [2, 1, 1, 1, -2, 0.5, "step"]


def test_the_truth_is_told_only_after_an_answer(app: AppTest) -> None:
    assert header(app, "tasks")["locked"] is True
    assert formulas(app) == ""
    for answer in ("0", "2", "shown"):
        answered = opened(answer=answer)
        assert header(answered, "tasks")["locked"] is False
        assert f"= {MINUS}0.500" in formulas(answered)


def test_the_formula_follows_the_address(app: AppTest) -> None:
    linked = opened(answer="shown", set="w2_1.5*b_-1*activation_relu")
    assert "= 1.500" in formulas(linked)
    assert "ReLU" in formulas(linked)


def test_pasted_weights_reach_the_drawing(app: AppTest) -> None:
    app.text_input(key="neuron_paste").set_value("1 1 1 -2.5").run()
    assert header(app, "tasks")["pasted"] == {
        "text": "1 1 1 -2.5",
        "set": {"n": 3, "w1": 1.0, "w2": 1.0, "w3": 1.0, "b": -2.5},
    }
    assert not app.warning


def test_what_cannot_be_pasted_is_advice(app: AppTest) -> None:
    app.text_input(key="neuron_paste").set_value("1, one").run()
    assert "Number 2 reads “one”" in app.warning[0].value
    assert header(app, "tasks")["pasted"] is None


def test_the_check_knows_the_way_and_the_answer(app: AppTest) -> None:
    app.number_input[0].set_value(16).run()
    assert "too large" in app.info[0].value
    app.button(key="neuron_check_tell").click().run()
    assert "The answer is 14" in app.info[0].value
    app.number_input[0].set_value(14).run()
    assert "14 is right" in app.success[0].value
    assert header(app, "check")["check"]["answer"] == "14"
