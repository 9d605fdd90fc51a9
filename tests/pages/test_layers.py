"""The lesson on small networks through the app: its question, two parts, each with its check."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import cache

ROOT = Path(__file__).resolve().parents[2]


def opened(**query: str) -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    running.switch_page(str(ROOT / "pages" / "layers.py"))
    for name, value in query.items():
        running.query_params[name] = value
    running.run()
    assert not running.exception
    return running


@pytest.fixture
def app() -> AppTest:
    return opened()


@pytest.fixture
def small() -> AppTest:
    return opened(set="part_network")


def words(app: AppTest) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.info, *app.success])


def header(app: AppTest, part: str) -> dict[str, Any]:
    """The message of the component that is sent `part`."""
    for component in app.get("bidi_component"):
        raw = component.proto.bytes
        (length,) = struct.unpack("<I", raw[:4])
        found = json.loads(raw[4 : 4 + length])
        if part in found:
            return dict(found)
    raise AssertionError(f"No component is sent {part}.")


def test_it_opens_on_the_papers_layer(app: AppTest) -> None:
    fields = {field["name"]: field["default"] for field in header(app, "presets")["schema"]}
    assert fields["part"] == "layer"
    assert "Fig. 2" in words(app)


def test_the_layers_count_has_biases_too(app: AppTest) -> None:
    count = app.number_input[0]
    count.set_value(12).run()
    assert "12 is too small" in words(app)
    app.number_input[0].set_value(16).run()
    assert "16 is right" in words(app)
    assert "12 weights and 4 biases make 16" in words(app)


def test_the_layers_check_is_cores_number(app: AppTest) -> None:
    # 0.5 * 2 + 3 * 1 - 1 = 3.
    app.number_input[-1].set_value(4.0).run()
    assert "too large" in words(app)
    app.number_input[-1].set_value(3.0).run()
    assert "3 is right" in words(app)
    assert "1 + 3 \N{MINUS SIGN} 1 = 3" in words(app)
    # z1 = 1 * 2 - 2 * 1 + 0.5 = 0.5: ReLU passes it, that output is not silent.
    assert "it is 0.5, and y₁ is 0.5" in words(app)
    assert "silent" not in words(app)


def test_the_question_is_answered_by_a_training(small: AppTest) -> None:
    question = header(small, "question")["question"]
    tried = cache.straight_line()
    assert tried.points == 200
    assert tried.majority == 100
    assert tried.right < 150
    assert question["options"][question["truth"]] == "no"
    assert f"{tried.right} of 200 right" in question["because"]
    assert f"one class: {tried.majority}" in question["because"]
    assert header(small, "presets")["locked"] is True
    for answer in ("0", "1", "shown"):
        assert header(opened(answer=answer), "presets")["locked"] is False


def test_the_networks_check_counts_weights_and_biases(small: AppTest) -> None:
    small.number_input[-1].set_value(18).run()
    assert "too small" in words(small)
    small.number_input[-1].set_value(25).run()
    assert "25 is right" in words(small)
    assert "4 · (2 + 1) + 2 · (4 + 1) + 1 · (2 + 1)" in words(small)


def test_all_points_of_all_sets_are_small_enough_for_a_slow_hall(small: AppTest) -> None:
    sizes = [len(component.proto.bytes) for component in small.get("bidi_component")]
    assert 20_000 < max(sizes) < 45_000
