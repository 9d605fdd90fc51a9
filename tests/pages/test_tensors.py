"""The tensors lesson through the app: predict, what is sent, check."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.prepared import PreparedSet, write_prepared

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app() -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30)
    running.switch_page(str(ROOT / "pages" / "tensors.py"))
    return running.run()


def header(app: AppTest) -> dict[str, Any]:
    (component,) = app.get("bidi_component")
    raw = component.proto.bytes
    (length,) = struct.unpack("<I", raw[:4])
    return json.loads(raw[4 : 4 + length])


def small_set(folder: Path, *, groups: list[int]) -> PreparedSet:
    count = len(groups)
    return write_prepared(
        folder,
        name="three",
        title="Three patients",
        classes=("normal", "fracture"),
        images=np.random.default_rng(0).integers(0, 255, (count, 64, 64)).astype(np.uint8),
        labels=np.arange(count) % 2,
        split=np.zeros(count, np.int8),
        groups=np.array(groups),
        metadata=np.zeros((count, 1)),
        metadata_names=("none",),
        records=[{"id": str(number)} for number in range(count)],
    )


def shapes_of(sent: dict[str, Any]) -> dict[str, list[int]]:
    pairs = zip(sent["tensors"], sent["arrays"], strict=True)
    return {about["name"]: array["shape"] for about, array in pairs}


def test_the_video_is_closed_until_its_rank_is_predicted(app: AppTest) -> None:
    assert not app.exception
    sent = header(app)
    assert sent["closed"] == [["video", "Video"]]
    shapes = shapes_of(sent)
    assert shapes["images"] == [24, 64, 64, 1]
    assert {len(shape) for shape in shapes.values()} == {2, 3, 4}
    app.button(key="tensors_predict_1").click().run()
    assert "You said 3; it is 5" in app.info[0].value
    sent = header(app)
    assert sent["closed"] == []
    assert str(tuple(shapes_of(sent)["video"])) in app.info[0].value


def test_the_check_is_numpys_address(app: AppTest) -> None:
    x = np.zeros((24, 64, 64, 1), np.float32)
    start = x.__array_interface__["data"][0]
    address = x[3, 40, 5].__array_interface__["data"][0] - start
    app.number_input[-1].set_value(address - 4).run()
    assert "too small" in app.info[-1].value
    app.number_input[-1].set_value(address).run()
    assert "is right" in app.success[-1].value


def test_why_shows_numpys_strides(app: AppTest) -> None:
    x = np.zeros((24, 64, 64, 1), np.uint8)
    part = x[2:, 10:20, :, 0]
    said = " ".join(element.value for element in app.markdown)
    assert f"shape {x.shape}, strides {x.strides}, start 0" in said
    start = part.__array_interface__["data"][0] - x.__array_interface__["data"][0]
    assert f"shape {part.shape}, strides {part.strides}, start {start} =" in said


def test_the_images_of_an_open_set_stand_beside_the_drawn_ones(
    app: AppTest, tmp_path: Path
) -> None:
    found = small_set(tmp_path / "set", groups=[0, 0, 1, 2, 2])
    assert not any("of Three patients" in one["origin"] for one in header(app)["tensors"])
    app.session_state["dataset_prepared"] = str(found.folder)
    app.run()
    assert not app.exception
    sent = header(app)
    assert shapes_of(sent)["images"] == [3, 64, 64, 1]
    assert shapes_of(sent)["color"] == [3, 64, 64, 3]
    said = {one["name"]: one["origin"] for one in sent["tensors"]}
    assert said["images"].startswith("3 of the 5 images of Three patients (")
    assert "these 3 images grow from 12,288 to 49,152" in " ".join(m.value for m in app.markdown)
    app.number_input[-1].set_value(0).run()  # the check asks for an image that is there
    assert "x[2, 40, 5, 0]" in " ".join(m.value for m in app.markdown)
    app.button_group(key="tensors_whose").set_value("drawn").run()
    assert shapes_of(header(app))["images"] == [24, 64, 64, 1]
    assert "synthetic" in {one["name"]: one["origin"] for one in header(app)["tensors"]}["images"]
