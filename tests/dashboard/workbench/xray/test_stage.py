"""What travels to the overlay's canvas: exact values, honest limits, words for every control."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import numpy as np

from core.explain.result import ClassMap, enlarge, probabilities
from core.marks import Box, Marks
from dashboard.cache import page_text
from dashboard.shared.lesson import words
from dashboard.workbench.xray import stage
from dashboard.workbench.xray.stage import SCHEMA, Overlay, empty_payload, payload

FOLDER = Path(stage.__file__).parent
WORDS = words(page_text("xray"))
SCRIPTS = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.js"))]


def overlay(cells: np.ndarray, *, sign: int = 1) -> Overlay:
    """Cells that are shares of the logit 0.4; of the wrong sign with ``sign`` -1."""
    cam = ClassMap(
        logits=np.array([0.4], np.float32),
        probabilities=probabilities(np.array([0.4])),
        method="hirescam",
        map=enlarge(cells, 8),
        weights=np.zeros(2, np.float32),
        without_positive=np.array([0.4 - sign * np.maximum(cells, 0).sum()]),
        without_negative=np.array([0.4 - sign * np.minimum(cells, 0).sum()]),
        layer="convolution_1",
        layers=("convolution_1",),
        class_index=1,
        cells=cells,
    )
    picture = np.arange(96, dtype=np.uint8).reshape(12, 8)
    network = np.arange(64, dtype=np.uint8).reshape(8, 8)
    return Overlay(
        picture=picture,
        network=network,
        picture_box=Box(1, 0, 6, 8),
        cam=cam,
        target="fracture",
        marks=Marks(size=(8, 8), boxes=(Box(2.5, 1.0, 2.0, 3.0),)),
    )


def read(raw: bytes) -> tuple[dict, list[np.ndarray]]:
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    arrays = [
        np.frombuffer(raw, e["dtype"], int(np.prod(e["shape"])), 4 + length + e["offset"]).reshape(
            e["shape"]
        )
        for e in header["arrays"]
    ]
    return header, arrays


def test_values_arrive_signed_and_unscaled():
    cells = np.array([[0.5, -3.0], [0.0, 1.0]], np.float32)
    given = overlay(cells)
    header, (picture, network, heat, sent) = read(payload(given, WORDS, {}))
    np.testing.assert_array_equal(picture, given.picture)
    np.testing.assert_array_equal(network, given.network)
    np.testing.assert_array_equal(heat, given.cam.map)
    np.testing.assert_array_equal(sent, cells)
    # The limit is the larger magnitude, so that 0 lies in the middle of the color scale.
    assert header["limit"] == 3.0
    assert header["low"] == "\N{MINUS SIGN}3 against fracture"
    assert header["high"] == "+3 for fracture"
    assert header["placement"] == [1, 0, 6, 8]
    assert header["boxes"] == [[2.5, 1.0, 2.0, 3.0]]
    assert "Strongest against it: row 1, column 2" in header["summary"]


def test_a_constant_map_has_a_limit_that_divides_nothing():
    header, _ = read(payload(overlay(np.zeros((2, 2), np.float32)), WORDS, {}))
    assert header["limit"] == 0.0
    # The script paints nothing then; a division by the limit stands behind this guard.
    assert "limit > 0 &&" in (FOLDER.parents[1] / "browser" / "heat.js").read_text(encoding="utf-8")


def test_every_word_the_script_asks_for_is_there_and_no_other():
    script = "\n".join(SCRIPTS)
    asked = set(re.findall(r"words\.(\w+)", script))
    asked |= set(re.findall(r'words\["([\w-]+)"\]', script))
    assert asked == {name for name in WORDS if not name.startswith("unsigned-")}
    assert {name.removeprefix("unsigned-") for name in WORDS} == asked
    assert {"for", "against", "neither"} <= asked


def test_the_script_asks_nobody_else_and_keeps_nothing():
    for text in SCRIPTS:
        assert not re.search(r"https?://|fetch\(|XMLHttp|(local|session)Storage|eval\(", text)


def test_what_is_put_in_as_markup_is_escaped_or_made_by_figure():
    put_in = re.findall(r"innerHTML = (.+)", "\n".join(SCRIPTS))
    assert len(put_in) == 2
    for markup in put_in:
        names = set(re.findall(r"\$\{(.+?)\}", markup))
        assert names <= {"header.answer", 'doubts.join("")', "escaped(title)", "said"}
    assert "doubts = header.doubts.map((/** @type {string} */ one) => `<p>${escaped(" in "".join(
        SCRIPTS
    )


def test_the_empty_stage_says_what_is_missing_and_sends_nothing_else():
    header, arrays = read(empty_payload("Nothing yet", ["Do this."], {"slug": "xray"}, offer="Go"))
    assert header["empty"] == {"title": "Nothing yet", "sentences": ["Do this."], "offer": "Go"}
    assert arrays == []


def test_a_pointed_cell_and_every_control_stand_in_the_schema():
    assert [field.name for field in SCHEMA] == [
        "opacity", "hide", "positive", "input", "boxes", "cell",
    ]  # fmt: skip


def test_a_map_whose_signs_do_not_hold_travels_without_for_and_against():
    cells = np.array([[0.5, -3.0], [0.0, 1.0]], np.float32)
    header, _ = read(payload(overlay(cells, sign=-1), WORDS, {}))
    said = " ".join([header["low"], header["high"], *header["words"].values()])
    assert not re.search(r"against|speaks|for \{target\}|fracture", said)
    assert not re.search(r"against|evidence|speaks", header["summary"])
    assert header["high"] == "+3"
    assert header["words"]["for"] == "above zero"
