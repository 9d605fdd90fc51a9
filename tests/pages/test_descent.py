"""Gradient descent through the app: what is asked, what is sent, what a wrong function gets."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.descent.rules import RULES
from core.errors import LessonError
from core.explain.landscape import Outline
from core.jobs.folder import create_run
from core.models.weights import initial_weights
from core.models.zoo.entries import paper_network
from core.training.results import write_snapshot
from core.training.spec import TrainingSpec
from dashboard import cache
from dashboard.background.loss_slices import Progress, Slice
from dashboard.lessons.descent.lesson import ground_of
from dashboard.lessons.descent.stage import SCHEMA, grounds
from dashboard.shared.schema import encode

ROOT = Path(__file__).resolve().parents[2]


MINUS = "\N{MINUS SIGN}"


def opened(**query: str) -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    running.switch_page(str(ROOT / "pages" / "descent.py"))
    for name, value in query.items():
        running.query_params[name] = value
    return running.run()


@pytest.fixture
def app() -> AppTest:
    return opened()


def sent(app: AppTest, part: str = "surfaces") -> dict[str, Any]:
    """The message of the component that is sent `part`."""
    assert [error.message for error in app.exception] == []
    for component in app.get("bidi_component"):
        raw = component.proto.bytes
        assert len(raw) < 45_000  # small enough for a slow hall
        (length,) = struct.unpack("<I", raw[:4])
        found = json.loads(raw[4 : 4 + length])
        if part in found:
            return dict(found)
    raise AssertionError(f"No component is sent {part}.")


def words(app: AppTest) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.info, *app.success])


def test_the_prediction_is_judged_by_a_walk(app: AppTest) -> None:
    question = sent(app, "question")["question"]
    assert question["options"][question["truth"]] == "swing ever wider"
    assert f"{MINUS}1.2" in question["because"]
    assert sent(app)["locked"] is True
    assert sent(opened(answer="0"))["locked"] is False


def test_the_check_knows_the_answer(app: AppTest) -> None:
    app.number_input[0].set_value(10).run()
    assert "too small" in app.info[0].value
    app.number_input[0].set_value(100).run()
    assert "100 is right" in words(app)
    assert sent(app, "check")["check"]["answer"] == "100"


@pytest.mark.parametrize("name", ["rosenbrock", "saddle", "neuron"])
def test_the_page_speaks_of_the_surface_that_is_set(name: str) -> None:
    surface = grounds()[name]
    said = words(opened(set=f"surface_{name}"))
    assert surface.title in said
    assert surface.teaches in said


def test_every_rule_stands_below_with_formula_and_convention(app: AppTest) -> None:
    formulas = " ".join(element.value for element in app.latex)
    for rule in RULES.values():
        assert rule.formula[0] in formulas
        assert rule.title in words(app)


def typed_in(text: str) -> str:
    return encode(SCHEMA, {"surface": "typed", "f": text})


def test_a_typed_function_travels_as_a_tree() -> None:
    app = opened(set=typed_in("x^2 + 3*y^2"))
    tree = ["+", ["^", "x", 2.0], ["*", 3.0, ["^", "y", 2.0]]]
    assert sent(app)["surfaces"]["typed"]["tree"] == tree
    assert sent(app)["typed"] == {"text": "x^2 + 3*y^2", "advice": ""}
    # As the stage tells it after a change.
    app.session_state["descent_kept_setting"] = typed_in("x^2 + open(y)")
    app.run()
    advice = sent(app)["typed"]["advice"]
    assert "open is not known" in advice
    assert "▸" in advice
    # The picture keeps what could be read last.
    assert sent(app)["surfaces"]["typed"]["tree"] == tree


@pytest.mark.parametrize(
    "text", ["", "2*x +", "__import__('os')", "x" * 200, "((((", "7", "x.real", "[x]", "9e99*x"]
)
def test_nothing_typed_breaks_the_page(text: str) -> None:
    header = sent(opened(set=typed_in(text)))
    assert header["typed"]["advice"]
    assert header["surfaces"]["typed"]["tree"]


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


def sliced(**query: str) -> AppTest:
    return opened(set="surface_slice", **query)


def test_without_a_run_the_way_to_training_is_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))
    app = sliced()
    header = sent(app)
    assert "no trained network to slice yet" in header["slice"]["instead"]
    assert "slice" not in header["surfaces"]
    assert "Train a network" in {link.proto.label for link in app.get("page_link")}


def test_a_slice_says_how_far_it_is(slices: PretendSlices) -> None:
    slices.progress.outline = OUTLINE
    slices.progress.rows = [np.ones(5), np.ones(5)]
    slices.progress.row_s = 1.5
    app = sliced()
    (bar,) = app.get("progress")
    assert bar.proto.value == 40
    assert "Row 2 of 5" in bar.proto.text
    assert "About 4 s left" in bar.proto.text
    header = sent(app)
    assert "measures the loss" in header["slice"]["instead"]
    assert "slice" not in header["surfaces"]


def test_a_finished_slice_is_a_ground_with_its_error_printed(slices: PretendSlices) -> None:
    losses = np.add.outer(np.linspace(-1, 1, 5) ** 2, np.linspace(-1, 1, 5) ** 2)
    slices.progress.errand.result = Slice(outline=OUTLINE, losses=losses)
    app = sliced()
    header = sent(app)
    assert header["training"]["name"] == "training"
    surface = header["surfaces"]["slice"]
    assert surface["shares"] == [0.8, 0.1]
    assert surface["start"] == [-0.9, 0.0]
    assert len(surface["rates"]) == len(RULES)  # the training has none
    assert [entry["shape"] for entry in header["arrays"][5:9]] == [[5, 5], [4, 2], [4], [4]]
    said = words(app).replace("\N{NO-BREAK SPACE}", " ")
    assert "80 % and 10 % of its way, 90 % together" in said
    assert "All of the 4 snapshots but the last lie beside this slice" in said
    assert "by 0.025 on average, 0.06 at worst" in said
    assert "64 validation images, classes weighted as in the training" in said


def test_a_slice_that_holds_the_whole_way_is_said_to() -> None:
    """Three snapshots always span a plane, and 99.6 % of a way are no 1e+02 %."""
    told = {}
    for name, shares in (("some", (0.9, 0.096)), ("all", (0.7, 0.3))):
        outline = replace(OUTLINE, shares=np.array(shares))
        found = Slice(outline=outline, losses=np.ones((5, 5)))
        told[name] = ground_of(found, cache.page_text("descent")).teaches
    assert "100\N{NO-BREAK SPACE}% together. All of the 4 snapshots but" in told["some"]
    assert "lie on this slice" in told["all"]
    assert "e+0" not in " ".join(told.values())


def test_what_went_wrong_with_a_slice_is_advice(slices: PretendSlices) -> None:
    slices.progress.errand.error = LessonError(
        "slice.no-images", problem="Gone.", remedy="Prepare it."
    )
    app = sliced()
    assert sent(app)["slice"]["instead"] == "Gone. Prepare it."
    app.button(key="descent_again").click().run()
    assert slices.forgotten == 1


def test_a_run_that_is_gone_is_named_and_no_other_shown(slices: PretendSlices) -> None:
    app = opened(set=encode(SCHEMA, {"surface": "slice", "run": "20200101-gone"}))
    header = sent(app)
    assert "The run 20200101-gone is not here" in header["slice"]["instead"]
    assert "slice" not in header["surfaces"]
    assert len(header["slice"]["runs"]) == 1  # to choose from
