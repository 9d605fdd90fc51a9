"""What the stage on activations is sent, what it picks from that, and what its words claim."""

from __future__ import annotations

import json
import re
import struct
from typing import Any

import numpy as np
import pytest

from core.inspect.silence import LayerActivity
from core.ops.activation import ACTIVATIONS
from core.ops.stack import INITIALIZATIONS, MAX_DEPTH, VANISHED, verdict
from dashboard import cache
from dashboard.lessons.activations import lesson
from dashboard.lessons.activations.stage import (
    SCHEMA,
    ActivationsView,
    code,
    described_layers,
    followed,
    payload,
)
from dashboard.networks.open_network import read_network
from dashboard.networks.silence_report import ActivityReport, report_activity
from dashboard.shared.schema import decode, encode
from tests.browser_vectors import call_module


def layer(**given: Any) -> LayerActivity:
    usual = {"name": "dense_1", "function": "relu", "units": 8, "idle": 2, "share": 0.5}
    return LayerActivity(**{**usual, "images": 4, **given})


def sent(*layers: LayerActivity) -> tuple[dict[str, Any], list[np.ndarray]]:
    view = ActivationsView(
        measured=cache.depth_measurements(),
        report=ActivityReport(layers=layers, images="4 images"),
        network="Net",
        words={},
    )
    raw = payload(view, {"slug": "activations"})
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    arrays = [
        np.frombuffer(
            raw, one["dtype"], int(np.prod(one["shape"])), 4 + length + one["offset"]
        ).reshape(one["shape"])
        for one in header["arrays"]
    ]
    return header, arrays


def test_the_measurements_arrive_as_core_made_them() -> None:
    header, (signal, gradient, silent) = sent()
    count = (len(ACTIVATIONS), len(INITIALIZATIONS))
    assert signal.shape == (*count, MAX_DEPTH + 1)
    assert gradient.shape == (*count, MAX_DEPTH + 1, MAX_DEPTH + 1)
    assert silent.shape == (*count, MAX_DEPTH)
    expected = cache.depth_measurements()["relu", "he"]
    row = list(ACTIVATIONS).index("relu")
    np.testing.assert_array_equal(signal[row, 1], expected.signal)
    np.testing.assert_array_equal(gradient[row, 1], expected.gradient)
    assert [entry["name"] for entry in header["activations"]] == list(ACTIVATIONS)


@pytest.mark.parametrize(("start", "layers"), [("he", 7), ("glorot", 20), ("large", 1)])
def test_the_stage_picks_the_rows_of_what_is_chosen(start: str, layers: int) -> None:
    header, arrays = sent()
    # NaN beyond the top of a stack has no place in JSON, and none may be picked.
    flat = [np.nan_to_num(array, nan=-1.0).ravel().tolist() for array in arrays]
    names = ["sigmoid", "relu", "elu"]
    (found,) = call_module(
        "lessons/activations/depth.js", [["stacksOf", header, flat, names, start, layers]]
    )
    assert [stack["name"] for stack in found] == names
    for stack in found:
        measured = cache.depth_measurements()[stack["name"], start]
        assert stack["signals"] == measured.signal[: layers + 1].tolist()
        assert stack["gradients"] == measured.gradient[layers, : layers + 1].tolist()
        assert stack["silent"] == measured.silent[:layers].tolist()
        assert stack["signal"] == verdict(measured.signal[layers])
        assert stack["gradient"] == verdict(measured.gradient[layers, 0])


def test_every_activation_can_be_linked_and_followed() -> None:
    for name, activation in ACTIVATIONS.items():
        values = decode(SCHEMA, f"focus_{code(name)}*shown_{code(name)}*stacked_{code(name)}")
        assert values["shown"] == values["stacked"] == (code(name),)
        parameter = activation.parameter
        assert followed(values) == (name, parameter and parameter.default)
        assert decode(SCHEMA, encode(SCHEMA, values)) == values


def test_the_formulas_are_of_the_followed_function_and_hide_an_open_answer() -> None:
    values = decode(SCHEMA, "focus_tanh*x_1*ptanh_2")
    (told,) = lesson.formulas(values, slope=False)
    assert told.endswith(f"a = 2,\\qquad f(1.00) = {np.tanh(0.5):.3f}")
    _, rise = lesson.formulas(values, slope=True)
    assert rise.endswith(f"f'(1.00) = {(1 - np.tanh(0.5) ** 2) / 2:.3f}")


def test_bars_sentence_and_table_hold_what_was_measured() -> None:
    found = report_activity(read_network("zoo:paper"))
    layers = described_layers(found.layers)
    assert [(one["share"], one["idle"], one["units"]) for one in layers] == [
        (one.share, one.idle, one.units) for one in found.layers
    ]
    assert layers[0]["name"] == "conv 1, ReLU"
    assert (layers[-1]["name"], layers[-1]["state"]) == ("output, logistic", "saturated")
    words = {
        name.removeprefix("stage-"): text
        for name, text in cache.page_text("activations").items()
        if name.startswith("stage-")
    }
    header = {"words": words, "layers": layers, "images": found.images, "network": "Net"}
    (markup,) = call_module(
        "lessons/activations/silence.js", [["silenceMarkup", layers, 600, 17, "none"]]
    )
    (told,) = call_module("lessons/activations/words.js", [["tellSilence", header]])
    widths = [float(width) for width in re.findall(r"width:([\d.e-]+)%", markup)]
    bars = [share for one in found.layers for share in (one.share, one.idle_share)]
    np.testing.assert_allclose(np.array(widths), max(widths) / max(bars) * np.array(bars))
    for one in found.layers:
        always = f"{one.idle} of {one.units} units always"
        share = f"{100 * one.share:.0f}\N{NO-BREAK SPACE}% of"
        assert always in markup
        assert always in told["words"]
        assert share in markup
        assert f"{share} the answers" in told["words"]
    assert "drawn radiographs" in told["short"]


def test_many_layers_share_the_height_in_columns() -> None:
    many = described_layers([layer(name=f"dense_{n}") for n in range(26)])
    (markup,) = call_module(
        "lessons/activations/silence.js", [["silenceMarkup", many, 600, 25, "none"]]
    )
    assert "repeat(13," in markup  # 26 rows of 25 px and more need two columns in 600
    assert markup.count("2 of 8") == 26
    (none,) = call_module(
        "lessons/activations/silence.js", [["silenceMarkup", [], 600, 17, "<none>"]]
    )
    assert none == '<p class="none">&#60;none&#62;</p>'


def test_the_names_of_all_curves_have_room_beside_the_charts() -> None:
    found = call_module(
        "lessons/activations/curves.js",
        [["places", 970, 672, 25, 4], ["places", 970, 672, 25, 11], ["places", 770, 540, 17, 4]],
    )
    assert [box["height"] for box in found[1]] == [672, 672]
    assert [box["width"] for box in found[2]] == [770, 770]
    for boxes in found:
        assert sum(box["width"] * box["height"] for box in boxes) in {970 * 672, 770 * 540}


def test_what_the_moments_claim_is_measured() -> None:
    def gradient(name: str, start: str) -> np.ndarray:
        return cache.depth_measurements()[name, start].gradient[MAX_DEPTH]

    # The logistic gradient is gone in the middle of the stack; tanh, drawn beside it, is kept.
    assert gradient("sigmoid", "glorot")[MAX_DEPTH // 2] < VANISHED
    assert verdict(gradient("tanh", "glorot")[0]) == "is kept"
    assert verdict(gradient("relu", "he")[0]) == "is kept"
    assert verdict(cache.depth_measurements()["relu", "he"].signal[-1]) == "is kept"
    logistic = ACTIVATIONS["sigmoid"]
    assert float(logistic.derivative(np.array(4.0))) < 0.1 * lesson.steepest_logistic()


def test_the_page_does_not_say_that_silence_is_for_ever_or_weights_do_not_count() -> None:
    text = " ".join(" ".join(cache.page_text("activations").values()).split())
    assert "nothing can teach it" not in text
    assert "It may wake all the same" in text
    assert "multiplied by the slope and by the same weights" in text
