"""The tensors lesson through the app: predict, what is sent, check."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

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


def test_the_video_is_closed_until_its_rank_is_predicted(app: AppTest) -> None:
    assert not app.exception
    sent = header(app)
    assert sent["locked"] is True
    shapes = {t["name"]: a["shape"] for t, a in zip(sent["tensors"], sent["arrays"], strict=True)}
    assert shapes["images"] == [24, 64, 64, 1]
    assert {len(shape) for shape in shapes.values()} == {2, 3, 4, 5}
    app.button(key="tensors_predict_1").click().run()
    assert "You said 3; it is 5" in app.info[0].value
    assert str(tuple(shapes["video"])) in app.info[0].value
    assert header(app)["locked"] is False


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
