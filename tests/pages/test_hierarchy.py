"""Spatial hierarchy through the app: predict, choose, check, and what is told of bad input."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.inspect.composition import Composition
from core.inspect.receptive_field import closed_form, receptive_fields
from core.models.graph import nodes
from dashboard.lessons.hierarchy import cache as kept
from dashboard.lessons.hierarchy.lesson import beginning_of
from dashboard.lessons.hierarchy.stage import Tree, grow
from dashboard.networks.open_network import read_network
from data.models.shipped import shipped_models

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AppTest:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.run()
    app.switch_page("../pages/hierarchy.py").run()
    assert not app.exception
    return app


def header(app: AppTest) -> dict:  # type: ignore[type-arg]
    (stage,) = [
        element for element in app.get("bidi_component") if b'"levels"' in element.proto.bytes
    ]
    raw = stage.proto.bytes
    (length,) = struct.unpack("<I", raw[:4])
    found: dict = json.loads(raw[4 : 4 + length])  # type: ignore[type-arg]
    return found


def test_the_deeper_layers_open_with_the_prediction(page: AppTest) -> None:
    assert header(page)["locked"] is True
    page.query_params["answer"] = "1"
    page.run()
    assert not page.exception
    assert header(page)["locked"] is False
    levels = header(page)["levels"]
    assert levels[0] == "convolution_1"
    text = " ".join(entry.value for entry in page.markdown)
    for level in levels:
        assert level.replace("_", " ") in text


def test_the_question_is_about_the_network_on_the_stage(page: AppTest) -> None:
    page.query_params["answer"] = "1"
    asked = set()
    for position in range(2):
        page.selectbox(key="hierarchy_network").select_index(position).run()
        (line,) = [
            json.loads(raw[4 : 4 + struct.unpack("<I", raw[:4])[0]])
            for raw in (element.proto.bytes for element in page.get("bidi_component"))
            if b'"question"' in raw
        ]
        size = header(page)["size"]
        assert f"of {size} pixels" in line["question"]["text"]
        asked.add(size)
    assert len(asked) == 2


def test_every_network_of_the_list_can_be_taken_apart(page: AppTest) -> None:
    box = page.selectbox(key="hierarchy_network")
    assert set(shipped_models()) <= set(box.options) or len(box.options) > len(shipped_models())
    for position in range(len(box.options)):
        page.selectbox(key="hierarchy_network").select_index(position).run()
        assert not page.exception
        assert header(page)["starts"]


def test_a_link_names_a_network_by_its_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))
    for key in ("paper-synthetic", "zoo:vgg"):
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        app.query_params["network"] = key
        app.switch_page("../pages/hierarchy.py").run()
        assert not app.exception
        assert app.selectbox(key="hierarchy_network").value == key
        app.selectbox(key="hierarchy_network").select_index(0).run()
        assert app.selectbox(key="hierarchy_network").value != key  # the link has done its part
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.query_params["network"] = "never-trained"
    app.switch_page("../pages/hierarchy.py").run()
    assert "never-trained" in " ".join(entry.value for entry in app.warning)


def test_the_check_asks_for_the_window_behind_one_more_pooling(page: AppTest) -> None:
    """Three convolutions of 3 pixels with two 2x2 poolings between them, and one in front."""
    chain = [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]
    answer = closed_form([(2, 2), *chain])
    assert answer == 2 * closed_form(chain)
    (box,) = [entry for entry in page.number_input if "check_typed" in str(entry.key)]
    box.set_value(answer + 1).run()
    assert "too large" in " ".join(entry.value for entry in page.info)
    (box,) = [entry for entry in page.number_input if "check_typed" in str(entry.key)]
    box.set_value(answer).run()
    said = " ".join(entry.value for entry in page.success)
    assert re.search(rf"{answer} pixels is right", said)


def test_a_tiny_picture_is_told_and_a_sample_stays(page: AppTest) -> None:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("L", (1, 1)).save(buffer, "PNG")
    page.button_group(key="hierarchy_picture_source").set_value("upload").run()
    page.file_uploader(key="hierarchy_picture_file").upload("dot.png", buffer.getvalue()).run()
    assert not page.exception
    assert "1 x 1 pixels" in " ".join(entry.value for entry in page.warning)
    assert header(page)["title"].startswith("Drawn X-ray")


def test_a_picture_is_taken_apart_once_for_all_sessions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))
    kept.tree.clear()
    grown: list[Tree] = []

    def growing(composition: Composition) -> Tree:
        grown.append(grow(composition))
        return grown[-1]

    monkeypatch.setattr(kept, "grow", growing)
    for _ in range(2):
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60).run()
        app.switch_page("../pages/hierarchy.py").run()
        assert not app.exception
        assert header(app)["levels"] == list(grown[0].levels)
    assert len(grown) == 1


def test_the_beginning_of_the_reference_network_is_taken_apart_and_the_rest_is_named(
    page: AppTest,
) -> None:
    page.query_params["answer"] = "1"
    page.query_params["network"] = "reference"
    page.run()
    assert not page.exception
    found = header(page)
    spec = beginning_of(read_network("reference")).spec
    levels = [node.name for node in nodes(spec) if "convolution" in node.kind]
    assert found["levels"] == levels
    # A 3x3 kernel in each depthwise layer and the first, with strides of 2 before and between.
    assert receptive_fields(spec)[levels[-1]].size == 19
    text = " ".join(entry.value for entry in page.markdown)
    assert f"its first {len(levels)} of 64 convolutions" in text
    assert "up to 19 pixels" in text
    assert "those of the last see 1115 pixels" in text
    assert "a linear head on both and a locator make its answer" in text
