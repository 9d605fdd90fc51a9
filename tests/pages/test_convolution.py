"""Convolution through the app: predict, choose, formula, check, bad input."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.geometry import Padding, Window
from core.models.layers import Convolution
from dashboard.networks.open_network import read_network, sources

TIMES = "\N{MULTIPLICATION SIGN}"
ROOT = Path(__file__).resolve().parents[2]


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30)
    app.switch_page("../pages/convolution.py")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    assert [error.message for error in app.exception] == []
    kinds = (app.markdown, app.success, app.info, app.warning, app.caption)
    return " ".join(element.value for kind in kinds for element in kind)


def header(app: AppTest) -> dict[str, Any]:
    (stage,) = [
        found for found in app.get("bidi_component") if b'"presets"' in found.proto.bytes[:9000]
    ]
    raw = stage.proto.bytes
    (length,) = struct.unpack("<I", raw[:4])
    return json.loads(raw[4 : 4 + length])


def test_the_answer_is_locked_until_predicted() -> None:
    app = open_page()
    assert header(app)["locked"] is True
    assert "#### Why" not in said(app)
    app.button(key="convolution_predict_2").click().run()
    assert ": right." in said(app)
    assert header(app)["locked"] is False
    app = open_page()
    app.button(key="convolution_predict_0").click().run()
    assert "You said 5.4; it is 0." in said(app)


@pytest.mark.parametrize("padding", ["valid", "same", "full", "reflect"])
def test_formula_and_check_follow_the_stage(padding: str) -> None:
    app = open_page()
    app.button(key="convolution_predict_2").click().run()
    app.session_state["convolution_code"] = f"sobel-x_5_3_2_{padding}_standard_0_1_0_1_"
    app.run()
    window = Window(size=5, stride=3, dilation=2, padding=Padding(padding))
    assert f"= {window.output_length(64)}" in app.latex[-1].value
    assert f"5 {TIMES} 5, with stride 3, dilation 2" in said(app)
    assert f"129 {TIMES} 129 pixels" in said(app)
    app.number_input[-1].set_value(window.output_length(129)).run()
    assert "is right" in said(app)


def test_a_code_in_the_address_opens_the_stage_as_it_was() -> None:
    code = "own_2_1_1_same_standard_0_1_0_1_1~2~0~-1"
    assert header(open_page(convolution_set=code))["code"] == code
    app = open_page(convolution_set="box_3_1_1_valid_standard_<b>")
    assert f"3 {TIMES} 3, with stride 1" in said(app)


def test_a_transposed_stamp_is_asked_about_too() -> None:
    app = open_page()
    app.session_state["convolution_code"] = "box_3_2_1_valid_transposed_0_1_0_1_"
    app.run()
    assert f"The stamp is 3 {TIMES} 3" in said(app)
    app.number_input[-1].set_value(129 * 2 + 1).run()
    assert "is right" in said(app)


def test_a_kernel_larger_than_the_picture_is_advice() -> None:
    app = open_page()
    app.button(key="convolution_predict_2").click().run()
    app.session_state["convolution_code"] = "box_11_1_4_valid_standard_0_1_0_1_"
    app.session_state["convolution_side"] = 28
    app.run()
    assert "A window of 11 (spread to 41 by its dilation) does not fit" in said(app)


def test_color_and_a_layer_are_channels() -> None:
    app = open_page(convolution_channels="color")
    assert header(app)["channels"] == ["red", "green", "blue"]
    app = open_page(convolution_channels="layer")
    found = header(app)
    network = read_network(sources()[0].key)
    first = next(
        layer for _, layer in network.spec.named_layers() if isinstance(layer, Convolution)
    )
    assert found["learned"]["size"] == first.kernel_size
    assert found["arrays"][2]["shape"][-1] == first.filters
    assert found["channels"] == ["gray"]
    assert "learned from" in said(app) or "untrained" in said(app)


@pytest.mark.parametrize("name", ["zoo:googlenet", "zoo:mobilenet", "zoo:fused"])
def test_every_convolution_of_a_network_can_be_opened(name: str) -> None:
    app = open_page(convolution_channels="layer")
    app.selectbox(key="convolution_network").set_value(name).run()
    layers = app.selectbox(key=f"convolution_layer_{name}")
    for layer in (layers.options[0], layers.options[-1]):
        app.selectbox(key=f"convolution_layer_{name}").set_value(layer).run()
    found = header(app)
    kernel = found["arrays"][2]["shape"]
    assert kernel[2] == len(found["channels"])
    assert np.isfinite(found["limit"])
