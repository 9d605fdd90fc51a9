"""Gradient descent through the app: what is asked, what is sent, what a wrong function gets."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.descent.rules import RULES
from core.descent.surfaces import SURFACES
from core.errors import LessonError
from core.explain.landscape import Outline
from core.jobs.folder import create_run
from core.models.weights import initial_weights
from core.models.zoo.entries import paper_network
from core.training.results import write_snapshot
from core.training.spec import TrainingSpec
from dashboard import cache
from dashboard.background.loss_slices import Progress, Slice

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app() -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30).run()
    running.switch_page("../pages/descent.py").run()
    assert not running.exception
    return running


def sent(app: AppTest) -> dict[str, Any]:
    (race,) = app.get("bidi_component")
    raw = race.proto.bytes
    (length,) = struct.unpack("<I", raw[:4])
    assert len(raw) < 40_000  # small enough for a slow hall
    return json.loads(raw[4 : 4 + length])


def words(app: AppTest) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.info, *app.success])


def test_the_race_gets_every_rule_and_its_conventions(app: AppTest) -> None:
    header = sent(app)
    assert [rule["name"] for rule in header["rules"]] == list(RULES)
    assert all(rule["note"] for rule in header["rules"])
    assert header["surface"]["name"] == "bowl"
    adagrad = next(rule for rule in header["rules"] if rule["name"] == "adagrad")
    assert adagrad["initial"] == {"squares": 0.1}


@pytest.mark.parametrize("name", [*list(SURFACES)[1:], "neuron"])
def test_every_surface_can_be_chosen(app: AppTest, name: str) -> None:
    app.selectbox(key="descent_surface").set_value(name).run()
    assert not app.exception
    surface = sent(app)["surface"]
    assert surface["name"] == name
    x0, x1, y0, y1 = surface["domain"]
    assert x0 < surface["start"][0] < x1
    assert y0 < surface["start"][1] < y1
    assert set(surface["rates"]) == set(RULES)


def test_the_prediction_is_judged_by_a_walk(app: AppTest) -> None:
    assert "You said" not in words(app)
    app.button(key="descent_predict_0").click().run()
    said = words(app)
    assert "You said arrive slowly; it is swing ever wider" in said
    # 1 - 0.22 * 10: worked out, not written.
    assert "\u22121.2" in said


def test_the_check_knows_the_limit(app: AppTest) -> None:
    box = next(entry for entry in app.number_input if "descent_check" in entry.key)
    box.set_value(0.05).run()
    assert "0.05 is right" in words(app)


def test_a_typed_function_travels_as_a_tree(app: AppTest) -> None:
    app.selectbox(key="descent_surface").set_value("typed").run()
    app.text_input(key="descent_function").set_value("x^2 + 3*y^2").run()
    tree = sent(app)["surface"]["tree"]
    assert tree == ["+", ["^", "x", 2.0], ["*", 3.0, ["^", "y", 2.0]]]
    app.text_input(key="descent_function").set_value("x^2 + open(y)").run()
    (advice,) = app.warning
    assert "open is not known" in advice.value
    assert "▸" in advice.value
    # The picture keeps what could be read last.
    assert sent(app)["surface"]["tree"] == tree


@pytest.mark.parametrize(
    "text", ["", "2*x +", "__import__('os')", "x" * 200, "((((", "7", "x.real", "[x]", "9e99*x"]
)
def test_nothing_typed_breaks_the_page(app: AppTest, text: str) -> None:
    app.selectbox(key="descent_surface").set_value("typed").run()
    app.text_input(key="descent_function").set_value(text).run()
    assert not app.exception
    assert len(app.warning) == 1
    assert sent(app)["surface"]["tree"]


@dataclass
class PretendSlices:
    """One slice, as far as the test wants it."""

    progress: Progress = field(default_factory=Progress)
    forgotten: int = 0

    def ask(self, run_folder: Path, kind: str, stamp: int) -> Progress:
        assert stamp > 0
        return self.progress

    def forget(self, run_folder: Path, kind: str, stamp: int) -> None:
        self.forgotten += 1


OUTLINE = Outline(
    kind="path",
    domain=(-1.2, 0.3, -0.4, 0.4),
    side=5,
    epochs=np.arange(4),
    coordinates=np.array([[-0.9, 0.0], [-0.5, 0.2], [-0.2, 0.1], [0.0, 0.0]]),
    distances=np.array([0.3, 0.2, 0.1, 0.0]),
    lengths=np.array([1.0, 0.6, 0.3, 0.0]),
    shares=np.array([0.8, 0.1]),
    true=np.array([0.70, 0.66, 0.60, 0.50]),
    below=np.array([0.68, 0.60, 0.58, 0.50]),
    images=64,
    weighted=True,
)


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PretendSlices:
    """A run with four snapshots whose slice the test decides."""
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))
    model = paper_network(28, ("normal", "fracture"), filters=(2,), dense=2)
    spec = TrainingSpec(
        dataset="synthetic", fingerprint="", prepared="gone", model=model, epochs=3,
        batch_size=8, learning_rate=1e-3,
    )  # fmt: skip
    run = create_run(spec, root=tmp_path)
    run.ask_stop()
    for epoch in range(4):
        write_snapshot(run.path, epoch, initial_weights(model, epoch), np.zeros(2), spec)
    pretend = PretendSlices()
    monkeypatch.setattr(cache, "slices", lambda: pretend)
    return pretend


def choose_slice(app: AppTest) -> AppTest:
    return app.selectbox(key="descent_surface").set_value("slice").run()


def test_without_a_run_the_way_to_training_is_shown(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))
    choose_slice(app)
    assert not app.exception
    assert "no trained network to slice yet" in app.info[0].value
    assert app.get("page_link")[0].proto.label == "Train a network"
    assert not app.get("bidi_component")


def test_a_slice_says_how_far_it_is(app: AppTest, slices: PretendSlices) -> None:
    slices.progress.outline = OUTLINE
    slices.progress.rows = [np.ones(5), np.ones(5)]
    slices.progress.row_s = 1.5
    choose_slice(app)
    assert not app.exception
    (bar,) = app.get("progress")
    assert bar.proto.value == 40
    assert "row 2 of 5" in bar.proto.text
    assert "About 4 s left" in bar.proto.text
    assert not app.get("bidi_component")


def test_a_finished_slice_is_a_ground_with_its_error_printed(
    app: AppTest, slices: PretendSlices
) -> None:
    losses = np.add.outer(np.linspace(-1, 1, 5) ** 2, np.linspace(-1, 1, 5) ** 2)
    slices.progress.result = Slice(outline=OUTLINE, losses=losses)
    choose_slice(app)
    header = sent(app)
    assert header["rules"][0]["name"] == "training"
    assert header["surface"]["slice"]["shares"] == [0.8, 0.1]
    assert header["surface"]["start"] == [-0.9, 0.0]
    assert "training" not in header["surface"]["rates"]
    assert [entry["shape"] for entry in header["arrays"][5:9]] == [[5, 5], [4, 2], [4], [4]]
    said = words(app)
    assert "80 % and 10 % of its way, 90 % together" in said
    assert "by 0.025 on average, 0.06 at worst" in said
    assert "64 validation images, classes weighted as in the training" in said


def test_what_went_wrong_with_a_slice_is_advice(app: AppTest, slices: PretendSlices) -> None:
    slices.progress.error = LessonError("slice.no-images", problem="Gone.", remedy="Prepare it.")
    choose_slice(app)
    assert not app.exception
    assert "Gone." in app.warning[0].value
    app.button(key="descent_again").click().run()
    assert slices.forgotten == 1
