"""The lesson on small networks through the app: two parts, each with its question and its check."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import cache

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app() -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30)
    running.switch_page(str(ROOT / "pages" / "layers.py"))
    running.run()
    assert not running.exception
    return running


@pytest.fixture
def small(app: AppTest) -> AppTest:
    app.get("button_group")[0].set_value("network").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.info, *app.success])


def test_it_opens_on_the_papers_layer_with_one_picture(app: AppTest) -> None:
    assert len(app.get("bidi_component")) == 1
    assert "You said" not in words(app)
    assert "Fig. 2" in words(app)


def test_the_layers_question_counts_biases_too(app: AppTest) -> None:
    app.button(key="layers_predict_layer_1").click().run()
    assert "You said 12; it is 16" in words(app)
    assert "12 weights and 4 biases make 16" in words(app)


def test_the_layers_check_is_cores_number(app: AppTest) -> None:
    # 0.5 * 2 + 3 * 1 - 1 = 3.
    app.number_input[0].set_value(4.0).run()
    assert "too large" in words(app)
    app.number_input[0].set_value(3.0).run()
    assert "3 is right" in words(app)
    assert "1 + 3 \N{MINUS SIGN} 1 = 3" in words(app)


def test_the_networks_question_is_answered_by_a_training(small: AppTest) -> None:
    assert "You said" not in words(small)
    small.button(key="layers_predict_network_0").click().run()
    tried = cache.straight_line()
    assert tried.points == 200
    assert tried.majority == 100
    assert tried.right < 150
    assert "You said yes; it is no" in words(small)
    assert f"{tried.right} of 200 points right" in words(small)


def test_the_networks_check_counts_weights_and_biases(small: AppTest) -> None:
    small.number_input[0].set_value(18).run()
    assert "too small" in words(small)
    small.number_input[0].set_value(25).run()
    assert "25 is right" in words(small)
    assert "4 · (2 + 1) + 2 · (4 + 1) + 1 · (2 + 1)" in words(small)


def test_one_picture_stands_on_each_part(small: AppTest) -> None:
    (picture,) = small.get("bidi_component")
    # All points of all sets, small enough for a slow hall.
    assert 20_000 < len(picture.proto.bytes) < 40_000
