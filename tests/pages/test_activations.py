"""The Activations lesson through the app."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.ops.activation import ACTIVATIONS
from core.ops.stack import INITIALIZATIONS, measure_depth
from dashboard import cache
from dashboard.networks.open_network import find_source

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app() -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30)
    running.switch_page(str(ROOT / "pages" / "activations.py"))
    return running.run()


def test_the_measurements_arrive_as_core_made_them(app: AppTest) -> None:
    assert not app.exception
    curves, depth = app.get("bidi_component")
    raw = depth.proto.bytes
    (length,) = struct.unpack("<I", raw[:4])
    sent = json.loads(raw[4 : 4 + length])
    assert [entry["shape"] for entry in sent["arrays"]] == [
        [11, 5, 21],
        [11, 5, 21, 21],
        [11, 5, 20],
    ]
    place = sent["arrays"][0]
    signal = np.frombuffer(raw, np.float64, 11 * 5 * 21, 4 + length + place["offset"])
    expected = measure_depth(ACTIVATIONS["relu"], INITIALIZATIONS["he"]).signal
    row = list(ACTIVATIONS).index("relu")
    np.testing.assert_array_equal(signal.reshape(11, 5, 21)[row, 1], expected)
    assert len(curves.proto.bytes) < 20_000


def test_the_misprints_are_told(app: AppTest) -> None:
    said = " ".join(element.value for element in app.markdown)
    assert "tan(x / a)" in said
    assert "tanh(x / a)" in said
    assert "two small misprints" in said.lower()


def test_prediction_and_check(app: AppTest) -> None:
    app.button(key="activations_predict_0").click().run()
    assert "You said 0.25: right" in app.success[0].value
    app.number_input[0].set_value(0.25**5).run()
    assert "is right" in app.success[1].value
    app.number_input[0].set_value(0.01).run()
    assert "too large" in app.info[0].value


def test_a_networks_silence_is_measured_on_images_that_are_named(app: AppTest) -> None:
    (chart,) = app.get("plotly_chart")
    assert "drawn radiographs" in chart.proto.alt
    assert "conv 1, ReLU" in chart.proto.alt
    box = app.selectbox(key="activations_network")
    box.set_value("zoo:paper").run()
    assert not app.exception
    found = cache.network_activity("zoo:paper", None, find_source("zoo:paper").stamp(None))
    told = app.get("plotly_chart")[0].proto.alt
    for layer in found.layers:
        assert f"{layer.idle} of {layer.units} units always" in told
    assert "slope below 1% of the steepest" in app.caption[-2].value
