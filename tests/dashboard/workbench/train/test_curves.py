"""What the browser is sent: the run's own numbers, little of them, and no foreign address."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.evaluation.openings import ordinal
from core.training.history import FRACTIONAL_EPOCH, LOSS, History
from core.training.paper_log import PAPER_LOG
from dashboard.cache import page_text
from dashboard.theme import DARK, LIGHT
from dashboard.workbench.train import stage
from dashboard.workbench.train.figure import MOST_POINTS, CurveOptions, curves, payload, thin
from tests.dashboard.pretend_run import pretend_events

LongHistory = tuple[int, int]
SCRIPT = "".join(
    path.read_text(encoding="utf-8") for path in sorted(Path(stage.__file__).parent.glob("*.js"))
)


def sent(
    history: History, *, options: CurveOptions | None = None, majority: float | None = 0.8
) -> tuple[bytes, dict[str, Any], list[NDArray[Any]]]:
    """A figure as it arrives, read as the layout says."""
    figure = curves(
        history,
        run="a",
        epochs=4,
        classes=2,
        majority=majority,
        constant=0.693147,
        options=options or CurveOptions(),
        theme=DARK,
    )
    raw = payload(figure, theme=DARK)
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    arrays = [
        np.frombuffer(raw, entry["dtype"], entry["shape"][0], 4 + length + entry["offset"])
        for entry in header["arrays"]
    ]
    return raw, header, arrays


def lines(header: dict[str, Any], arrays: list[NDArray[Any]]) -> list[dict[str, Any]]:
    """Each line of both panels with its numbers."""
    found = [
        line | {"panel": n} for n, panel in enumerate(header["panels"]) for line in panel["lines"]
    ]
    assert len(arrays) == 2 * len(found)
    return [line | {"x": arrays[2 * i], "y": arrays[2 * i + 1]} for i, line in enumerate(found)]


def test_the_numbers_drawn_are_the_numbers_of_the_run() -> None:
    history = History.from_events(pretend_events(3))
    _, header, arrays = sent(history)
    drawn = {(line["panel"], line["name"]): line for line in lines(header, arrays)}
    batch = drawn[0, "training, batch"]
    np.testing.assert_allclose(batch["x"], history.batches[:, FRACTIONAL_EPOCH], rtol=1e-6)
    np.testing.assert_allclose(batch["y"], history.batches[:, LOSS], rtol=1e-6)
    for panel, measure in enumerate(("loss", "accuracy")):
        for part, name in (("train", "training"), ("validation", "validation")):
            line = drawn[panel, name]
            expected = [getattr(getattr(row, part), measure) for row in history.epochs]
            np.testing.assert_array_equal(line["x"], [1, 2, 3])
            np.testing.assert_allclose(line["y"], expected, rtol=1e-6)
    assert drawn[0, "training"]["dash"] == "solid"
    assert drawn[0, "validation"]["dash"] == "dash"
    assert drawn[0, "validation"]["color"] != drawn[0, "training"]["color"]


def test_the_best_epoch_and_the_baselines_are_marked() -> None:
    _, header, _ = sent(History.from_events(pretend_events(4)), majority=0.822)
    loss, accuracy = header["panels"]
    assert loss["best"] == {"text": "best: epoch 2", "value": 0.5, "epoch": 2}
    assert accuracy["best"]["value"] == 0.7  # its accuracy, not the highest one
    assert loss["baseline"]["value"] == pytest.approx(0.693147, abs=1e-6)  # ln 2
    assert accuracy["baseline"]["value"] == 0.822
    assert "0.822" in accuracy["baseline"]["text"]


@pytest.mark.parametrize(("measure", "level"), [("balanced_accuracy", 0.5), ("auc", 0.5)])
def test_another_measure_has_its_own_level_of_guessing(measure: Any, level: float) -> None:
    history = History.from_events(pretend_events(2))
    _, header, arrays = sent(history, options=CurveOptions(measure=measure))
    assert header["panels"][1]["baseline"]["value"] == level
    right = [line for line in lines(header, arrays) if line["panel"] == 1]
    assert [line["name"] for line in right] == ["training", "validation"]  # no batches of these
    expected = [getattr(row.validation, measure) for row in history.epochs]
    np.testing.assert_allclose(right[1]["y"], expected, rtol=1e-6)


def test_the_papers_log_is_laid_over_with_its_own_numbers() -> None:
    _, header, arrays = sent(
        History.from_events(pretend_events(2)), options=CurveOptions(paper=True)
    )
    drawn = {(line["panel"], line["name"]): line for line in lines(header, arrays)}
    assert drawn[0, "Fig. 7, training"]["y"][0] == pytest.approx(1.6839)
    assert drawn[0, "Fig. 7, validation"]["y"][14] == pytest.approx(0.7686)
    assert drawn[1, "Fig. 7, validation"]["y"][-1] == pytest.approx(0.7368)
    assert header["epochs"] == len(PAPER_LOG) == 15
    assert header["panels"][0]["high"] >= 1.6839


def test_raw_batches_stay_visible_under_the_smoothed_ones() -> None:
    history = History.from_events(pretend_events(3))
    _, header, arrays = sent(history, options=CurveOptions(smooth=True))
    drawn = {(line["panel"], line["name"]): line for line in lines(header, arrays)}
    raw, smoothed = drawn[0, "training, batch"], drawn[0, "training, batches smoothed"]
    np.testing.assert_allclose(raw["y"], history.batches[:, LOSS], rtol=1e-6)
    assert smoothed["y"].std() < raw["y"].std()
    assert raw["opacity"] > 0


def test_a_long_run_stays_small_and_keeps_its_last_batch() -> None:
    history = History.from_events(pretend_events(25, batches=100))
    raw, header, arrays = sent(history, options=CurveOptions(smooth=True, paper=True))
    drawn = lines(header, arrays)
    assert max(len(line["x"]) for line in drawn) <= MOST_POINTS + 1
    batch = next(line for line in drawn if line["name"].startswith("training, batch ("))
    assert batch["x"][-1] == 25.0
    plain, _, _ = sent(history)
    assert len(plain) < 12_000  # the script is fetched once, not sent with every update
    assert len(raw) < 22_000


def test_a_run_without_a_batch_sends_axes_and_a_sentence() -> None:
    _, header, arrays = sent(History.from_events([]), majority=None)
    assert arrays == []
    assert header["sentence"]
    assert all(panel["low"] < panel["high"] for panel in header["panels"])
    assert header["panels"][1]["baseline"] is None


def test_colors_and_sizes_are_the_themes() -> None:
    history = History.from_events(pretend_events(1))
    for theme in (DARK, LIGHT, replace(LIGHT, text_px=25, line_px=4.0)):
        figure = curves(
            history, run="", epochs=1, classes=2, majority=None, options=CurveOptions(), theme=theme
        )
        line = figure.panels[0].lines[-2]
        assert (line.color, line.width) == (theme.training, theme.line_px)
        assert f'"text_px":{theme.text_px}'.encode() in payload(figure, theme=theme)


def test_the_script_asks_our_own_server_only_and_keeps_nothing() -> None:
    assert not re.search(r"https?://|(local|session)Storage|window\.__", SCRIPT)
    assert "app/static/plotly.min.js" in SCRIPT
    assert "Plotly.react" in SCRIPT


@pytest.mark.parametrize(("count", "nth"), [(601, "2nd"), (1_201, "4th"), (5_000, "16th")])
def test_the_words_name_the_batches_that_are_drawn(count: int, nth: str) -> None:
    drawn = thin(np.arange(float(count)).reshape(count, 1)).ravel()
    step = int(drawn[1])
    assert ordinal(step) == nth
    assert set(drawn) == {*range(0, count, step), count - 1}
    said = stage._thinned(count, page_text("train"))
    assert said.startswith(f"Of {count:,} batches every {nth} one and the last are drawn")
