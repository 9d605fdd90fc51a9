"""The tensors lesson through the app: question, what is sent, check."""

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


def opened(**query: str) -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    running.switch_page(str(ROOT / "pages" / "tensors.py"))
    for name, value in query.items():
        running.query_params[name] = value
    return running.run()


@pytest.fixture
def app() -> AppTest:
    return opened()


def header(app: AppTest, part: str = "tensors") -> dict[str, Any]:
    """The message of the component that is sent `part`."""
    assert [error.message for error in app.exception] == []
    for component in app.get("bidi_component"):
        raw = component.proto.bytes
        (length,) = struct.unpack("<I", raw[:4])
        found = json.loads(raw[4 : 4 + length])
        if part in found:
            return dict(found)
    raise AssertionError(f"No component is sent {part}.")


def told(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


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


def test_the_video_is_closed_until_its_rank_is_predicted() -> None:
    question = header(opened(), "question")["question"]
    assert question["options"][question["truth"]] == "5"
    asked = opened(set="tensor_video")
    sent = header(asked)
    assert (sent["locked"], sent["closed"]) == (True, ["video"])
    shapes = shapes_of(sent)
    assert shapes["images"] == [24, 64, 64, 1]
    assert {len(shape) for name, shape in shapes.items() if name != "color"} == {2, 3, 4}
    for answer in ("1", "3", "shown"):
        sent = header(opened(set="tensor_video", answer=answer))
        assert (sent["locked"], sent["closed"]) == (False, [])
        assert str(tuple(shapes_of(sent)["video"])) in question["because"]


def test_only_what_is_looked_at_is_sent() -> None:
    answered = opened(answer="shown")
    assert header(answered)["closed"] == ["video"]
    sizes = [len(component.proto.bytes) for component in answered.get("bidi_component")]
    assert max(sizes) < 200_000  # the films alone hold 245,760 bytes, colored images 294,912
    # Colored images travel as the color of each of 256 grays.
    assert shapes_of(header(answered))["color"] == [256, 3]


def test_the_check_is_numpys_stride(app: AppTest) -> None:
    x = np.zeros((24, 64, 64, 1), np.float32)
    stride = x[:, ::2, ::2].strides[1]
    app.number_input[-1].set_value(stride // 2).run()
    assert "too small" in app.info[-1].value
    app.number_input[-1].set_value(stride).run()
    assert "is right" in app.success[-1].value
    assert str(x[:, ::2, ::2].shape) in app.success[-1].value


def test_why_shows_numpys_strides(app: AppTest) -> None:
    x = np.zeros((24, 64, 64, 1), np.uint8)
    part = x[2:, 10:20, :, 0]
    said = told(app)
    assert f"shape {x.shape}, strides {x.strides}, start 0" in said
    start = part.__array_interface__["data"][0] - x.__array_interface__["data"][0]
    assert f"shape {part.shape}, strides {part.strides}, start {start} =" in said


def test_the_images_of_an_open_set_stand_beside_the_drawn_ones(
    app: AppTest, tmp_path: Path
) -> None:
    found = small_set(tmp_path / "set", groups=[0, 0, 1, 2, 2])
    assert "of Three patients" not in told(app)
    app.session_state["dataset_prepared"] = str(found.folder)
    app.run()
    sent = header(app)
    assert shapes_of(sent)["images"] == [3, 64, 64, 1]
    said = told(app)
    assert "**Images**: 3 of the 5 images of Three patients (" in said
    assert "**Color images**: 3 of the 5 images of Three patients (" in said
    assert "these 3 images grow from 12,288 to 49,152" in said
    assert "The 3 images, shape (3, 64, 64, 1)" in said  # the check asks about these
    app.button_group(key="tensors_whose").set_value("drawn").run()
    assert shapes_of(header(app))["images"] == [24, 64, 64, 1]
    assert "**Images**: 24 synthetic radiographs." in told(app)
