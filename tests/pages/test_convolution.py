"""Convolution through the app: question, channels, formula, check, bad input."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.arrays import UInt8Array
from core.geometry import Padding, Stamp, Window
from core.models.graph import find_node
from core.models.layers import Convolution
from dashboard import cache
from dashboard.lessons.convolution.lesson import seen_by_two
from dashboard.networks.network import every_network
from dashboard.networks.open_network import OpenNetwork, read_network

ROOT = Path(__file__).resolve().parents[2]


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("../pages/convolution.py")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    assert [error.message for error in app.exception] == []
    kinds = (app.markdown, app.success, app.info, app.warning, app.caption)
    return " ".join(element.value for kind in kinds for element in kind)


def header(app: AppTest, part: str = "presets") -> dict[str, Any]:
    """The message of the component that is sent `part`."""
    assert [error.message for error in app.exception] == []
    for component in app.get("bidi_component"):
        raw = component.proto.bytes
        (length,) = struct.unpack("<I", raw[:4])
        found = json.loads(raw[4 : 4 + length])
        if part in found:
            return dict(found)
    raise AssertionError(f"No component is sent {part}.")


def test_the_answer_is_locked_until_it_is_given() -> None:
    app = open_page()
    assert header(app)["locked"] is True
    asked = header(app, "question")["question"]
    assert asked["options"] == ["5.4", "0.6", "0"]
    assert asked["options"][asked["truth"]] == "0"
    assert header(open_page(answer="2"))["locked"] is False


@pytest.mark.parametrize("padding", ["valid", "same", "full", "reflect"])
def test_formula_and_check_follow_the_stage(padding: str) -> None:
    app = open_page(answer="2", set=f"size_5*stride_3*dilation_2*padding_{padding}")
    window = Window(size=5, stride=3, dilation=2, padding=Padding(padding))
    assert f"= {window.output_length(64)}\n" in app.latex[-1].value
    assert header(app, "check")["check"]["answer"] == str(seen_by_two(window))
    app.number_input[-1].set_value(seen_by_two(window)).run()
    assert "is right" in said(app)


def test_a_transposed_stamp_is_asked_about_too() -> None:
    app = open_page(set="stride_2*mode_transposed")
    stamp = Stamp(size=3, stride=2, dilation=1, padding=Padding.VALID)
    assert f"= {stamp.output_length(64)}\n" in app.latex[-1].value
    app.number_input[-1].set_value(stamp.output_length(stamp.output_length(10))).run()
    assert "is right" in said(app)


def test_a_kernel_larger_than_the_picture_is_advice() -> None:
    app = open_page(set="size_11*dilation_4", convolution_side="28")
    assert "A window of 11 (spread to 41 by its dilation) does not fit" in said(app)


def test_words_do_not_claim_more_than_is_so() -> None:
    text = said(open_page())
    # Sobel answers to a smooth ramp as well, and one letter does not mean two things.
    assert "edges only" not in text
    assert "For k filters" not in text
    assert "Sobel answers to a smooth ramp of brightness too, a Laplacian only where" in text


def test_color_and_a_layer_are_channels() -> None:
    app = open_page(convolution_channels="color")
    assert header(app)["channels"] == ["red", "green", "blue"]
    app = open_page(convolution_channels="layer")
    found = header(app)
    network = read_network(every_network()[0].key)
    first = next(
        layer for _, layer in network.spec.named_layers() if isinstance(layer, Convolution)
    )
    assert found["learned"]["size"] == first.kernel_size
    assert found["arrays"][2]["shape"][-1] == first.filters
    assert found["channels"] == ["gray"]
    assert "learned from" in said(app) or "untrained" in said(app)


@pytest.mark.parametrize("name", ["zoo:googlenet", "zoo:mobilenet", "zoo:fused"])
def test_every_convolution_of_a_network_can_be_opened(name: str) -> None:
    app = open_page(convolution_channels="layer", network=name)
    layers = app.selectbox(key=f"convolution_layer_{name}")
    for layer in (layers.options[0], layers.options[-1]):
        app.selectbox(key=f"convolution_layer_{name}").set_value(layer).run()
    found = header(app)
    kernel = found["arrays"][2]["shape"]
    assert kernel[2] == len(found["channels"])
    assert np.isfinite(found["limit"])


def test_the_first_layer_of_the_reference_network_is_offered_without_a_worker() -> None:
    app = open_page(convolution_channels="layer", network="reference")
    found = header(app)
    assert found["arrays"][2]["shape"] == [3, 3, 1, 32]
    assert (found["learned"]["size"], found["learned"]["stride"]) == (3, 2)
    # Black is -127/128 there, so that gray would lie: it is drawn with its sign.
    assert (found["kind"], found["channels"]) == ("maps", ["gray"])
    assert "a linear head on both and a locator make its answer" in said(app)


def test_a_deeper_layer_of_it_is_asked_of_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def answer(_: object, network: OpenNetwork, image: UInt8Array, names: tuple[str, ...]) -> Any:
        asked.append(tuple(names))
        return {name: np.ones(find_node(network.spec, name).shape, np.float32) for name in names}

    monkeypatch.setattr(cache, "maps_of", answer)
    monkeypatch.setattr(cache, "cluster", lambda: None)
    cache.backbone_maps.clear()
    app = open_page(convolution_channels="layer", network="reference")
    layers = app.selectbox(key="convolution_layer_reference").options
    assert "convolution_3" in layers
    assert "convolution_15" not in layers  # 1,280 outputs: the page says that they are left out
    assert "more than 128 filters are left out" in said(app)
    layer = "depthwise_convolution_2"
    app.selectbox(key="convolution_layer_reference").set_value(layer).run()
    assert asked == [("convolution_3",)]
    assert header(app)["arrays"][2]["shape"] == [3, 3, 96, 1]
    cache.backbone_maps.clear()
