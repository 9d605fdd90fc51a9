"""Gradient descent through the app: what is asked, what is sent, what a wrong function gets."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.descent.rules import RULES
from core.descent.surfaces import SURFACES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app() -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30).run()
    running.switch_page("../pages/descent.py").run()
    assert not running.exception
    return running


def sent(app: AppTest) -> dict[str, Any]:
    (race,) = app.get("bidi_component")
    raw = race.proto.bytes
    (length,) = struct.unpack("<I", raw[:4])
    assert len(raw) < 40_000  # small enough for a slow hall
    return json.loads(raw[4 : 4 + length])


def words(app: AppTest) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.info, *app.success])


def test_the_race_gets_every_rule_and_its_conventions(app: AppTest) -> None:
    header = sent(app)
    assert [rule["name"] for rule in header["rules"]] == list(RULES)
    assert all(rule["note"] for rule in header["rules"])
    assert header["surface"]["name"] == "bowl"
    adagrad = next(rule for rule in header["rules"] if rule["name"] == "adagrad")
    assert adagrad["initial"] == {"squares": 0.1}


@pytest.mark.parametrize("name", [*list(SURFACES)[1:], "neuron"])
def test_every_surface_can_be_chosen(app: AppTest, name: str) -> None:
    app.selectbox(key="descent_surface").set_value(name).run()
    assert not app.exception
    surface = sent(app)["surface"]
    assert surface["name"] == name
    x0, x1, y0, y1 = surface["domain"]
    assert x0 < surface["start"][0] < x1
    assert y0 < surface["start"][1] < y1
    assert set(surface["rates"]) == set(RULES)


def test_the_prediction_is_judged_by_a_walk(app: AppTest) -> None:
    assert "You said" not in words(app)
    app.button(key="descent_predict_0").click().run()
    said = words(app)
    assert "You said arrive slowly; it is swing ever wider" in said
    # 1 - 0.22 * 10: worked out, not written.
    assert "\u22121.2" in said


def test_the_check_knows_the_limit(app: AppTest) -> None:
    box = next(entry for entry in app.number_input if "descent_check" in entry.key)
    box.set_value(0.05).run()
    assert "0.05 is right" in words(app)


def test_a_typed_function_travels_as_a_tree(app: AppTest) -> None:
    app.selectbox(key="descent_surface").set_value("typed").run()
    app.text_input(key="descent_function").set_value("x^2 + 3*y^2").run()
    tree = sent(app)["surface"]["tree"]
    assert tree == ["+", ["^", "x", 2.0], ["*", 3.0, ["^", "y", 2.0]]]
    app.text_input(key="descent_function").set_value("x^2 + open(y)").run()
    (advice,) = app.warning
    assert "open is not known" in advice.value
    assert "▸" in advice.value
    # The picture keeps what could be read last.
    assert sent(app)["surface"]["tree"] == tree


@pytest.mark.parametrize(
    "text", ["", "2*x +", "__import__('os')", "x" * 200, "((((", "7", "x.real", "[x]", "9e99*x"]
)
def test_nothing_typed_breaks_the_page(app: AppTest, text: str) -> None:
    app.selectbox(key="descent_surface").set_value("typed").run()
    app.text_input(key="descent_function").set_value(text).run()
    assert not app.exception
    assert len(app.warning) == 1
    assert sent(app)["surface"]["tree"]
