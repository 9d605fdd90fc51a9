"""Feature maps through the app: predict, choose, look, check; bad input gets advice."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LessonError
from core.jobs import tasks
from core.jobs.cluster import ClusterState
from dashboard import cache
from dashboard.lessons.features import lesson
from dashboard.networks.open_network import read_network
from dashboard.networks.responses import respond, silence
from dashboard.shared import network_choice
from data.samples.pictures import samples

ROOT = Path(__file__).resolve().parents[2]
SMALL = "zoo:lenet"


@dataclass
class PretendCluster:
    """Answers as the worker would, in this process."""

    error: LessonError | None = None
    asked: list[str] = field(default_factory=list)

    def state(self) -> ClusterState:
        return ClusterState(True, 1, 1, "")

    def analyse(self, task: str, /, *, timeout_s: float, **given: Any) -> Any:
        self.asked.append(task)
        if self.error is not None:
            raise self.error
        return getattr(tasks, task)(**given)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PretendCluster:
    pretend = PretendCluster()
    monkeypatch.setattr(cache, "cluster", lambda: pretend)
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    cache.searches.clear()
    return pretend


def open_page(network: str = SMALL) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30)
    app.switch_page("../pages/features.py")
    app.query_params["network"] = network
    return app.run()


def said(app: AppTest) -> str:
    assert [error.message for error in app.exception] == []
    kinds = (app.markdown, app.success, app.info, app.warning, app.get("html"))
    return " ".join(
        str(getattr(element, "value", "") or element.proto.body)
        for kind in kinds
        for element in kind
    )


def header(app: AppTest) -> dict[str, Any]:
    raw = app.get("bidi_component")[0].proto.bytes
    (length,) = struct.unpack("<I", raw[:4])
    return json.loads(raw[4 : 4 + length])


def test_nothing_is_sent_before_an_answer_and_the_truth_is_computed(
    cluster: PretendCluster,
) -> None:
    app = open_page("paper-fracatlas")
    assert header(app)["locked"] is True
    assert len(app.get("bidi_component")) == 1  # no weights either
    assert "Why" not in said(app)
    network = read_network("paper-fracatlas")
    found = respond(network, samples()[0].make(network.spec.input_size))
    zeros, count = silence(network, found)
    truth = sum(zeros / count >= border for border in lesson.SHARES)
    app.button(key=f"features_predict_{truth}").click().run()
    assert header(app)["locked"] is False
    assert ": right." in said(app)
    assert lesson.thousands(zeros) in said(app)
    assert len(app.get("bidi_component")) == 2


def test_the_formula_adds_up_and_the_check_knows_the_count(cluster: PretendCluster) -> None:
    app = open_page()
    (formula,) = app.latex
    network = read_network(SMALL)
    found = respond(network, samples()[0].make(network.spec.input_size))
    largest = float(found.activations["convolution_1"].max())
    assert f"= {largest:.3f}" in formula.value
    kernel = network.weights["convolution_2/kernel"]
    app.number_input[-1].set_value(int(np.prod(kernel.shape[:3]))).run()
    assert "is right" in said(app)


def answered(app: AppTest) -> AppTest:
    for _ in range(40):
        if "Looking for" not in said(app):
            return app
        app.run()
    raise AssertionError("the search did not end")


def opened(monkeypatch: pytest.MonkeyPatch, name: str, unit: int) -> AppTest:
    # AppTest cannot speak for a component, so what it would report is put in its place.
    monkeypatch.setattr(lesson, "opened_unit", lambda network: (name, unit))
    return answered(open_page())


def test_an_opened_unit_shows_what_excites_it(
    cluster: PretendCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(monkeypatch, "convolution_2", 4)
    text = said(app)
    assert cluster.asked == ["exciting_patches"]
    assert "excite map 5 of convolution 2 most" in text
    assert "drawn X-rays" in text
    values = [float(part.split(",")[0]) for part in text.split('features-value">')[1:]]
    assert len(values) == 9
    assert values == sorted(values, reverse=True)


def test_a_search_that_fails_is_advice(
    cluster: PretendCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.error = LessonError("analysis.slow", problem="Too slow.", remedy="Try again.")
    assert "Too slow." in said(opened(monkeypatch, "convolution_1", 0))


def test_the_question_is_about_the_network_and_the_picture_on_the_stage(
    cluster: PretendCluster,
) -> None:
    app = open_page("paper-synthetic")
    app.selectbox(key="features_picture_sample").set_value("disk").run()
    network = read_network("paper-synthetic")
    disk = next(sample for sample in samples() if sample.key == "disk")
    zeros, count = silence(network, respond(network, disk.make(network.spec.input_size)))
    asked = said(app)
    assert f"{network.title} looks at {disk.title}" in asked
    assert lesson.thousands(count) in asked
    truth = sum(zeros / count >= border for border in lesson.SHARES)
    app.button(key=f"features_predict_{truth}").click().run()
    assert lesson.thousands(zeros) in said(app)


def test_a_network_without_a_relu_is_not_asked_about(cluster: PretendCluster) -> None:
    app = open_page(SMALL)
    assert "Predict first" not in said(app)
    assert header(app)["locked"] is False


def test_a_run_without_snapshots_is_advice(
    cluster: PretendCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(key: str) -> None:
        raise LessonError("model.no-snapshots", problem=f"{key} has none.", remedy="Train it.")

    monkeypatch.setattr(network_choice, "find_source", refuse)
    text = said(open_page("20261122-0650-empty"))
    assert "20261122-0650-empty has none." in text
    assert "Traceback" not in text


def test_a_network_whose_weights_are_damaged_is_advice(
    cluster: PretendCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise LessonError("model.damaged", problem="Unreadable.", remedy="Choose another.")

    app = open_page()
    monkeypatch.setattr(cache, "open_network", refuse)
    assert "Unreadable." in said(app.run())
