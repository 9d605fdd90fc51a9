"""Pooling through the app: predict, choose what is pooled, check."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.models.graph import find_node
from core.ops.pooling import KINDS, Window, pool, shift_change
from dashboard import cache
from dashboard.lessons.pooling import lesson
from data.samples.pictures import samples

ROOT = Path(__file__).resolve().parents[2]


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("../pages/pooling.py")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    assert [error.message for error in app.exception] == []
    kinds = (app.markdown, app.success, app.info, app.warning, app.caption, app.latex)
    return " ".join(element.value for kind in kinds for element in kind)


def stage(app: AppTest) -> tuple[dict[str, Any], np.ndarray]:
    raw = next(
        raw
        for part in app.get("bidi_component")
        if b'"locked"' in (raw := part.proto.bytes)[:20_000] and b'"noun"' in raw[:20_000]
    )
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    first = header["arrays"][0]
    count = int(np.prod(first["shape"]))
    return header, np.frombuffer(raw, first["dtype"], count, 4 + length).reshape(first["shape"])


def line(app: AppTest) -> dict[str, Any]:
    raw = next(p.proto.bytes for p in app.get("bidi_component") if b'"question"' in p.proto.bytes)
    (length,) = struct.unpack("<I", raw[:4])
    return dict(json.loads(raw[4 : 4 + length]))


def choose(app: AppTest, subject: str) -> AppTest:
    app.button_group(key="pooling_subject").set_value(subject)
    return app.run()


def test_the_question_is_measured_and_unlocks_what_a_shift_does() -> None:
    app = open_page()
    assert stage(app)[0]["locked"] is True
    image = samples()[0].make(28).astype(float)
    change = [shift_change(image, Window(), 1, kind=kind) for kind in KINDS]
    question = line(app)["question"]
    assert question["truth"] == int(np.argmin(change))
    for value in change:
        assert f"{value:.0%}".replace("%", "\N{NO-BREAK SPACE}%") in question["because"]
    app = open_page(answer="0")
    assert stage(app)[0]["locked"] is False


def test_the_picture_is_pooled_as_it_was_chosen() -> None:
    app = open_page()
    header, values = stage(app)
    assert header["kind"] == "image"
    np.testing.assert_array_equal(values, samples()[0].make(28))
    app.select_slider(key="pooling_side").set_value(256).run()
    assert stage(app)[1].shape == (256, 256)
    assert "= 128" in said(app)


def test_a_feature_map_is_the_networks_own() -> None:
    app = choose(open_page(), "map")
    header, values = stage(app)
    name = app.selectbox(key="pooling_layer_paper-fracatlas").value
    found = cache.open_network("paper-fracatlas", None, header["key"].split("/")[0])
    assert name == lesson.first_pooled(found.spec) == "convolution_1"
    image = samples()[0].make(found.spec.input_size)
    answers = cache.activations(found.key, None, found.fingerprint, "test", image)
    (number,) = (n for n in app.number_input if n.key.startswith("pooling_channel_"))
    np.testing.assert_allclose(values, answers[name][0, :, :, number.value - 1], atol=1e-6)
    # It ends in a flattened layer, and the page does not pretend otherwise.
    assert header["global"]["order"] is None
    assert "ResNet" in header["global"]["counting"]
    number.set_value(3).run()
    np.testing.assert_allclose(stage(app)[1], answers[name][0, :, :, 2], atol=1e-6)
    app.selectbox(key="pooling_layer_paper-fracatlas").set_value("pooling_2").run()
    shape = find_node(found.spec, "pooling_2").shape
    assert stage(app)[1].shape == shape[:2]


def test_means_times_weights_are_the_logit_of_a_network_that_counts_maps() -> None:
    app = choose(open_page(), "map")
    app.selectbox(key="pooling_network").set_value("zoo:resnet").run()
    header, _ = stage(app)
    told = header["global"]
    raw = next(p.proto.bytes for p in app.get("bidi_component") if b'"noun"' in p.proto.bytes)
    (length,) = struct.unpack("<I", raw[:4])
    entry = header["arrays"][2]
    weights = np.frombuffer(raw, "float64", entry["shape"][0], 4 + length + entry["offset"])
    total = float(weights @ np.array(told["means"])) + told["bias"]
    assert total == pytest.approx(told["logit"], abs=1e-6)
    assert sorted(told["order"]) == list(range(len(weights)))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1 2\n3 four", "four"),
        ("", "no number"),
        ("1 2\n3", "row 2: 1; in row 1: 2"),
        ("1 " * 17, "at most"),
    ],
)
def test_what_cannot_be_read_is_advice_and_the_last_map_stays(typed: str, told: str) -> None:
    app = choose(open_page(), "typed")
    app.text_area(key="pooling_typed").set_value("5 -1\n0 2").run()
    app.text_area(key="pooling_typed").set_value(typed).run()
    assert told in said(app)
    assert stage(app)[1].tolist() == [[5.0, -1.0], [0.0, 2.0]]


def test_a_map_of_one_pixel_can_be_typed() -> None:
    app = choose(open_page(), "typed")
    app.text_area(key="pooling_typed").set_value("-3").run()
    assert stage(app)[1].tolist() == [[-3.0]]
    assert r"\max\{-3\} = -3" in said(app)


def test_the_formula_follows_what_is_set_in_the_stage() -> None:
    app = open_page(pooling_subject="Your numbers", set="size_3*stride_1*padding_same")
    assert r"\frac{(-9) + (-4) + (-3) + (-6)}{4} = -5.5" in said(app)
    assert r"\text{(same)}" in said(app)


def test_the_checks_know_their_answers() -> None:
    app = open_page()
    first, second = (n for n in app.number_input if "_typed_" in (n.key or ""))
    first.set_value(2).run()  # along for one pooling, not for two
    assert "2 is too small" in said(app).replace("**", "")
    first = next(n for n in app.number_input if "_typed_" in (n.key or ""))
    first.set_value(4).run()
    assert "4 is right" in said(app).replace("**", "")
    second = [n for n in app.number_input if "_typed_" in (n.key or "")][1]
    second.set_value(9).run()
    assert "9 is right" in said(app).replace("**", "")
    assert line(app)["check"]["answer"] == "9"


def test_moving_along_and_not_changing_are_told_apart() -> None:
    told = said(open_page())
    assert "**equivariant**" in told
    assert "**invariant**" in told
    assert "lies between the two" in told
    one = said(open_page(set="stride_1"))
    assert "Pooling with a stride of 1 is equivariant as well" in one
    assert "lies between the two" not in one


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_what_is_said_of_strides_is_so(stride: int) -> None:
    """Moved by any number of pixels at stride 1, by whole strides only at larger ones."""
    picture = np.random.default_rng(0).normal(size=(24, 24))
    window = Window(size=3, stride=stride, padding="same")

    for pixels in range(1, 7):
        whole, rest = divmod(pixels, stride)
        now = pool(np.roll(picture, pixels, axis=1), window).values
        first = pool(picture, window).values
        inner = first.shape[1] - whole - 1
        same = np.array_equal(now[:, 1 + whole : inner + whole], first[:, 1:inner])
        assert same == (rest == 0)


def test_a_link_carries_ones_own_numbers_and_the_chosen_map() -> None:
    app = open_page(pooling_subject="Your numbers", pooling_typed="1 2 3\n4 5 -6")
    assert stage(app)[1].tolist() == [[1, 2, 3], [4, 5, -6]]
    app = open_page(
        pooling_subject="Feature map",
        network="zoo:resnet",
        **{"pooling_channel_zoo:resnet_convolution_1": "3"},
    )
    assert "convolution 1, map 3 of 16, ResNet" in stage(app)[0]["title"]
