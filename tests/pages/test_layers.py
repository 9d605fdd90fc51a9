"""The lesson on small networks through the app: its question, two parts, each with its check."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.descent.small_network import forward
from core.ops.activation import ACTIVATIONS
from core.ops.dense import dense
from dashboard import cache
from dashboard.lessons.layers.lesson import FOLDED, answering, folded

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


def test_the_layers_check_asks_for_a_column_of_the_matrix(app: AppTest) -> None:
    (box,) = app.number_input
    box.set_value(3).run()  # a row: the weights of one output
    assert "too small" in words(app)
    app.number_input[0].set_value(4).run()
    assert "4 is right" in words(app)
    assert "the 4 weights of column 2" in words(app)
    # Said of the layer itself: with that column halved no output changes, whatever it bends.
    rng = np.random.default_rng(0)
    w, x, b = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=4)
    weighing = answering((3, 4), 1)
    doubled, halved = x * [1, 2, 1], np.where(weighing, w / 2, w)
    bend = ACTIVATIONS["tanh"]
    before, after = (
        dense(*each, b, activation=bend).outputs for each in ((x, w), (doubled, halved))
    )
    np.testing.assert_allclose(before, after)


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


def test_the_networks_check_folds_layers_without_a_bend(small: AppTest) -> None:
    small.number_input[-1].set_value(FOLDED.num_parameters).run()
    assert "too large" in words(small)
    small.number_input[-1].set_value(3).run()
    assert "3 is right" in words(small)
    assert f"all {FOLDED.num_parameters} numbers" in words(small)
    parameters = np.random.default_rng(0).normal(size=FOLDED.num_parameters)
    weights, bias = folded(FOLDED, parameters)
    points = np.random.default_rng(1).normal(size=(20, 2))
    np.testing.assert_allclose(
        forward(FOLDED, parameters, points).logits, points @ weights[0] + bias
    )


def test_all_points_of_all_sets_are_small_enough_for_a_slow_hall(small: AppTest) -> None:
    sizes = [len(component.proto.bytes) for component in small.get("bidi_component")]
    assert 20_000 < max(sizes) < 45_000
